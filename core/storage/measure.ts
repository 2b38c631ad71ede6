import type { SqlFragment } from '../context.ts';
import type { FieldSpec, Value } from '../fields/field-type.ts';
import { columnOf } from './columns.ts';
import type { StoredColumn } from './columns.ts';
import { instantText } from './json-value.ts';
import { divideRounded, scaledText, wholeValue } from './number-text.ts';
import { raw, sql } from './sql.ts';

export type Aggregate = 'count' | 'sum' | 'avg' | 'min' | 'max';

/** One figure over many rows: what to select, and how to read it. Averages are divided here, where it can be exact. */
export interface MeasureSql {
  readonly figure: SqlFragment;
  /** Rows that have a value, where the figure is divided by them. */
  readonly filled: SqlFragment;
  read(figure: unknown, filled: unknown): Value;
}

export function countMeasure(): MeasureSql {
  return { figure: sql`cast(count(*) as text)`, filled: sql`0`, read: (figure) => Number(figure) };
}

/** Suffix of the column that figures of a field are worked out from. */
export function measuredSuffix(field: FieldSpec): string {
  return field.type.fromSort ? (field.type.match?.sort ?? '') : '';
}

/** Sum, average, least or greatest of the measured column. Empty input has no figure but null; a sum of nothing is zero. */
export function fieldMeasure(aggregate: Exclude<Aggregate, 'count'>, field: FieldSpec, value: SqlFragment): MeasureSql {
  const measure = columnMeasure(aggregate, columnOf(field, measuredSuffix(field)), value);
  const { fromSort } = field.type;
  if (!fromSort) return measure;
  return {
    ...measure,
    read(figure, filled) {
      const cell = measure.read(figure, filled);
      return cell === null ? null : fromSort(Number(cell));
    },
  };
}

function columnMeasure(
  aggregate: Exclude<Aggregate, 'count'>,
  { kind, scale = 0 }: StoredColumn,
  value: SqlFragment,
): MeasureSql {
  const filled = aggregate === 'avg' ? sql`count(${value})` : sql`0`;
  const exact = kind === 'integer' || kind === 'scaled';
  if (exact) {
    return {
      figure: isEnd(aggregate) ? sql`cast(${call(aggregate, value)} as text)` : exactSum(value),
      filled,
      read: (figure, count) => readExact({ aggregate, kind, scale }, figure, count),
    };
  }
  if (kind === 'double') {
    const figure = isEnd(aggregate) ? call(aggregate, value) : doubleSum(value);
    return { figure, filled, read: (given, count) => readDouble(aggregate, given, count) };
  }
  if (!isEnd(aggregate)) throw new Error(`A column of kind ${kind} has no ${aggregate}.`);
  const shown = kind === 'instant' ? instantText(call(aggregate, value)) : sql`cast(${call(aggregate, value)} as text)`;
  return { figure: shown, filled, read: (figure) => (figure === null ? null : String(figure)) };
}

function isEnd(aggregate: Aggregate): aggregate is 'min' | 'max' {
  return aggregate === 'min' || aggregate === 'max';
}

function call(name: 'min' | 'max', value: SqlFragment): SqlFragment {
  return name === 'min' ? sql`min(${value})` : sql`max(${value})`;
}

const HALF = 1_000_000_000n;
const HALF_SQL = raw(String(HALF));

/** SQLite gives up where a sum leaves 64 bits, PostgreSQL does not: there the sum travels in two halves, `high/low`. */
function exactSum(value: SqlFragment): SqlFragment {
  return sql.byDialect({
    sqlite: () => sql`cast(sum(${value} / ${HALF_SQL}) as text) || '/' || cast(sum(${value} % ${HALF_SQL}) as text)`,
    postgres: () => sql`cast(sum(${value}) as text)`,
  });
}

/** SQLite adds doubles with the lost digits kept aside; PostgreSQL is made to add exactly, so that both say 1 for ten times 0.1. */
function doubleSum(value: SqlFragment): SqlFragment {
  return sql.byDialect({
    sqlite: () => sql`sum(${value})`,
    postgres: () => sql`sum(${value}::text::numeric)::text`,
  });
}

function readExact(of: { aggregate: Aggregate; kind: string; scale: number }, figure: unknown, filled: unknown): Value {
  if (figure === null || figure === undefined) return of.aggregate === 'sum' ? exactValue(0n, of) : null;
  const [high = '0', low] = String(figure).split('/');
  const units = low === undefined ? BigInt(high) : BigInt(high) * HALF + BigInt(low);
  if (of.aggregate !== 'avg') return exactValue(units, of);
  const count = BigInt(filled as string | number);
  return of.kind === 'scaled' ? exactValue(divideRounded(units, count), of) : Number(units) / Number(count);
}

function exactValue(units: bigint, of: { kind: string; scale: number }): Value {
  return of.kind === 'scaled' ? scaledText(units, of.scale) : wholeValue(String(units));
}

function readDouble(aggregate: Aggregate, figure: unknown, filled: unknown): Value {
  if (figure === null || figure === undefined) return aggregate === 'sum' ? 0 : null;
  const value = aggregate === 'avg' ? Number(figure) / Number(filled) : Number(figure);
  // JSON knows no infinity: a sum beyond all doubles has no figure.
  return Number.isFinite(value) ? value : null;
}
