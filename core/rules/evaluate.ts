import type { Cell, Operator, ParseEnv, RecordData, Value } from '../fields/field-type.ts';
import { fold } from '../fields/fold.ts';
import { isMany } from '../fields/reference.ts';
import type { Condition, FieldPath, Hop, Operand } from './condition.ts';
import { dayIn } from './day.ts';

/** What a condition may ask besides the record. */
export interface EvaluateEnv {
  readonly me: string | null;
  readonly teamMates: readonly string[];
  /** Milliseconds. */
  readonly now: number;
  /** IANA zone whose day a date is compared with; UTC when absent. */
  readonly zone?: string;
  readonly parse: ParseEnv;
}

type Compare = Extract<Condition, { kind: 'compare' }>;
type Related = Extract<Condition, { kind: 'related' }>;

/**
 * Does the condition hold for a record in canonical form? The in-memory twin of the SQL that storage makes: no answer is ever
 * unknown, an absent value is unequal to every value. Steps to other records need them expanded in the record; throws
 * an Error naming the one that is missing.
 */
export function evaluate(condition: Condition, record: RecordData, env: EvaluateEnv): boolean {
  switch (condition.kind) {
    case 'constant':
      return condition.value;
    case 'all':
      return condition.of.every((part) => evaluate(part, record, env));
    case 'any':
      return condition.of.some((part) => evaluate(part, record, env));
    case 'not':
      return !evaluate(condition.of, record, env);
    case 'compare':
      return compare(condition, record, env);
    default:
      return relate(condition, record, env);
  }
}

/** True when the condition speaks of other records, which a bare record in memory does not hold. */
export function needsDatabase(condition: Condition): boolean {
  switch (condition.kind) {
    case 'constant':
      return false;
    case 'all':
    case 'any':
      return condition.of.some(needsDatabase);
    case 'not':
      return needsDatabase(condition.of);
    case 'compare':
      return (
        leavesRecord(condition.path) || (condition.operand.kind === 'field' && leavesRecord(condition.operand.path))
      );
    default:
      return true;
  }
}

function leavesRecord(path: FieldPath): boolean {
  return path.hops.length > 0 || (path.visible !== undefined && needsDatabase(path.visible));
}

function compare(condition: Compare, record: RecordData, env: EvaluateEnv): boolean {
  const { path, op, operand } = condition;
  const value = readPath(path, record, env);
  switch (op) {
    case 'empty':
      return isEmpty(path, value) === (operand.kind === 'value' && operand.value === true);
    case 'eq':
    case 'in':
      return isAmong(condition, value, record, env);
    case 'ne':
    case 'nin':
      return !isAmong(condition, value, record, env);
    case 'contains':
    case 'startsWith':
      return matchesText(condition, value, env);
    default:
      return isOrdered(op, cellOf(path, value, 'sort'), operandCells(condition, operand, record, env)[0] ?? null);
  }
}

/** Equality of cells. Two fields that are both empty are equal; a missing `$me` equals nothing. */
function isAmong(condition: Compare, value: Value, record: RecordData, env: EvaluateEnv): boolean {
  const cell = cellOf(condition.path, value, 'eq');
  const cells = operandCells(condition, condition.operand, record, env);
  if (cell === null) return condition.operand.kind === 'field' && cells[0] === null;
  return cells.some((other) => other !== null && order(cell, other) === 0);
}

function matchesText({ path, op, operand }: Compare, value: Value, env: EvaluateEnv): boolean {
  const { field } = path;
  const text = cellOf(path, value, 'text');
  if (operand.kind !== 'value' || typeof text !== 'string') return false;
  const part = field.type.textOperand?.(operand.value, field, env.parse) ?? fold(String(operand.value));
  return op === 'contains' ? text.includes(part) : text.startsWith(part);
}

function isOrdered(op: Operator, left: Cell, right: Cell): boolean {
  if (left === null || right === null) return false;
  const sign = order(left, right);
  if (op === 'gt') return sign > 0;
  if (op === 'gte') return sign >= 0;
  return op === 'lt' ? sign < 0 : sign <= 0;
}

/** Negative, zero or positive. Numbers and bigints mix; texts go by code point, as both databases do. */
export function order(left: Exclude<Cell, null>, right: Exclude<Cell, null>): number {
  if (typeof left === 'string' && typeof right === 'string') return orderTexts(left, right);
  return left < right ? -1 : left > right ? 1 : 0;
}

