import type { SqlFragment } from '../context.ts';
import type { Cell, ColumnKind } from '../fields/field-type.ts';
import { sampleOf } from './slot.ts';
import type { Given } from './slot.ts';
import { raw, sql } from './sql.ts';

const POSTGRES_TYPES: Readonly<Record<ColumnKind, string>> = {
  text: 'text',
  uuid: 'uuid',
  integer: 'bigint',
  scaled: 'bigint',
  double: 'double precision',
  boolean: 'boolean',
  date: 'date',
  instant: 'timestamptz',
  json: 'text',
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** False for a text that no uuid column could hold: PostgreSQL would refuse the whole statement. */
export function fits(cell: Cell, kind: ColumnKind): boolean {
  return kind !== 'uuid' || (typeof cell === 'string' && UUID.test(cell));
}

/** A value with its type said, for places where PostgreSQL cannot tell it from a column beside it. */
export function typed(cell: Given<Cell>, kind: ColumnKind): SqlFragment {
  return sql.byDialect({
    sqlite: () => (kind === 'integer' || kind === 'scaled' ? sql`cast(${cell} as integer)` : sql`${cell}`),
    postgres: () => sql`${cell}::${raw(POSTGRES_TYPES[kind])}`,
  });
}

/** A value beside a column. A 64-bit integer says its type: an expression around the column may have taken the column's away. */
export function bound(cell: Given<Cell>, kind: ColumnKind): SqlFragment {
  return typeof sampleOf(cell) === 'bigint' ? typed(cell, kind) : sql`${cell}`;
}

/** `… in (…)` with one bound list, so that the statement's text does not depend on its length. */
export function isOneOf(value: SqlFragment, cells: Given<readonly Cell[]>, kind: ColumnKind): SqlFragment {
  return sql.byDialect({
    sqlite: () => sql`${value} in (select value from json_each(${cells}))`,
    postgres: () => sql`${value} = any(${cells}::${raw(POSTGRES_TYPES[kind])}[])`,
  });
}

/** A list of cells as PostgreSQL takes it, for one column of many rows. */
export function cellList(cells: readonly Cell[], kind: ColumnKind): SqlFragment {
  return sql`${cells}::${raw(POSTGRES_TYPES[kind])}[]`;
}
