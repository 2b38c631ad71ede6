import { uuidv7 } from 'uuidv7';
import { instant } from '../context.ts';
import type { Context, SqlFragment, Transaction } from '../context.ts';
import type { Database } from '../storage/database.ts';
import { byDialect, sql } from '../storage/sql.ts';
import type { Batch, BatchKind, BatchState, NewBatch } from './batch-types.ts';

export interface BatchRow {
  readonly id: string;
  readonly kind: BatchKind;
  readonly entity: string | null;
  readonly title: string;
  readonly principalKind: string;
  readonly principalId: string | null;
  readonly principalName: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly seenAt: string | number;
  readonly state: Exclude<BatchState, 'interrupted'>;
  readonly counts: string;
  readonly undoOf: string | null;
  readonly undoneBy: string | null;
}

/** A running batch nothing was heard of for so long has lost its process. */
const SILENCE = 120_000;
const LONGEST_TITLE = 200;

export type Counts = Readonly<Record<string, number>>;

/** Writes the row of a batch that begins, and answers its id. */
export async function insertBatch(
  ctx: Context,
  tx: Transaction,
  of: NewBatch & { readonly undoOf?: string },
): Promise<string> {
  const id = uuidv7();
  const { principal } = ctx;
  const name = principal.reason === undefined ? principal.name : `${principal.name}: ${principal.reason}`;
  await tx.run(sql`insert into "_batches" ("id", "kind", "entity", "title", "principalKind", "principalId", "principalName",
      "startedAt", "seenAt", "state", "counts", "undoOf")
    values (${id}, ${of.kind}, ${of.entity ?? null}, ${of.title.slice(0, LONGEST_TITLE)}, ${principal.kind}, ${principal.id}, ${name},
      ${instant(ctx.clock)}, ${ctx.clock.now()}, 'running', '{}', ${of.undoOf ?? null})`);
  return id;
}

export async function touchBatch(ctx: Context, tx: Transaction, id: string): Promise<void> {
  await tx.run(sql`update "_batches" set "seenAt" = ${ctx.clock.now()} where "id" = ${id}`);
}

/** Nobody is at work on any batch. */
export async function silenceRunning(db: Database): Promise<void> {
  const running = await db.read(sql`select 1 from "_batches" where "state" = 'running' limit 1`);
  if (running.length === 0) return;
  await db.transaction((tx) => tx.run(sql`update "_batches" set "seenAt" = 0 where "state" = 'running'`));
}

/** Begins again what was interrupted or has failed. */
export async function reopenBatch(ctx: Context, tx: Transaction, id: string): Promise<void> {
  await tx.run(
    sql`update "_batches" set "state" = 'running', "finishedAt" = ${null}, "seenAt" = ${ctx.clock.now()} where "id" = ${id}`,
  );
}

export async function finishBatch(
  ctx: Context,
  tx: Transaction,
  of: { readonly id: string; readonly state: 'done' | 'failed'; readonly counts?: Counts },
): Promise<void> {
  const counts = JSON.stringify({ ...(await countChanges(tx, of.id)), ...of.counts });
  await tx.run(
    sql`update "_batches" set "state" = ${of.state}, "finishedAt" = ${instant(ctx.clock)}, "counts" = ${counts} where "id" = ${of.id}`,
  );
}

export async function markUndone(
  tx: Transaction,
  of: { readonly id: string; readonly by: string | null },
): Promise<void> {
  await tx.run(sql`update "_batches" set "undoneBy" = ${of.by} where "id" = ${of.id}`);
}

/** Takes the row of a batch away that has changed nothing. */
export async function discardBatch(tx: Transaction, id: string): Promise<void> {
  await tx.run(sql`delete from "_batches" where "id" = ${id}`);
}

/** Changes of the batch by kind; named events are left out. */
export async function countChanges(reader: Pick<Transaction, 'all'>, id: string): Promise<Counts> {
  const rows = await reader.all<{ kind: string; count: string | number }>(
    sql`select "kind", count(*) as "count" from "_changes" where "batch" = ${id} group by "kind" order by "kind"`,
  );
  return Object.fromEntries(
    rows.filter(({ kind }) => !kind.includes('.')).map(({ kind, count }) => [kind, Number(count)]),
  );
}

export async function findBatch(
  reader: Pick<Transaction, 'all'>,
  id: string,
  options: { readonly lock?: boolean } = {},
): Promise<BatchRow | undefined> {
  const lock = options.lock ? byDialect({ sqlite: () => sql``, postgres: () => sql` for update` }) : sql``;
  const [row] = await reader.all<BatchRow>(sql`select * from "_batches" where "id" = ${id}${lock}`);
  return row;
}

/** Newest first, those before `after`. */
export async function listBatches(
  reader: Pick<Transaction, 'all'>,
  of: { readonly rows: SqlFragment; readonly after: string | undefined; readonly limit: number },
): Promise<readonly BatchRow[]> {
  const before = of.after === undefined ? sql`` : sql` and "id" < ${of.after}`;
  return reader.all<BatchRow>(
    sql`select * from "_batches" where (${of.rows})${before} order by "id" desc limit ${of.limit}`,
  );
}

export function stateOf(row: BatchRow, now: number): BatchState {
  return row.state === 'running' && now - Number(row.seenAt) >= SILENCE ? 'interrupted' : row.state;
}

export function asBatch(row: BatchRow, now: number): Batch {
  return {
    id: row.id,
    kind: row.kind,
    entity: row.entity,
    title: row.title,
    by: { id: row.principalId, name: row.principalName },
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    state: stateOf(row, now),
    counts: JSON.parse(row.counts) as Counts,
    undoOf: row.undoOf,
    undoneBy: row.undoneBy,
  };
}
