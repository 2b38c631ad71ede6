import type { Big } from 'big.js';
import { Temporal } from 'temporal-polyfill';
import { countCharacters } from '../fields/text-checks.ts';
import { calculate, limitText, orderOf } from './cel-operators.ts';
import {
  Decimal,
  describe,
  expressionError,
  Instant,
  instantOf,
  numberOf,
  Span,
  spanOf,
  textOf,
} from './cel-values.ts';

/** What a function gives, for the check at boot. */
export type ResultKind = 'number' | 'text' | 'boolean' | 'instant' | 'span' | 'list' | 'any';

export interface CelFunction {
  readonly result: ResultKind;
  /** Fewest and most arguments; a method counts its receiver as the first. */
  readonly arity: readonly [number, number];
  /** Also runs when its first argument is empty; any other function is empty then. */
  readonly takesNull?: boolean;
  run(args: readonly unknown[]): unknown;
}

const MAX_DIGITS = 20;

/** Called by name: `round(x, 2)`. */
export const FUNCTIONS: ReadonlyMap<string, CelFunction> = new Map<string, CelFunction>([
  [
    'coalesce',
    { result: 'any', arity: [1, 16], takesNull: true, run: (args) => args.find((arg) => arg !== null) ?? null },
  ],
  ['min', { result: 'any', arity: [1, 16], takesNull: true, run: (args) => extreme(args, -1) }],
  ['max', { result: 'any', arity: [1, 16], takesNull: true, run: (args) => extreme(args, 1) }],
  [
    'round',
    {
      result: 'number',
      arity: [1, 2],
      run: ([x, digits = 0]) => toNumber(x).round(digitsOf(digits), Decimal.roundHalfUp),
    },
  ],
  ['floor', { result: 'number', arity: [1, 1], run: ([x]) => toFloor(toNumber(x)) }],
  ['ceil', { result: 'number', arity: [1, 1], run: ([x]) => toFloor(toNumber(x).neg()).neg() }],
  ['abs', { result: 'number', arity: [1, 1], run: ([x]) => toNumber(x).abs() }],
  ['size', { result: 'number', arity: [1, 1], run: ([x]) => sizeOf(x) }],
  ['string', { result: 'text', arity: [1, 1], run: ([x]) => textOf(x) }],
  ['int', { result: 'number', arity: [1, 1], run: ([x]) => toNumber(x).round(0, Decimal.roundDown) }],
  ['double', { result: 'number', arity: [1, 1], run: ([x]) => toNumber(x) }],
  ['decimal', { result: 'number', arity: [1, 1], run: ([x]) => toNumber(x) }],
  ['bool', { result: 'boolean', arity: [1, 1], run: ([x]) => x === true || x === 'true' }],
  ['timestamp', { result: 'instant', arity: [1, 1], run: ([x]) => new Instant(toInstant(x)) }],
  ['duration', { result: 'span', arity: [1, 1], run: ([x]) => new Span(toSpan(x)) }],
  ['dyn', { result: 'any', arity: [1, 1], run: ([x]) => x }],
]);

/** CEL's time accessors, in UTC or a named zone: months and days of the month count from 0, `getDate` from 1, Sunday is 0. */
const TIME_PARTS: readonly (readonly [string, CelFunction])[] = [
  ['getFullYear', timePart((time) => time.year)],
  ['getMonth', timePart((time) => time.month - 1)],
  ['getDate', timePart((time) => time.day)],
  ['getDayOfMonth', timePart((time) => time.day - 1)],
  ['getDayOfWeek', timePart((time) => time.dayOfWeek % 7)],
  ['getDayOfYear', timePart((time) => time.dayOfYear - 1)],
  ['getHours', timePart((time) => time.hour, 3_600_000)],
  ['getMinutes', timePart((time) => time.minute, 60_000)],
  ['getSeconds', timePart((time) => time.second, 1_000)],
  ['getMilliseconds', timePart((time) => time.millisecond, 1)],
];

