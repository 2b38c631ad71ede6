import { randomBytes } from 'node:crypto';
import type { Transaction } from '../context.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';

/** The name of this node in the ledger: made once per database, kept in `_meta`. */
export async function nodeName(tx: Transaction): Promise<string> {
  const fresh = randomBytes(4).toString('hex');
  await tx.run(sql`insert into "_meta" ("key", "value") values ('node', ${fresh}) on conflict ("key") do nothing`);
  const [row] = await tx.all<{ value: string }>(sql`select "value" from "_meta" where "key" = 'node'`);
  return row?.value ?? fresh;
}

/** The clock of the change that this node wrote last; undefined before its first. */
export async function latestHlc(db: Database, node: string): Promise<string | undefined> {
  const [row] = await db.read<{ hlc: string }>(
    sql`select "hlc" from "_changes" where "node" = ${node} order by "seq" desc limit 1`,
  );
  return row?.hlc;
}
