import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import type { Entity, Model } from '../definitions/model.ts';
import { CasementError, validationError } from '../errors.ts';
import { attempt, rehearse } from './attempt.ts';
import { discardBatch, finishBatch, insertBatch } from './batch-rows.ts';
import type { HandOver, HandOverPart, HandOverReport, MassFailure } from './batch-types.ts';
import { inTransaction } from './batches.ts';
import { chooseRecords } from './choose-records.ts';
import { perform } from './perform.ts';
import { readList } from './read.ts';
import { tallied } from './tally.ts';
import type { WriteContext, WriteDeps } from './write-scope.ts';

/**
 * Gives the open work of one person to another, entity by entity, as one batch: each record through the one write with the caller's rights, its
 * history kept, undone as one. What is done or closed stays with whoever did it. Rules stay silent: a hundred notices tell nobody anything. The
 * door leaves the one event `work.received` with the receiver.
 */
export async function handOver(deps: WriteDeps, ctx: Context, of: HandOver): Promise<HandOverReport> {
  if (!accessOf(deps.model(), ctx.principal).operation('massEdit'))
    throw new CasementError('FORBIDDEN', 'Changing many records at once needs the right "massEdit".');
  const at: Context = { ...ctx, door: 'batch' };
  return inTransaction(deps, at, async (inside) => {
    const entities = entitiesOf(deps.model(), inside, of);
    await refuseNobody(deps, inside, of);
    if (!of.dryRun) return handAll(deps, inside, { of, entities });
    const report = await rehearse(inside.tx, (tx) => handAll(deps, { ...inside, tx }, { of, entities }));
    return { ...report, batch: null };
  });
}

/** What somebody may be responsible for and is still to be done; what tells of the past stays whose it is. */
function entitiesOf(model: Model, ctx: Context, { entities }: HandOver): readonly Entity[] {
  const access = accessOf(model, ctx.principal);
  const open = [...model.entities.values()].filter(
    ({ name, owner, keepsOwner }) => owner !== undefined && !keepsOwner && access.can(name, 'assign'),
  );
  if (entities === undefined) return open;
  return entities.map((name, index) => {
    const found = open.find((entity) => entity.name === name);
    if (found) return found;
    const known = open.map((entity) => entity.name).join(', ');
    throw validationError([
      { path: `/entities/${index}`, code: 'option', message: `Cannot be handed over by you. You may name ${known}.` },
    ]);
  });
}

async function refuseNobody(deps: WriteDeps, ctx: WriteContext, { from, to }: HandOver): Promise<void> {
  const person = async (id: string) => {
    const { data } = await readList(deps, ctx, { entity: 'user', filter: { id }, sort: ['id'], limit: 1 });
    return data[0];
  };
  const wrong = (path: string, message: string) => validationError([{ path, code: 'reference', message }]);
  if (!(await person(from))) throw wrong('/from', 'There is no such person.');
  const receiver = await person(to);
  if (!receiver || receiver['active'] === false)
    throw wrong('/to', 'There is no such person, or he does not work here any more.');
  if (from === to) throw wrong('/to', 'Name somebody else.');
}

interface Handing {
  readonly of: HandOver;
  readonly entities: readonly Entity[];
}

async function handAll(deps: WriteDeps, ctx: WriteContext, { of, entities }: Handing): Promise<HandOverReport> {
  const batch = await insertBatch(ctx, ctx.tx, { kind: 'massEdit', title: 'Work handed over' });
  const parts: HandOverPart[] = [];
  for (const entity of entities) parts.push(await handSome(deps, { ...ctx, batch, isQuiet: true }, { of, entity }));
  const filled = parts.filter(({ matched }) => matched > 0);
  const changed = filled.reduce((sum, part) => sum + part.changed, 0);
  if (changed === 0) {
    await discardBatch(ctx.tx, batch);
    return { batch: null, entities: filled };
  }
  const failed = filled.reduce((sum, part) => sum + part.failed.length, 0);
  await finishBatch(ctx, ctx.tx, { id: batch, state: 'done', counts: failed > 0 ? { failed } : {} });
  return { batch, entities: filled };
}

async function handSome(
  deps: WriteDeps,
  ctx: WriteContext,
  { of, entity }: { readonly of: HandOver; readonly entity: Entity },
): Promise<HandOverPart> {
  const { name, owner = '' } = entity;
  const filter = { all: [{ [owner]: of.from }, openOnly(deps.model(), entity)] };
  const input = { [owner]: of.to };
  const ids = await chooseRecords(deps, ctx, { entity: name, filter, change: { kind: 'patch', input } });
  const tally = tallied(deps);
  const failed: MassFailure[] = [];
  let changed = 0;
  for (const id of ids) {
    const command = {
      op: 'update',
      entity: name,
      id,
      input,
      ...(of.note === undefined ? {} : { note: of.note }),
    } as const;
    const outcome = await attempt(ctx, (inside) => perform(tally.deps, inside, command));
    const isChanged = tally.take().some(({ record }) => record === id);
    if ('refused' in outcome) {
      const { code, message, errors } = outcome.refused;
      failed.push({ id, code, message, errors });
    } else if (isChanged) changed += 1;
  }
  return { entity: name, matched: ids.length, changed, failed };
}

/** Not won or lost; of what has no stages, what is not ticked off. */
export function openOnly(model: Model, entity: Entity): Readonly<Record<string, unknown>> {
  const pipelines = entity.pipelines.flatMap((name) => model.pipelines.get(name) ?? []);
  if (pipelines.length === 0) return entity.fields.has('doneAt') ? { doneAt: null } : {};
  return {
    any: pipelines.map(({ name, stages }) => ({
      pipeline: name,
      stage: stages.filter((stage) => stage.kind === 'open').map((stage) => stage.key),
    })),
  };
}
