import type { Big } from 'big.js';
import {
  describe,
  expressionError,
  Instant,
  instantOf,
  isDateText,
  isNumber,
  moveInTime,
  numberOf,
  Span,
  spanOf,
} from './cel-values.ts';

export const MAX_TEXT = 100_000;

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
export type OrderOperator = '<' | '<=' | '>' | '>=';

/** Arithmetic on exact decimals. An empty operand makes the result empty, and so does division by zero. */
export function calculate(op: ArithmeticOperator, left: unknown, right: unknown): unknown {
  if (left === null || right === null) return null;
  if (left instanceof Span || right instanceof Span) return calculateTime(op, left, right);
  if (op === '+' && typeof left === 'string' && typeof right === 'string') return limitText(left + right);
  if (op === '+' && Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  const a = numberOf(left);
  const b = numberOf(right);
  if (a !== undefined && b !== undefined) return calculateNumbers(op, a, b);
  if (op === '-') {
    const from = instantOf(left);
    const to = instantOf(right);
    if (from !== undefined && to !== undefined) return new Span(from - to);
  }
  throw expressionError(`Cannot work out ${describe(left)} ${op} ${describe(right)}.`);
}

function calculateNumbers(op: ArithmeticOperator, a: Big, b: Big): Big | null {
  switch (op) {
    case '+':
      return a.plus(b);
    case '-':
      return a.minus(b);
    case '*':
      return a.times(b);
    case '/':
      return b.eq(0) ? null : a.div(b);
    default:
      return b.eq(0) ? null : a.mod(b);
  }
}

function calculateTime(op: ArithmeticOperator, left: unknown, right: unknown): unknown {
  if (left instanceof Span && right instanceof Span) {
    if (op === '+') return new Span(left.ms + right.ms);
    if (op === '-') return new Span(left.ms - right.ms);
  }
  if (right instanceof Span && op === '+') return moveInTime(left, right.ms);
  if (right instanceof Span && op === '-') return moveInTime(left, -right.ms);
  if (left instanceof Span && op === '+') return moveInTime(right, left.ms);
  throw expressionError(`Cannot work out ${describe(left)} ${op} ${describe(right)}.`);
}

export function negate(value: unknown): unknown {
  if (value === null) return null;
  if (value instanceof Span) return new Span(-value.ms);
  const number = isNumber(value) ? numberOf(value) : undefined;
  if (!number) throw expressionError(`${describe(value)} has no negative.`);
  return number.neg();
}

/** Order of two values; nothing is before or after an empty one. */
export function isOrdered(op: OrderOperator, left: unknown, right: unknown): boolean {
  if (left === null || right === null) return false;
  const sign = orderOf(left, right);
  if (op === '<') return sign < 0;
  if (op === '<=') return sign <= 0;
  return op === '>' ? sign > 0 : sign >= 0;
}

/** Negative, zero or positive. Throws FieldError for values that have no order. */
export function orderOf(left: unknown, right: unknown): number {
  if (isNumber(left) || isNumber(right)) {
    const a = numberOf(left);
    const b = numberOf(right);
    if (a && b) return a.cmp(b);
  } else if (left instanceof Span || right instanceof Span) {
    const a = spanOf(left);
    const b = spanOf(right);
    if (a !== undefined && b !== undefined) return a - b;
  } else if (typeof left === 'string' && typeof right === 'string' && isDateText(left) === isDateText(right)) {
    return left < right ? -1 : left > right ? 1 : 0;
  } else {
    const a = instantOf(left);
    const b = instantOf(right);
    if (a !== undefined && b !== undefined) return a - b;
  }
  throw expressionError(`Cannot compare ${describe(left)} with ${describe(right)}.`);
}

/** Equality by value: numbers by amount, records by id, lists and maps by their members. */
export function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (left === null || right === null || left === undefined || right === undefined) return false;
  if (isNumber(left) || isNumber(right)) {
    const a = numberOf(left);
    const b = numberOf(right);
    return a !== undefined && b !== undefined && a.eq(b);
  }
  if (left instanceof Instant || right instanceof Instant) return instantOf(left) === instantOf(right);
  if (left instanceof Span || right instanceof Span) return spanOf(left) === spanOf(right);
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, i) => isEqual(item, right[i]));
  }
  if (typeof left !== 'object' && typeof right !== 'object') return false;
  return areSameRecord(left, right) ?? areSameMaps(left, right);
}

/** A reference may be an id on one side and the expanded record on the other. */
function areSameRecord(left: unknown, right: unknown): boolean | undefined {
  const a = idOf(left);
  const b = idOf(right);
  return a === undefined || b === undefined ? undefined : a === b;
}

function idOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || !('id' in value)) return undefined;
  return typeof value.id === 'string' ? value.id : undefined;
}

function areSameMaps(left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) return false;
  const a = Object.entries(left);
  const b = new Map<string, unknown>(Object.entries(right));
  return a.length === b.size && a.every(([key, item]) => b.has(key) && isEqual(item, b.get(key)));
}

/** CEL `in`: an element of a list or a key of a map. */
export function isIn(item: unknown, list: unknown): boolean {
  if (list === null) return false;
  if (Array.isArray(list)) return list.some((other) => isEqual(item, other));
  if (typeof list === 'object' && typeof item === 'string') return Object.hasOwn(list, item);
  throw expressionError(`${describe(list)} is no list.`);
}

/** True only for true; empty counts as false. */
export function isTrue(value: unknown): boolean {
  if (value === true) return true;
  if (value === false || value === null) return false;
  throw expressionError(`${describe(value)} is neither true nor false.`);
}

export function limitText(text: string): string {
  if (text.length > MAX_TEXT) throw expressionError(`The text grows beyond ${MAX_TEXT} characters.`);
  return text;
}
