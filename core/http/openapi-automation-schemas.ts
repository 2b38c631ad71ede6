import { RUN_STATES } from '../automation/run-log.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import { exactly } from './openapi-batches.ts';

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const instant: JsonSchema = { type: 'string', format: 'date-time' };
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
/** How a run of a rule may stand. */
export const runState: JsonSchema = { enum: [...RUN_STATES] };

const Rule = exactly({
  name: text,
  title: text,
  entity: orNull(text),
  trigger: text,
  as: { enum: ['system', 'owner', 'actor'] },
  enabled: { type: 'boolean' },
  definition: { type: 'object', description: 'As written, with what was changed on screen' },
  runs: {
    type: 'object',
    additionalProperties: count,
    description: 'How many of its runs of the last 30 days stand how',
  },
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
    ...runState,
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
