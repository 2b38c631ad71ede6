import type { JsonSchema } from '../fields/field-type.ts';
import { objectOf } from './openapi-objects.ts';

const text: JsonSchema = { type: 'string' };

const request: JsonSchema = objectOf(
  {
    from: { type: 'string', format: 'date' },
    to: { type: 'string', format: 'date' },
    period: text,
    group: text,
    parameters: { type: 'object', additionalProperties: text },
  },
  ['from', 'to', 'period', 'group', 'parameters'],
);
const schedule: JsonSchema = objectOf(
  {
    every: { enum: ['day', 'week', 'month'] },
    at: { type: 'string', pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: "In the organisation's zone" },
    weekday: { type: 'integer', minimum: 1, maximum: 7, description: 'Of a week, 1 = Monday' },
    day: {
      anyOf: [{ type: 'integer', minimum: 1, maximum: 28 }, { const: 'last' }],
      description: 'Of a month',
    },
    format: { enum: ['csv', 'xlsx', 'pdf'] },
    part: { enum: ['figures', 'details'] },
  },
  ['weekday', 'day', 'part'],
);
const scheduleOrNull: JsonSchema = { anyOf: [schedule, { type: 'null' }] };
/** What may be written of a template. */
export const TEMPLATE_INPUT: JsonSchema = objectOf(
  {
    title: { type: 'string', minLength: 1, maxLength: 120 },
    isShared: { type: 'boolean' },
    request,
    schedule: scheduleOrNull,
  },
  ['isShared', 'request', 'schedule'],
);
const textOrNull: JsonSchema = { type: ['string', 'null'] };

/** A reader's own settings of a report. */
export const REPORT_TEMPLATE: JsonSchema = objectOf({
  id: text,
  report: text,
  title: text,
  isShared: { type: 'boolean' },
  isMine: { type: 'boolean' },
  owner: text,
  request,
  schedule: scheduleOrNull,
  nextAt: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] },
  stopped: { ...textOrNull, description: 'Why it is not sent any more' },
  version: { type: 'integer' },
});
