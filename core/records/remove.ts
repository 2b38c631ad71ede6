import { asSystem, instant } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { ALWAYS } from '../rules/condition.ts';
import { SYSTEM_KEYS } from '../storage/columns.ts';
import { raw, sql } from '../storage/sql.ts';
import { referencing, updateRecord } from '../storage/rows.ts';
import type { Referencing } from '../storage/rows.ts';
import { StartOverError } from '../storage/start-over.ts';
import { liveRecords } from './check.ts';
import { isNamed } from './former-names.ts';
import { targetsOf } from './ledger.ts';
import { followMerged } from './merge/redirect.ts';
import { takeBackFiles } from './merge/take-back-files.ts';
import { readList } from './read.ts';
import { record as recordChange } from './record-change.ts';
import { refuseStale } from './rights.ts';
import { holdFamily, lockParents } from './hold-family.ts';
import { refreshParents } from './rollups.ts';
import type { WriteCommand } from './types.ts';
import { updateRecordFields } from './write.ts';
import { reachOf } from './cascade.ts';
import { currentRow, isRecordId } from './current-row.ts';
import { loadRow, scopeOf } from './write-scope.ts';
import type { WriteScope } from './write-scope.ts';

type Remove = Extract<WriteCommand, { op: 'delete' | 'restore' }>;

/** The deletion that was asked for, of which each further one is a part. */
interface Errand {
  /** What refuses the deletion of a child is told in his words. */
  readonly asker: WriteScope;
  readonly entity: string;
  readonly id: string;
}

/**
 * Soft delete. Children go along, are refused for, or lose the reference, as their reference says; each through the one write. With `into` it
 * goes as a part of that record, to which all that pointed here points already.
 */
export async function deleteRecord(
  scope: WriteScope,
  command: Remove & { readonly into?: string },
  part?: Errand,
): Promise<RecordData> {
  if (!scope.access.can(scope.entity.name, 'delete'))
    throw new CasementError('FORBIDDEN', `You may not delete ${scope.entity.plural}.`);
  if (!part) await holdReach(scope, command.id);
  const current = await currentRow(scope, command.id, { action: 'delete' });
  await refuseStale(scope, current, command.version);
  if (scope.entity.single)
    throw new CasementError('CONFLICT', `The ${scope.entity.title.toLowerCase()} cannot be deleted; change it.`);
  const id = String(current['id']);
  const children = await referencing(scope.tx, scope.model, { entity: scope.entity.name, id });
  const errand = part ?? { asker: scope, entity: scope.entity.name, id };
  await refuseRestricted(errand, { scope, id, children });
  refuseNewcomers(scope, { id, children });
  const change = await setDeleted(scope, current, {
    deletedAt: instant(scope.ctx.clock),
    ...(command.into === undefined ? {} : { into: command.into }),
  });
  const below: WriteScope['ctx'] = {
    ...asSystem(scope.ctx, `deleted with its ${scope.entity.name}`),
    cause: { change, root: scope.ctx.cause?.root ?? change, depth: scope.ctx.cause?.depth ?? 0 },
  };
  for (const child of children) {
    const childScope = { ...scopeOf(scope.deps, below, child.entity), held: scope.held };
    for (const childId of child.ids) await releaseChild(childScope, { child, childId, target: id }, errand);
  }
  return { id, version: Number(current['version']) + 1 };
}

/** Everything the deletion will write is held first, in one order with all other writers. */
async function holdReach(scope: WriteScope, id: string): Promise<void> {
  if (scope.deps.db.dialect === 'sqlite' || !isRecordId(id)) return;
  const entity = scope.entity.name;
  const record = id.toLowerCase();
  if (!(await loadRow(scope, record, { rows: scope.access.rows(entity, 'delete') }))) return;
  const { going, losing } = await reachOf(scope, { entity, id: record });
  await holdFamily(scope, [...going.values(), ...losing]);
}

/** What came to hang on the record before it was held would be held out of order now: begun anew, it is among the others. */
function refuseNewcomers(scope: WriteScope, { id, children }: Omit<Holding, 'scope'>): void {
  if (scope.deps.db.dialect === 'sqlite') return;
  const written = children.filter(({ field }) => field.reference?.onDelete !== 'restrict');
  const isHeld = (entity: string, child: string) =>
    (entity === scope.entity.name && child === id) || scope.held.has(`${entity}/${child}`);
  if (written.some(({ entity, ids }) => ids.some((child) => !isHeld(entity, child)))) throw new StartOverError();
}

