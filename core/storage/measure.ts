import type { SqlFragment } from '../context.ts';
import type { FieldSpec, Value } from '../fields/field-type.ts';
import { columnOf } from './columns.ts';
import { instantText } from './json-value.ts';
import { divideRounded, scaledText, wholeValue } from './number-text.ts';
import { sql } from './sql.ts';

export type Aggregate = 'count' | 'sum' | 'avg' | 'min' | 'max';

/** One figure over many rows: what to select, and how to read it. Averages are divided here, where it can be exact. */
export interface MeasureSql {
  readonly figure: SqlFragment;
  /** Rows that have a value. */
  readonly filled: SqlFragment;
  read(figure: unknown, filled: unknown): Value;
}

export function countMeasure(): MeasureSql {
  return { figure: sql`cast(count(*) as text)`, filled: sql`0`, read: (figure) => Number(figure) };
}

/** Sum, average, least or greatest of a column. Empty input has no figure but null; a sum of nothing is zero. */
export function fieldMeasure(aggregate: Exclude<Aggregate, 'count'>, field: FieldSpec, value: SqlFragment): MeasureSql {
  const { kind, scale = 0 } = columnOf(field);
  const filled = sql`count(${value})`;
  const exact = kind === 'integer' || kind === 'scaled';
  if (exact) {
    const name = aggregate === 'avg' ? 'sum' : aggregate;
    return {
      figure: sql`cast(${call(name, value)} as text)`,
      filled,
      read: (figure, count) => readExact({ aggregate, kind, scale }, figure, count),
    };
  }
  if (kind === 'double')
    return { figure: call(aggregate, value), filled, read: (figure) => readDouble(aggregate, figure) };
  const shown = kind === 'instant' ? instantText(call(aggregate, value)) : sql`cast(${call(aggregate, value)} as text)`;
  return { figure: shown, filled, read: (figure) => (figure === null ? null : String(figure)) };
}

function call(name: Exclude<Aggregate, 'count'>, value: SqlFragment): SqlFragment {
  switch (name) {
    case 'sum':
      return sql`sum(${value})`;
    case 'avg':
      return sql`avg(${value})`;
    case 'min':
      return sql`min(${value})`;
    case 'max':
      return sql`max(${value})`;
  }
}

function readExact(of: { aggregate: Aggregate; kind: string; scale: number }, figure: unknown, filled: unknown): Value {
  if (figure === null || figure === undefined) return of.aggregate === 'sum' ? exactValue(0n, of) : null;
  const units = BigInt(figure as string);
  if (of.aggregate !== 'avg') return exactValue(units, of);
  const count = BigInt(filled as string | number);
  return of.kind === 'scaled' ? exactValue(divideRounded(units, count), of) : Number(units) / Number(count);
}

function exactValue(units: bigint, of: { kind: string; scale: number }): Value {
  return of.kind === 'scaled' ? scaledText(units, of.scale) : wholeValue(String(units));
}

function readDouble(aggregate: Aggregate, figure: unknown): Value {
  if (figure === null || figure === undefined) return aggregate === 'sum' ? 0 : null;
  return Number(figure);
}
