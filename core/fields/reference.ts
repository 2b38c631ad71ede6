import { FieldError } from './field-type.ts';
import type { Cell, FieldSpec, FieldType, Operator, Value } from './field-type.ts';
import { listFromText } from './text-forms.ts';
import { isId, readId } from './uuid.ts';

const MAX_TARGETS = 1_000;

/**
 * A pointer to another record: its id; `{entity, id}` where several entities are allowed; a list of ids with `many`.
 * An expanded record in place of the id is taken by its `id`. Storage makes the columns of the last two. Callers may also give the plain id
 * where several entities are allowed: filters compare by it, and the write finds out whose it is.
 */
export const referenceType: FieldType = {
  name: 'reference',
  columns: (field) => (isPolymorphic(field) || isMany(field) ? [] : [{ suffix: '', kind: 'uuid' }]),
  parse(value, field) {
    if (isMany(field)) return readMany(value);
    return isPolymorphic(field) ? readTarget(value, field) : readId(idOf(value));
  },
  cells: (value, field) => (isPolymorphic(field) || isMany(field) ? {} : { '': toCell(value) }),
  fromText(text, field) {
    if (isMany(field)) return listFromText(text);
    if (!isPolymorphic(field)) return text.trim();
    const [entity = '', id] = text.trim().split(':');
    return id === undefined ? text : { entity, id };
  },
  toText: (value) => referenceText(value),
  operators: ['eq', 'ne', 'in', 'nin', 'empty'],
  operand(value, field) {
    if (isPolymorphic(field) && typeof value === 'object') return readTarget(value, field).id;
    return readId(idOf(value));
  },
  comparable: (value) => toCell(value),
  schema(field) {
    const id = { type: 'string', format: 'uuid' };
    if (isMany(field)) return { type: 'array', items: id, uniqueItems: true };
    if (!isPolymorphic(field)) return id;
    return {
      type: 'object',
      properties: { entity: { enum: field.reference?.to ?? [] }, id },
      required: ['entity', 'id'],
    };
  },
};

/** An id, `entity:id` where several entities are allowed, or ids with `; ` between them. */
function referenceText(value: Value): string {
  if (Array.isArray(value)) return value.map(referenceText).join('; ');
  if (value === null || typeof value !== 'object' || !('id' in value)) return String(value);
  return 'entity' in value ? `${String(value['entity'])}:${String(value['id'])}` : String(value['id']);
}

/** True for a reference that may point to several entities. */
export function isPolymorphic(field: FieldSpec): boolean {
  return (field.reference?.to.length ?? 0) > 1 && !isMany(field);
}

/** What a filter may ask of the field. A list of references is asked for the records it holds, all other fields for their value. */
export function operatorsOf(field: FieldSpec): readonly Operator[] {
  return isMany(field) ? LIST_OPERATORS : field.type.operators;
}

const LIST_OPERATORS: readonly Operator[] = ['some', 'none', 'every', 'contains', 'empty'];

export function isMany(field: FieldSpec): boolean {
  return field.reference?.many ?? false;
}

/** A record's id is unique across entities, so a polymorphic reference is compared by the id alone. */
function toCell(value: Value): Cell {
  const id = idOf(value);
  return typeof id === 'string' ? id : null;
}

function idOf(value: unknown): unknown {
  return value !== null && typeof value === 'object' && 'id' in value ? value.id : value;
}

function readTarget(value: unknown, field: FieldSpec): { readonly entity: string; readonly id: string } {
  const allowed = field.reference?.to ?? [];
  // The write names the entity of a plain id before it parses; one that is still plain leads to nothing the caller may see.
  if (isId(value)) throw new FieldError('reference', 'There is no such record.', { entities: allowed });
  if (value === null || typeof value !== 'object' || !('entity' in value) || !('id' in value)) {
    throw new FieldError('type', `Must be {"entity", "id"} of one of: ${allowed.join(', ')}.`, { entities: allowed });
  }
  const { entity } = value;
  if (typeof entity !== 'string' || !allowed.includes(entity)) {
    throw new FieldError('option', `May only point to one of: ${allowed.join(', ')}.`, { entities: allowed });
  }
  return { entity, id: readId(value.id) };
}

function readMany(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new FieldError('type', 'Must be a list of record ids.');
  if (value.length > MAX_TARGETS) {
    throw new FieldError('maximum', `Must point to at most ${MAX_TARGETS} records.`, { limit: MAX_TARGETS });
  }
  return [...new Set(value.map((item: unknown) => readId(idOf(item))))];
}
