import { Big } from 'big.js';
import type { Field, Measure } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import { digitsOf, zeroOf } from './measure-values.ts';
import { textOf } from './value-text.ts';

/** A figure of lengths of time, in whole milliseconds; null of none, but a sum of none is 0. */
export function lengthFigure(aggregate: Measure['aggregate'], lengths: readonly number[]): number | null {
  const sum = lengths.reduce((total, length) => total + length, 0);
  if (aggregate === 'sum') return sum;
  if (lengths.length === 0) return null;
  const sorted = [...lengths].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const figures: Readonly<Record<string, number | undefined>> = {
    avg: sum / sorted.length,
    min: sorted[0],
    max: sorted.at(-1),
    median: ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2,
  };
  const figure = figures[aggregate];
  return figure === undefined ? null : Math.round(figure);
}

/** A figure of a field's values, as the database makes it: amounts exact, averages half away from zero, nothing of nothing. */
export function valueFigure(
  { aggregate }: Measure,
  field: Field | undefined,
  { values, currency }: { readonly values: readonly Value[]; readonly currency: string },
): Value {
  const given = values.filter((value) => value !== null);
  const zero = zeroOf({ aggregate: 'sum' }, field, currency);
  if (given.length === 0) return aggregate === 'sum' ? zero : null;
  if (aggregate === 'min' || aggregate === 'max') return extreme(given, aggregate === 'max');
  const sum = given.reduce<Big>((total, value) => total.plus(textOf(value)), new Big(0));
  const figure = aggregate === 'avg' ? sum.div(given.length) : sum;
  return typeof zero === 'string' ? figure.toFixed(digitsOf(zero)) : figure.toNumber();
}

/** Numbers by their size, days and instants by their text, which is in order. */
function extreme(values: readonly Value[], isMost: boolean): Value {
  const isNumber = values.every((value) => /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(textOf(value)));
  const compare = (a: Value, b: Value) =>
    isNumber ? new Big(textOf(a)).cmp(textOf(b)) : Number(textOf(a) > textOf(b)) - Number(textOf(a) < textOf(b));
  return values.reduce((best, value) => (compare(value, best) > 0 === isMost ? value : best));
}
