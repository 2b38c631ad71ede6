import type { SqlFragment } from '../context.ts';
import type { Field } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { Cell, ColumnKind } from '../fields/field-type.ts';
import { bound } from './bind.ts';
import { isMany, isPolymorphic } from './columns.ts';
import { pathValue } from './compile-path.ts';
import type { Scope } from './compile-path.ts';
import type { SortKey } from './query.ts';
import { mapGiven, sampleOf } from './slot.ts';
import type { Given, KeyValue } from './slot.ts';
import { sortColumns } from './sort-columns.ts';
import { join, raw, sql } from './sql.ts';
import { isFilled } from './tables.ts';
import type { Entity } from '../definitions/model.ts';

/** One column of the order. A sort key on a text has two: folded, then exact. */
export interface SortPart {
  readonly value: SqlFragment;
  readonly kind: ColumnKind;
  readonly descending: boolean;
  /** The database knows that it is never null, so plain order and row comparison serve, and an index with them. */
  readonly filled: boolean;
  /** The value of a row's cursor at this part. */
  readonly cell: (keyValue: KeyValue) => Cell;
}

export interface SortPlan {
  readonly parts: readonly SortPart[];
  /** For each sort key, the part whose value goes into the cursor. */
  readonly shown: readonly number[];
}

export function sortPlan(scope: Scope, alias: SqlFragment, of: { entity: Entity; sort: readonly SortKey[] }): SortPlan {
  const parts: SortPart[] = [];
  const shown: number[] = [];
  for (const key of of.sort) {
    const own = partsOf(scope, alias, { key, entity: of.entity });
    parts.push(...own);
    shown.push(parts.length - 1);
  }
  return { parts, shown };
}

function partsOf(
  scope: Scope,
  alias: SqlFragment,
  { key, entity }: { key: SortKey; entity: Entity },
): readonly SortPart[] {
  const { path, descending } = key;
  const own = path.hops.length === 0 && !path.visible ? entity.fields.get(path.field.key) : undefined;
  const filled = own !== undefined && isFilled(entity, own);
  if (isPolymorphic(path.field) || isMany(path.field)) {
    return [
      {
        value: pathValue(scope, alias, { path, suffix: '' }),
        kind: 'uuid',
        descending,
        filled,
        cell: cellReader('uuid'),
      },
    ];
  }
  const columns = sortColumns(path.field);
  const exact = columns.at(-1);
  return columns.map((column) => ({
    value: pathValue(scope, alias, { path, suffix: column.suffix }),
    kind: column.kind,
    descending,
    filled: filled && (column.suffix === '' || column.suffix === '_f'),
    cell: column === exact ? cellReader(column.kind) : foldedReader(path.field as Field, column.suffix),
  }));
}

/** The folded text need not travel in the cursor: it follows from the exact one. */
function foldedReader(field: Field, suffix: string): (keyValue: KeyValue) => Cell {
  return (keyValue) => (keyValue === null ? null : field.type.comparable(String(keyValue), field, suffix));
}

const FORMS: Partial<Record<ColumnKind, RegExp>> = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  integer: /^-?\d{1,19}$/,
  scaled: /^-?\d{1,19}$/,
  date: /^\d{4}-\d\d-\d\d$/,
  instant: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
};

/** A cursor comes from outside: whatever is not of the column's form is refused. */
function cellReader(kind: ColumnKind): (keyValue: KeyValue) => Cell {
  return (keyValue) => {
    if (keyValue === null) return null;
    if (kind === 'double' && typeof keyValue === 'number') return keyValue;
    if (kind === 'boolean' && typeof keyValue === 'number') return keyValue === 1;
    const refused =
      kind === 'double' || kind === 'boolean' || typeof keyValue !== 'string' || FORMS[kind]?.test(keyValue) === false;
    if (refused)
      throw new CasementError(
        'BAD_REQUEST',
        'The parameter "after" is not a cursor of this list: take "next" of the page before.',
      );
    return kind === 'integer' || kind === 'scaled' ? BigInt(keyValue) : keyValue;
  };
}

/** The value of a part as it goes into the cursor, from what the driver gave. Numbers that must stay exact travel as text. */
export function keyValueOf(kind: ColumnKind, given: unknown): KeyValue {
  if (given === null || given === undefined) return null;
  if (kind === 'boolean') return given === true || given === 1 ? 1 : 0;
  if (kind === 'double' && typeof given === 'number') return given;
  return String(given);
}

/** The part as a column of the result: 64-bit integers as text, since SQLite's driver would round them. */
export function shownPart(value: SqlFragment, kind: ColumnKind): SqlFragment {
  return kind === 'integer' || kind === 'scaled' ? sql`cast(${value} as text)` : value;
}

/** Nulls stand last both ways. */
export function orderBy(
  parts: readonly SortPart[],
  valueOf: (part: SortPart, index: number) => SqlFragment,
): SqlFragment {
  return join(
    parts.map(
      (part, index) =>
        sql`${valueOf(part, index)} ${raw(part.descending ? 'desc' : 'asc')}${raw(part.filled ? '' : ' nulls last')}`,
    ),
  );
}

/**
 * The rows after the cursor's row in this order, as ranges an index can be sought for: those that share most with that row, then those that
 * share less, nulls last. A single condition with "or" would walk from the first page on.
 */
export function rangesAfter(scope: Scope, plan: SortPlan, after: readonly KeyValue[]): readonly SqlFragment[] {
  const cells = cellsOf(scope, plan, after);
  const [first] = plan.parts;
  const simple = plan.parts.every((part) => part.filled && part.descending === first?.descending);
  if (!simple) return plan.parts.flatMap((_part, index) => rangesAt(plan.parts, cells, index)).reverse();
  const values = plan.parts.map((part, index) => bound(cells[index] ?? null, part.kind));
  return [sql`(${join(plan.parts.map((part) => part.value))}) ${raw(first?.descending ? '<' : '>')} (${join(values)})`];
}

function cellsOf(scope: Scope, plan: SortPlan, after: readonly KeyValue[]): readonly Given<Cell>[] {
  const values = plan.shown.map((_last, key) =>
    scope.given<KeyValue>(after[key] ?? null, (given) => given.after?.[key] ?? null),
  );
  return plan.parts.map((part, index) => {
    const key = plan.shown.findIndex((last) => index <= last);
    return mapGiven(values[key] ?? null, part.cell);
  });
}

/** Rows that are alike up to this part and stand behind in it. */
function rangesAt(parts: readonly SortPart[], cells: readonly Given<Cell>[], index: number): readonly SqlFragment[] {
  const part = parts[index]!;
  const cell = cells[index] ?? null;
  if (sampleOf(cell) === null) return [];
  const alike = parts.slice(0, index).map((one, at) => {
    const known = cells[at] ?? null;
    return sampleOf(known) === null ? sql`${one.value} is null` : sql`${one.value} = ${bound(known, one.kind)}`;
  });
  const beyond = sql`${part.value} ${raw(part.descending ? '<' : '>')} ${bound(cell, part.kind)}`;
  const ends = part.filled ? [beyond] : [sql`${part.value} is null`, beyond];
  return ends.map((end) => join([...alike, end], ' and '));
}
