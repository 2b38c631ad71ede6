import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';
import { sql } from '../storage/sql.ts';
import { attempt, rehearse } from './attempt.ts';
import {
  discardBatch,
  findBatch,
  finishBatch,
  insertBatch,
  markUndone,
  reopenBatch,
  stateOf,
  touchBatch,
} from './batch-rows.ts';
import type { BatchRow } from './batch-rows.ts';
import type { UndoReport } from './batch-types.ts';
import { inTransaction, isBatchId, isOwn, maySee, noSuchBatch } from './batches.ts';
import { createDescent, touchedBy } from './history.ts';
import type { Touched } from './history.ts';
import { readerOf } from './read.ts';
import { tallied } from './tally.ts';
import { undoRecord } from './undo-record.ts';
import type { Undoing } from './undo-record.ts';
import { reportOf } from './undo-report.ts';
import type { Left } from './undo-report.ts';
import type { WriteContext, WriteDeps } from './write-scope.ts';

/** Records put back in one transaction: other writers get their turn in between. */
const PART = 50;
/** A rehearsal is one transaction, so it must not be a long one. */
const MOST_REHEARSED = 10_000;

/**
 * Takes a batch back, record by record, each through the checks of the one write with the caller's rights. Every part is committed by itself;
 * an undo that was cut off goes on where it stopped when it is asked for again.
 */
export async function undoBatch(
  deps: WriteDeps,
  ctx: Context,
  of: { readonly id: string; readonly dryRun: boolean },
): Promise<UndoReport> {
  const at: Context = { ...ctx, door: 'undo' };
  const id = of.id.toLowerCase();
  if (!of.dryRun) return undo(deps, at, { id });
  return inTransaction(deps, at, async (inside) => {
    const report = await rehearse(inside.tx, (tx) => undo(deps, { ...inside, tx }, { id, most: MOST_REHEARSED }));
    return { ...report, batch: null };
  });
}

function refuseLong(records: number, most: number): void {
  if (records <= most) return;
  throw new CasementError(
    'TOO_LARGE',
    `This batch has changed more than ${most.toLocaleString('en')} records: too many to try its undo. Undo it; what others have touched stays.`,
  );
}

async function undo(
  deps: WriteDeps,
  ctx: Context,
  { id, most = Infinity }: { readonly id: string; readonly most?: number },
): Promise<UndoReport> {
  const { row, undo } = await inTransaction(deps, ctx, (inside) => claim(deps, inside, id));
  try {
    const touched = await touchedBy(readerOf(deps, ctx), row.id, deps.names);
    refuseLong(touched.length, most);
    const of = { batch: row.id, undo, descent: createDescent(new Set([row.id, undo])) };
    const { restored, left } = await putAllBack(deps, { ...ctx, batch: undo }, { of, touched });
    const report = await reportOf(deps, ctx, { batch: restored > 0 ? undo : null, restored, left });
    await inTransaction(deps, ctx, (inside) => settle(inside, { row, undo, report }));
    return report;
  } catch (error) {
    // Inside somebody's transaction nothing of it stays anyway.
    if (!ctx.tx) await inTransaction(deps, ctx, ({ tx }) => finishBatch(ctx, tx, { id: undo, state: 'failed' }));
    throw error;
  }
}

/** One undo at a time, and one in all; of two at once the second is told so. */
async function claim(deps: WriteDeps, ctx: WriteContext, id: string): Promise<{ row: BatchRow; undo: string }> {
  const row = isBatchId(id) ? await findBatch(ctx.tx, id, { lock: true }) : undefined;
  if (!row || !maySee(deps, ctx, row)) throw noSuchBatch();
  if (!isOwn(ctx, row) && !accessOf(deps.model(), ctx.principal).operation('massEdit'))
    throw new CasementError('FORBIDDEN', 'Undoing a batch of somebody else needs the right "massEdit".');
  if (stateOf(row, ctx.clock.now()) === 'running')
    throw new CasementError('CONFLICT', 'This batch is still running. Undo it when it is done.');
  const begun = row.undoneBy === null ? undefined : await findBatch(ctx.tx, row.undoneBy, { lock: true });
  if (!begun) {
    const entity = row.entity === null ? {} : { entity: row.entity };
    const undo = await insertBatch(ctx, ctx.tx, { kind: 'undo', title: row.title, undoOf: row.id, ...entity });
    await markUndone(ctx.tx, { id: row.id, by: undo });
    return { row, undo };
  }
  const state = stateOf(begun, ctx.clock.now());
  if (state === 'running') throw new CasementError('CONFLICT', 'This batch is being undone right now.');
  if (state === 'done')
    throw new CasementError('CONFLICT', 'This batch has been undone already. Undo that undo to bring it back.');
  await reopenBatch(ctx, ctx.tx, begun.id);
  return { row, undo: begun.id };
}

