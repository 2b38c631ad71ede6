import type { SqlFragment } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { ColumnKind, FieldSpec } from '../fields/field-type.ts';
import type { Condition, FieldPath, FilterPlace, Hop } from '../rules/condition.ts';
import { columnsOf, isMany, isPolymorphic, SYSTEM_KEYS } from './columns.ts';
import { targetColumn } from './names.ts';
import type { ConditionEnv } from './query.ts';
import type { Given, ReadGiven } from './slot.ts';
import { id, join, raw, sql } from './sql.ts';

/** What one statement shares: the caller's values and the names of its tables. */
export interface Scope {
  readonly env: ConditionEnv;
  /** A value that may be another at the next run: in a statement that is kept it becomes a place, else it stays what it is. */
  given<T>(value: T, read: ReadGiven<T>, at?: FilterPlace): Given<T>;
  alias(): SqlFragment;
  /** Compiles a condition about the row behind `alias`; given by `compile-condition`, which in turn needs paths. */
  holds(condition: Condition, alias: SqlFragment): SqlFragment;
}

export type ColumnUse = 'eq' | 'text' | 'sort';

export function column(alias: SqlFragment, name: string): SqlFragment {
  return sql`${alias}.${id(name)}`;
}

/** The value of a field on the row behind `alias`: a column, or for several targets whichever is set. */
export function fieldValue(alias: SqlFragment, field: FieldSpec, suffix = ''): SqlFragment {
  if (isPolymorphic(field)) {
    return sql`coalesce(${join(columnsOf(field).map(({ name }) => column(alias, name)))})`;
  }
  return column(alias, `${field.key}${suffix}`);
}

/** Suffix of the column this use looks at. */
export function suffixFor(field: FieldSpec, use: ColumnUse): string {
  return SYSTEM_KEYS.has(field.key) || isPolymorphic(field) ? '' : (field.type.match?.[use] ?? '');
}

export function kindOf(field: FieldSpec, suffix = ''): ColumnKind {
  if (isPolymorphic(field)) return 'uuid';
  return columnsOf(field).find((candidate) => candidate.suffix === suffix)?.kind ?? 'text';
}

/** The column of a to-one step on the row before it. */
function hopColumn(alias: SqlFragment, hop: Hop): SqlFragment {
  return column(alias, isPolymorphic(hop.field) ? targetColumn(hop.field.key, hop.entity) : hop.field.key);
}

/**
 * Builds something about the row at the end of the steps. Null when a step leads nowhere: to nothing, to a deleted record, or to one
 * outside the caller's rows.
 */
export function atEnd(
  scope: Scope,
  start: { alias: SqlFragment; hops: readonly Hop[] },
  build: (alias: SqlFragment) => SqlFragment,
): SqlFragment {
  const [hop, ...rest] = start.hops;
  if (!hop) return build(start.alias);
  const alias = scope.alias();
  const value = atEnd(scope, { alias, hops: rest }, build);
  return sql`(select ${value} from ${id(hop.entity)} ${alias} where ${reached(scope, { alias, hop, from: start.alias })})`;
}

/** True for the row a step leads to. */
export function reached(scope: Scope, step: { alias: SqlFragment; hop: Hop; from: SqlFragment }): SqlFragment {
  const { alias, hop, from } = step;
  const rows = hop.rows ? sql` and ${scope.holds(hop.rows, alias)}` : sql``;
  const visible = hop.visible ? sql` and ${scope.holds(hop.visible, from)}` : sql``;
  const there = hop.bin ? sql`` : sql` and ${column(alias, 'deletedAt')} is null`;
  return sql`${column(alias, 'id')} = ${hopColumn(from, hop)}${there}${rows}${visible}`;
}

/** The value a path leads to, null on rows where the caller may not read the field. */
export function pathValue(scope: Scope, alias: SqlFragment, of: { path: FieldPath; suffix: string }): SqlFragment {
  const { path, suffix } = of;
  if (isMany(path.field)) throw unusable(path.field);
  const last = path.hops.at(-1);
  if (last && path.field.key === 'id' && !last.rows && !last.visible && !path.visible) {
    return atEnd(scope, { alias, hops: path.hops.slice(0, -1) }, (at) => hopColumn(at, last));
  }
  return atEnd(scope, { alias, hops: path.hops }, (at) => {
    const value = fieldValue(at, path.field, suffix);
    return path.visible ? sql`case when ${scope.holds(path.visible, at)} then ${value} end` : value;
  });
}

function unusable(field: FieldSpec): CasementError {
  return new CasementError(
    'BAD_REQUEST',
    `"${field.key}" holds several values: it cannot be compared, sorted or grouped by.`,
  );
}

/** `t1`, `t2` … in the order asked for, so that equal requests give equal texts. */
export function aliases(prefix: string): () => SqlFragment {
  let count = 0;
  return () => {
    count += 1;
    return raw(`${prefix}${count}`);
  };
}