/** Called on a value: `name.startsWith("A")`. `matches` is missing on purpose: its backtracking can hang the server. */
export const METHODS: ReadonlyMap<string, CelFunction> = new Map<string, CelFunction>([
  ['size', { result: 'number', arity: [1, 1], run: ([x]) => sizeOf(x) }],
  [
    'sum',
    {
      result: 'number',
      arity: [1, 1],
      run: ([x]) => toList(x).reduce((sum, item) => (item === null ? sum : calculate('+', sum, item)), new Decimal(0)),
    },
  ],
  ['contains', { result: 'boolean', arity: [2, 2], run: ([x, part]) => toText(x).includes(toText(part)) }],
  ['startsWith', { result: 'boolean', arity: [2, 2], run: ([x, part]) => toText(x).startsWith(toText(part)) }],
  ['endsWith', { result: 'boolean', arity: [2, 2], run: ([x, part]) => toText(x).endsWith(toText(part)) }],
  ['lowerAscii', { result: 'text', arity: [1, 1], run: ([x]) => toText(x).toLowerCase() }],
  ['upperAscii', { result: 'text', arity: [1, 1], run: ([x]) => toText(x).toUpperCase() }],
  ['trim', { result: 'text', arity: [1, 1], run: ([x]) => toText(x).trim() }],
  [
    'indexOf',
    { result: 'number', arity: [2, 3], run: ([x, part, from = 0]) => toText(x).indexOf(toText(part), toIndex(from)) },
  ],
  ['lastIndexOf', { result: 'number', arity: [2, 2], run: ([x, part]) => toText(x).lastIndexOf(toText(part)) }],
  [
    'substring',
    {
      result: 'text',
      arity: [2, 3],
      run: ([x, from, to]) => toText(x).slice(toIndex(from), to === undefined ? undefined : toIndex(to)),
    },
  ],
  [
    'split',
    { result: 'list', arity: [2, 2], run: ([x, separator]) => toText(x).split(toText(separator)).slice(0, 1_000) },
  ],
  [
    'join',
    {
      result: 'text',
      arity: [1, 2],
      run: ([x, separator = '']) =>
        limitText(
          toList(x)
            .filter((item) => item !== null)
            .map(textOf)
            .join(toText(separator)),
        ),
    },
  ],
  ...TIME_PARTS,
]);

type TimePart = (time: Temporal.ZonedDateTime) => number;

function timePart(of: TimePart, spanUnit?: number): CelFunction {
  return {
    result: 'number',
    arity: [1, 2],
    run([x, zone = 'UTC']) {
      if (x instanceof Span && spanUnit !== undefined) return Math.trunc(x.ms / spanUnit);
      return of(inZone(toInstant(x), toText(zone)));
    },
  };
}

function inZone(ms: number, zone: string): Temporal.ZonedDateTime {
  try {
    return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  } catch {
    throw expressionError(`"${zone}" is no time zone.`);
  }
}

/** The smallest or largest of the values that are not empty; of a list, its smallest or largest. */
function extreme(args: readonly unknown[], sign: 1 | -1): unknown {
  const [first] = args;
  const values = args.length === 1 && Array.isArray(first) ? (first as readonly unknown[]) : args;
  let best: unknown = null;
  for (const value of values) {
    if (value !== null && (best === null || orderOf(value, best) * sign > 0)) best = value;
  }
  return best;
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return countCharacters(value);
  if (Array.isArray(value)) return value.length;
  if (value !== null && typeof value === 'object') return Object.keys(value).length;
  throw expressionError(`${describe(value)} has no size.`);
}

function toNumber(value: unknown): Big {
  const number = numberOf(value);
  if (!number) throw expressionError(`${describe(value)} is no number.`);
  return number;
}

function toFloor(number: Big): Big {
  const cut = number.round(0, Decimal.roundDown);
  return cut.gt(number) ? cut.minus(1) : cut;
}

function toIndex(value: unknown): number {
  const index = Number(toNumber(value).toFixed());
  if (!Number.isSafeInteger(index) || index < 0) throw expressionError(`${describe(value)} is no position.`);
  return index;
}

function digitsOf(value: unknown): number {
  const digits = toIndex(value);
  if (digits > MAX_DIGITS) throw expressionError(`round() takes at most ${MAX_DIGITS} digits.`);
  return digits;
}

function toText(value: unknown): string {
  if (typeof value !== 'string') throw expressionError(`${describe(value)} is no text.`);
  return value;
}

function toList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw expressionError(`${describe(value)} is no list.`);
  return value;
}

function toInstant(value: unknown): number {
  const ms = instantOf(value);
  if (ms === undefined) throw expressionError(`${describe(value)} is no date or instant.`);
  return ms;
}

function toSpan(value: unknown): number {
  const ms = spanOf(value);
  if (ms === undefined) throw expressionError(`${describe(value)} is no duration.`);
  return ms;
}
