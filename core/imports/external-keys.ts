import { accessOf } from '../access/access.ts';
import { asSystem, instant } from '../context.ts';
import type { Context, Transaction } from '../context.ts';
import type { Records } from '../records/types.ts';
import { isOneOf } from '../storage/bind.ts';
import { insertTexts } from '../storage/insert-texts.ts';
import { sql } from '../storage/sql.ts';

/** A key of another program, and the record it stands for here. */
export interface KnownKey {
  readonly key: string;
  readonly entity: string;
  readonly record: string;
}

/** A list of keys of one source: customers of "northwind". */
export interface KeyList {
  readonly source: string;
  readonly list: string;
}

/** Keys that stand for records that are still there, and whether the caller may see those. */
export interface FoundKeys {
  readonly visible: ReadonlyMap<string, KnownKey>;
  /** Stand for records outside the caller's rows: to him they are nobody's, yet he must not take them over. */
  readonly hidden: ReadonlySet<string>;
}

export async function findKeys(
  of: { readonly records: Records; readonly ctx: Context & { readonly tx: Transaction } },
  { source, list }: KeyList,
  keys: readonly string[],
): Promise<FoundKeys> {
  const visible = new Map<string, KnownKey>();
  const hidden = new Set<string>();
  if (keys.length === 0) return { visible, hidden };
  const rows = await of.ctx.tx.all<KnownKey>(sql`
    select "key", "entity", "record" from "_external_keys"
    where "source" = ${source} and "list" = ${list} and ${isOneOf(sql.raw('"key"'), keys, 'text')}`);
  const system = asSystem(of.ctx, 'which keys of an import still lead to records');
  for (const entity of new Set(rows.map((row) => row.entity))) {
    const own = rows.filter((row) => row.entity === entity);
    const ids = own.map(({ record }) => record);
    const alive = await present(of.records, system, { entity, ids });
    const seen = await present(of.records, of.ctx, { entity, ids: [...alive] });
    for (const row of own) {
      if (seen.has(row.record)) visible.set(row.key, row);
      else if (alive.has(row.record)) hidden.add(row.key);
    }
  }
  return { visible, hidden };
}

async function present(
  records: Records,
  ctx: Context,
  { entity, ids }: { readonly entity: string; readonly ids: readonly string[] },
): Promise<ReadonlySet<string>> {
  const model = records.model();
  const mayRead = model.entities.has(entity) && accessOf(model, ctx.principal).can(entity, 'read');
  if (!mayRead || ids.length === 0) return new Set();
  const { data } = await records.list(ctx, { entity, filter: { id: { in: ids } }, fields: ['id'], limit: 1000 });
  return new Set(data.map((record) => String(record['id'])));
}

/** Keeps keys, each once; one whose record is gone now stands for the new one. */
export async function putKeys(
  ctx: Context & { readonly tx: Transaction },
  { source, list, entity }: KeyList & { readonly entity: string },
  records: ReadonlyMap<string, string>,
): Promise<void> {
  const into = {
    table: '_external_keys',
    same: { source, list, entity, createdAt: instant(ctx.clock) },
    columns: ['key', 'record'],
    replaces: ['source', 'list', 'key'],
  };
  await insertTexts(ctx.tx, into, [...records]);
}
