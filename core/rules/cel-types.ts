import { isMany, isPolymorphic } from '../fields/reference.ts';
import type { FieldSpec } from '../fields/field-type.ts';
import type { ResultKind } from './cel-functions.ts';
import type { FieldLookup } from './condition.ts';
import { didYouMean } from './rule-errors.ts';

/** What is known at boot of a part of an expression. `any` = only the value will tell. */
export type CelType =
  | {
      readonly kind: Exclude<ResultKind, 'list' | 'any'> | 'date' | 'any' | 'null';
      readonly options?: readonly string[];
    }
  | { readonly kind: 'record'; readonly entity: string }
  | { readonly kind: 'list'; readonly item: CelType };

export const ANY: CelType = { kind: 'any' };

const ARITHMETIC = new Set(['number', 'any', 'null']);
const WRITTEN_AS_TEXT = ['date', 'instant', 'span', 'record'] as const;
const TIMES = new Set(['instant', 'date']);

/** The type of a field's value, told by its column: nothing here asks for a field type by name. */
export function typeOfField(field: FieldSpec): CelType {
  if (field.reference) {
    if (isMany(field) || isPolymorphic(field)) return ANY;
    return { kind: 'record', entity: field.reference.to[0] ?? '' };
  }
  const options = field.options ? { options: field.options } : {};
  switch (field.type.columns(field)[0]?.kind) {
    case 'integer':
    case 'scaled':
    case 'double':
      return { kind: 'number' };
    case 'boolean':
      return { kind: 'boolean' };
    case 'date':
      return { kind: 'date' };
    case 'instant':
      return { kind: 'instant' };
    case 'text':
    case 'uuid':
      return { kind: 'text', ...options };
    default:
      return ANY;
  }
}

/** The type of `name` of a record; lists only where children may be loaded. Throws an Error with a likely name. */
export function typeOfMember(entity: string, name: string, context: { lookup: FieldLookup; lists: boolean }): CelType {
  const field = context.lookup.field(entity, name);
  const list = context.lookup.list(entity, name);
  if (list && context.lists) return { kind: 'list', item: { kind: 'record', entity: list.entity } };
  if (list) throw new Error(`"${name}" of ${entity} is a list of records: use a rollup field for figures over it.`);
  if (!field) throw new Error(`${entity} has no field "${name}".${didYouMean(name, context.lookup.keys(entity))}`);
  return typeOfField(field);
}

/** Why an operator does not take two types, or undefined. */
export function refusal(op: string, left: CelType, right: CelType): string | undefined {
  if (left.kind === 'any' || right.kind === 'any' || left.kind === 'null' || right.kind === 'null') {
    return op === '==' || op === '!=' || op === 'in' ? undefined : (refuseSingle(op, left) ?? refuseSingle(op, right));
  }
  if (op === '==' || op === '!=')
    return isComparable(left, right) ? refuseOption(left, right) : mismatch(op, left, right);
  if (op === 'in') return right.kind === 'list' ? undefined : `"in" takes a list, not ${nameOf(right)}.`;
  if (op === '<' || op === '<=' || op === '>' || op === '>=') {
    return isComparable(left, right) ? (refuseSingle(op, left) ?? refuseSingle(op, right)) : mismatch(op, left, right);
  }
  return isCalculable(op, left, right) ? undefined : mismatch(op, left, right);
}

/** The type of what arithmetic gives. */
export function typeOfResult(op: string, left: CelType, right: CelType): CelType {
  if (left.kind === 'number' && right.kind === 'number') return left;
  if (op === '+' && left.kind === 'text' && right.kind === 'text') return { kind: 'text' };
  if (op === '-' && TIMES.has(left.kind) && TIMES.has(right.kind)) return { kind: 'span' };
  return ['-', '*', '/', '%'].includes(op) && (left.kind === 'number' || right.kind === 'number')
    ? { kind: 'number' }
    : ANY;
}

/** The common type of two branches. */
export function unite(left: CelType, right: CelType): CelType {
  if (left.kind === 'null') return right;
  if (right.kind === 'null' || left === right) return left;
  if (left.kind !== right.kind || left.kind === 'list') return ANY;
  if (left.kind === 'record') return right.kind === 'record' && right.entity === left.entity ? left : ANY;
  return { kind: left.kind };
}

export function nameOf(type: CelType): string {
  if (type.kind === 'record') return `a record (${type.entity})`;
  const article = type.kind === 'instant' || type.kind === 'any' ? 'an' : 'a';
  return type.kind === 'null' ? 'null' : `${article} ${type.kind === 'span' ? 'duration' : type.kind}`;
}

function refuseSingle(op: string, type: CelType): string | undefined {
  const isOrder = ['<', '<=', '>', '>='].includes(op);
  if (isOrder) {
    return ['boolean', 'record', 'list'].includes(type.kind) ? `"${op}" does not take ${nameOf(type)}.` : undefined;
  }
  if (op === '*' || op === '/' || op === '%') {
    return ARITHMETIC.has(type.kind) ? undefined : `"${op}" takes numbers, not ${nameOf(type)}.`;
  }
  return ['boolean', 'record'].includes(type.kind) ? `"${op}" does not take ${nameOf(type)}.` : undefined;
}

function isComparable(left: CelType, right: CelType): boolean {
  if (left.kind === right.kind) return true;
  const kinds = new Set([left.kind, right.kind]);
  // Dates, instants and durations are compared with their written form, references with an id.
  if (kinds.has('text')) return WRITTEN_AS_TEXT.some((kind) => kinds.has(kind));
  return kinds.has('date') && kinds.has('instant');
}

function isCalculable(op: string, left: CelType, right: CelType): boolean {
  if (left.kind === 'number' && right.kind === 'number') return true;
  if (op === '+' && left.kind === right.kind) return ['text', 'list', 'span'].includes(left.kind);
  if (op === '+' && left.kind === 'span') return TIMES.has(right.kind) || right.kind === 'text';
  if (op !== '+' && op !== '-') return false;
  if (right.kind === 'span') return TIMES.has(left.kind) || left.kind === 'text' || left.kind === 'span';
  return op === '-' && TIMES.has(left.kind) && TIMES.has(right.kind);
}

function mismatch(op: string, left: CelType, right: CelType): string {
  return `"${op}" does not take ${nameOf(left)} and ${nameOf(right)}.`;
}

/** A literal compared with a select must be one of its options. A literal's type has its own text as the only option. */
function refuseOption(left: CelType, right: CelType): string | undefined {
  const a = 'options' in left ? left.options : undefined;
  const b = 'options' in right ? right.options : undefined;
  if (!a || !b) return undefined;
  const [literal, options] = a.length === 1 ? [a[0], b] : [b[0], a];
  if (literal === undefined || options.includes(literal) || (a.length > 1 && b.length > 1)) return undefined;
  return `"${literal}" is none of the options.${didYouMean(literal, options) || ` They are ${options.join(', ')}.`}`;
}
