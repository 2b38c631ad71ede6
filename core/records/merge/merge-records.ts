import { instant } from '../../context.ts';
import type { Context } from '../../context.ts';
import { CasementError } from '../../errors.ts';
import type { RecordData } from '../../fields/field-type.ts';
import { isId } from '../../fields/uuid.ts';
import { ALWAYS } from '../../rules/condition.ts';
import { lockRecords } from '../../storage/locks.ts';
import { rehearse } from '../attempt.ts';
import { finishBatch, insertBatch } from '../batch-rows.ts';
import { inTransaction } from '../batches.ts';
import { countVisible } from '../dependents.ts';
import { answer } from '../outcome.ts';
import { setDeleted } from '../remove.ts';
import { isWithin, refuseStale } from '../rights.ts';
import { tallied } from '../tally.ts';
import type { Change } from '../types.ts';
import { updateRecordFields } from '../write.ts';
import { currentRow } from '../current-row.ts';
import { loadRow, scopeOf } from '../write-scope.ts';
import type { WriteContext, WriteDeps, WriteScope } from '../write-scope.ts';
import { filledValues, valuesOf } from './filled-values.ts';
import type { Merging, Taken } from './filled-values.ts';
import { moveReferences } from './move-references.ts';
import type { MergeCommand, MergeReport } from './types.ts';

const MOST = 20;
/** Log-ins, sessions and keys hang on a person, and the ledger names him for ever. */
const NEVER_MERGED: ReadonlySet<string> = new Set(['user']);

/**
 * Makes one record of several, in one transaction and one batch. The others go into the bin as `merged`, what points to them points to the one
 * that stays, empty fields are filled. Needs the right to change the one and to delete the others; of what hangs on them none.
 */
export async function mergeRecords(deps: WriteDeps, ctx: Context, command: MergeCommand): Promise<MergeReport> {
  const entity = deps.model().entity(command.entity);
  if (entity.single || NEVER_MERGED.has(entity.name))
    throw new CasementError('CONFLICT', `${entity.pluralTitle} cannot be merged.`);
  const asked = { ...command, ...checkedIds(command) };
  return inTransaction(deps, { ...ctx, door: 'merge' }, async (inside) => {
    if (!command.dryRun) return merge(deps, inside, asked);
    const report = await rehearse(inside.tx, (tx) => merge(deps, { ...inside, tx }, asked));
    return { ...report, batch: null };
  });
}

function checkedIds({ id, from }: MergeCommand): Pick<MergeCommand, 'id' | 'from'> {
  const ids = from.map((one) => one.toLowerCase());
  if (ids.length < 1 || ids.length > MOST)
    throw new CasementError('BAD_REQUEST', `"from" must name from 1 to ${MOST} records.`);
  if (new Set([id.toLowerCase(), ...ids]).size <= ids.length)
    throw new CasementError('BAD_REQUEST', '"from" names a record twice, or the one that stays.');
  return { id: id.toLowerCase(), from: ids };
}

async function merge(deps: WriteDeps, ctx: WriteContext, command: MergeCommand): Promise<MergeReport> {
  const { entity, id } = command;
  const tally = tallied(deps);
  const merging = await lockAll(scopeOf(tally.deps, ctx, entity), command);
  const title = `${deps.model().entity(entity).pluralTitle}: merge`;
  const batch = await insertBatch(ctx, ctx.tx, { kind: 'merge', entity, title });
  const scope = scopeOf(tally.deps, { ...ctx, batch }, entity);
  const taken = await filledValues(scope, merging);
  const from = new Map<string, string>();
  for (const loser of merging.losers)
    from.set(String(loser['id']), await setDeleted(scope, loser, { deletedAt: instant(ctx.clock), into: id }));
  // Only now: what they say of one another stays as it is, in the bin.
  await moveReferences(scope, { from, to: id });
  const moved = tally.take();
  await handFiles(scope, { command, merging, taken });
  const record = await updateRecordFields(
    scope,
    { op: 'update', entity, id, input: command.set ?? {} },
    valuesOf(taken),
  );
  await finishBatch(ctx, ctx.tx, { id: batch, state: 'done' });
  return {
    batch,
    record: await answer(scope, (await loadRow(scope, id, { rows: ALWAYS })) ?? record),
    merged: command.from,
    filled: taken.flatMap(({ field, isFilled }) => (isFilled ? [field.key] : [])),
    moved: await visiblyMoved(deps, ctx, { command, changes: moved }),
  };
}

/** All of them in order of id, before anything is looked at: of two merges that cross one waits, and then finds the other's work. */
async function lockAll(scope: WriteScope, { id, from, set = {}, version }: MergeCommand): Promise<Merging> {
  await lockRecords(scope.tx, scope.entity, { ids: [id, ...from].filter(isId).sort(), hold: 'remove' });
  const survivor = await currentRow(scope, id, { action: 'update' });
  await refuseStale(scope, survivor, version);
  if (!scope.access.can(scope.entity.name, 'delete'))
    throw new CasementError('FORBIDDEN', `You may not delete ${scope.entity.plural}, so you cannot merge them.`);
  const losers: RecordData[] = [];
  for (const loser of from) losers.push(await currentRow(scope, loser, { action: 'delete' }));
  return { survivor, losers, chosen: Object.keys(set) };
}

interface Handing {
  readonly command: MergeCommand;
  readonly merging: Merging;
  readonly taken: readonly Taken[];
}

/** A file goes with its value: one that fills an empty field, and one that was chosen by its id. */
async function handFiles(scope: WriteScope, { command, merging, taken }: Handing): Promise<void> {
  const entity = scope.entity.name;
  for (const field of scope.entity.fields.values()) {
    if (!field.type.file) continue;
    const wanted = fileOf(taken.find((one) => one.field === field)?.value ?? command.set?.[field.key]);
    if (wanted === null) continue;
    const holder = merging.losers.find((loser) => fileOf(loser[field.key]) === wanted);
    if (!holder || !(await isWithin(scope, holder, scope.access.readable(entity, field.key)))) continue;
    const way = { entity, field: field.key, from: String(holder['id']), to: command.id };
    await scope.deps.files?.hand(scope.tx, wanted, way);
  }
}

function fileOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null;
  return typeof id === 'string' ? id : null;
}

async function visiblyMoved(
  deps: WriteDeps,
  ctx: WriteContext,
  { command, changes }: { readonly command: MergeCommand; readonly changes: readonly Change[] },
): Promise<MergeReport['moved']> {
  const merged = new Set([command.id, ...command.from]);
  const records = new Map<string, Set<string>>();
  for (const { entity, record, kind } of changes) {
    if (merged.has(record) || kind !== 'updated') continue;
    records.set(entity, (records.get(entity) ?? new Set()).add(record));
  }
  const moved: { entity: string; count: number }[] = [];
  for (const [entity, ids] of records) {
    const count = await countVisible(deps, ctx, { entity, ids: [...ids] });
    if (count > 0) moved.push({ entity, count });
  }
  return moved;
}
