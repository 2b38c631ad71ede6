import { accessOf } from '../access/access.ts';
import type { Context, Principal } from '../context.ts';
import { maySeeEvent } from '../records/event-rights.ts';
import type { LiveChange } from '../records/follow.ts';
import type { HttpDeps } from './deps.ts';

const AT_ONCE = 500;

/** Those of the changes whose record the caller may read now, by one list request per entity. */
export async function visibleChanges(
  deps: HttpDeps,
  principal: Principal,
  changes: readonly LiveChange[],
): Promise<readonly LiveChange[]> {
  const model = deps.records.model();
  const access = accessOf(model, principal);
  const asked = changes.filter(
    (change) =>
      model.entities.has(change.entity) && access.can(change.entity, 'read') && maySeeEvent(access, principal, change),
  );
  const ctx: Context = { principal, door: 'api', clock: deps.clock, log: deps.log, locale: 'en' };
  const seen = new Map<string, ReadonlySet<string>>();
  for (const entity of new Set(asked.map((change) => change.entity))) {
    const ids = [...new Set(asked.filter((change) => change.entity === entity).map(({ record }) => record))];
    seen.set(entity, await readableIds(deps, ctx, { entity, ids }));
  }
  return asked.filter(({ entity, record }) => seen.get(entity)?.has(record));
}

async function readableIds(
  deps: HttpDeps,
  ctx: Context,
  of: { readonly entity: string; readonly ids: readonly string[] },
): Promise<ReadonlySet<string>> {
  const readable = new Set<string>();
  for (let from = 0; from < of.ids.length; from += AT_ONCE) {
    const { data } = await deps.records.list(ctx, {
      entity: of.entity,
      filter: { id: { in: of.ids.slice(from, from + AT_ONCE) } },
      fields: ['id'],
      limit: AT_ONCE,
      deleted: 'with',
    });
    for (const row of data) readable.add(String(row['id']));
  }
  return readable;
}
