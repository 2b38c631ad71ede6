import { accessOf } from '../access/access.ts';
import type { Context, Transaction } from '../context.ts';
import { CasementError } from '../errors.ts';
import { isOneOf } from '../storage/bind.ts';
import { raw, sql } from '../storage/sql.ts';
import {
  asBatch,
  countChanges,
  findBatch,
  finishBatch,
  insertBatch,
  listBatches,
  reopenBatch,
  touchBatch,
} from './batch-rows.ts';
import type { BatchRow } from './batch-rows.ts';
import type { Batch, BatchContext, NewBatch, OpenBatch } from './batch-types.ts';
import { readerOf } from './read.ts';
import type { ReadDeps } from './read.ts';

type InBatch = BatchContext & { readonly tx: Transaction };

/** Joins the transaction of the context or opens one. */
export function inTransaction<T>(
  deps: Pick<ReadDeps, 'db'>,
  ctx: Context,
  work: (ctx: Context & { readonly tx: Transaction }) => Promise<T>,
): Promise<T> {
  if (ctx.tx) return work({ ...ctx, tx: ctx.tx });
  return deps.db.transaction((tx) => work({ ...ctx, tx }));
}

export function runBatch<T>(
  deps: ReadDeps,
  ctx: Context,
  of: { readonly about: NewBatch; readonly work: (ctx: InBatch) => Promise<T> },
): Promise<T> {
  return inTransaction(deps, ctx, async (inside) => {
    const id = await insertBatch(ctx, inside.tx, of.about);
    const result = await of.work({ ...inside, batch: id });
    await finishBatch(ctx, inside.tx, { id, state: 'done' });
    return result;
  });
}

export async function openBatch(deps: ReadDeps, ctx: Context, about: NewBatch): Promise<OpenBatch> {
  const id = await deps.db.transaction((tx) => insertBatch(ctx, tx, about));
  return handleOf(deps, ctx, id);
}

export async function resumeBatch(deps: ReadDeps, ctx: Context, id: string): Promise<OpenBatch> {
  await inTransaction(deps, ctx, ({ tx }) => reopenBatch(ctx, tx, id));
  return handleOf(deps, ctx, id);
}

/** The batch as its own work sees it. */
export function handleOf(deps: ReadDeps, ctx: Context, id: string): OpenBatch {
  return {
    id,
    ctx: { ...ctx, batch: id },
    touch: (at = ctx) => inTransaction(deps, at, ({ tx }) => touchBatch(at, tx, id)),
    close: (outcome) =>
      inTransaction(deps, ctx, async ({ tx }) => {
        await finishBatch(ctx, tx, { id, ...outcome });
        const row = await findBatch(tx, id);
        if (!row) throw noSuchBatch();
        return asBatch(row, ctx.clock.now());
      }),
  };
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;

export async function readBatches(
  deps: ReadDeps,
  ctx: Context,
  query: { readonly limit?: number; readonly after?: string },
): Promise<{ data: readonly Batch[]; next: string | null }> {
  const limit = checkedLimit(query.limit);
  if (query.after !== undefined && !UUID.test(query.after))
    throw new CasementError('BAD_REQUEST', 'The parameter "after" is not "next" of the page before.');
  const found = await listBatches(readerOf(deps, ctx), {
    rows: visibleRows(deps, ctx),
    after: query.after?.toLowerCase(),
    limit: limit + 1,
  });
  const page = found.slice(0, limit);
  const data = [];
  for (const row of page) data.push(await shown(deps, ctx, row));
  return { data, next: found.length > limit ? (page.at(-1)?.id ?? null) : null };
}

export async function readBatch(deps: ReadDeps, ctx: Context, id: string): Promise<Batch> {
  const row = UUID.test(id) ? await findBatch(readerOf(deps, ctx), id.toLowerCase()) : undefined;
  if (!row || !maySee(deps, ctx, row)) throw noSuchBatch();
  return shown(deps, ctx, row);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isBatchId(id: string): boolean {
  return UUID.test(id);
}

export function noSuchBatch(): CasementError {
  return new CasementError('NOT_FOUND', 'There is no such batch.');
}

/** A batch that never came to its end has counted nothing; the ledger has. */
async function shown(deps: ReadDeps, ctx: Context, row: BatchRow): Promise<Batch> {
  const batch = asBatch(row, ctx.clock.now());
  if (row.finishedAt !== null) return batch;
  return { ...batch, counts: await countChanges(readerOf(deps, ctx), row.id) };
}

export function isOwn(ctx: Context, row: BatchRow): boolean {
  if (ctx.principal.kind === 'system') return true;
  return ctx.principal.id !== null && row.principalId === ctx.principal.id;
}

/** One's own, and with the operation `jobs` those of others about entities one may read. */
export function maySee(deps: ReadDeps, ctx: Context, row: BatchRow): boolean {
  if (isOwn(ctx, row)) return true;
  const access = accessOf(deps.model(), ctx.principal);
  if (!access.operation('jobs')) return false;
  return row.entity === null || (deps.model().entities.has(row.entity) && access.can(row.entity, 'read'));
}

/** The same as `maySee`, for the database. */
function visibleRows(deps: ReadDeps, ctx: Context) {
  const access = accessOf(deps.model(), ctx.principal);
  if (ctx.principal.kind === 'system') return sql`1 = 1`;
  const own = sql`"principalId" = ${ctx.principal.id}`;
  if (!access.operation('jobs')) return own;
  const readable = [...deps.model().entities.keys()].filter((entity) => access.can(entity, 'read'));
  return sql`${own} or "entity" is null or ${isOneOf(raw('"entity"'), readable, 'text')}`;
}

function checkedLimit(limit = DEFAULT_LIMIT): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new CasementError('BAD_REQUEST', `"limit" must be a whole number from 1 to ${MAX_LIMIT}.`);
}
