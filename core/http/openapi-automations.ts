import type { JsonSchema } from '../fields/field-type.ts';
import { RUN_STATES } from '../automation/run-log.ts';
import { exactly } from './openapi-batches.ts';
import type { Door } from './openapi-doors.ts';
import { IDEMPOTENCY, body, jsonAnswer, query } from './openapi-parts.ts';

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const instant: JsonSchema = { type: 'string', format: 'date-time' };
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
const state: JsonSchema = { enum: [...RUN_STATES] };

const Rule = exactly({
  name: text,
  title: text,
  entity: orNull(text),
  trigger: text,
  as: { enum: ['system', 'owner', 'actor'] },
  enabled: { type: 'boolean' },
  definition: { type: 'object', description: 'As written, with what was changed on screen' },
  runs: { type: 'object', additionalProperties: count, description: 'How many of its runs stand how' },
});

const Action = exactly({
  name: text,
  kind: { enum: ['record', 'outward', 'control'] },
  input: { type: 'object', description: 'JSON Schema of "with"; a value may also be worked out' },
});

const RuleRun = exactly({
  id: text,
  rule: text,
  entity: orNull(text),
  record: orNull(text),
  kind: {
    ...text,
    description: 'What set it off: a kind of change, an event, due, stayed, schedule, received, manual',
  },
  at: instant,
  reason: { ...text, description: 'Why it ran, or did not' },
  state: {
    ...state,
    description:
      'skipped: nothing to do after all; retrying: failed, tried again; failed: given up; stopped: cut off as a loop',
  },
  error: orNull(text),
  startedAt: instant,
  endedAt: orNull(instant),
  duration: { ...count, description: 'Milliseconds of work' },
  job: { ...text, description: 'For POST /jobs/{id}/retry' },
  log: listOf(exactly({ at: instant, step: orNull(text), message: text, data: {} })),
});

const TryReport = exactly({
  rule: text,
  since: instant,
  until: instant,
  total: { ...count, description: 'The first 1,000 are listed' },
  runs: listOf(
    exactly({
      at: instant,
      entity: orNull(text),
      record: orNull(text),
      display: text,
      steps: listOf(
        exactly(
          {
            step: text,
            action: text,
            input: orNull({ type: 'object' }),
            problem: text,
            records: count,
          },
          ['step', 'action', 'input'],
        ),
      ),
    }),
  ),
});

export const AUTOMATION_SCHEMAS: Readonly<Record<string, JsonSchema>> = { Rule, Action, RuleRun, TryReport };

const runs = exactly({ data: listOf(ref('RuleRun')), next: { type: ['string', 'null'] } });
const about = { name: 'Key of the rule' };
const page = [
  query('entity', 'Only runs for records of this entity'),
  query('record', 'Only runs for the record with this id'),
  query('state', 'Only these', state),
  query('limit', 'At most this many', { type: 'integer', minimum: 1, maximum: 1000 }),
  query('after', '"next" of the page before'),
];
const moment = (what: string): JsonSchema => ({ ...text, description: `${what}: an age such as 90d, or an instant` });

export const AUTOMATION_DOORS: readonly Door[] = [
  {
    at: 'get /automations',
    id: 'rules',
    summary: 'The rules, and what their actions take; needs the right "jobs"',
    answers: { 200: jsonAnswer('All of them', exactly({ data: listOf(ref('Rule')), actions: listOf(ref('Action')) })) },
    errors: [401, 403],
  },
  {
    at: 'get /automations/runs',
    id: 'allRuleRuns',
    summary: 'What rules have decided and done; needs the right "jobs"',
    parameters: page,
    answers: { 200: jsonAnswer('Newest first', runs) },
    errors: [401, 403],
  },
  {
    at: 'get /automations/{name}',
    about,
    id: 'rule',
    summary: 'One rule; needs the right "jobs"',
    answers: { 200: jsonAnswer('The rule', ref('Rule')) },
    errors: [401, 403, 404],
  },
  {
    at: 'get /automations/{name}/runs',
    about,
    id: 'ruleRuns',
    summary: 'What one rule has decided and done; needs the right "jobs"',
    parameters: page,
    answers: { 200: jsonAnswer('Newest first', runs) },
    errors: [401, 403, 404],
  },
  {
    at: 'post /automations/{name}/run',
    about,
    id: 'runRule',
    summary: 'Press the button of a rule on a record',
    parameters: [IDEMPOTENCY],
    body: body(exactly({ id: { ...text, description: 'Of the record' } })),
    answers: {
      200: jsonAnswer('How it stands after at most five seconds', exactly({ state, reason: text })),
    },
    errors: [401, 403, 404, 409, 413, 415, 422],
  },
  {
    at: 'post /automations/{name}/try',
    about,
    id: 'tryRule',
    summary: 'What the rule would have done in the past, without doing it; needs every right',
    body: body(exactly({ since: moment('From when'), until: moment('Until when; default now') }, ['since'])),
    answers: { 200: jsonAnswer('Its runs, oldest first', ref('TryReport')) },
    errors: [401, 403, 404, 413, 415, 422],
  },
];
