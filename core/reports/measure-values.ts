import { Big } from 'big.js';
import type { Field, Measure } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import { textOf } from './value-text.ts';

const DIGITS = 4;

/** What a group without records counts and adds up to; the smallest of nothing is nothing. */
export function zeroOf(measure: Pick<Measure, 'aggregate'>, field: Field | undefined, currency: string): Value {
  if (measure.aggregate === 'count') return 0;
  if (measure.aggregate !== 'sum' || !field) return null;
  try {
    return field.type.parse(0, field, { currency });
  } catch {
    return null;
  }
}

/** Part by whole as a number of at most four digits (0.25 = 25 %); null when there is no whole. */
export function ratio(part: Value | undefined, whole: Value | undefined): number | null {
  if (part === null || part === undefined || whole === null || whole === undefined) return null;
  const of = new Big(textOf(whole));
  return of.eq(0) ? null : new Big(textOf(part)).div(of).round(DIGITS).toNumber();
}

/** The first less the second, exactly: two counts make a number, amounts a text. Null when either is missing. */
export function difference(from: Value | undefined, less: Value | undefined): Value {
  if (from === null || from === undefined || less === null || less === undefined) return null;
  const result = new Big(textOf(from)).minus(new Big(textOf(less)));
  if (typeof from === 'number' && typeof less === 'number') return result.toNumber();
  return result.toFixed(Math.max(digitsOf(from), digitsOf(less)));
}

export function digitsOf(value: Value): number {
  return /\.(\d+)$/.exec(textOf(value))?.[1]?.length ?? 0;
}
