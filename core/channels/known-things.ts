import { createHash } from 'node:crypto';
import { instant } from '../context.ts';
import type { Context, Transaction } from '../context.ts';
import { sql } from '../storage/sql.ts';

/** Where something of the outside (a letter, a call) stands here. In a system table, so that nobody can set it through the API. */
export interface Known {
  readonly entity: string;
  readonly record: string;
}

export type KnownList = 'letter' | 'call';

const SOURCE = 'channel';

/** By an id that came from outside, of any length. */
export async function knownThings(
  tx: Transaction,
  list: KnownList,
  ids: readonly string[],
): Promise<readonly (Known & { readonly id: string })[]> {
  if (ids.length === 0) return [];
  const keys = new Map(ids.map((id) => [keyOf(id), id]));
  const rows = await tx.all<Known & { key: string }>(sql`
    SELECT "key", "entity", "record" FROM "_external_keys"
    WHERE "source" = ${SOURCE} AND "list" = ${list} AND "key" IN (${sql.join([...keys.keys()].map((key) => sql`${key}`))})`);
  const found = new Map(rows.map(({ key, entity, record }) => [keys.get(key) ?? '', { entity, record }]));
  return ids.flatMap((id) => {
    const known = found.get(id);
    return known ? [{ id, ...known }] : [];
  });
}

/** The first says where it stands; what says it again, or otherwise, changes nothing unless it may `replace`. */
export async function noteKnown(
  ctx: Context & { readonly tx: Transaction },
  list: KnownList,
  of: Known & { readonly id: string; readonly replace?: boolean },
): Promise<void> {
  const { entity, record } = of;
  const again = of.replace
    ? sql`DO UPDATE SET "entity" = excluded."entity", "record" = excluded."record"`
    : sql`DO NOTHING`;
  await ctx.tx.run(sql`
    INSERT INTO "_external_keys" ("source", "list", "key", "entity", "record", "createdAt")
    VALUES (${SOURCE}, ${list}, ${keyOf(of.id)}, ${entity}, ${record}, ${instant(ctx.clock)})
    ON CONFLICT ("source", "list", "key") ${again}`);
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}
