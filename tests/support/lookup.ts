import type { FieldSpec, Reference } from '../../core/fields/field-type.ts';
import { createFieldTypes } from '../../core/fields/registry.ts';
import type { FieldLookup, ListPath } from '../../core/rules/condition.ts';

/** A field of the named type with whatever else a test wants to say. */
export function fieldOf(type: string, rest: Partial<Omit<FieldSpec, 'type'>> = {}): FieldSpec {
  const found = createFieldTypes().get(type);
  if (!found) throw new Error(`no field type ${type}`);
  return { key: type, required: false, ...rest, type: found };
}

/** A reference as definitions make it. */
export function referenceTo(to: string | readonly string[], rest: Partial<Reference> = {}): { reference: Reference } {
  const targets = typeof to === 'string' ? [to] : to;
  return { reference: { to: targets, many: false, onDelete: 'restrict', timeline: false, ...rest } };
}

/** A small business, enough for rules: deals with lines of products, tasks about deals or contacts, users in teams. */
export function sampleLookup(): FieldLookup {
  const entities: Readonly<Record<string, readonly FieldSpec[]>> = {
    deal: [
      fieldOf('text', { key: 'title', maxLength: 120 }),
      fieldOf('select', { key: 'stage', options: ['new', 'offer', 'won', 'lost'] }),
      fieldOf('money', { key: 'total' }),
      fieldOf('money', { key: 'paid' }),
      fieldOf('integer', { key: 'rank' }),
      fieldOf('number', { key: 'weight' }),
      fieldOf('boolean', { key: 'urgent' }),
      fieldOf('date', { key: 'expectedOn' }),
      fieldOf('dateTime', { key: 'visitAt' }),
      fieldOf('dateTime', { key: 'createdAt' }),
      fieldOf('duration', { key: 'effort' }),
      fieldOf('multiSelect', { key: 'tags', options: ['hot', 'vip', 'late'] }),
      fieldOf('json', { key: 'extra' }),
      fieldOf('reference', { key: 'customer', ...referenceTo('contact', { inverse: 'deals' }) }),
      fieldOf('reference', { key: 'assignee', ...referenceTo('user') }),
    ],
    line: [
      fieldOf('reference', { key: 'deal', ...referenceTo('deal', { inverse: 'lines' }) }),
      fieldOf('reference', { key: 'product', ...referenceTo('product') }),
      fieldOf('decimal', { key: 'quantity', scale: 3 }),
      fieldOf('money', { key: 'price' }),
      fieldOf('decimal', { key: 'discount', scale: 2 }),
      fieldOf('text', { key: 'note' }),
    ],
    product: [fieldOf('text', { key: 'name' }), fieldOf('money', { key: 'price' })],
    contact: [
      fieldOf('text', { key: 'name' }),
      fieldOf('phone', { key: 'phone' }),
      fieldOf('email', { key: 'email' }),
      fieldOf('text', { key: 'city' }),
      fieldOf('reference', { key: 'assignee', ...referenceTo('user') }),
    ],
    task: [
      fieldOf('text', { key: 'title' }),
      fieldOf('dateTime', { key: 'doneAt' }),
      fieldOf('reference', { key: 'assignee', ...referenceTo('user') }),
      fieldOf('reference', { key: 'about', ...referenceTo(['deal', 'contact'], { inverse: 'tasks' }) }),
    ],
    user: [
      fieldOf('text', { key: 'name' }),
      fieldOf('reference', { key: 'teams', ...referenceTo('team', { many: true, inverse: 'members' }) }),
    ],
    team: [fieldOf('text', { key: 'name' })],
  };
  const fields = new Map(
    Object.entries(entities).map(([name, list]) => [name, [fieldOf('id', { key: 'id' }), ...list]]),
  );
  const find = (entity: string, key: string): FieldSpec | undefined =>
    fields.get(entity)?.find((field) => field.key === key);
  return {
    field: find,
    list: (entity, key) => findList(fields, entity, key),
    keys: (entity) => (fields.get(entity) ?? []).map((field) => field.key),
  };
}

function findList(
  fields: ReadonlyMap<string, readonly FieldSpec[]>,
  entity: string,
  key: string,
): ListPath | undefined {
  for (const [owner, list] of fields) {
    const field = list.find(({ reference }) => reference?.inverse === key && reference.to.includes(entity));
    if (field) return { key, entity: owner, field, link: false };
  }
  return undefined;
}
