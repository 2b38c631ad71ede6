import type { SqlFragment, Transaction } from '../context.ts';
import { fold } from '../fields/fold.ts';
import { column } from './compile-path.ts';
import { contains } from './compile-condition.ts';
import type { SearchTerms } from './query.ts';
import { isOneOf } from './bind.ts';
import { insertRows } from './insert-rows.ts';
import { join, raw, sql } from './sql.ts';

/** A trigram index knows nothing shorter. */
const SHORTEST_INDEXED = 3;

export interface SearchText {
  readonly field: string;
  readonly text: string;
}

/** Puts a record's texts into the search index, one row per field; rows that did not change are left alone. */
export async function indexRecord(
  tx: Transaction,
  entity: string,
  record: string,
  texts: readonly SearchText[],
): Promise<void> {
  const wanted = bodies(texts);
  const rows = await tx.all<{ id: number; field: string; body: string }>(
    sql`select "id", "field", "body" from "_search" where "record" = ${record} and "entity" = ${entity}`,
  );
  for (const row of rows) {
    const body = wanted.get(row.field);
    wanted.delete(row.field);
    if (body === row.body) continue;
    if (body === undefined) await tx.run(sql`delete from "_search" where "id" = ${row.id}`);
    else await tx.run(sql`update "_search" set "body" = ${body} where "id" = ${row.id}`);
  }
  await insertBodies(tx, { entity, record }, wanted);
}

/** The same for records that were only just made: there is nothing to compare with. */
export async function indexNewRecords(
  tx: Transaction,
  entity: string,
  records: readonly { readonly record: string; readonly texts: readonly SearchText[] }[],
): Promise<void> {
  const rows = records.flatMap(({ record, texts }) =>
    [...bodies(texts)].map(([field, body]) => [entity, record, field, body] as const),
  );
  await insertRows(tx, { table: '_search', columns: ['entity', 'record', 'field', 'body'], rows });
}

async function insertBodies(
  tx: Transaction,
  { entity, record }: { readonly entity: string; readonly record: string },
  wanted: ReadonlyMap<string, string>,
): Promise<void> {
  const rows = [...wanted].map(([field, body]) => [entity, record, field, body] as const);
  await insertRows(tx, { table: '_search', columns: ['entity', 'record', 'field', 'body'], rows });
}

/** Puts these fields of many records into the index anew, whatever stood there. */
export async function reindexRecords(
  tx: Transaction,
  of: { readonly entity: string; readonly fields: readonly string[] },
  records: readonly { readonly record: string; readonly texts: readonly SearchText[] }[],
): Promise<void> {
  const { entity, fields } = of;
  if (fields.length === 0 || records.length === 0) return;
  const ids = records.map(({ record }) => record);
  await tx.run(
    sql`delete from "_search" where ${isOneOf(raw('"record"'), ids, 'text')} and "entity" = ${entity} and ${isOneOf(raw('"field"'), fields, 'text')}`,
  );
  await indexNewRecords(tx, entity, records);
}

/** Folded, with a space before every word, so that the beginning of a word can be asked for. */
function bodies(texts: readonly SearchText[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { field, text } of texts) {
    const folded = fold(text);
    if (folded !== '') found.set(field, `${found.get(field) ?? ''} ${folded}`);
  }
  return found;
}

/** A deleted record leaves the index. */
export async function unindexRecord(tx: Transaction, entity: string, record: string): Promise<void> {
  await tx.run(sql`delete from "_search" where "record" = ${record} and "entity" = ${entity}`);
}

/** Every word in some readable field, or the whole input as the digits of a phone. */
export function searchCondition(entity: string, alias: SqlFragment, terms: SearchTerms): SqlFragment {
  const { words, digits, fields } = terms;
  if (words.length === 0 && digits.length === 0) return raw('true');
  if (fields.length === 0) return raw('false');
  const has = (word: string) => wordCondition(alias, { entity, fields, word });
  const parts = [...(words.length > 0 ? [sql`(${join(words.map(has), ' and ')})`] : []), ...digits.map(has)];
  return sql`(${join(parts, ' or ')})`;
}

function wordCondition(
  alias: SqlFragment,
  of: { entity: string; fields: readonly string[]; word: string },
): SqlFragment {
  const { entity, fields, word } = of;
  const rows = sql`s."entity" = ${entity} and ${isOneOf(raw('s."field"'), fields, 'text')}`;
  const short = [...word].length < SHORTEST_INDEXED;
  const matches = contains(raw('s."body"'), short ? ` ${word}` : word);
  const plain = sql`select s."record" from "_search" s where ${rows} and ${matches}`;
  const trigrams = sql`select s."record" from "_search_fts" join "_search" s on s."id" = "_search_fts".rowid
    where "_search_fts" match ${`"${word.replaceAll('"', '""')}"`} and ${rows}`;
  return sql.byDialect({
    sqlite: () => sql`${column(alias, 'id')} in (${short ? plain : trigrams})`,
    postgres: () =>
      sql`${column(alias, 'id')} in (select s."record"::uuid from "_search" s where ${rows} and ${matches})`,
  });
}
