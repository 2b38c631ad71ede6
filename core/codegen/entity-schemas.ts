import type { Entity, Field, Model } from '../definitions/model.ts';
import type { JsonSchema } from '../fields/field-type.ts';

/** `deal` → `Deal`. */
export function typeName(entity: Pick<Entity, 'name'>): string {
  return entity.name.charAt(0).toUpperCase() + entity.name.slice(1);
}

/** One JSON Schema with `Deal`, `DealInput` and `DealPatch` for every entity under `$defs`: what programs read, create and change. */
export function entitySchemas(model: Model): JsonSchema {
  const defs: Record<string, JsonSchema> = {};
  for (const entity of model.entities.values()) {
    const name = typeName(entity);
    defs[name] = recordSchema(entity);
    const properties = inputProperties(entity);
    const lists = listProperties(model, entity);
    defs[`${name}Input`] = { ...closedObject({ ...properties, ...lists }), required: requiredInput(entity) };
    defs[`${name}Patch`] = closedObject(properties);
  }
  return { $defs: defs, title: 'Everything', type: 'object', additionalProperties: false };
}

const FILLED: ReadonlySet<string> = new Set(['id', 'version', 'createdAt', 'updatedAt']);

function recordSchema(entity: Entity): JsonSchema {
  const members = [...entity.fields.values()].flatMap((field): [string, JsonSchema][] => {
    const filled = FILLED.has(field.key) || field.required || field.reference?.many === true;
    const value = valueSchema(field);
    const typed = companionKeys(field).map((key): [string, JsonSchema] => [key, { type: ['string', 'null'] }]);
    return [[field.key, described(field, filled ? value : { anyOf: [value, { type: 'null' }] })], ...typed];
  });
  const properties = Object.fromEntries(members);
  return { ...closedObject(properties), required: Object.keys(properties) };
}

function companionKeys(field: Field): readonly string[] {
  if (!field.type.companions) return [];
  return field.type.columns(field).flatMap(({ suffix }) => (suffix === '_t' ? [`${field.key}:typed`] : []));
}

function closedObject(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, additionalProperties: false };
}

/** What may be given: null empties a field, but for one that is required. */
function inputProperties(entity: Entity): Readonly<Record<string, JsonSchema>> {
  const writable = [...entity.fields.values()].filter((field) => !field.readOnly || field.key === 'stage');
  const fields = writable.map((field): [string, JsonSchema] => {
    const value = valueSchema(field);
    return [field.key, described(field, field.required ? value : { anyOf: [value, { type: 'null' }] })];
  });
  return Object.fromEntries(fields);
}

/** Children are made with their parent; later they are changed on their own. */
function listProperties(model: Model, entity: Entity): Readonly<Record<string, JsonSchema>> {
  const lists = [...entity.lists.values()].map((list): [string, JsonSchema] => [
    list.key,
    { type: 'array', items: childSchema(model, list.entity, list.field.key) },
  ]);
  return Object.fromEntries(lists);
}

/** A child made with its parent: everything its input takes but the reference to the parent. */
function childSchema(model: Model, child: string, reference: string): JsonSchema {
  return { tsType: `Omit<${typeName(model.entity(child))}Input, ${JSON.stringify(reference)}>` };
}

function requiredInput(entity: Entity): readonly string[] {
  return [...entity.fields.values()]
    .filter((field) => field.required && !field.readOnly && field.default === undefined)
    .map(({ key }) => key)
    .filter((key) => key !== 'stage' && key !== 'pipeline');
}

/** A comment only where it says more than the key. */
function described(field: Field, schema: JsonSchema): JsonSchema {
  const says = field.title.replaceAll(/\W/g, '').toLowerCase() !== field.key.toLowerCase();
  const parts = [...(says ? [field.title] : []), ...(field.help === undefined ? [] : [field.help])];
  return parts.length === 0 ? schema : { ...schema, description: parts.join(': ') };
}

function valueSchema(field: Field): JsonSchema {
  const { reference } = field;
  if (field.key === 'version') return { type: 'integer' };
  if (!reference) return plain(field.type.schema(field));
  if (reference.many) return { type: 'array', items: { type: 'string' } };
  if (reference.to.length === 1) return { type: 'string' };
  return {
    type: 'object',
    properties: { entity: { enum: reference.to }, id: { type: 'string' } },
    required: ['entity', 'id'],
    additionalProperties: false,
  };
}

/** What only narrows a text or number says nothing in TypeScript. */
function plain(schema: JsonSchema): JsonSchema {
  const { pattern: _pattern, format: _format, minLength: _min, maxLength: _max, ...rest } = schema;
  return rest;
}
