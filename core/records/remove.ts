import { asSystem, instant } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { sql } from '../storage/sql.ts';
import { referencing, updateRecord } from '../storage/rows.ts';
import { record as recordChange } from './record-change.ts';
import { lockParents, refreshParents } from './rollups.ts';
import type { WriteCommand } from './types.ts';
import { updateRecordFields } from './write.ts';
import { currentRow, scopeOf } from './write-scope.ts';
import type { WriteScope } from './write-scope.ts';

type Remove = Extract<WriteCommand, { op: 'delete' | 'restore' }>;

/** Soft delete. Children go along, are refused for, or lose the reference, as their reference says; each through the one write. */
export async function deleteRecord(scope: WriteScope, command: Remove): Promise<RecordData> {
  if (!scope.access.can(scope.entity.name, 'delete'))
    throw new CasementError('FORBIDDEN', `You may not delete ${scope.entity.plural}.`);
  const current = await currentRow(scope, command.id, { action: 'delete' });
  if (command.version !== undefined && command.version !== current['version']) {
    throw new CasementError('CONFLICT', 'Somebody else changed this record after you read it.', {
      status: 412,
      extra: { current },
    });
  }
  const id = String(current['id']);
  const children = await referencing(scope.tx, scope.model, { entity: scope.entity.name, id });
  refuseRestricted(scope, children);
  const change = await setDeleted(scope, current, instant(scope.ctx.clock));
  const below: WriteScope['ctx'] = {
    ...asSystem(scope.ctx, `deleted with ${scope.entity.name} ${id}`),
    cause: { change, root: scope.ctx.cause?.root ?? change, depth: scope.ctx.cause?.depth ?? 0 },
  };
  for (const child of children) {
    for (const childId of child.ids) {
      const childScope = scopeOf(scope.deps, below, child.entity);
      if (child.field.reference?.onDelete === 'cascade')
        await deleteRecord(childScope, { op: 'delete', entity: child.entity, id: childId });
      else
        await updateRecordFields(childScope, {
          op: 'update',
          entity: child.entity,
          id: childId,
          input: { [child.field.key]: null },
        });
    }
  }
  return { id, version: Number(current['version']) + 1 };
}

function refuseRestricted(scope: WriteScope, children: Awaited<ReturnType<typeof referencing>>): void {
  const holding = children.filter((child) => child.field.reference?.onDelete === 'restrict' && child.ids.length > 0);
  if (holding.length === 0) return;
  const named = holding.map((child) => `${child.ids.length} ${scope.model.entity(child.entity).plural}`).join(', ');
  throw new CasementError(
    'CONFLICT',
    `This ${scope.entity.title.toLowerCase()} is still used by ${named}. Delete or change those first.`,
  );
}

/** Brings a record back, and the children that were deleted with it. */
export async function restoreRecord(scope: WriteScope, command: Remove): Promise<RecordData> {
  if (!scope.access.can(scope.entity.name, 'delete'))
    throw new CasementError('FORBIDDEN', `You may not restore ${scope.entity.plural}.`);
  const current = await currentRow(scope, command.id, { action: 'delete', deleted: 'only' });
  const id = String(current['id']);
  const deletion = await lastDeletion(scope, id);
  await refuseColliding(() => setDeleted(scope, current, null));
  for (const child of deletion === null ? [] : await deletedWith(scope, deletion)) {
    const childScope = scopeOf(
      scope.deps,
      asSystem(scope.ctx, `restored with ${scope.entity.name} ${id}`),
      child.entity,
    );
    await restoreRecord(childScope, { op: 'restore', entity: child.entity, id: child.record });
  }
  return { ...current, deletedAt: null, version: Number(current['version']) + 1 };
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

async function setDeleted(scope: WriteScope, current: RecordData, deletedAt: string | null): Promise<string> {
  const expectedVersion = Number(current['version']);
  const stamp = {
    version: expectedVersion + 1,
    updatedAt: instant(scope.ctx.clock),
    updatedBy: scope.ctx.principal.id,
  };
  const after = { ...current, ...stamp, deletedAt };
  const parents = await lockParents(scope, [current]);
  const id = String(current['id']);
  const stored = await updateRecord(scope.tx, scope.entity, { id, changes: { ...stamp, deletedAt }, expectedVersion });
  if (!stored) throw new CasementError('CONFLICT', 'Somebody else changed this record at the same moment.');
  const derived = await refreshParents(scope, parents);
  const kind = deletedAt === null ? 'restored' : 'deleted';
  return (await recordChange(scope, { kind, before: current, after, derived })).id;
}

async function lastDeletion(scope: WriteScope, id: string): Promise<string | null> {
  const [row] = await scope.tx.all<{ id: string }>(
    sql`select "id" from "_changes" where "entity" = ${scope.entity.name} and "record" = ${id} and "kind" = 'deleted' order by "seq" desc limit 1`,
  );
  return row?.id ?? null;
}

async function deletedWith(scope: WriteScope, change: string): Promise<readonly { entity: string; record: string }[]> {
  return scope.tx.all(
    sql`select "entity", "record" from "_changes" where "cause" = ${change} and "kind" = 'deleted' order by "seq"`,
  );
}
