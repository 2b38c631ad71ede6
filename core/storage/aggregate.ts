import type { SqlFragment } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { ColumnKind, RecordData, Value } from '../fields/field-type.ts';
import { columnOf, isMany, isPolymorphic, columnsOf } from './columns.ts';
import { createScope } from './compile-condition.ts';
import { targetObject } from './compile-projection.ts';
import { atEnd, column, fieldValue, kindOf, pathValue } from './compile-path.ts';
import type { Scope } from './compile-path.ts';
import { countMeasure, fieldMeasure, measuredSuffix } from './measure.ts';
import type { MeasureSql } from './measure.ts';
import { scaledText, wholeValue } from './number-text.ts';
import { periodStart } from './period.ts';
import type { AggregateMeasure, Aggregation, Grouping } from './query.ts';
import { id, join, raw, sql } from './sql.ts';
import type { Dialect } from './sql.ts';

/** Rows are read, never changed: they may be shared. */
export interface FiguresReader {
  all<Row = Record<string, unknown>>(query: SqlFragment): Promise<readonly Row[]>;
}

/** One group: how it is selected and how its value reads. */
export interface GroupSql {
  readonly name: string;
  readonly value: SqlFragment;
  read(given: unknown): Value;
  /** A whole number of 64 bits, which SQLite's driver would give as a double. */
  readonly isWide: boolean;
}

/**
 * Grouped figures. A group with a grain is the first day of its period in the group's zone, `2026-03-01` for March. Groups stand in
 * ascending order, empty last. Sums and averages of amounts are exact decimal texts.
 */
export async function aggregateRows(
  reader: FiguresReader,
  aggregation: Aggregation,
  _dialect: Dialect,
): Promise<readonly RecordData[]> {
  const scope = createScope(aggregation.env);
  const alias = scope.alias();
  const groups = aggregation.group.map((grouping) => groupSql(scope, alias, grouping));
  const measures = aggregation.measures.map((measure) => ({
    name: measure.name,
    ...measureSql(scope, alias, measure),
  }));
  const rows = await reader.all(statement(scope, alias, { aggregation, groups, measures }));
  return rows.map((row) => ({
    ...Object.fromEntries(groups.map((group, index) => [group.name, group.read(row[`g${index}`])])),
    ...Object.fromEntries(
      measures.map((measure, index) => [measure.name, measure.read(row[`m${index}`], row[`n${index}`])]),
    ),
  }));
}

interface Parts {
  readonly aggregation: Aggregation;
  readonly groups: readonly GroupSql[];
  readonly measures: readonly MeasureSql[];
}

function statement(scope: Scope, alias: SqlFragment, { aggregation, groups, measures }: Parts): SqlFragment {
  const columns = [
    ...groups.map((group, index) => sql`${group.value} as ${id(`g${index}`)}`),
    ...measures.flatMap((measure, index) => [
      sql`${measure.figure} as ${id(`m${index}`)}`,
      sql`${measure.filled} as ${id(`n${index}`)}`,
    ]),
  ];
  const places = groups.map((_group, index) => raw(String(index + 1)));
  const grouped =
    groups.length === 0
      ? sql``
      : sql` group by ${join(places)} order by ${join(places.map((place) => sql`${place} nulls last`))}`;
  const figures = sql`select ${join(columns)} from ${id(aggregation.entity.name)} ${alias}
    where ${column(alias, 'deletedAt')} is null and ${scope.holds(aggregation.where, alias)}${grouped} limit ${raw(String(aggregation.limit))}`;
  if (!groups.some(({ isWide }) => isWide)) return figures;
  return sql.byDialect({ sqlite: () => withWideGroups(figures, { groups, measures }), postgres: () => figures });
}

/** Wide groups as texts, in the order of their numbers. */
function withWideGroups(figures: SqlFragment, { groups, measures }: Omit<Parts, 'aggregation'>): SqlFragment {
  const group = (index: number) => column(raw('f'), `g${index}`);
  const columns = [
    ...groups.map(({ isWide }, index) => {
      const value = isWide ? sql`cast(${group(index)} as text)` : group(index);
      return sql`${value} as ${id(`g${index}`)}`;
    }),
    ...measures.flatMap((_measure, index) => [id(`m${index}`), id(`n${index}`)]),
  ];
  const order = groups.map((_group, index) => sql`${group(index)} nulls last`);
  return sql`select ${join(columns)} from (${figures}) f order by ${join(order)}`;
}

function measureSql(scope: Scope, alias: SqlFragment, { aggregate, field: projected }: AggregateMeasure): MeasureSql {
  if (aggregate === 'count' || !projected) return countMeasure();
  const { field, visible } = projected;
  const ordered = field.type.operators.includes('gt');
  if (!ordered || isMany(field) || isPolymorphic(field)) throw unmeasurable(field.key, aggregate);
  const figures = ['integer', 'scaled', 'double'].includes(columnOf(field, measuredSuffix(field)).kind);
  if (!figures && (aggregate === 'sum' || aggregate === 'avg')) throw unmeasurable(field.key, aggregate);
  const value = fieldValue(alias, field, measuredSuffix(field));
  return fieldMeasure(
    aggregate,
    field,
    visible ? sql`case when ${scope.holds(visible, alias)} then ${value} end` : value,
  );
}

function unmeasurable(key: string, aggregate: string): CasementError {
  return new CasementError(
    'BAD_REQUEST',
    `"${key}" has no ${aggregate}: take a number, an amount${aggregate === 'sum' || aggregate === 'avg' ? '' : ' or a date'}.`,
  );
}

/** Also the value of a record where nothing is grouped. */
export function groupSql(scope: Scope, alias: SqlFragment, grouping: Grouping): GroupSql {
  const { path, grain, name, zone } = grouping;
  const { field } = path;
  const kind = kindOf(field);
  const value = pathValue(scope, alias, { path, suffix: '' });
  if (grain !== undefined) {
    if (kind !== 'date' && kind !== 'instant')
      throw new CasementError('BAD_REQUEST', `"${name}": only a date can be grouped by ${grain}.`);
    return {
      name,
      value: periodStart(value, { kind, grain, zone, now: scope.env.now }),
      read: textOrNull,
      isWide: false,
    };
  }
  if (isPolymorphic(field))
    return {
      name,
      value: targetGroup(scope, alias, grouping),
      read: (given) => readGroup('json', 0, given),
      isWide: false,
    };
  const scale = columnsOf(field)[0]?.scale ?? 0;
  const isWide = kind === 'integer' || kind === 'scaled';
  return { name, value, read: (given) => readGroup(kind, scale, given), isWide };
}

/** A reference to several entities is grouped by entity and id. */
function targetGroup(scope: Scope, alias: SqlFragment, { path }: Grouping): SqlFragment {
  return atEnd(scope, { alias, hops: path.hops }, (at) => {
    const target = targetObject(at, path.field);
    return path.visible ? sql`case when ${scope.holds(path.visible, at)} then ${target} end` : target;
  });
}

function textOrNull(given: unknown): Value {
  return given === null || given === undefined ? null : String(given);
}

function readGroup(kind: ColumnKind, scale: number, given: unknown): Value {
  if (given === null || given === undefined) return null;
  if (kind === 'boolean') return given === true || given === 1;
  if (kind === 'double') return Number(given);
  if (kind === 'integer') return wholeValue(String(given));
  if (kind === 'scaled') return scaledText(BigInt(String(given)), scale);
  return kind === 'json' ? (JSON.parse(String(given)) as Value) : String(given);
}
