import type { Transaction } from '../context.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';

/** One thing that came in by a channel. */
export interface Arrival {
  readonly channel: string;
  /** The same for the same thing at every delivery. */
  readonly key: string;
  /** Milliseconds. */
  readonly now: number;
}

/** True once for each key, whoever asks and however often: of two transactions at once one waits for the other and is told false. */
export async function takeOnce(tx: Transaction, { channel, key, now }: Arrival): Promise<boolean> {
  const taken = await tx.run(sql`
    INSERT INTO "_received" ("channel", "key", "at") VALUES (${channel}, ${key}, ${now})
    ON CONFLICT ("channel", "key") DO NOTHING`);
  return taken === 1;
}

export async function isTaken(db: Database, { channel, key }: Omit<Arrival, 'now'>): Promise<boolean> {
  const rows = await db.read(sql`SELECT "at" FROM "_received" WHERE "channel" = ${channel} AND "key" = ${key}`);
  return rows.length > 0;
}

/** How many things whose key starts so have come since an instant. */
export async function countTaken(
  tx: Transaction,
  { channel, prefix, since }: { readonly channel: string; readonly prefix: string; readonly since: number },
): Promise<number> {
  const [row] = await tx.all<{ count: string | number }>(sql`
    SELECT count(*) AS "count" FROM "_received"
    WHERE "channel" = ${channel} AND "key" >= ${prefix} AND "key" < ${`${prefix}\uFFFF`} AND "at" > ${since}`);
  return Number(row?.count ?? 0);
}

const KEPT = 400 * 86_400_000;

/** Nobody delivers again after more than a year. */
export async function forgetTaken(db: Database, now: number): Promise<void> {
  await db.transaction((tx) => tx.run(sql`DELETE FROM "_received" WHERE "at" < ${now - KEPT}`));
}
