import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import { rehearse } from './attempt.ts';
import { inTransaction } from './batches.ts';
import { perform } from './perform.ts';
import { readList } from './read.ts';
import { tallied } from './tally.ts';
import type { WriteContext, WriteDeps } from './write-scope.ts';

/** Records of one entity that a deletion would take along, or change because they point to what goes. */
export interface Dependents {
  readonly entity: string;
  readonly effect: 'deleted' | 'changed';
  readonly count: number;
}

const AT_ONCE = 1000;

/**
 * What deleting the record would do to others, as far as the caller may see them: the deletion itself, taken back. So it is refused in the
 * same words, and can never tell anything else than what comes to pass.
 */
export function findDependents(
  deps: WriteDeps,
  ctx: Context,
  of: { readonly entity: string; readonly id: string },
): Promise<readonly Dependents[]> {
  return inTransaction(deps, ctx, async (inside) => {
    const touched = await rehearsed(deps, inside, of);
    const found: Dependents[] = [];
    for (const [entity, records] of touched) {
      for (const effect of ['deleted', 'changed'] as const) {
        const ids = [...records].filter(([, deleted]) => deleted === (effect === 'deleted')).map(([id]) => id);
        const count = await countVisible(deps, inside, { entity, ids });
        if (count > 0) found.push({ entity, effect, count });
      }
    }
    return found;
  });
}

/** By entity and record, in the order they are reached: does it go along? */
async function rehearsed(
  deps: WriteDeps,
  ctx: WriteContext,
  of: { readonly entity: string; readonly id: string },
): Promise<ReadonlyMap<string, ReadonlyMap<string, boolean>>> {
  const tally = tallied(deps);
  await rehearse(ctx.tx, (tx) => perform(tally.deps, { ...ctx, tx }, { op: 'delete', ...of }));
  const touched = new Map<string, Map<string, boolean>>();
  for (const { entity, record, kind } of tally.take()) {
    if (entity === of.entity && record === of.id) continue;
    const records = touched.get(entity) ?? new Map<string, boolean>();
    records.set(record, kind === 'deleted' || (records.get(record) ?? false));
    touched.set(entity, records);
  }
  return touched;
}

/** How many of these the caller may see. */
export async function countVisible(
  deps: WriteDeps,
  ctx: Context,
  { entity, ids }: { readonly entity: string; readonly ids: readonly string[] },
): Promise<number> {
  if (!accessOf(deps.model(), ctx.principal).can(entity, 'read')) return 0;
  let count = 0;
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const filter = { id: { in: ids.slice(from, from + AT_ONCE) } };
    const { data } = await readList(deps, ctx, { entity, filter, fields: ['id'], limit: AT_ONCE });
    count += data.length;
  }
  return count;
}
