import type { SqlFragment, Transaction } from '../context.ts';
import { fold } from '../fields/fold.ts';
import { contains } from './compile-condition.ts';
import { column } from './compile-path.ts';
import type { SearchTerms } from './query.ts';
import { isOneOf } from './bind.ts';
import { SEARCH_INDEX } from './ddl.ts';
import { insertTexts } from './insert-texts.ts';
import { isFoundAmong } from './is-found-among.ts';
import { id, join, raw, sql } from './sql.ts';

/** Letters of what the index knows: nothing shorter can be asked of it. */
const TRIGRAM = 3;

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
  await insertBodies(tx, entity, new Map([[record, wanted]]));
}

/** The same for records that were only just made: there is nothing to compare with. */
export async function indexNewRecords(
  tx: Transaction,
  entity: string,
  records: readonly { readonly record: string; readonly texts: readonly SearchText[] }[],
): Promise<void> {
  await insertBodies(tx, entity, new Map(records.map(({ record, texts }) => [record, bodies(texts)])));
}

/** By record and field. */
async function insertBodies(
  tx: Transaction,
  entity: string,
  records: ReadonlyMap<string, ReadonlyMap<string, string>>,
): Promise<void> {
  const rows = [...records].flatMap(([record, texts]) => [...texts].map(([field, body]) => [record, field, body]));
  await insertTexts(tx, { table: '_search', same: { entity }, columns: ['record', 'field', 'body'] }, rows);
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
  const { digits, fields } = terms;
  const [rarest, ...others] = rarestFirst(terms.words);
  if (rarest === undefined && digits.length === 0) return raw('true');
  if (fields.length === 0) return raw('false');
  const place = { entity, fields };
  const numbers = shortest(others.length > 0 || rarest === undefined ? digits : [rarest, ...digits]);
  const selects = numbers.map((word) => recordsWith(place, word, []));
  const all = others.length > 0 && rarest !== undefined ? [recordsWith(place, rarest, others)] : [];
  const found = isFoundAmong(alias, join([...all, ...selects], ' union all '));
  if (rarest === undefined || trigramsOf(textOf(rarest)).length > 0) return found;
  return sql.byDialect({ sqlite: () => eachHeld(alias, place, terms), postgres: () => found });
}

interface Place {
  readonly entity: string;
  readonly fields: readonly string[];
}

/**
 * Words of one letter alone: SQLite has no index of them, and they stand in so many records that a page is sooner found by looking at one
 * record after another.
 */
function eachHeld(alias: SqlFragment, place: Place, { words, digits }: SearchTerms): SqlFragment {
  const record = sql`${column(alias, 'id')}`;
  const held = join(
    words.map((word) => holds(place, record, word)),
    ' and ',
  );
  if (digits.length === 0) return held;
  const selects = shortest(digits).map((word) => recordsWith(place, word, []));
  return sql`((${held}) or ${isFoundAmong(alias, join(selects, ' union all '))})`;
}

/** A guess: long words are rarer than short ones, and numbers than words. */
function rarestFirst(words: readonly string[]): readonly string[] {
  const weight = (word: string) => word.length + (/\d/.test(word) ? 3 : 0);
  return words.toSorted((a, b) => weight(b) - weight(a));
}

/** Whatever holds the longer text holds the shorter one, too. */
function shortest(texts: readonly string[]): readonly string[] {
  const isIndexed = (text: string) => [...text].length >= TRIGRAM;
  const distinct = [...new Set(texts)];
  return distinct.filter(
    (text) => !distinct.some((other) => other !== text && isIndexed(other) && text.includes(other)),
  );
}

/**
 * Records that have the word in one of these fields, and each of the others in any of them. The word's records stand for themselves: beside the
 * others PostgreSQL would take them for so dear that it went through the whole entity to have fewer.
 */
function recordsWith({ entity, fields }: Place, word: string, others: readonly string[]): SqlFragment {
  const within = sql`s."entity" = ${entity} and ${isOneOf(raw('s."field"'), fields, 'text')} and `;
  if (others.length === 0) return sql`select s."record" ${rowsWith(word, within)}`;
  const held = others.map((other) => holds({ entity, fields }, raw('h."record"'), other));
  return sql`select h."record" from (select distinct s."record" ${rowsWith(word, within)}) h where ${join(held, ' and ')}`;
}

/** Whether one record has the word: by its own rows, however many others do. Without the offset PostgreSQL would look for all that do. */
function holds({ entity, fields }: Place, record: SqlFragment, word: string): SqlFragment {
  const matches = contains(raw('o."body"'), textOf(word));
  return sql`exists (select 1 from "_search" o where o."record" = ${record} and o."entity" = ${entity}
    and ${isOneOf(raw('o."field"'), fields, 'text')} and ${matches} limit 1 offset 0)`;
}

/** What is looked for: a word too short for the index only at the beginning of a word. */
function textOf(word: string): string {
  return [...word].length < TRIGRAM ? ` ${word}` : word;
}

/** The rows of the index that hold a word. */
function rowsWith(word: string, within: SqlFragment): SqlFragment {
  const text = textOf(word);
  const plain = sql`from "_search" s where ${within}${contains(raw('s."body"'), text)}`;
  const trigrams = trigramsOf(text);
  if (trigrams.length === 0) return plain;
  const index = id(SEARCH_INDEX);
  return sql.byDialect({
    sqlite: () => sql`from ${index} join "_search" s on s."id" = ${index}.rowid
      where ${index} match ${trigrams.map((three) => `"${three.replaceAll('"', '""')}"`).join(' AND ')} and ${within}${contains(raw('s."body"'), text)}`,
    postgres: () => plain,
  });
}

/**
 * Entities in which anything may be found, of whatever rights: the index is not kept by entity, so who asks many entities for a common word
 * would else go through all its rows for each.
 */
export async function entitiesWith(
  reader: Pick<Transaction, 'all'>,
  { words, digits }: Pick<SearchTerms, 'words' | 'digits'>,
): Promise<ReadonlySet<string>> {
  const [rarest] = rarestFirst(words);
  const asked = shortest([...(rarest === undefined ? [] : [rarest]), ...digits]);
  if (asked.length === 0) return new Set();
  const selects = asked.map((word) => sql`select distinct s."entity" ${rowsWith(word, sql``)}`);
  const rows = await reader.all<{ entity: string }>(join(selects, ' union '));
  return new Set(rows.map(({ entity }) => entity));
}

/** Every other one of a text, and the last: enough to leave few rows to look at, and fewer lists of rows to bring together. */
function trigramsOf(text: string): readonly string[] {
  const letters = [...text];
  const last = letters.length - TRIGRAM;
  const places = letters.flatMap((_letter, at) => (at === last || (at < last && at % 2 === 0) ? [at] : []));
  return places.map((at) => letters.slice(at, at + TRIGRAM).join(''));
}
