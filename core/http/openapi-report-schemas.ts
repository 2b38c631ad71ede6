import type { JsonSchema } from '../fields/field-type.ts';
import { listOf, objectOf } from './openapi-objects.ts';
import { REPORT_TEMPLATE } from './openapi-template-schemas.ts';

const text: JsonSchema = { type: 'string' };
const object: JsonSchema = { type: 'object' };
const dayOrNull: JsonSchema = { anyOf: [{ type: 'string', format: 'date' }, { type: 'null' }] };
const labels: JsonSchema = { type: 'object', additionalProperties: text };

const drill = objectOf(
  {
    entity: text,
    filter: { ...object, description: 'For the list of the entity' },
    records: { ...text, description: 'The address that lists them; of figures from the ledger' },
  },
  ['filter', 'records'],
);
const drills: JsonSchema = { type: 'object', additionalProperties: drill };

const column = objectOf(
  {
    key: text,
    title: text,
    kind: { enum: ['dimension', 'measure'] },
    aggregate: text,
    field: text,
    entity: { ...text, description: 'Of the field, where it is not that of the report' },
    unit: { const: 'ms', description: 'A length of time in milliseconds' },
  },
  ['aggregate', 'field', 'entity', 'unit'],
);

const details = objectOf({
  columns: listOf(objectOf({ key: text, title: text, type: text })),
  rows: listOf(objectOf({ id: { type: 'string', format: 'uuid' }, values: object, labels })),
  more: { type: 'boolean' },
});

/** What reports answer. */
export const REPORT_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ReportTemplate: REPORT_TEMPLATE,
  ReportResult: objectOf(
    {
      name: text,
      title: text,
      description: text,
      period: objectOf({ from: dayOrNull, to: dayOrNull }),
      parameters: listOf(objectOf({ key: text, title: text, value: {}, text })),
      columns: listOf(column),
      rows: listOf(objectOf({ values: object, labels, drill: drills })),
      totals: object,
      totalsDrill: drills,
      details: { ...details, description: 'The records themselves, at most 200' },
    },
    ['details'],
  ),
  ReportRecords: objectOf(
    {
      entity: text,
      data: listOf(object),
      next: { type: ['string', 'null'] },
      total: { type: 'integer' },
      times: {
        type: 'object',
        additionalProperties: { type: 'integer' },
        description: 'By id: the milliseconds that a record brings to the figure',
      },
    },
    ['times'],
  ),
};
