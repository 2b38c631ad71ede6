import type { SqlFragment, Transaction } from '../context.ts';
import { createScope } from './compile-condition.ts';
import { column } from './compile-path.ts';
import type { Scope } from './compile-path.ts';
import { compileProjection } from './compile-projection.ts';
import { columnsOf } from './columns.ts';
import { keyValueOf, orderBy, rangesAfter, shownPart, sortPlan } from './keyset.ts';
import type { SortPlan } from './keyset.ts';
import type { Projection, SelectedRow, Selection } from './query.ts';
import { matchCondition } from './match.ts';
import { searchCondition } from './search.ts';
import { lockClause } from './locks.ts';
import { id, join, raw, sql } from './sql.ts';
import type { Dialect } from './sql.ts';

type Reader = Pick<Transaction, 'all'>;
type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly json: string };

/** Records as JSON text, in the order asked for, by one statement. */
export async function selectRows(
  reader: Reader,
  selection: Selection,
  _dialect: Dialect,
): Promise<readonly SelectedRow[]> {
  const { statement, plan } = compileSelection(createScope(selection.env), selection);
  const rows = await reader.all<Row>(statement);
  const doubles = holdsDoubles(selection.projection);
  return rows.map((row) => ({
    id: row.id,
    json: doubles ? JSON.stringify(JSON.parse(row.json)) : row.json,
    key: plan.shown.map((part, index) => keyValueOf(plan.parts[part]!.kind, row[`k${index}`])),
  }));
}

/** How many records match; the page and its limit do not count. */
export async function countRows(reader: Reader, selection: Selection, _dialect: Dialect): Promise<number> {
  const [row] = await reader.all<CountRow>(compileCount(createScope(selection.env), selection));
  return Number(row?.count ?? 0);
}

export interface CountRow {
  readonly count: number | string;
}

export function compileCount(scope: Scope, selection: Selection): SqlFragment {
  const alias = scope.alias();
  return sql`select count(*) as "count" from ${id(selection.projection.entity.name)} ${alias} where ${wanted(scope, alias, selection)}`;
}

/** What a statement shows of each row: of the row behind `alias`, with its values in the order. */
export type Columns = (row: RowParts) => readonly SqlFragment[];

export interface RowParts {
  readonly scope: Scope;
  readonly alias: SqlFragment;
  readonly projection: Projection;
  readonly plan: SortPlan;
  /** The value of a part of the order, of this row. */
  readonly valueOf: (part: number) => SqlFragment;
}

const rowColumns: Columns = ({ scope, alias, projection, plan, valueOf }) => [
  sql`${column(alias, 'id')} as "id"`,
  sql`${compileProjection(scope, alias, projection)} as "json"`,
  ...plan.shown.map((part, index) => sql`${shownPart(valueOf(part), plan.parts[part]!.kind)} as ${id(`k${index}`)}`),
];

export interface CompiledRows {
  readonly statement: SqlFragment;
  readonly plan: SortPlan;
}

/** The rows in their order; unless told otherwise with the columns `id`, `json` and `k0` … for the sort keys. */
export function compileSelection(scope: Scope, selection: Selection, columns: Columns = rowColumns): CompiledRows {
  const alias = scope.alias();
  const plan = sortPlan(scope, alias, { entity: selection.projection.entity, sort: selection.sort });
  const parts: Parts = { selection, plan, columns };
  // One part is the id: it is never empty, so what stands after a cursor is one range.
  const direct = plan.parts.length <= 1 || selection.lock !== undefined;
  return { statement: direct ? oneLevel(scope, alias, parts) : twoLevels(scope, alias, parts), plan };
}

/** The one record of a selection with an id: column `json`. */
export function compileOne(scope: Scope, selection: Selection): SqlFragment {
  const alias = scope.alias();
  const { projection } = selection;
  return sql`select ${compileProjection(scope, alias, projection)} as "json" from ${id(projection.entity.name)} ${alias} where ${wanted(scope, alias, selection)}`;
}

interface Parts {
  readonly selection: Selection;
  readonly plan: SortPlan;
  readonly columns: Columns;
}

