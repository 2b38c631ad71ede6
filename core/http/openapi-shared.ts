import { ERRORS } from '../errors.ts';
import { JOB_STATES } from '../jobs/types.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import { objectOf } from './openapi-objects.ts';
import { REPORT_SCHEMAS } from './openapi-report-schemas.ts';

/** Schemas that do not depend on the model: errors, changes, files, jobs, keys, what is found, what is reported. */

const text: JsonSchema = { type: 'string' };
const textOrNull: JsonSchema = { type: ['string', 'null'] };
const integer: JsonSchema = { type: 'integer' };
const instant: JsonSchema = { type: 'string', format: 'date-time' };
const instantOrNull: JsonSchema = { anyOf: [instant, { type: 'null' }] };
const uuid: JsonSchema = { type: 'string', format: 'uuid' };
const texts: JsonSchema = { type: 'array', items: text };
const object: JsonSchema = { type: 'object' };

function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

const named: JsonSchema = { type: 'array', items: { type: 'object', required: ['name'], properties: { name: text } } };

export const SHARED_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Problem: {
    type: 'object',
    description: 'RFC 9457',
    required: ['type', 'title', 'status', 'code', 'detail', 'requestId'],
    properties: {
      type: text,
      title: text,
      status: integer,
      code: { enum: Object.keys(ERRORS) },
      detail: text,
      requestId: text,
      errors: { type: 'array', items: ref('ErrorDetail') },
      mergedInto: { ...uuid, description: 'Of 404: where the record has gone, for who may see both' },
    },
  },
  ErrorDetail: objectOf(
    { path: { ...text, description: 'JSON Pointer into the body' }, code: text, message: text, params: object },
    ['params'],
  ),
  Dependents: objectOf({
    data: {
      type: 'array',
      items: objectOf({ entity: text, effect: { enum: ['deleted', 'changed'] }, count: integer }),
    },
  }),
  Change: objectOf(
    {
      seq: integer,
      id: uuid,
      at: instant,
      entity: text,
      record: uuid,
      kind: {
        ...text,
        description: 'created, updated, moved, deleted, restored, merged, or a named event such as document.generated',
      },
      fields: { type: 'object', additionalProperties: objectOf({ before: {}, after: {} }, ['before', 'after']) },
      note: text,
      by: objectOf({ id: textOrNull, name: text, kind: text }),
      door: text,
      cause: objectOf({ change: text, root: text, depth: integer, rule: text }, ['rule']),
      batch: text,
      version: integer,
      into: { ...uuid, description: 'Of merged: the record it has become a part of' },
    },
    ['note', 'cause', 'batch', 'into'],
  ),
  DuplicateReason: objectOf({
    field: text,
    kind: { enum: ['same', 'similar'] },
    likeness: { ...integer, minimum: 80, maximum: 100 },
  }),
  File: objectOf({ id: uuid, name: text, type: text, size: integer }),
  Identity: objectOf({ id: uuid, name: text, email: text, language: textOrNull, roles: texts }),
  ApiKey: objectOf({ id: uuid, name: text, roles: texts, createdAt: instant, expiresAt: instant }),
  SearchHit: objectOf({ entity: text, id: uuid, title: text, subtitle: text, record: object }),
  Job: objectOf({
    id: text,
    kind: text,
    key: text,
    state: { enum: JOB_STATES },
    due: instant,
    attempts: integer,
    maxAttempts: integer,
    lastError: textOrNull,
    payload: {},
    root: textOrNull,
    createdAt: instant,
    finishedAt: instantOrNull,
  }),
  JobLogLine: objectOf({ at: instant, step: textOrNull, message: text, data: {} }),
  ...REPORT_SCHEMAS,
  ModelDescription: {
    type: 'object',
    required: ['entities', 'pipelines', 'views', 'forms', 'reports', 'templates'],
    properties: {
      hash: text,
      language: text,
      languages: texts,
      organisation: object,
      entities: named,
      pipelines: named,
      views: named,
      forms: named,
      reports: named,
      templates: named,
    },
  },
};
