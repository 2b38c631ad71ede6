import type { Entity } from '../definitions/model.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import { exactly } from './openapi-batches.ts';
import { IDEMPOTENCY, body, jsonAnswer, noAnswer, operation, query } from './openapi-parts.ts';
import type { ApiScope } from './openapi-schemas.ts';

/** Doors and shapes of duplicates and merging. */

const text: JsonSchema = { type: 'string' };
const id: JsonSchema = { type: 'string', format: 'uuid' };
const score: JsonSchema = { type: 'integer', minimum: 1, maximum: 100 };
const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

interface At {
  readonly scope: ApiScope;
  readonly entity: Entity;
  readonly name: string;
}

/** The paths of one entity, as far as this caller can use them. */
export function duplicatePaths(at: At): Readonly<Record<string, unknown>> {
  const { scope, entity } = at;
  const root = `/api/${entity.plural}`;
  const mayChange = scope.access.can(entity.name, 'update');
  const paths: Record<string, unknown> = {};
  if (entity.duplicates) {
    paths[`${root}/duplicates`] = { get: groups(at), post: candidates(at) };
    if (mayChange) paths[`${root}/duplicates/distinct`] = { post: distinct(at) };
  }
  if (mayChange && scope.access.can(entity.name, 'delete') && !entity.single)
    paths[`${root}/{id}/merge`] = {
      parameters: [{ name: 'id', in: 'path', required: true, description: 'Id of the record that stays', schema: id }],
      post: merge(at),
    };
  return paths;
}

function groups({ entity, name }: At) {
  const pair = exactly({ one: id, other: id, score, reasons: listOf(ref('DuplicateReason')) });
  const group = exactly({ score, records: listOf(ref(name)), pairs: listOf(pair) });
  return operation({
    id: `duplicatesOf${name}`,
    tag: entity.name,
    summary: `${entity.pluralTitle} that may be of one thing, the likeliest first`,
    parameters: [
      query('limit', 'At most this many groups; default 20', { type: 'integer', minimum: 1, maximum: 100 }),
      query('after', '"next" of the page before'),
    ],
    answers: { 200: jsonAnswer('One page', exactly({ data: listOf(group), next: { type: ['string', 'null'] } })) },
    errors: [401, 403, 404],
  });
}

function candidates({ entity, name }: At) {
  const candidate = exactly({ record: ref(name), score, reasons: listOf(ref('DuplicateReason')) });
  return operation({
    id: `find${name}Duplicates`,
    tag: entity.name,
    summary: `While it is typed: ${entity.pluralTitle} it may be already, the likeliest first`,
    parameters: [],
    body: body(
      exactly(
        {
          draft: { type: 'object', description: 'Fields as they are typed' },
          except: { ...id, description: 'The record that is being edited' },
          limit: { type: 'integer', minimum: 1, maximum: 50, default: 10 },
        },
        ['draft'],
      ),
    ),
    answers: { 200: jsonAnswer('With what speaks for it', exactly({ data: listOf(candidate) })) },
    errors: [401, 403, 404, 413, 415],
  });
}

function distinct({ entity, name }: At) {
  return operation({
    id: `tell${name}Apart`,
    tag: entity.name,
    summary: `These ${entity.pluralTitle} are not of one thing: do not ask again`,
    parameters: [IDEMPOTENCY],
    body: body(
      exactly(
        {
          ids: { ...listOf(id), minItems: 2, maxItems: 21 },
          distinct: { type: 'boolean', default: true, description: 'false takes the mark off again' },
        },
        ['ids'],
      ),
    ),
    answers: { 204: noAnswer('Noted') },
    errors: [401, 403, 404, 409, 413, 415, 422],
  });
}

function merge({ entity, name }: At) {
  const report = exactly({
    batch: { anyOf: [id, { type: 'null' }], description: 'Undone by POST /batches/{id}/undo; null of a dry run' },
    record: ref(name),
    merged: listOf(id),
    filled: { ...listOf(text), description: 'Fields that were filled or joined from the others' },
    moved: listOf(exactly({ entity: text, count: { type: 'integer', minimum: 1 } })),
  });
  return operation({
    id: `merge${name}`,
    tag: entity.name,
    summary: `Make one ${entity.title} of several; what points to the others points to this one afterwards`,
    parameters: [
      { name: 'If-Match', in: 'header', schema: text, description: 'ETag of the one that stays; stale is 412' },
      IDEMPOTENCY,
    ],
    body: body(
      exactly(
        {
          from: { ...listOf(id), minItems: 1, maxItems: 20, description: 'Those that become a part of it' },
          set: {
            ...ref(`${name}Patch`),
            description: 'Values chosen by hand; what is empty is filled from the others',
          },
          dryRun: { type: 'boolean', description: 'Do everything and take it back' },
        },
        ['from'],
      ),
    ),
    answers: { 200: jsonAnswer('What has come of it', report) },
    errors: [401, 403, 404, 409, 412, 413, 415, 422],
  });
}
