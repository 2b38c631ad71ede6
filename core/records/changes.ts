import { accessOf } from '../access/access.ts';
import type { Access } from '../access/access.ts';
import { isAlways } from '../access/combine.ts';
import type { Context } from '../context.ts';
import type { Entity, Model } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import { isOneOf } from '../storage/bind.ts';
import { raw, sql } from '../storage/sql.ts';
import { isEvent, mayHear, maySeeEvent } from './event-rights.ts';
import { changeOf } from './ledger-row.ts';
import type { LedgerRow } from './ledger-row.ts';
import { isNamed } from './former-names.ts';
import type { FormerNames } from './former-names.ts';
import { absorbedBy } from './merge/merged-into.ts';
import { readList, readOne, readerOf } from './read.ts';
import type { ReadDeps } from './read.ts';
import type { Change } from './types.ts';

export interface ChangesDeps extends ReadDeps {
  readonly names: FormerNames;
}

export interface ChangesQuery {
  readonly entity: string;
  readonly id: string;
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
  /** Also what happened to records whose timeline reference points here: its calls, mails, tasks, documents. */
  readonly timeline?: boolean;
}

/** Newest first, the history of what was merged into the record with its own, cut to records and fields the caller may read now. A deleted record still shows its history. */
export async function readChanges(
  deps: ChangesDeps,
  ctx: Context,
  query: ChangesQuery,
): Promise<{ data: readonly Change[]; next: string | null }> {
  await readOne(deps, ctx, { entity: query.entity, id: query.id, fields: ['id'], deleted: 'with' });
  const limit = checkedLimit(query.limit);
  const ids = [query.id, ...(await absorbedBy(deps, ctx, query))];
  const rows = await visibleRows(deps, ctx, { query, ids, limit: limit + 1 });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const access = accessOf(deps.model(), ctx.principal);
  const data = page.map((row) => asSeen(deps.model(), access, row));
  const known = new Set(ids.slice(0, 1));
  const told = await withVisibleTargets(deps, ctx, { changes: data, known });
  return { data: told, next: rows.length > limit && last ? String(last.seq) : null };
}

const AT_ONCE = 200;
const MAX_LIMIT = 1000;

/** Reads on past what the caller may not see, so that neither the length of a page nor its cursor tells of it. */
async function visibleRows(
  deps: ChangesDeps,
  ctx: Context,
  of: { readonly query: ChangesQuery; readonly ids: readonly string[]; readonly limit: number },
): Promise<readonly LedgerRow[]> {
  const found: LedgerRow[] = [];
  const access = accessOf(deps.model(), ctx.principal);
  const belongs = (row: LedgerRow) =>
    maySeeEvent(access, ctx.principal, row) &&
    (of.ids.includes(row.record) || maySeeLink(access, deps.model().entity(row.entity), of.query.entity));
  let { query } = of;
  for (;;) {
    const page = await readerOf(deps, ctx).all<LedgerRow>(
      pageOf(query, { names: deps.names.ofEntity(query.entity), ids: of.ids, limit: AT_ONCE }),
    );
    const rows = page.map((row) => deps.names.present(row));
    const visible = await visibleRecords(deps, ctx, rows);
    found.push(...rows.filter((row) => visible.has(`${row.entity}/${row.record}`) && belongs(row)));
    const last = rows.at(-1);
    if (!last || rows.length < AT_ONCE || found.length >= of.limit) return found.slice(0, of.limit);
    query = { ...query, after: String(last.seq) };
  }
}

/** That a record stands on another's timeline tells where its reference leads: only for those who may read the reference. */
function maySeeLink(access: Access, entity: Entity, target: string): boolean {
  return [...entity.fields.values()]
    .filter(({ reference }) => reference?.timeline && reference.to.includes(target))
    .every(({ key }) => isAlways(access.readable(entity.name, key)));
}

function checkedLimit(limit = 50): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new CasementError('BAD_REQUEST', `"limit" must be a whole number from 1 to ${MAX_LIMIT}.`);
}

export interface OtherChangesQuery {
  /** As it was given to `recordOther`. */
  readonly subject: string;
  readonly id: string;
  readonly limit?: number;
  readonly after?: string;
}