interface Release {
  readonly child: Referencing;
  readonly childId: string;
  readonly target: string;
}

/** A child reached on two ways, or the record itself, may be gone already. */
async function releaseChild(scope: WriteScope, of: Release, errand: Errand): Promise<void> {
  const { field } = of.child;
  const entity = of.child.entity;
  const row = await loadRow(scope, of.childId, { rows: ALWAYS });
  if (!row) return;
  if (field.reference?.onDelete === 'cascade') {
    await deleteRecord(scope, { op: 'delete', entity, id: of.childId }, errand);
    return;
  }
  const value: Value = row[field.key] ?? null;
  const left = Array.isArray(value) ? value.filter((id: Value) => id !== of.target) : null;
  const input = { [field.key]: left };
  await updateRecordFields(scope, { op: 'update', entity, id: of.childId, input });
}

interface Holding {
  readonly scope: WriteScope;
  readonly id: string;
  readonly children: readonly Referencing[];
}

/** Names what still points here and does not go along, as far as the asker may see it. */
async function refuseRestricted(errand: Errand, { scope, id, children }: Holding): Promise<void> {
  const { asker } = errand;
  const pointing = children.filter(
    (child) => child.field.reference?.onDelete === 'restrict' && child.ids.some((childId) => childId !== id),
  );
  if (pointing.length === 0) return;
  const { going } = await reachOf(scope, errand);
  const holding = pointing
    .map((child) => ({ ...child, ids: child.ids.filter((childId) => !going.has(`${child.entity}/${childId}`)) }))
    .filter(({ ids }) => ids.length > 0);
  if (holding.length === 0) return;
  const named = (await Promise.all(holding.map((child) => namedFor(asker, child)))).filter((text) => text !== '');
  const known = named.length > 0 ? named.join(', ') : 'other records';
  throw new CasementError(
    'CONFLICT',
    `This ${scope.entity.title.toLowerCase()} is still used by ${known}. Delete or change those first.`,
  );
}

const MOST_NAMED = 1000;

async function namedFor(asker: WriteScope, child: Referencing): Promise<string> {
  const entity = asker.model.entity(child.entity);
  if (!asker.access.can(entity.name, 'read')) return '';
  const { data } = await readList(asker.deps, asker.ctx, {
    entity: entity.name,
    filter: { id: { in: child.ids.slice(0, MOST_NAMED) } },
    fields: ['id'],
    limit: MOST_NAMED,
  });
  return data.length === 0 ? '' : `${data.length} ${entity.plural}`;
}

/**
 * Brings a record back, and the children that were deleted with it. What they point to is looked at when all are back: a record and its
 * child may name each other.
 */
export async function restoreRecord(scope: WriteScope, command: Remove): Promise<RecordData> {
  if (!scope.access.can(scope.entity.name, 'delete'))
    throw new CasementError('FORBIDDEN', `You may not restore ${scope.entity.plural}.`);
  const current = await currentRow(scope, command.id, { action: 'delete', deleted: 'only' });
  await refuseStale(scope, current, command.version);
  for (const back of await bringBack(scope, current)) {
    await followMerged(back.scope, back.record);
    await refuseDangling(back.scope, back.record);
  }
  const restored = await loadRow(scope, String(current['id']), { rows: ALWAYS });
  return restored ?? current;
}

interface Back {
  readonly scope: WriteScope;
  readonly record: RecordData;
}

/** Answers all that came back, the record itself first. */
async function bringBack(scope: WriteScope, current: RecordData): Promise<readonly Back[]> {
  const deletion = await lastDeletion(scope, { entity: scope.entity.name, record: String(current['id']) });
  await takeBackFiles(scope, current);
  const change = await refuseColliding(() => setDeleted(scope, current, { deletedAt: null }));
  const below: WriteScope['ctx'] = {
    ...asSystem(scope.ctx, `restored with its ${scope.entity.name}`),
    cause: { change, root: scope.ctx.cause?.root ?? change, depth: scope.ctx.cause?.depth ?? 0 },
  };
  const back: Back[] = [{ scope, record: current }];
  for (const child of deletion === null ? [] : await deletedWith(scope, deletion.id)) {
    const last = await lastDeletion(scope, child);
    if (last?.cause !== deletion?.id) continue;
    const childScope = { ...scopeOf(scope.deps, below, child.entity), held: scope.held };
    if (!(await loadRow(childScope, child.record, { rows: ALWAYS, deleted: 'only' }))) continue;
    const row = await currentRow(childScope, child.record, { action: 'delete', deleted: 'only' });
    back.push(...(await bringBack(childScope, row)));
  }
  return back;
}

