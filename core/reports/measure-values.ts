import { Big } from 'big.js';
import type { Field, Measure } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import { textOf } from './value-text.ts';

const DIGITS = 4;

/** What a group without records counts and adds up to; the smallest of nothing is nothing. */
export function zeroOf(measure: Measure, field: Field | undefined, currency: string): Value {
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
