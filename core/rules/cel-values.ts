import { Big } from 'big.js';
import { FieldError } from '../fields/field-type.ts';
import { formatDuration, parseDurationText } from '../fields/duration-text.ts';

/** Exact decimals of expressions. 30 digits for what division cannot end; halves go away from zero. */
export const Decimal = Big();
Decimal.DP = 30;
Decimal.RM = Decimal.roundHalfUp;

/** An instant inside an expression, milliseconds. */
export class Instant {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

/** A length of time inside an expression, milliseconds. */
export class Span {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

const DECIMAL_TEXT = /^-?\d{1,40}(?:\.\d{1,40})?$/;
const DATE_TEXT = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT_TEXT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
const DAY = 86_400_000;

export function expressionError(message: string): FieldError {
  return new FieldError('expression', message);
}

/** The number a value stands for: a decimal, a JSON number or a text such as `"12.50"`; undefined otherwise. */
export function numberOf(value: unknown): Big | undefined {
  if (value instanceof Big) return value;
  if (typeof value === 'number') return Number.isFinite(value) ? new Decimal(value) : undefined;
  if (typeof value === 'bigint') return new Decimal(value.toString());
  return typeof value === 'string' && DECIMAL_TEXT.test(value) ? new Decimal(value) : undefined;
}

/** True for what is a number already, not merely a text that looks like one. */
export function isNumber(value: unknown): boolean {
  return value instanceof Big || typeof value === 'number' || typeof value === 'bigint';
}

export function isDateText(value: unknown): value is string {
  return typeof value === 'string' && DATE_TEXT.test(value);
}

/** Milliseconds of an instant, or of an instant or date in canonical text. */
export function instantOf(value: unknown): number | undefined {
  if (value instanceof Instant) return value.ms;
  if (typeof value !== 'string' || !(INSTANT_TEXT.test(value) || DATE_TEXT.test(value))) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}

export function spanOf(value: unknown): number | undefined {
  if (value instanceof Span) return value.ms;
  return typeof value === 'string' ? parseDurationText(value) : undefined;
}

/** A date or instant moved by a span; a date stays a date when the span is whole days. */
export function moveInTime(value: unknown, ms: number): unknown {
  const from = instantOf(value);
  if (from === undefined) throw expressionError(`${describe(value)} is no date, so no time can be added to it.`);
  const moved = new Date(from + ms);
  if (Number.isNaN(moved.getTime())) throw expressionError('The date lies too far away.');
  return isDateText(value) && ms % DAY === 0 ? moved.toISOString().slice(0, 10) : new Instant(moved.getTime());
}

/** The text of a value as `string(x)` gives it. */
export function textOf(value: unknown): string {
  const plain = fromExpression(value);
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
}

/** From inside an expression to JSON: decimals and instants become texts. */
export function fromExpression(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (value instanceof Big) return value.toFixed();
  if (value instanceof Instant) return new Date(value.ms).toISOString();
  if (value instanceof Span) return formatDuration(value.ms);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (Array.isArray(value)) return value.map(fromExpression);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromExpression(item)]));
}

/** A value in an error message. */
export function describe(value: unknown): string {
  const text = JSON.stringify(fromExpression(value)) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