/** An undo that could put nothing back has not happened: somebody with more rights may still do it. */
async function settle(
  ctx: WriteContext,
  { row, undo, report }: { readonly row: BatchRow; readonly undo: string; readonly report: UndoReport },
): Promise<void> {
  if (report.batch !== null) {
    const counts = { restored: report.restored, left: report.left };
    await finishBatch(ctx, ctx.tx, { id: undo, state: 'done', counts });
    return;
  }
  await markUndone(ctx.tx, { id: row.id, by: null });
  await discardBatch(ctx.tx, undo);
}

interface Outcome {
  readonly restored: number;
  readonly left: readonly Left[];
}

interface Work {
  readonly of: Omit<Undoing, 'tally'>;
  readonly touched: readonly Touched[];
}

/** What is refused for the sake of another record of the batch is tried again once others are back, until nothing moves any more. */
async function putAllBack(deps: WriteDeps, ctx: Context, { of, touched }: Work): Promise<Outcome> {
  const final: Left[] = [];
  let restored = 0;
  let open: readonly Touched[] = touched;
  for (;;) {
    const pass = await putBackOnce(deps, ctx, { of, touched: open });
    restored += pass.restored;
    const again = pass.left.filter(mayPassLater);
    final.push(...pass.left.filter((left) => !mayPassLater(left)));
    if (again.length === 0 || pass.restored === 0) return { restored, left: [...final, ...again] };
    open = again.map(({ at }) => at);
  }
}

function mayPassLater({ why }: Left): boolean {
  return 'refused' in why && (why.refused.code === 'VALIDATION' || why.refused.code === 'CONFLICT');
}

async function putBackOnce(deps: WriteDeps, ctx: Context, { of, touched }: Work): Promise<Outcome> {
  const left: Left[] = [];
  let restored = 0;
  for (let from = 0; from < touched.length; from += PART) {
    const some = touched.slice(from, from + PART);
    const part = await inTransaction(deps, ctx, async (inside) => {
      await touchBatch(ctx, inside.tx, of.undo);
      return putBackSome(deps, inside, { of, touched: some });
    });
    restored += part.restored;
    left.push(...part.left);
  }
  return { restored, left };
}

async function putBackSome(deps: WriteDeps, ctx: WriteContext, { of, touched }: Work): Promise<Outcome> {
  const undoing: Undoing = { ...of, tally: tallied(deps) };
  const left: Left[] = [];
  let restored = 0;
  for (const at of touched) {
    if (!deps.model().entities.has(at.entity)) continue;
    const outcome = await attempt(ctx, (inside) => undoRecord(undoing, inside, at));
    if ('refused' in outcome) left.push({ at, why: outcome });
    else if (outcome.done.kind === 'touched') left.push({ at, why: { touched: outcome.done.by } });
    else if (outcome.done.kind === 'restored') restored += 1;
  }
  return { restored, left };
}

/** Whether the record's changes by this batch were taken back. */
export async function isUndone(
  deps: WriteDeps,
  ctx: Context,
  of: { readonly batch: string; readonly entity: string; readonly record: string },
): Promise<boolean> {
  const [row] = await readerOf(deps, ctx).all(sql`
    select 1 from "_batches" b join "_changes" c on c."batch" = b."undoneBy"
    where b."id" = ${of.batch} and c."entity" = ${of.entity} and c."record" = ${of.record} limit 1`);
  return row !== undefined;
}