/** The history of something that is no record, newest first and whole: whoever shows it has asked for the right. */
export async function readOtherChanges(
  deps: ChangesDeps,
  ctx: Context,
  { subject, id, limit: most, after }: OtherChangesQuery,
): Promise<{ data: readonly Change[]; next: string | null }> {
  const limit = checkedLimit(most);
  const query = { entity: subject, id, ...(after === undefined ? {} : { after }) };
  const rows = await readerOf(deps, ctx).all<LedgerRow>(
    pageOf(query, { names: [subject], ids: [id], limit: limit + 1 }),
  );
  const data = rows.slice(0, limit).map((row) => {
    const { derived: _derived, ...change } = changeOf(row);
    return change;
  });
  return { data, next: rows.length > limit ? String(data.at(-1)?.seq) : null };
}

interface PageOf {
  /** Every name the entity's changes may bear. */
  readonly names: readonly string[];
  /** The record and those that have become a part of it. */
  readonly ids: readonly string[];
  readonly limit: number;
}

function pageOf(query: ChangesQuery, { names, ids, limit }: PageOf) {
  if (query.after !== undefined && !/^\d{1,18}$/.test(query.after)) {
    throw new CasementError(
      'BAD_REQUEST',
      'The parameter "after" is not a cursor of this list: take "next" of the page before.',
    );
  }
  const before = query.after === undefined ? sql`` : sql` and s."seq" < ${Number(query.after)}`;
  const [only, ...merged] = ids;
  const is = (name: string) => (merged.length > 0 ? isOneOf(raw(name), ids, 'text') : sql`${raw(name)} = ${only}`);
  const own = query.timeline ? sql`` : sql` and ${isNamed(raw('c."entity"'), names)} and ${is('c."record"')}`;
  // A change of what was moved stands on the timelines of both.
  const once = merged.length > 0 ? sql`distinct ` : sql``;
  return sql`select ${once}c.* from "_subjects" s join "_changes" c on c."seq" = s."seq"
    where ${isNamed(raw('s."entity"'), names)} and ${is('s."record"')}${own}${before} order by c."seq" desc limit ${limit}`;
}

/** Where a merged record has gone is told to who may see the place. */
async function withVisibleTargets(
  deps: ReadDeps,
  ctx: Context,
  { changes, known }: { readonly changes: readonly Change[]; readonly known: ReadonlySet<string> },
): Promise<readonly Change[]> {
  const asked = changes.filter(({ into }) => into !== undefined && !known.has(into));
  const rows = asked.map(({ entity, into }) => ({ entity, record: into ?? '' }));
  const visible = rows.length > 0 ? await visibleRecords(deps, ctx, rows) : new Set<string>();
  return changes.map((change) => {
    const { into, ...rest } = change;
    if (into === undefined || known.has(into) || visible.has(`${change.entity}/${into}`)) return change;
    return rest;
  });
}

/** Which of the records in these rows the caller may read: one list request per entity. */
async function visibleRecords(
  deps: ReadDeps,
  ctx: Context,
  rows: readonly Pick<LedgerRow, 'entity' | 'record'>[],
): Promise<ReadonlySet<string>> {
  const access = accessOf(deps.model(), ctx.principal);
  const ids = new Map<string, Set<string>>();
  for (const row of rows) {
    if (!deps.model().entities.has(row.entity) || !access.can(row.entity, 'read')) continue;
    ids.set(row.entity, (ids.get(row.entity) ?? new Set()).add(row.record));
  }
  const seen = await Promise.all(
    [...ids].map(async ([entity, records]) => {
      const list = await readList(deps, ctx, {
        entity,
        filter: { id: { in: [...records] } },
        fields: ['id'],
        limit: 200,
        deleted: 'with',
      });
      return list.data.map((record) => `${entity}/${String(record['id'])}`);
    }),
  );
  return new Set(seen.flat());
}

function asSeen(model: Model, access: Access, row: LedgerRow): Change {
  const { derived: _derived, ...change } = changeOf(row);
  const readable = Object.entries(change.fields).filter(([key, { after }]) =>
    isEvent(row.kind) ? mayHear(model, access, after) : mayReadPast(model, access, { entity: row.entity, key }),
  );
  return { ...change, fields: Object.fromEntries(readable) };
}

/** A field that is masked on some rows is left out of history: past values cannot be checked against past rights. */
export function mayReadPast(model: Model, access: Access, name: { entity: string; key: string }): boolean {
  const key = name.key.replace(/:.*$/, '');
  return model.field(name.entity, key) !== undefined && isAlways(access.readable(name.entity, key));
}