/** What came back would point into the bin. */
async function refuseDangling(scope: WriteScope, before: RecordData): Promise<void> {
  const current = (await loadRow(scope, String(before['id']), { rows: ALWAYS })) ?? before;
  for (const field of scope.entity.fields.values()) {
    if (!field.reference || SYSTEM_KEYS.has(field.key)) continue;
    for (const target of targetsOf(current[field.key] ?? null, field.reference.to)) {
      if (target.record === current['id']) continue;
      if ((await liveRecords(scope, target.entity, [target.record])).length > 0) continue;
      const isKnown = scope.access.lookup.field(scope.entity.name, field.key) !== undefined;
      throw new CasementError(
        'CONFLICT',
        `It cannot come back: ${isKnown ? `what "${field.title}" names` : 'a record it points to'} is in the bin. Restore that first.`,
      );
    }
  }
}

/** Somebody may have taken a unique value while the record was in the bin. */
async function refuseColliding<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const collides = error instanceof CasementError && error.errors.some((detail) => detail.code === 'unique');
    if (!collides) throw error;
    throw new CasementError('CONFLICT', 'It cannot come back: another record has taken its unique value meanwhile.', {
      errors: error.errors,
    });
  }
}

/** Answers the id of the change. With `into` the record has become a part of that one. */
export async function setDeleted(
  scope: WriteScope,
  current: RecordData,
  { deletedAt, into }: { readonly deletedAt: string | null; readonly into?: string },
): Promise<string> {
  const { entity, tx } = scope;
  const expectedVersion = Number(current['version']);
  const stamp = {
    version: expectedVersion + 1,
    updatedAt: instant(scope.ctx.clock),
    updatedBy: scope.ctx.principal.id,
  };
  const after = { ...current, ...stamp, deletedAt };
  const parents = await lockParents(scope, { sides: [current] });
  const id = String(current['id']);
  const stored = await updateRecord(scope.tx, scope.entity, { id, changes: { ...stamp, deletedAt }, expectedVersion });
  if (!stored) throw new CasementError('CONFLICT', 'Somebody else changed this record at the same moment.');
  const derived = await refreshParents(scope, parents);
  const gone = into === undefined ? 'deleted' : 'merged';
  if (deletedAt === null) await tx.run(sql`delete from "_merged" where "entity" = ${entity.name} and "record" = ${id}`);
  else if (into !== undefined)
    await tx.run(sql`insert into "_merged" ("entity", "record", "into") values (${entity.name}, ${id}, ${into})`);
  const kind = deletedAt === null ? 'restored' : gone;
  const what = { kind, before: current, after, derived, ...(into === undefined ? {} : { into }) } as const;
  return (await recordChange(scope, what)).id;
}

interface Deletion {
  readonly id: string;
  readonly cause: string | null;
}

async function lastDeletion(scope: WriteScope, of: { entity: string; record: string }): Promise<Deletion | null> {
  const [row] = await scope.tx.all<Deletion>(
    sql`select "id", "cause" from "_changes" where ${isNamed(raw('"entity"'), scope.deps.names.ofEntity(of.entity))} and "record" = ${of.record}
      and "kind" in ('deleted', 'merged') order by "seq" desc limit 1`,
  );
  return row ?? null;
}

async function deletedWith(scope: WriteScope, change: string): Promise<readonly { entity: string; record: string }[]> {
  const rows = await scope.tx.all<{ seq: string | number; entity: string; record: string; data: string }>(
    sql`select "seq", "entity", "record", "data" from "_changes" where "cause" = ${change} and "kind" = 'deleted' order by "seq"`,
  );
  return rows.map((row) => scope.deps.names.present(row));
}
