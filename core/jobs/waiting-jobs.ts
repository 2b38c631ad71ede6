import type { Transaction } from '../context.ts';
import type { Value } from '../fields/field-type.ts';
import { isOneOf } from '../storage/bind.ts';
import { raw, sql } from '../storage/sql.ts';
import type { WaitingJob, WaitingQuery } from './types.ts';

/** Timers as their owners see them, to be set anew. */

interface WaitingRow {
  readonly id: string;
  readonly grp: string;
  readonly due: string | number;
  readonly payload: string;
}

export async function findWaiting(tx: Transaction, of: WaitingQuery): Promise<readonly WaitingJob[]> {
  if ('groups' in of && of.groups.length === 0) return [];
  const which =
    'groups' in of
      ? sql`${isOneOf(raw('"grp"'), of.groups, 'text')} ORDER BY "id"`
      : sql`substr("grp", 1, ${of.prefix.length}) = ${of.prefix} AND "id" > ${of.after ?? ''} ORDER BY "id" LIMIT ${of.limit}`;
  const rows = await tx.all<WaitingRow>(
    sql`SELECT "id", "grp", "due", "payload" FROM "_jobs" WHERE "state" IN ('ready', 'held') AND "grp" IS NOT NULL AND ${which}`,
  );
  return rows.map(({ id, grp, due, payload }) => ({
    id,
    group: grp,
    due: Number(due),
    payload: JSON.parse(payload) as Value,
  }));
}

export async function resetJob(
  tx: Transaction,
  id: string,
  of: { readonly to: { readonly due: number; readonly payload: Value } | 'cancelled'; readonly now: number },
): Promise<void> {
  const { to, now } = of;
  const set =
    to === 'cancelled'
      ? sql`"state" = 'cancelled', "finishedAt" = ${now}`
      : sql`"due" = ${Math.ceil(to.due)}, "payload" = ${JSON.stringify(to.payload)}`;
  await tx.run(sql`UPDATE "_jobs" SET ${set} WHERE "id" = ${id} AND "state" IN ('ready', 'held')`);
}
