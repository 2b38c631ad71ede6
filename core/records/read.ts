import { accessOf } from '../access/access.ts';
import type { Context, SqlFragment, Transaction } from '../context.ts';
import type { Entity, Model } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { fold } from '../fields/fold.ts';
import type { Database } from '../storage/database.ts';
import { BETWEEN_RECORDS } from '../storage/page.ts';
import type { PageRow } from '../storage/page.ts';
import { entitiesWith } from '../storage/search.ts';
import type { CountRow } from '../storage/select.ts';
import { selectRows } from '../storage/select.ts';
import { sharedReads } from '../storage/shared-reads.ts';
import { readyRead } from './compiled-reads.ts';
import { encodeCursor } from './cursor.ts';
import type { Organisation } from './environment.ts';
import { resolveQuery, searchTerms } from './resolve-query.ts';
import type { ListResult, ListText, ReadQuery } from './types.ts';

export interface ReadDeps {
  readonly db: Database;
  readonly model: () => Model;
  readonly organisation: () => Organisation;
}

/** Milliseconds one question may take the database; the worst that the other limits allow stays below it by far. */
export const LONGEST_READ = 5000;

/** Inside a transaction everything goes through it; outside, through the readers. */
export function readerOf(deps: ReadDeps, ctx: Context): Pick<Transaction, 'all'> {
  return ctx.tx ?? { all: (sql) => deps.db.read(sql, LONGEST_READ) };
}

/**
 * For what takes long and answers little, such as figures and totals: many ask for the same at the same moment, as every open screen does after a
 * change, and are answered by one reading.
 */
export function sharingReaderOf(deps: ReadDeps, ctx: Context): { all<Row>(sql: SqlFragment): Promise<readonly Row[]> } {
  return ctx.tx ?? { all: (sql) => sharedReads(deps.db).read(sql, LONGEST_READ) };
}

/** The one read: one statement, records as JSON text made by the database. */
export async function readText(deps: ReadDeps, ctx: Context, query: ReadQuery): Promise<ListText> {
  const scope = { model: deps.model(), organisation: deps.organisation(), dialect: deps.db.dialect };
  const { page, count, pageOf, sortText } = readyRead(scope, ctx, query);
  const reader = readerOf(deps, ctx);
  const reading = reader.all<PageRow>(page);
  const counting = count ? sharingReaderOf(deps, ctx).all<CountRow>(count) : undefined;
  const [rows, counted] = counting ? await Promise.all([reading, counting]) : [await reading];
  const { text, last } = pageOf(rows);
  const next = last ? encodeCursor(sortText, last) : null;
  return { text, next, ...(counted ? { total: Number(counted[0]?.count ?? 0) } : {}) };
}

/** Each record of a page by itself. */
export function recordTexts({ text }: ListText): readonly string[] {
  return text === '' ? [] : text.split(BETWEEN_RECORDS);
}

/** The records of one page with their ids. */
export async function readTexts(
  deps: ReadDeps,
  ctx: Context,
  query: ReadQuery,
): Promise<readonly (readonly [id: string, text: string])[]> {
  const scope = { model: deps.model(), organisation: deps.organisation() };
  const rows = await selectRows(readerOf(deps, ctx), resolveQuery(scope, ctx, query).selection, deps.db.dialect);
  return rows.map(({ id, json }) => [id, json]);
}

export async function readList(deps: ReadDeps, ctx: Context, query: ReadQuery): Promise<ListResult> {
  const { text, ...rest } = await readText(deps, ctx, query);
  return { ...rest, data: JSON.parse(`[${text}]`) as readonly RecordData[] };
}

export async function readOne(
  deps: ReadDeps,
  ctx: Context,
  query: ReadQuery & { readonly id: string },
): Promise<RecordData> {
  return JSON.parse(await readOneText(deps, ctx, query)) as RecordData;
}

/** NOT_FOUND when there is none the caller may see. */
export async function readOneText(
  deps: ReadDeps,
  ctx: Context,
  query: ReadQuery & { readonly id: string },
): Promise<string> {
  const { text } = await readText(deps, ctx, query);
  if (text === '') throw new CasementError('NOT_FOUND', 'There is no such record.');
  return text;
}

const SEARCH_ENTITIES_AT_ONCE = 4;

/** Hits of one entity; more are found by its own list. */
const HITS_PER_ENTITY = 10;
const MOST_HITS = 50;

export interface SearchHit {
  readonly entity: string;
  readonly record: RecordData;
}

/**
 * Asks each entity for its newest hits; entities the caller may not read are not asked. Records that show the words in their title come
 * before those that only mention them; otherwise the order is that of the model.
 */
export async function searchAll(
  deps: ReadDeps,
  ctx: Context,
  query: { readonly q: string; readonly limit?: number },
): Promise<readonly SearchHit[]> {
  const words = fold(query.q).split(' ').filter(Boolean);
  if (words.length === 0) return [];
  const model = deps.model();
  const access = accessOf(model, ctx.principal);
  const limit = Math.min(query.limit ?? 20, MOST_HITS);
  const readable = [...model.entities.values()].filter((entity) => access.can(entity.name, 'read'));
  const [first] = readable;
  if (!first) return [];
  const holding = await entitiesWith(readerOf(deps, ctx), searchTerms(access, first, query.q));
  const entities = readable.filter(({ name }) => holding.has(name));
  const hits: SearchHit[] = [];
  for (let from = 0; from < entities.length; from += SEARCH_ENTITIES_AT_ONCE) {
    const some = entities.slice(from, from + SEARCH_ENTITIES_AT_ONCE);
    const most = Math.min(limit, HITS_PER_ENTITY);
    const lists = await Promise.all(
      some.map((entity) => readList(deps, ctx, { entity: entity.name, search: query.q, limit: most })),
    );
    lists.forEach((list, index) => hits.push(...list.data.map((record) => ({ entity: some[index]!.name, record }))));
  }
  const isInTitle = ({ entity, record }: SearchHit) => {
    const title = fold(titleOf(model.entity(entity), record));
    return words.every((word) => title.includes(word));
  };
  return [...hits.filter(isInTitle), ...hits.filter((hit) => !isInTitle(hit))].slice(0, limit);
}

/** What people call the record, as far as these values tell. */
export function titleOf(entity: Entity, record: RecordData): string {
  const texts = entity.display.map((part) => {
    const value = 'text' in part ? part.text : record[part.field];
    return typeof value === 'string' ? value : '';
  });
  return texts.join('');
}
