import type { JsonSchema } from '../fields/field-type.ts';
import { runState as state } from './openapi-automation-schemas.ts';
import { exactly } from './openapi-batches.ts';
import type { Door } from './openapi-doors.ts';
import { IDEMPOTENCY, body, jsonAnswer, query } from './openapi-parts.ts';

const text: JsonSchema = { type: 'string' };
const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

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
