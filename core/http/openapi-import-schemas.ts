import type { JsonSchema } from '../fields/field-type.ts';
import { exactly as members } from './openapi-batches.ts';

/** Shapes of imports. */

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const object: JsonSchema = { type: 'object' };
const texts: JsonSchema = { type: 'array', items: text };
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

export const IMPORT_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ImportFile: {
    ...members({
      id: text,
      name: text,
      size: count,
      format: { enum: ['csv', 'xlsx', 'jsonl'] },
      columns: texts,
      rows: { type: 'array', items: texts, description: 'The first rows' },
      encoding: text,
      delimiter: text,
      sheets: texts,
      map: { ...object, description: 'By field: the column that seems to hold it' },
    }),
    required: ['id', 'name', 'size', 'format', 'columns', 'rows'],
  },
  Import: members({
    id: text,
    name: text,
    state: { enum: ['running', 'cancelling', 'done', 'failed', 'cancelled'] },
    dryRun: { type: 'boolean' },
    total: { ...count, description: 'Rows of all tables; 0 while they are being counted' },
    done: count,
    counts: members({ created: count, updated: count, skipped: count, failed: count }),
    message: orNull(text),
    batch: { ...orNull(text), description: 'What takes the import back' },
    createdAt: { type: 'string', format: 'date-time' },
    finishedAt: orNull({ type: 'string', format: 'date-time' }),
    plan: object,
  }),
  ImportRow: {
    ...members({
      table: count,
      row: { ...count, description: 'As spreadsheets count: the head is row 1' },
      status: { enum: ['created', 'updated', 'skipped', 'failed'] },
      record: text,
      errors: { type: 'array', items: ref('ErrorDetail') },
    }),
    required: ['table', 'row', 'status'],
  },
  ImportMapping: members({ name: text, entity: text, table: object }),
};
