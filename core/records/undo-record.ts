import { asSystem } from '../context.ts';
import { canonicalJson } from '../definitions/canonical-json.ts';
import { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { ALWAYS } from '../rules/condition.ts';
import { lockRecords } from '../storage/locks.ts';
import { holdFamily } from './hold-family.ts';
import { isEvent } from './event-rights.ts';
import { cascadeOf, changesSince, hasTouched, mergedBefore, placeBefore, reversalOf } from './history.ts';
import type { Descent, PastChange, Touched } from './history.ts';
import { deleteRecord, restoreRecord } from './remove.ts';
import { revertRecord } from './revert.ts';
import type { Reversal } from './revert.ts';
import { isWithin } from './rights.ts';
import type { Tally } from './tally.ts';
import { currentRow } from './current-row.ts';
import { loadRow, scopeOf } from './write-scope.ts';
import type { WriteContext, WriteScope } from './write-scope.ts';

/** One undo at work. */
export interface Undoing {
  readonly tally: Tally;
  readonly descent: Descent;
  /** The batch that is taken back, and the batch that takes it back. */
  readonly batch: string;
  readonly undo: string;
}

/**
 * `restored`: it is as it was before the batch. `touched`: others have changed it since, so it was left alone. `unseen`: there was nothing to
 * do, and the caller may not know of it.
 */
export type Fate =
  | { readonly kind: 'restored' }
  | { readonly kind: 'touched'; readonly by: readonly PastChange[] }
  | { readonly kind: 'unseen' };

const RESTORED: Fate = { kind: 'restored' };

/** Puts one record back, with the caller's rights. Refusals are thrown; the caller of this takes back what was done until then. */
export async function undoRecord(undoing: Undoing, ctx: WriteContext, at: Touched): Promise<Fate> {
  const scope = scopeOf(undoing.tally.deps, ctx, at.entity);
  // Locked before its history is read: nobody can add to it from here on.
  await holdFamily(scope, [{ entity: scope.entity, id: at.record, hold: 'remove' }]);
  await lockRecords(ctx.tx, scope.entity, { ids: [at.record], hold: 'remove' });
  const changes = await changesSince(ctx.tx, at, scope.deps.names);
  const place = placeBefore(changes);
  const foreign = await foreignTo(undoing, ctx, changes);
  // A call or a letter changes no field, but it tells that somebody works with what the batch has made.
  const by = place === 'absent' ? foreign : foreign.filter(({ kind }) => !isEvent(kind));
  if (by.length > 0) return { kind: 'touched', by };
  const acting = await actingScope(undoing, scope, changes);
  const isDone = await putBack(undoing, acting, { at, place, reversal: reversalOf(changes, undoing.batch) });
  return isDone && acting === scope ? RESTORED : settled(scope, at);
}

/**
 * What a cascade of the batch did in the name of the system goes back in its name too, once the record it hung on is back: whoever deleted a
 * tag had no right on the deals that lost it, and needs none to give it back to them.
 */
async function actingScope(undoing: Undoing, scope: WriteScope, changes: readonly PastChange[]): Promise<WriteScope> {
  const change = cascadeOf(changes, undoing.batch);
  if (change === null || scope.ctx.principal.kind === 'system') return scope;
  if (!(await hasTouched(scope.tx, { batch: undoing.undo, change }))) return scope;
  return scopeOf(scope.deps, asSystem(scope.ctx, 'undone with what it hung on'), scope.entity.name);
}

async function foreignTo({ descent }: Undoing, ctx: WriteContext, changes: readonly PastChange[]) {
  const foreign: PastChange[] = [];
  for (const change of changes) if (!(await descent.isOurs(ctx.tx, change))) foreign.push(change);
  return foreign;
}

/** It is as it was, by way of another record of the batch: told only to who sees it. */
async function settled(scope: WriteScope, at: Touched): Promise<Fate> {
  const row = await loadRow(scope, at.record, { rows: ALWAYS, deleted: 'with' });
  const rows = scope.access.rows(at.entity, 'read');
  return row && (await isWithin(scope, row, rows)) ? RESTORED : { kind: 'unseen' };
}

interface Task {
  readonly at: Touched;
  readonly place: 'absent' | 'bin' | 'live';
  readonly reversal: Reversal;
}

/** False when nothing had to be done. */
async function putBack(undoing: Undoing, scope: WriteScope, { at, place, reversal }: Task): Promise<boolean> {
  const { entity, record: id } = at;
  const row = await loadRow(scope, id, { rows: ALWAYS, deleted: 'with' });
  if (!row) return false;
  const isLive = row['deletedAt'] === null;
  const acts = { back: place === 'live' && !isLive, away: place !== 'live' && isLive };
  undoing.tally.take();
  if (acts.back) await restoreRecord(scope, { op: 'restore', entity, id });
  const reverts = (isLive || acts.back) && place !== 'absent' && differs(row, reversal);
  if (reverts) await revertRecord(scope, await currentRow(scope, id, { action: 'update' }), reversal);
  const into = acts.away && place === 'bin' ? await mergedBefore(scope.tx, at, scope.deps.names) : null;
  if (acts.away) await deleteRecord(scope, { op: 'delete', entity, id, ...(into === null ? {} : { into }) });
  if (acts.away) await refuseForeignLoss(undoing, scope, id);
  return acts.back || reverts || acts.away;
}

function differs(row: RecordData, { before }: Reversal): boolean {
  return Object.entries(before).some(([key, value]) => {
    if (key === 'deletedAt' || !(key in row)) return false;
    return canonicalJson(row[key] ?? null) !== canonicalJson(value);
  });
}

/** What went along with a record must be the batch's own: nobody loses what he himself has put there. */
async function refuseForeignLoss(undoing: Undoing, scope: WriteScope, id: string): Promise<void> {
  for (const { entity, record } of undoing.tally.take()) {
    if (record === id) continue;
    const changes = await changesSince(scope.tx, { entity, record, first: 0 }, scope.deps.names);
    if ((await foreignTo(undoing, scope.ctx, changes)).length === 0) continue;
    throw new CasementError(
      'CONFLICT',
      'Records that others have made or changed hang on this one. Delete it by hand if they may go with it.',
    );
  }
}
