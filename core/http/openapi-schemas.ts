import type { Access } from '../access/access.ts';
import { isNever } from '../access/combine.ts';
import type { Entity, Field, Model } from '../definitions/model.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import type { ListPath } from '../rules/condition.ts';
import { ref } from './openapi-objects.ts';
import { SHARED_SCHEMAS } from './openapi-shared.ts';
import { AUTOMATION_SCHEMAS } from './openapi-automation-schemas.ts';
import { BATCH_SCHEMAS } from './openapi-batches.ts';
import { IMPORT_SCHEMAS } from './openapi-import-schemas.ts';

export interface ApiScope {
  readonly model: Model;
  readonly access: Access;
}

/** `Deal`, `DealInput`, `DealPatch` and what all entities share. */
export function apiSchemas(scope: ApiScope, entities: readonly Entity[]): Readonly<Record<string, JsonSchema>> {
  const schemas: Record<string, JsonSchema> = { ...FIXED };
  for (const entity of entities) {
    const name = schemaName(entity);
    schemas[name] = recordSchema(scope, entity);
    const properties = inputProperties(scope, entity);
    const lists = listProperties(scope, entity);
    schemas[`${name}Input`] = closed({ ...properties, ...lists }, requiredInput(scope, entity));
    schemas[`${name}Patch`] = closed(properties);
    for (const list of givenLists(scope, entity)) schemas[childName(list)] = childSchema(scope, list);
  }
  return schemas;
}

const FIXED: Readonly<Record<string, JsonSchema>> = {
  ...SHARED_SCHEMAS,
  ...BATCH_SCHEMAS,
  ...AUTOMATION_SCHEMAS,
  ...IMPORT_SCHEMAS,
};

/** `Deal`; of an entity that is called as something of ours is, such as `job`, `JobRecord`. */
export function schemaName(entity: Pick<Entity, 'name'>): string {
  const name = capital(entity.name);
  return name in FIXED ? `${name}Record` : name;
}

function capital(key: string): string {
  return key.charAt(0).toUpperCase() + key.slice(1);
}

function readableFields({ access }: ApiScope, entity: Entity): readonly Field[] {
  return [...entity.fields.values()].filter((field) => !isNever(access.readable(entity.name, field.key)));
}

/** What a GET shows. Any field may be null (empty, or hidden on this row), and `fields=` leaves some out. */
function recordSchema(scope: ApiScope, entity: Entity): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const field of readableFields(scope, entity)) {
    properties[field.key] = answerSchema(field);
    for (const key of companionKeys(field))
      properties[key] = { type: ['string', 'null'], description: `${field.title}, as it was typed` };
  }
  for (const list of entity.lists.values()) {
    const known = scope.access.lookup.list(entity.name, list.key);
    if (known)
      properties[list.key] = { type: 'array', items: { type: 'object' }, description: `Only with expand=${list.key}` };
  }
  return { type: 'object', title: entity.title, properties, additionalProperties: false };
}

function answerSchema(field: Field): JsonSchema {
  const about = {
    title: field.title,
    ...(field.help === undefined ? {} : { description: field.help }),
    ...(field.readOnly ? { readOnly: true } : {}),
  };
  if (ALWAYS_FILLED.has(field.key)) return { ...field.type.schema(field), ...about };
  const object: JsonSchema = { type: 'object', description: `Only with expand=${field.key}` };
  const shapes: readonly JsonSchema[] = field.reference ? [referenceSchema(field), object] : [field.type.schema(field)];
  return { ...orNull(shapes), ...about };
}

const ALWAYS_FILLED: ReadonlySet<string> = new Set(['id', 'version', 'createdAt', 'updatedAt']);

function referenceSchema(field: Field): JsonSchema {
  const { to = [], many = false } = field.reference ?? {};
  const id: JsonSchema = { type: 'string', format: 'uuid' };
  if (many) return { type: 'array', items: { anyOf: [id, { type: 'object' }] } };
  if (to.length < 2) return id;
  return { type: 'object', properties: { entity: { enum: to }, id }, required: ['entity', 'id'] };
}

/** Where several entities are allowed, the plain id of a record is taken as well. */
function inputShapes(field: Field): readonly JsonSchema[] {
  if (!field.reference) return [field.type.inputSchema?.(field) ?? field.type.schema(field)];
  const { to, many } = field.reference;
  const plain: readonly JsonSchema[] = to.length > 1 && !many ? [{ type: 'string', format: 'uuid' }] : [];
  return [referenceSchema(field), ...plain];
}

/** Keys that a value brings beside itself, such as `phone:typed`; known by their columns. */
function companionKeys(field: Field): readonly string[] {
  if (!field.type.companions) return [];
  return field.type.columns(field).flatMap(({ suffix }) => (suffix === '_t' ? [`${field.key}:typed`] : []));
}

function writableFields(scope: ApiScope, entity: Entity): readonly Field[] {
  return readableFields(scope, entity).filter(
    (field) => !field.readOnly && scope.access.writable(entity.name, field.key),
  );
}

function requiredInput(scope: ApiScope, entity: Entity): readonly string[] {
  const needed = (field: Field) =>
    field.required && field.default === undefined && field.key !== 'stage' && field.key !== 'pipeline';
  return writableFields(scope, entity)
    .filter(needed)
    .map((field) => field.key);
}

function inputProperties(scope: ApiScope, entity: Entity): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    writableFields(scope, entity).map((field) => {
      const shapes = inputShapes(field);
      return [field.key, { ...(field.required ? anyOf(shapes) : orNull(shapes)), title: field.title }];
    }),
  );
}

/** Children that may be made together with their parent. */
function listProperties(scope: ApiScope, entity: Entity): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    givenLists(scope, entity).map((list) => [list.key, { type: 'array', items: ref(childName(list)) }]),
  );
}

function givenLists({ access }: ApiScope, entity: Entity): readonly ListPath[] {
  return [...entity.lists.values()].filter(
    (list) => access.lookup.list(entity.name, list.key) && access.can(list.entity, 'create'),
  );
}

/** `DealLineOfDeal`: a deal line in the list of its deal. */
function childName(list: ListPath): string {
  return `${schemaName({ name: list.entity })}Of${capital(list.field.key)}`;
}

/** What the input of the child takes but the reference to the parent, which the list settles. */
function childSchema(scope: ApiScope, list: ListPath): JsonSchema {
  const child = scope.model.entity(list.entity);
  const own = Object.entries({ ...inputProperties(scope, child), ...listProperties(scope, child) });
  const required = requiredInput(scope, child).filter((key) => key !== list.field.key);
  return closed(Object.fromEntries(own.filter(([key]) => key !== list.field.key)), required);
}

function closed(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema {
  return { type: 'object', properties, additionalProperties: false, ...(required.length > 0 ? { required } : {}) };
}

function anyOf(shapes: readonly JsonSchema[]): JsonSchema {
  return shapes.length === 1 ? (shapes[0] ?? {}) : { anyOf: shapes };
}

/** Any of the shapes, or null; a shape that takes everything takes null as well. */
function orNull(shapes: readonly JsonSchema[]): JsonSchema {
  return shapes.some((shape) => Object.keys(shape).length === 0) ? {} : { anyOf: [...shapes, { type: 'null' }] };
}