/** In order of id the rows come from the primary key, and only those of the page are made into JSON. */
function oneLevel(scope: Scope, alias: SqlFragment, { selection, plan, columns }: Parts): SqlFragment {
  const { projection } = selection;
  const shown = columns({ scope, alias, projection, plan, valueOf: (part) => plan.parts[part]!.value });
  const lock = selection.lock ? lockClause(selection.lock, alias) : sql``;
  return sql`select ${join(shown)}
    from ${id(projection.entity.name)} ${alias} where ${join([wanted(scope, alias, selection), ...rangesOf(scope, selection, plan)], ' and ')}
    order by ${orderBy(plan.parts, (part) => part.value)} limit ${raw(limitOf(selection))}${lock}`;
}

/** The page's ids first, by whatever index serves the order, then the JSON of just these: a sort would else carry the JSON of every match. */
function twoLevels(scope: Scope, alias: SqlFragment, { selection, plan, columns }: Parts): SqlFragment {
  const { projection } = selection;
  const outer = scope.alias();
  const valueOf = (part: number) => raw(`p."s${part}"`);
  return sql`select ${join(columns({ scope, alias: outer, projection, plan, valueOf }))}
    from (${pageOf(scope, alias, { selection, plan })}) p join ${id(projection.entity.name)} ${outer} on ${column(outer, 'id')} = p."id"
    order by ${orderBy(plan.parts, (_part, index) => valueOf(index))}`;
}

function limitOf({ limit }: Selection): string {
  if (!Number.isSafeInteger(limit) || limit < 0)
    throw new RangeError(`A selection's limit must be a whole number, not ${limit}.`);
  return String(limit);
}

function rangesOf(scope: Scope, selection: Selection, plan: SortPlan): readonly SqlFragment[] {
  return selection.after ? rangesAfter(scope, plan, selection.after) : [];
}

/** Ids and sort keys of the page. Each range gives at most a page, whatever lies before it. */
function pageOf(scope: Scope, alias: SqlFragment, { selection, plan }: Omit<Parts, 'columns'>): SqlFragment {
  const inner = plan.parts.map((part, index) => sql`${part.value} as ${id(`s${index}`)}`);
  const limit = raw(limitOf(selection));
  const cut = (range?: SqlFragment) => sql`select ${join([sql`${column(alias, 'id')} as "id"`, ...inner])}
    from ${id(selection.projection.entity.name)} ${alias}
    where ${join([wanted(scope, alias, selection), ...(range ? [range] : [])], ' and ')}
    order by ${orderBy(plan.parts, (part) => part.value)} limit ${limit}`;
  const ranges = rangesOf(scope, selection, plan);
  if (ranges.length < 2) return cut(ranges[0]);
  const pages = ranges.map((range, index) => sql`select * from (${cut(range)}) ${id(`r${index}`)}`);
  return sql`select * from (${join(pages, ' union all ')}) u
    order by ${orderBy(plan.parts, (_part, index) => raw(`u."s${index}"`))} limit ${limit}`;
}

function wanted(scope: Scope, alias: SqlFragment, selection: Selection): SqlFragment {
  const { where, search, match, deleted, projection } = selection;
  const deletedAt = column(alias, 'deletedAt');
  const parts = [
    ...(selection.id === undefined
      ? []
      : [sql`${column(alias, 'id')} = ${scope.given(selection.id, (given) => given.id ?? '')}`]),
    ...(deleted === 'with' ? [] : [deleted === 'only' ? sql`${deletedAt} is not null` : sql`${deletedAt} is null`]),
    scope.holds(where, alias),
    ...(search ? [searchCondition(projection.entity.name, alias, search)] : []),
    ...(match ? [matchCondition(projection.entity.name, alias, match)] : []),
  ];
  return join(parts, ' and ');
}

/** Only a record with doubles in it must go through JS, to print them as JS does. */
export function holdsDoubles(projection: Projection): boolean {
  const own = projection.fields.some(({ field }) => columnsOf(field)[0]?.kind === 'double');
  const references = [...projection.references.values()].flatMap((targets) => [...targets.values()]);
  return own || [...references, ...projection.lists.values()].some((nested) => holdsDoubles(nested.projection));
}
