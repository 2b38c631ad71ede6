import type { FieldSpec } from '../fields/field-type.ts';
import { isMany, isPolymorphic } from '../fields/reference.ts';
import type { FieldLookup, FieldPath, Hop, ListPath } from './condition.ts';
import { didYouMean } from './rule-errors.ts';

/** What a dotted name leads to: a field, or a list of other records, at the end of to-one steps. */
export type ResolvedPath =
  | { readonly kind: 'field'; readonly path: FieldPath }
  | { readonly kind: 'list'; readonly entity: string; readonly hops: readonly Hop[]; readonly list: ListPath };

/**
 * Follows `customer.city` from an entity. A reference to several entities names its target: `about.deal.stage`; `about.deal`
 * alone is the id of the deal. Throws an Error whose message names the unknown step and a likely one.
 */
export function resolvePath(text: string, entity: string, lookup: FieldLookup): ResolvedPath {
  const names = text.split('.');
  const hops: Hop[] = [];
  let at = entity;
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? '';
    const isLast = i === names.length - 1;
    const field = lookup.field(at, name);
    if (isLast) return lastStep({ start: entity, at, hops, name }, field, lookup);
    if (!field) throw unknownStep(name, at, lookup);
    const hop = readHop(field, names[i + 1], at);
    hops.push(hop);
    at = hop.entity;
    if (!isPolymorphic(field)) continue;
    i++;
    if (i === names.length - 1) return { kind: 'field', path: { entity, hops, field: idOf(at, lookup) } };
  }
  throw new Error('A path must not be empty.');
}

/** A path that must end at a field. Throws an Error with a readable message. */
export function resolveField(text: string, entity: string, lookup: FieldLookup): FieldPath {
  const resolved = resolvePath(text, entity, lookup);
  if (resolved.kind === 'list') throw new Error(`"${text}" is a list of records, not a field.`);
  return resolved.path;
}

interface Step {
  readonly start: string;
  readonly at: string;
  readonly hops: readonly Hop[];
  readonly name: string;
}

function lastStep(step: Step, field: FieldSpec | undefined, lookup: FieldLookup): ResolvedPath {
  const { start, at, hops, name } = step;
  const list = lookup.list(at, name) ?? (field && isMany(field) ? linkOf(field) : undefined);
  if (list) return { kind: 'list', entity: start, hops, list };
  if (!field) throw unknownStep(name, at, lookup);
  return { kind: 'field', path: { entity: start, hops, field } };
}

function linkOf(field: FieldSpec): ListPath {
  return { key: field.key, entity: field.reference?.to[0] ?? '', field, link: true };
}

function readHop(field: FieldSpec, next: string | undefined, at: string): Hop {
  const reference = field.reference;
  if (!reference) {
    throw new Error(`"${field.key}" of ${at} is a ${field.type.name}, not a reference: it has no "${next ?? ''}".`);
  }
  if (reference.many) {
    throw new Error(
      `"${field.key}" of ${at} holds many records: ask {"${field.key}": {"some": {"${next ?? ''}": …}}}.`,
    );
  }
  if (!isPolymorphic(field)) return { field, entity: reference.to[0] ?? '' };
  if (next === undefined || !reference.to.includes(next)) {
    const targets = reference.to.join(', ');
    throw new Error(`"${field.key}" of ${at} points to several entities: name one of ${targets} after it.`);
  }
  return { field, entity: next };
}

function idOf(entity: string, lookup: FieldLookup): FieldSpec {
  const field = lookup.field(entity, 'id');
  if (!field) throw new Error(`The entity ${entity} is not known.`);
  return field;
}

function unknownStep(name: string, entity: string, lookup: FieldLookup): Error {
  return new Error(`${entity} has no field "${name}".${didYouMean(name, lookup.keys(entity))}`);
}
