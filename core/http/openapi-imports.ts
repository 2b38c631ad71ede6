import type { JsonSchema } from '../fields/field-type.ts';
import type { Door } from './openapi-doors.ts';
import { body, dataOf, jsonAnswer, members, noAnswer, query } from './openapi-parts.ts';

const text: JsonSchema = { type: 'string' };
const object: JsonSchema = { type: 'object' };
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const limit = query('limit', 'At most this many; default 50', { type: 'integer', minimum: 1, maximum: 1000 });
const upload: JsonSchema = {
  type: 'object',
  required: ['file'],
  properties: { file: { type: 'string', contentMediaType: 'application/octet-stream' } },
};

const READING = [
  query('entity', 'Also propose which column holds which of its fields'),
  query('encoding', 'Of a CSV file; guessed without'),
  query('delimiter', 'Of a CSV file; guessed without'),
  query('sheet', 'Of a workbook; the first one without'),
];
const page: JsonSchema = members({ data: { type: 'array', items: ref('ImportRow') }, next: orNull(text) });
const newRun = members({ plan: object, dryRun: { type: 'boolean' }, again: { type: 'boolean' } }, ['plan']);

export const IMPORT_DOORS: readonly Door[] = [
  {
    at: 'post /imports/files',
    id: 'uploadTable',
    summary: 'Upload a CSV or XLSX table; answers its columns and first rows',
    parameters: READING,
    body: body(upload, 'multipart/form-data'),
    answers: { 201: jsonAnswer('The file and what it looks like', ref('ImportFile')) },
    errors: [400, 401, 403, 413, 415, 422, 503],
  },
  {
    at: 'get /imports/files/{id}',
    id: 'previewTable',
    summary: 'Columns, first rows and a proposed mapping of an uploaded table',
    parameters: READING,
    answers: { 200: jsonAnswer('The file and what it looks like', ref('ImportFile')) },
    errors: [400, 401, 403, 404, 413, 422],
  },
  {
    at: 'get /imports/mappings',
    id: 'listImportMappings',
    summary: 'Saved mappings',
    answers: { 200: jsonAnswer('By name', dataOf(ref('ImportMapping'))) },
    errors: [400, 401, 403],
  },
  {
    at: 'post /imports/mappings',
    id: 'saveImportMapping',
    summary: 'Keep a mapping under a name, in place of one of the same name',
    body: body(ref('ImportMapping')),
    answers: { 201: jsonAnswer('As it is kept', ref('ImportMapping')) },
    errors: [400, 401, 403, 413, 415, 422, 503],
  },
  {
    at: 'delete /imports/mappings/{name}',
    id: 'removeImportMapping',
    summary: 'Forget a mapping',
    answers: { 204: noAnswer('Gone') },
    errors: [400, 401, 403, 404, 503],
  },
  {
    at: 'get /imports',
    id: 'listImports',
    summary: 'Imports, newest first; with the right "jobs" also those of others',
    parameters: [limit],
    answers: { 200: jsonAnswer('Newest first', dataOf(ref('Import'))) },
    errors: [400, 401, 403],
  },
  {
    at: 'post /imports',
    id: 'startImport',
    summary: 'Run a plan (schemas/meta/import.schema.json) over uploaded tables, in the background',
    body: body(newRun),
    answers: { 201: jsonAnswer('The run', ref('Import')) },
    errors: [400, 401, 403, 404, 409, 413, 415, 422, 503],
  },
  {
    at: 'get /imports/{id}',
    id: 'import',
    summary: 'How far an import is',
    answers: { 200: jsonAnswer('The run', ref('Import')) },
    errors: [400, 401, 403, 404],
  },
  {
    at: 'get /imports/{id}/report',
    id: 'importReport',
    summary: 'What became of each row',
    parameters: [
      query('status', 'Only these', { enum: ['created', 'updated', 'skipped', 'failed'] }),
      limit,
      query('after', '"next" of the page before'),
    ],
    answers: { 200: jsonAnswer('In the order of the tables and rows', page) },
    errors: [400, 401, 403, 404],
  },
  {
    at: 'get /imports/{id}/errors',
    id: 'importErrors',
    summary:
      'The failed rows of a table as CSV, of JSON Lines as such, each with its reason: to be mended and imported again',
    parameters: [query('table', 'Number of the table in the plan, from 0; default 0', { type: 'integer', minimum: 0 })],
    answers: {
      200: {
        description: 'The rows',
        content: { 'text/csv': { schema: text }, 'application/jsonl': { schema: text } },
      },
    },
    errors: [400, 401, 403, 404, 413, 422],
  },
  {
    at: 'post /imports/{id}/cancel',
    id: 'cancelImport',
    summary: 'Stop an import after the rows it is at',
    answers: { 200: jsonAnswer('The run', ref('Import')) },
    errors: [400, 401, 403, 404, 409, 415, 503],
  },
];
