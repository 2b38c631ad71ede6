import type { SqlFragment, Transaction } from '../context.ts';
import { isOneOf } from './bind.ts';
import { insertTexts } from './insert-texts.ts';
import { isFoundAmong } from './is-found-among.ts';
import type { MatchTerm } from './query.ts';
import { join, raw, sql } from './sql.ts';

/** A text that another record of one thing would have in the same field. */
export interface MatchKey {
  readonly field: string;
  readonly key: string;
}

/** The keys of records that are not in the index yet. */
export async function indexNewMatches(
  tx: Transaction,
  entity: string,
  records: ReadonlyMap<string, readonly MatchKey[]>,
): Promise<void> {
  const rows = [...records].flatMap(([record, keys]) => keys.map(({ field, key }) => [field, key, record]));
  await insertTexts(tx, { table: '_match', same: { entity }, columns: ['field', 'key', 'record'] }, rows);
}

/** The keys of many records at once, whatever the index held of them before. */
export async function reindexMatches(
  tx: Transaction,
  entity: string,
  records: ReadonlyMap<string, readonly MatchKey[]>,
): Promise<void> {
  const ids = [...records.keys()];
  await tx.run(sql`delete from "_match" where "entity" = ${entity} and ${isOneOf(raw('"record"'), ids, 'text')}`);
  await indexNewMatches(tx, entity, records);
}

/** A deleted record is nobody's duplicate. */
export async function unindexMatches(tx: Transaction, entity: string, record: string): Promise<void> {
  await tx.run(sql`delete from "_match" where "record" = ${record} and "entity" = ${entity}`);
}

/** Records that share a key in one of the fields. A select for each: with "or" between the fields SQLite would read all of the entity's keys. */
export function matchCondition(entity: string, alias: SqlFragment, terms: readonly MatchTerm[]): SqlFragment {
  if (terms.length === 0) return raw('false');
  const selects = terms.map(
    ({ field, keys }) =>
      sql`select m."record" from "_match" m where m."entity" = ${entity} and m."field" = ${field} and ${isOneOf(raw('m."key"'), keys, 'text')}`,
  );
  return isFoundAmong(alias, join(selects, ' union all '));
}
