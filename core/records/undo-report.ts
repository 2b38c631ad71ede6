import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import type { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import type { UndoConflict, UndoReport } from './batch-types.ts';
import { mayReadPast } from './changes.ts';
import type { PastChange, Touched } from './history.ts';
import { readList, titleOf } from './read.ts';
import type { ReadDeps } from './read.ts';

/** A record that stays as it is, and why. */
export interface Left {
  readonly at: Touched;
  readonly why: { readonly touched: readonly PastChange[] } | { readonly refused: CasementError };
}

const MOST_LISTED = 1000;
const AT_ONCE = 1000;

/** What the undo tells its caller: of records he cannot see not even their number. */
export async function reportOf(
  deps: ReadDeps,
  ctx: Context,
  of: { readonly batch: string | null; readonly restored: number; readonly left: readonly Left[] },
): Promise<UndoReport> {
  const seen = await seenRecords(
    deps,
    ctx,
    of.left.map(({ at }) => at),
  );
  const known = of.left.filter(({ at }) => seen.has(nameOf(at)));
  const conflicts = known
    .slice(0, MOST_LISTED)
    .map((left) => conflictOf(deps, ctx, { left, record: seen.get(nameOf(left.at))! }));
  return { batch: of.batch, restored: of.restored, left: known.length, conflicts };
}

function nameOf({ entity, record }: Touched): string {
  return `${entity}/${record}`;
}

async function seenRecords(
  deps: ReadDeps,
  ctx: Context,
  records: readonly Touched[],
): Promise<ReadonlyMap<string, RecordData>> {
  const seen = new Map<string, RecordData>();
  const access = accessOf(deps.model(), ctx.principal);
  for (const entity of new Set(records.map((at) => at.entity))) {
    if (!deps.model().entities.has(entity) || !access.can(entity, 'read')) continue;
    const ids = records.filter((at) => at.entity === entity).map(({ record }) => record);
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const filter = { id: { in: ids.slice(from, from + AT_ONCE) } };
      const { data } = await readList(deps, ctx, { entity, filter, limit: AT_ONCE, deleted: 'with' });
      for (const record of data) seen.set(`${entity}/${String(record['id'])}`, record);
    }
  }
  return seen;
}

function conflictOf(deps: ReadDeps, ctx: Context, { left, record }: { left: Left; record: RecordData }): UndoConflict {
  const entity = deps.model().entity(left.at.entity);
  const display = titleOf(entity, record).trim();
  const about = { entity: entity.name, id: left.at.record, display: display === '' ? null : display };
  const { why } = left;
  if ('refused' in why) {
    const { code, message, errors } = why.refused;
    const fields = errors.map(({ path }) => path.split('/')[1] ?? '').filter((key) => entity.fields.has(key));
    return { ...about, code, message, fields: [...new Set(fields)], by: null, at: null };
  }
  const access = accessOf(deps.model(), ctx.principal);
  const keys = new Set(why.touched.flatMap((change) => Object.keys(change.fields)));
  const fields = [...keys].filter(
    (key) => entity.fields.has(key) && mayReadPast(deps.model(), access, { entity: entity.name, key }),
  );
  const last = why.touched.at(-1);
  const message = `Changed since by ${last?.by.name ?? 'somebody'}.`;
  return {
    ...about,
    code: 'CONFLICT',
    message,
    fields,
    by: last ? { id: last.by.id, name: last.by.name } : null,
    at: last?.at ?? null,
  };
}
