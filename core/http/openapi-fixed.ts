import type { Model } from '../definitions/model.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import { answer, body, jsonAnswer, noAnswer, operation, path, query } from './openapi-parts.ts';
import { dataOf, members } from './openapi-parts.ts';
import { ref } from './openapi-schemas.ts';

const tag = 'system';

const text: JsonSchema = { type: 'string' };
const object: JsonSchema = { type: 'object' };

/** The paths that do not depend on the entities. */
export function fixedPaths(model: Model): Readonly<Record<string, unknown>> {
  return { ...accountPaths(), ...filePaths(), ...formPaths(model), ...systemPaths() };
}


function filePaths(): Readonly<Record<string, unknown>> {
  const upload: JsonSchema = {
    type: 'object',
    required: ['file'],
    properties: { file: { type: 'string', contentMediaType: 'application/octet-stream' } },
  };
  return {
    '/files': {
      post: operation({
        id: 'uploadFile',
        tag,
        summary: 'Upload a file; a record takes it by its id',
        body: body(upload, 'multipart/form-data'),
        answers: { 201: jsonAnswer('The file', ref('File')) },
        errors: [400, 401, 403, 413, 415, 422, 503],
      }),
    },
    '/files/{id}': {
      parameters: [path('id')],
      get: operation({
        id: 'downloadFile',
        tag,
        summary: 'The bytes, for whoever may read the field that holds the file',
        parameters: [query('inline', 'Show pictures and PDF in the browser', { enum: ['true'] })],
        answers: { 200: answer('The bytes', '*/*', { type: 'string', contentMediaType: 'application/octet-stream' }) },
        errors: [400, 401, 404],
      }),
    },
    '/documents': {
      post: operation({
        id: 'makeDocument',
        tag,
        summary: 'Make a document from a template',
        body: body(members({ template: text, entity: text, id: text })),
        answers: { 201: jsonAnswer('The document record', object) },
        errors: [400, 401, 403, 404, 415, 422, 503],
      }),
    },
  };
}

function formPaths(model: Model): Readonly<Record<string, unknown>> {
  const done = members({ ok: { const: true }, message: text });
  const paths = [...model.forms.values()].map((form) => {
    const fields = form.fields.map((field): [string, JsonSchema] => [
      field.key,
      { ...field.like.type.schema(field.like), title: field.title },
    ]);
    const required = form.fields.filter((field) => field.required).map((field) => field.key);
    const id = form.name.charAt(0).toUpperCase() + form.name.slice(1);
    return [
      `/forms/${form.name}`,
      {
        get: operation({
          id: `show${id}`,
          tag,
          summary: `${form.title}: the page`,
          isPublic: true,
          answers: { 200: answer('The page', 'text/html', text) },
          errors: [400, 404],
        }),
        post: operation({
          id: `post${id}`,
          tag,
          summary: form.title,
          isPublic: true,
          body: body({
            type: 'object',
            properties: Object.fromEntries(fields),
            ...(required.length > 0 ? { required } : {}),
          }),
          answers: { 201: jsonAnswer('Taken', done) },
          errors: [400, 404, 413, 415, 422, 503],
        }),
      },
    ] as const;
  });
  return Object.fromEntries(paths);
}

function systemPaths(): Readonly<Record<string, unknown>> {
  const get = (
    id: string,
    summary: string,
    options: { parameters?: readonly unknown[]; schema?: JsonSchema; errors?: readonly number[] } = {},
  ) => ({
    get: operation({
      id,
      tag,
      summary,
      ...(options.parameters ? { parameters: options.parameters } : {}),
      answers: { 200: jsonAnswer('Answer', options.schema ?? object) },
      errors: options.errors ?? [400, 401],
    }),
  });
  const limit = query('limit', 'At most this many', { type: 'integer', minimum: 1, maximum: 1000 });
  const period = [
    query('from', 'First day', { type: 'string', format: 'date' }),
    query('to', 'Last day', { type: 'string', format: 'date' }),
  ];
  const status = jsonAnswer('State', members({ status: { enum: ['ok', 'unavailable'] } }));
  return {
    '/search': get('search', 'Find across entities', {
      parameters: [query('q', 'What was typed'), limit],
      schema: dataOf(object),
    }),
    '/model': get('model', 'The definitions you may see'),
    '/openapi.json': get('openapi', 'This document'),
    '/reports/{name}': {
      parameters: [path('name')],
      ...get('report', 'A report', {
        parameters: [...period, query('group', 'A dimension')],
        errors: [400, 401, 403, 404],
      }),
    },
    '/events': {
      get: operation({
        id: 'events',
        tag,
        summary: 'Changes as they happen (SSE)',
        answers: { 200: answer('Stream', 'text/event-stream', text) },
        errors: [401, 503],
      }),
    },
    '/jobs': get('jobs', 'Jobs; needs the right "jobs"', {
      parameters: [query('state', 'Only these'), limit],
      schema: dataOf(object),
      errors: [400, 401, 403],
    }),
    '/jobs/{id}/log': {
      parameters: [path('id')],
      ...get('jobLog', 'What a job did', { schema: dataOf(object), errors: [401, 403, 404] }),
    },
    '/jobs/{id}/retry': {
      parameters: [path('id')],
      post: operation({
        id: 'retryJob',
        tag,
        summary: 'Run a dead job again',
        answers: { 200: jsonAnswer('The job', object) },
        errors: [401, 403, 404, 409],
      }),
    },
    '/health': {
      get: operation({
        id: 'health',
        tag,
        summary: 'Is it up?',
        isPublic: true,
        answers: { 200: status, 503: status },
        errors: [],
      }),
    },
  };
}
