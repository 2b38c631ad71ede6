import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';
import { attempt, isRefusal, rehearse } from './attempt.ts';
import { discardBatch, finishBatch, insertBatch, touchBatch } from './batch-rows.ts';
import type { MassEdit, MassFailure, MassReport } from './batch-types.ts';
import { inTransaction } from './batches.ts';
import { chooseRecords } from './choose-records.ts';
import { perform } from './perform.ts';
import { tallied } from './tally.ts';
import type { WriteCommand } from './types.ts';
import type { WriteContext, WriteDeps } from './write-scope.ts';

/** Records written in one transaction where refusals are skipped: other writers get their turn in between. */
const PART = 50;

/** What has come of some records of an edit. */
interface Tale {
  readonly changed: readonly string[];
  /** Records of the same entity that changed along, as children or parents of one before them. */
  readonly along: readonly string[];
  readonly unchanged: number;
  readonly failed: readonly MassFailure[];
}

/** The same change on many records, each through the one write with the caller's own rights. */
export async function massEdit(deps: WriteDeps, ctx: Context, edit: MassEdit): Promise<MassReport> {
  deps.model().entity(edit.entity);
  if (!accessOf(deps.model(), ctx.principal).operation('massEdit'))
    throw new CasementError('FORBIDDEN', 'Changing many records at once needs the right "massEdit".');
  const at: Context = { ...ctx, door: 'batch' };
  if (edit.dryRun) return inTransaction(deps, at, (inside) => rehearsed(deps, inside, edit));
  if (edit.onError === 'skip' && !at.tx) return editInParts(deps, at, edit);
  return inTransaction(deps, at, (inside) => editAtOnce(deps, inside, edit));
}

async function rehearsed(deps: WriteDeps, ctx: WriteContext, edit: MassEdit): Promise<MassReport> {
  const report = await rehearse(ctx.tx, (tx) => editAtOnce(deps, { ...ctx, tx }, edit));
  return { ...report, batch: null };
}

async function editAtOnce(deps: WriteDeps, ctx: WriteContext, edit: MassEdit): Promise<MassReport> {
  const ids = await chooseRecords(deps, ctx, edit);
  const batch = await insertBatch(ctx, ctx.tx, aboutOf(deps, edit));
  const tale = await writeEach(deps, { ...ctx, batch }, { edit, ids, done: new Set() });
  return settled(ctx, { batch, matched: ids.length, tale });
}

/** A batch of many short transactions. What is committed stays when a later one fails for a reason that is not a record's. */
async function editInParts(deps: WriteDeps, ctx: Context, edit: MassEdit): Promise<MassReport> {
  const ids = await chooseRecords(deps, ctx, edit);
  const batch = await inTransaction(deps, ctx, ({ tx }) => insertBatch(ctx, tx, aboutOf(deps, edit)));
  const tales: Tale[] = [];
  const done = new Set<string>();
  try {
    for (let from = 0; from < ids.length; from += PART) {
      const some = ids.slice(from, from + PART);
      const tale = await inTransaction(deps, { ...ctx, batch }, async (inside) => {
        await touchBatch(ctx, inside.tx, batch);
        return writeEach(deps, inside, { edit, ids: some, done });
      });
      for (const id of [...tale.changed, ...tale.along]) done.add(id);
      tales.push(tale);
    }
  } catch (error) {
    await inTransaction(deps, ctx, ({ tx }) => finishBatch(ctx, tx, { id: batch, state: 'failed' }));
    throw error;
  }
  return inTransaction(deps, ctx, (inside) => settled(inside, { batch, matched: ids.length, tale: joined(tales) }));
}

function joined(tales: readonly Tale[]): Tale {
  return {
    changed: tales.flatMap(({ changed }) => changed),
    along: [],
    unchanged: tales.reduce((sum, { unchanged }) => sum + unchanged, 0),
    failed: tales.flatMap(({ failed }) => failed),
  };
}

/** An edit that has changed nothing is no batch. */
async function settled(
  ctx: WriteContext,
  { batch, matched, tale }: { readonly batch: string; readonly matched: number; readonly tale: Tale },
): Promise<MassReport> {
  const changed = tale.changed.length;
  const counts = tale.failed.length > 0 ? { failed: tale.failed.length } : {};
  if (changed === 0) await discardBatch(ctx.tx, batch);
  else await finishBatch(ctx, ctx.tx, { id: batch, state: 'done', counts });
  return { batch: changed === 0 ? null : batch, matched, changed, unchanged: tale.unchanged, failed: tale.failed };
}

interface Writing {
  readonly edit: MassEdit;
  readonly ids: readonly string[];
  /** Changed already by this batch, such as children deleted with their parent. */
  readonly done: ReadonlySet<string>;
}

async function writeEach(deps: WriteDeps, ctx: WriteContext, { edit, ids, done }: Writing): Promise<Tale> {
  const tally = tallied(deps);
  const changed: string[] = [];
  const along = new Set<string>();
  const failed: MassFailure[] = [];
  let unchanged = 0;
  for (const id of ids) {
    if (edit.change.kind !== 'patch' && (done.has(id) || along.has(id))) {
      changed.push(id);
      continue;
    }
    const write = (inside: WriteContext) => perform(tally.deps, inside, commandOf(edit, id));
    const outcome = edit.onError === 'skip' ? await attempt(ctx, write) : await orAtRecord(write(ctx), id);
    const changes = tally.take();
    if ('refused' in outcome) failed.push(failureOf(id, outcome.refused));
    else if (changes.some(({ record }) => record === id)) changed.push(id);
    else unchanged += 1;
    if ('refused' in outcome) continue;
    for (const { entity, record } of changes) if (entity === edit.entity) along.add(record);
  }
  return { changed, along: [...along], unchanged, failed };
}

/** The refusal of one record ends the edit: in its own words, code and places, with the record it speaks of. */
async function orAtRecord<T>(work: Promise<T>, record: string): Promise<{ readonly done: T }> {
  try {
    return { done: await work };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { code, message, errors, extra, status } = error;
    throw new CasementError(code, message, { errors, status, extra: { ...extra, record }, cause: error });
  }
}

function commandOf({ entity, change }: MassEdit, id: string): WriteCommand {
  if (change.kind !== 'patch') return { op: change.kind, entity, id };
  const note = change.note === undefined ? {} : { note: change.note };
  return { op: 'update', entity, id, input: change.input, ...note };
}

function failureOf(id: string, { code, message, errors }: CasementError): MassFailure {
  return { id, code, message, errors };
}

function aboutOf(deps: WriteDeps, { entity, change }: MassEdit) {
  const { pluralTitle } = deps.model().entity(entity);
  // No field is named: the list of batches is read by others, too.
  const what = change.kind === 'patch' ? ('stage' in change.input ? 'move' : 'change') : change.kind;
  return { kind: 'massEdit', entity, title: `${pluralTitle}: ${what}` } as const;
}
