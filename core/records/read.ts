import { accessOf } from '../access/access.ts';
import type { Context, Transaction } from '../context.ts';
import type { Model } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { fold } from '../fields/fold.ts';
import type { Database } from '../storage/database.ts';
import { countRows, selectRows } from '../storage/select.ts';
import { encodeCursor } from './cursor.ts';
import type { Organisation } from './environment.ts';
import { resolveQuery } from './resolve-query.ts';
import type { ListResult, ListText, ReadQuery } from './types.ts';

export interface ReadDeps {
  readonly db: Database;
  readonly model: () => Model;
  readonly organisation: () => Organisation;
}

/** Inside a transaction everything goes through it; outside, through the readers. */
export function readerOf(deps: ReadDeps, ctx: Context): Pick<Transaction, 'all'> {
  return ctx.tx ?? { all: (sql) => deps.db.read(sql) };
}

/** The one read: one statement, records as JSON text made by the database. */
export async function readText(deps: ReadDeps, ctx: Context, query: ReadQuery): Promise<ListText> {
  const scope = { model: deps.model(), organisation: deps.organisation() };
  const { selection, limit, sortText } = resolveQuery(scope, ctx, query);
  const reader = readerOf(deps, ctx);
  const [rows, total] = await Promise.all([
    selectRows(reader, selection, deps.db.dialect),
    query.count === 'exact' ? countRows(reader, selection, deps.db.dialect) : undefined,
  ]);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const next = rows.length > limit && last ? encodeCursor(sortText, last.key) : null;
  return { data: page.map((row) => row.json), next, ...(total === undefined ? {} : { total }) };
}

export async function readList(deps: ReadDeps, ctx: Context, query: ReadQuery): Promise<ListResult> {
  const { data, ...rest } = await readText(deps, ctx, query);
  return { ...rest, data: data.map((json) => JSON.parse(json) as RecordData) };
}

export async function readOne(
  deps: ReadDeps,
  ctx: Context,
  query: ReadQuery & { readonly id: string },
): Promise<RecordData> {
  const { data } = await readList(deps, ctx, { ...query, limit: 1 });
  if (!data[0]) throw new CasementError('NOT_FOUND', 'There is no such record.');
  return data[0];
}

const SEARCH_ENTITIES_AT_ONCE = 4;

/** Each entity is asked for the few best; entities the caller may not read are not asked. */
export async function searchAll(
  deps: ReadDeps,
  ctx: Context,
  query: { readonly q: string; readonly limit?: number },
): Promise<readonly { entity: string; record: RecordData }[]> {
  const model = deps.model();
  const access = accessOf(model, ctx.principal);
  const limit = Math.min(query.limit ?? 20, 50);
  const entities = [...model.entities.values()].filter((entity) => access.can(entity.name, 'read'));
  const found: { entity: string; record: RecordData }[] = [];
  if (fold(query.q).trim() === '') return found;
  for (let from = 0; from < entities.length && found.length < limit; from += SEARCH_ENTITIES_AT_ONCE) {
    const some = entities.slice(from, from + SEARCH_ENTITIES_AT_ONCE);
    const lists = await Promise.all(
      some.map((entity) => readList(deps, ctx, { entity: entity.name, search: query.q, limit: Math.min(limit, 10) })),
    );
    lists.forEach((list, index) => found.push(...list.data.map((record) => ({ entity: some[index]!.name, record }))));
  }
  return found.slice(0, limit);
}
