import type { Access } from '../access/access.ts';
import type { Entity, Model } from '../definitions/model.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import { duplicatePaths } from './openapi-duplicates.ts';
import { massEditSchema } from './openapi-batches.ts';
import { fixedPaths } from './openapi-fixed.ts';
import { HEADER_COMPONENTS, withHeaders } from './openapi-headers.ts';
import { IDEMPOTENCY, body, jsonAnswer, noAnswer, operation, query } from './openapi-parts.ts';
import type { Operation } from './openapi-parts.ts';
import { PROBLEM_RESPONSES } from './openapi-problems.ts';
import { usedComponents } from './openapi-used.ts';
import { reportPaths } from './openapi-reports.ts';
import { ref } from './openapi-objects.ts';
import { apiSchemas, schemaName } from './openapi-schemas.ts';
import type { ApiScope } from './openapi-schemas.ts';

/** OpenAPI 3.1 of everything this caller can reach, made from the model. Paths are full. */
export function describeApi(model: Model, access: Access): Readonly<Record<string, unknown>> {
  const scope = { model, access };
  const entities = [...model.entities.values()].filter((entity) => access.can(entity.name, 'read'));
  const paths: Record<string, unknown> = {};
  for (const entity of entities) Object.assign(paths, entityPaths(scope, entity));
  Object.assign(paths, fixedPaths(model), reportPaths(model, access));
  return {
    openapi: '3.1.0',
    info: { title: 'Casement', version: model.hash.slice(0, 12), description: 'Generated from the definitions.' },
    servers: [{ url: '/' }],
    security: [{ session: [] }, { key: [] }],
    tags: [
      ...entities.map(({ name, title }) => ({ name, description: title })),
      { name: 'system', description: 'Everything else' },
    ],
    paths,
    components: {
      ...usedComponents(paths, {
        schemas: apiSchemas(scope, entities),
        responses: PROBLEM_RESPONSES,
        headers: HEADER_COMPONENTS,
      }),
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'casement' },
        key: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

interface EntityPath {
  readonly scope: ApiScope;
  readonly entity: Entity;
  readonly name: string;
}

function entityPaths(scope: ApiScope, entity: Entity): Readonly<Record<string, unknown>> {
  const at: EntityPath = { scope, entity, name: schemaName(entity) };
  const root = `/api/${entity.plural}`;
  const one = `${root}/{id}`;
  const about = `Id of the ${entity.title}`;
  const id = { name: 'id', in: 'path', required: true, description: about, schema: { type: 'string', format: 'uuid' } };
  const paths: Record<string, unknown> = {
    [root]: {
      get: listOperation(at),
      ...(scope.access.can(entity.name, 'create') ? { post: createOperation(at) } : {}),
    },
    [`${root}/aggregate`]: { get: aggregateOperation(at) },
    [one]: { parameters: [id], get: getOperation(at), ...writeOperations(at) },
    [`${one}/changes`]: { parameters: [id], get: changesOperation(at) },
  };
  if (scope.access.operation('export')) paths[`${root}/export`] = { get: exportOperation(at) };
  Object.assign(paths, duplicatePaths(at));
  const isEditor = scope.access.operation('massEdit') && writes(scope, entity);
  if (isEditor) paths[`${root}/batch`] = { post: massEditOperation(at) };
  if (scope.access.can(entity.name, 'delete')) {
    paths[`${one}/restore`] = { parameters: [id], post: restoreOperation(at) };
    paths[`${one}/dependents`] = { parameters: [id], get: dependentsOperation(at) };
  }
  if (entity.pipelines.length > 0 && scope.access.can(entity.name, 'update'))
    paths[`${one}/move`] = { parameters: [id], post: moveOperation(at) };
  return paths;
}

function writes({ access }: ApiScope, { name }: Entity): boolean {
  return access.can(name, 'update') || access.can(name, 'delete');
}

const SHAPE = [
  query('fields', 'Fields to show: title,customer.name'),
  query('expand', 'References and lists to show whole: customer,lines'),
];
const DELETED = query('deleted', 'The bin: only deleted records, or both', { enum: ['only', 'with'] });
const IF_MATCH = {
  name: 'If-Match',
  in: 'header',
  schema: { type: 'string' },
  description: 'ETag of the record as you saw it; stale is 412',
};

function page(items: JsonSchema, rest: Readonly<Record<string, JsonSchema>> = {}): JsonSchema {
  return {
    type: 'object',
    required: ['data', 'next'],
    properties: { data: { type: 'array', items }, next: { type: ['string', 'null'] }, ...rest },
    additionalProperties: false,
  };
}

function listOperation({ entity, name }: EntityPath): Operation {
  return operation({
    id: `list${name}`,
    tag: entity.name,
    summary: `List ${entity.pluralTitle}`,
    parameters: [
      query('filter', 'Condition as JSON: {"total":{"gte":1000}}; also filter[total][gte]=1000'),
      query('sort', 'Fields, with - for descending: -createdAt,title'),
      query('limit', 'At most this many; default 50', { type: 'integer', minimum: 1, maximum: 1000 }),
      query('after', '"next" of the page before'),
      query('search', 'Words or digits to find'),
      query('count', 'Also answer the total', { enum: ['exact'] }),
      DELETED,
      ...SHAPE,
    ],
    answers: { 200: jsonAnswer('One page', page(ref(name), { total: { type: 'integer' } })) },
    errors: [401, 403, 422],
  });
}

function createOperation({ entity, name }: EntityPath): Operation {
  const many: JsonSchema = {
    type: 'object',
    required: ['data'],
    properties: { data: { type: 'array', items: ref(name) } },
  };
  return operation({
    id: `create${name}`,
    tag: entity.name,
    summary: `Create one ${entity.title}, or up to 1,000 at once`,
    parameters: [IDEMPOTENCY],
    body: body({ anyOf: [ref(`${name}Input`), { type: 'array', maxItems: 1000, items: ref(`${name}Input`) }] }),
    answers: {
      201: withHeaders(jsonAnswer('What was created', { anyOf: [ref(name), many] }), 'Location', 'NewETag'),
    },
    errors: [401, 403, 409, 413, 415, 422],
  });
}

function aggregateOperation({ entity, name }: EntityPath): Operation {
  const rows: JsonSchema = { type: 'array', items: { type: 'object' } };
  return operation({
    id: `aggregate${name}`,
    tag: entity.name,
    summary: `Figures over ${entity.pluralTitle}`,
    parameters: [
      query('group', 'Fields, dates with a grain: source,createdAt:month'),
      query('measures', 'count, sum(total), avg(total), min(total), max(total)'),
      query('filter', 'Condition as JSON'),
    ],
    answers: {
      200: jsonAnswer('One row for each group', { type: 'object', required: ['data'], properties: { data: rows } }),
    },
    errors: [401, 403, 422],
  });
}

function exportOperation({ entity, name }: EntityPath): Operation {
  const text: JsonSchema = { type: 'string' };
  const bytes: JsonSchema = { type: 'string', contentMediaType: 'application/octet-stream' };
  const content = {
    'text/csv': { schema: text },
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': { schema: bytes },
    'application/jsonl': { schema: text },
  };
  return operation({
    id: `export${name}`,
    tag: entity.name,
    summary: `${entity.pluralTitle} as a file`,
    parameters: [
      query('format', 'Default csv', { enum: ['csv', 'xlsx', 'jsonl'] }),
      query('filter', 'Condition as JSON'),
      query('sort', 'Fields, with - for descending'),
      query('fields', 'Columns: title,customer.name; every readable field without'),
      query('search', 'Words or digits to find'),
      query('raw', 'CSV cells as they are, formulas included; default false', { enum: ['true', 'false'] }),
    ],
    answers: { 200: { description: 'The records', content } },
    errors: [400, 401, 403, 404, 422],
  });
}

function getOperation({ entity, name }: EntityPath): Operation {
  return operation({
    id: `get${name}`,
    tag: entity.name,
    summary: `One ${entity.title}`,
    parameters: [...SHAPE, DELETED],
    answers: { 200: withHeaders(jsonAnswer('The record', ref(name)), 'ETag') },
    errors: [401, 403, 404, 422],
  });
}

function writeOperations({ scope, entity, name }: EntityPath): Readonly<Record<string, Operation>> {
  const patch = operation({
    id: `update${name}`,
    tag: entity.name,
    summary: `Change a ${entity.title} (JSON Merge Patch)`,
    parameters: [IF_MATCH, IDEMPOTENCY],
    body: body(ref(`${name}Patch`)),
    answers: { 200: withHeaders(jsonAnswer('The record as it is now', ref(name)), 'ETag') },
    errors: [401, 403, 404, 409, 412, 413, 415, 422],
  });
  const remove = operation({
    id: `delete${name}`,
    tag: entity.name,
    summary: `Put a ${entity.title} into the bin`,
    parameters: [IF_MATCH, IDEMPOTENCY],
    answers: { 204: noAnswer('Deleted') },
    errors: [401, 403, 404, 409, 412, 422],
  });
  return {
    ...(scope.access.can(entity.name, 'update') ? { patch } : {}),
    ...(scope.access.can(entity.name, 'delete') ? { delete: remove } : {}),
  };
}

function dependentsOperation({ entity, name }: EntityPath): Operation {
  return operation({
    id: `dependentsOf${name}`,
    tag: entity.name,
    summary: `What deleting a ${entity.title} would do to other records; refused as the deletion would be`,
    parameters: [],
    answers: { 200: jsonAnswer('By entity: how many would be deleted, how many changed', ref('Dependents')) },
    errors: [401, 403, 404, 409],
  });
}

function changesOperation({ entity, name }: EntityPath): Operation {
  return operation({
    id: `changesOf${name}`,
    tag: entity.name,
    summary: `History of a ${entity.title}, newest first`,
    parameters: [
      query('limit', 'At most this many', { type: 'integer', minimum: 1, maximum: 1000 }),
      query('after', '"next" of the page before'),
      query('timeline', 'Also what happened to records about this one', { enum: ['true', 'false'] }),
    ],
    answers: { 200: jsonAnswer('One page', page(ref('Change'))) },
    errors: [401, 403, 404, 422],
  });
}

function moveOperation({ scope, entity, name }: EntityPath): Operation {
  return operation({
    id: `move${name}`,
    tag: entity.name,
    summary: `Move a ${entity.title} to another stage`,
    parameters: [IF_MATCH, IDEMPOTENCY],
    body: body(moveSchema({ scope, entity, name })),
    answers: { 200: withHeaders(jsonAnswer('The record as it is now', ref(name)), 'ETag') },
    errors: [401, 403, 404, 409, 412, 413, 415, 422],
  });
}

function moveSchema({ scope, entity, name }: EntityPath): JsonSchema {
  const stages = entity.pipelines.flatMap(
    (pipeline) => scope.model.pipelines.get(pipeline)?.stages.map(({ key }) => key) ?? [],
  );
  return {
    type: 'object',
    required: ['to'],
    properties: {
      to: { enum: [...new Set(stages)] },
      set: ref(`${name}Patch`),
      note: { type: ['string', 'null'], maxLength: 5000 },
    },
    additionalProperties: false,
  };
}

function massEditOperation(at: EntityPath): Operation {
  const { entity, name } = at;
  return operation({
    id: `edit${name}Batch`,
    tag: entity.name,
    summary: `The same change on many ${entity.pluralTitle}; undone as one by POST /batches/{id}/undo`,
    parameters: [IDEMPOTENCY],
    body: body(massEditSchema(`${name}Patch`, entity.pipelines.length > 0 ? moveSchema(at) : undefined)),
    answers: { 200: jsonAnswer('What has come of it', ref('MassReport')) },
    errors: [401, 403, 404, 409, 413, 415, 422],
  });
}

function restoreOperation({ entity, name }: EntityPath): Operation {
  return operation({
    id: `restore${name}`,
    tag: entity.name,
    summary: `Take a ${entity.title} out of the bin`,
    parameters: [IF_MATCH, IDEMPOTENCY],
    answers: { 200: withHeaders(jsonAnswer('The record as it is now', ref(name)), 'ETag') },
    errors: [401, 403, 404, 409, 412, 413, 415, 422],
  });
}
