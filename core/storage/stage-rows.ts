import type { SqlFragment, Transaction } from '../context.ts';
import type { Entity } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import type { Condition } from '../rules/condition.ts';
import { groupSql } from './aggregate.ts';
import { isOneOf, typed } from './bind.ts';
import { createScope } from './compile-condition.ts';
import { column } from './compile-path.ts';
import type { ConditionEnv, Grouping } from './query.ts';
import { id, join, raw, sql } from './sql.ts';

export interface StageSelection {
  readonly entity: Entity;
  /** Every name the entity's changes may bear. */
  readonly names: readonly string[];
  readonly where: Condition;
  /** Values of the record as it is now. */
  readonly columns: readonly Grouping[];
  /** Only records that were moved or made within; instants as stored, `until` not included. */
  readonly during?: { readonly from?: string; readonly until?: string };
  readonly env: ConditionEnv;
  /** Only records after this id. */
  readonly after?: string;
  readonly limit: number;
}

/** One change of stage or pipeline, with the record's values beside it. */
export interface StageRow {
  readonly record: string;
  readonly seq: string | number;
  readonly entity: string;
  readonly at: string;
  /** As it was called then; null where the change left it. */
  readonly stage: string | null;
  readonly pipeline: string | null;
  readonly values: readonly Value[];
}

/**
 * What the ledger says of the stages of the records that meet a condition, by id: all changes of a record one after another, oldest first. Rights
 * are in the condition and the columns, as with every read. The limit may cut the last record short.
 */
export async function stageRows(
  reader: Pick<Transaction, 'all'>,
  selection: StageSelection,
): Promise<readonly StageRow[]> {
  const scope = createScope(selection.env);
  const alias = scope.alias();
  const columns = selection.columns.map((grouping) => groupSql(scope, alias, grouping));
  const values = columns.map(
    ({ value, isWide }, index) => sql`, ${isWide ? asText(value) : value} as ${id(`g${index}`)}`,
  );
  const key = sql.byDialect({
    sqlite: () => column(alias, 'id'),
    postgres: () => sql`${column(alias, 'id')}::text`,
  });
  const { after: last } = selection;
  const beyond = last === undefined ? sql`` : sql` and ${column(alias, 'id')} > ${typed(last, 'uuid')}`;
  const rows = await reader.all(sql`select c."record", c."seq", c."entity", c."at",
      ${after('stage')} as "stage", ${after('pipeline')} as "pipeline"${join(values, '')}
    from ${id(selection.entity.name)} ${alias} join "_changes" c on c."record" = ${key}
    where ${isOf(selection, 'c')} and ${column(alias, 'deletedAt')} is null and ${scope.holds(selection.where, alias)}${within(selection)}${beyond}
    order by ${column(alias, 'id')}, c."seq" limit ${raw(String(selection.limit))}`);
  return rows.map((row) => ({
    record: String(row['record']),
    seq: row['seq'] as string | number,
    entity: String(row['entity']),
    at: String(row['at']),
    stage: textOrNull(row['stage']),
    pipeline: textOrNull(row['pipeline']),
    values: columns.map((one, index) => one.read(row[`g${index}`])),
  }));
}

/** A number of 64 bits, which SQLite's driver would give as a double. */
function asText(value: SqlFragment): SqlFragment {
  return sql`cast(${value} as text)`;
}

function after(field: 'stage' | 'pipeline'): SqlFragment {
  return sql.byDialect({
    sqlite: () => sql`json_extract(c."data", ${raw(`'$.fields.${field}.after'`)})`,
    postgres: () => sql`(c."data"::json #>> ${raw(`'{fields,${field},after}'`)})`,
  });
}

function isOf({ names }: StageSelection, alias: 'c' | 'p'): SqlFragment {
  const entity = raw(`${alias}."entity"`);
  // One name, said plainly, lets the index be used to its end.
  const isNamed = names.length === 1 ? sql`${entity} = ${names[0]}` : isOneOf(entity, names, 'text');
  return sql`${isNamed} and ${raw(`${alias}."kind"`)} in ('created', 'moved')`;
}

function within(selection: StageSelection): SqlFragment {
  const { from, until } = selection.during ?? {};
  if (from === undefined && until === undefined) return sql``;
  const start = from === undefined ? sql`` : sql` and p."at" >= ${from}`;
  const end = until === undefined ? sql`` : sql` and p."at" < ${until}`;
  return sql` and c."record" in (select p."record" from "_changes" p where ${isOf(selection, 'p')}${start}${end})`;
}

function textOrNull(given: unknown): string | null {
  return given === null || given === undefined ? null : String(given);
}