function orderTexts(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    // Surrogate pairs lie above every other character although their units do not.
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function operandCells(condition: Compare, operand: Operand, record: RecordData, env: EvaluateEnv): readonly Cell[] {
  const { path } = condition;
  const { type } = path.field;
  switch (operand.kind) {
    case 'value': {
      const { value } = operand;
      const isList = Array.isArray(value) && (condition.op === 'in' || condition.op === 'nin');
      const values: readonly unknown[] = isList ? value : [value];
      return values.map((item) => type.operand(item, path.field, env.parse));
    }
    case 'field':
      return [cellOf(operand.path, readPath(operand.path, record, env), 'eq')];
    case 'me':
      return [env.me];
    case 'myTeam':
      return env.teamMates;
    default: {
      const isDay = type.columns(path.field)[0]?.kind === 'date';
      const { now, zone = 'UTC' } = env;
      return [isDay ? dayIn(zone, now, operand.offset) : new Date(now + operand.offset).toISOString()];
    }
  }
}

function cellOf({ field }: FieldPath, value: Value, use: 'eq' | 'text' | 'sort'): Cell {
  return value === null ? null : field.type.comparable(value, field, field.type.match?.[use] ?? '');
}

/** A list of references may be empty; a JSON value that is an empty list is a value. */
function isEmpty({ field }: FieldPath, value: Value): boolean {
  return value === null || (isMany(field) && Array.isArray(value) && value.length === 0);
}

function readPath(path: FieldPath, record: RecordData, env: EvaluateEnv): Value {
  const owner = followHops(path.hops, record, env, path.field.key === 'id');
  if (!owner || (path.visible && !evaluate(path.visible, owner, env))) return null;
  return owner[path.field.key] ?? null;
}

/** The record at the end of the steps; null when one is empty, or is outside the rows the caller may see. */
function followHops(hops: readonly Hop[], record: RecordData, env: EvaluateEnv, onlyId = false): RecordData | null {
  let at = record;
  for (const [i, hop] of hops.entries()) {
    if (hop.visible && !evaluate(hop.visible, at, env)) return null;
    const value = at[hop.field.key] ?? null;
    const next = value === null ? null : readTarget(value, hop, onlyId && i === hops.length - 1 && !hop.rows);
    if (!next || (hop.rows && !evaluate(hop.rows, next, env))) return null;
    at = next;
  }
  return at;
}

/** The record behind a reference. `idIsEnough`: an unexpanded one still tells its id. */
function readTarget(value: Value, hop: Hop, idIsEnough: boolean): RecordData | null {
  if (typeof value === 'string') {
    if (idIsEnough) return { id: value };
  } else if (isRecord(value)) {
    const entity = value['entity'];
    const several = (hop.field.reference?.to.length ?? 0) > 1;
    if (several && typeof entity === 'string' && entity !== hop.entity) return null;
    if (idIsEnough || Object.keys(value).some((key) => key !== 'entity' && key !== 'id')) return value;
  }
  throw new Error(`The condition needs "${hop.field.key}" expanded: load it with the record.`);
}

function relate(condition: Related, record: RecordData, env: EvaluateEnv): boolean {
  const { list, quantifier } = condition;
  const owner = followHops(condition.hops, record, env);
  const listed = owner === null ? [] : owner[list.key];
  const bare = Array.isArray(listed) && listed.some((item: Value) => typeof item === 'string');
  if (!Array.isArray(listed) || (bare && (list.rows !== undefined || !asksOnlyId(condition.of)))) {
    throw new Error(`The condition needs "${list.key}" expanded: load it with the record.`);
  }
  const items = listed
    .map((item: Value) => (typeof item === 'string' ? { id: item } : item))
    .filter(isRecord)
    .filter((item) => !list.rows || evaluate(list.rows, item, env));
  const holds = (item: RecordData): boolean => evaluate(condition.of, item, env);
  if (quantifier === 'some') return items.some(holds);
  return quantifier === 'none' ? !items.some(holds) : items.every(holds);
}

/** True when the ids of a list are all a condition needs to know. */
function asksOnlyId(condition: Condition): boolean {
  switch (condition.kind) {
    case 'constant':
      return true;
    case 'all':
    case 'any':
      return condition.of.every(asksOnlyId);
    case 'not':
      return asksOnlyId(condition.of);
    case 'compare':
      return (
        condition.path.hops.length === 0 && condition.path.field.key === 'id' && condition.operand.kind !== 'field'
      );
    default:
      return false;
  }
}

function isRecord(value: Value): value is RecordData {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
