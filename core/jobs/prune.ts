import type { Database } from '../storage/database.ts';
import { isOneOf } from '../storage/bind.ts';
import { raw, sql } from '../storage/sql.ts';
import type { JobState } from './types.ts';

const DAY = 86_400_000;

/** How long a job that is over is kept for people to look at. What failed for good waits for somebody to mend it. */
const KEPT: readonly (readonly [JobState, number])[] = [
  ['done', 30 * DAY],
  ['cancelled', 30 * DAY],
  ['dead', 365 * DAY],
];
/** So many at a time, so that writers wait for moments only. */
const CHUNK = 500;

/** Removes what has been over for long, with its log. Answers how many jobs. */
export async function pruneJobs(db: Database, now: number): Promise<number> {
  let pruned = 0;
  for (const [state, kept] of KEPT) {
    for (let removed = CHUNK; removed === CHUNK; pruned += removed) removed = await pruneChunk(db, state, now - kept);
  }
  return pruned;
}

async function pruneChunk(db: Database, state: JobState, before: number): Promise<number> {
  // Looked for outside the transaction: what is over stays so, but for a dead job that somebody revives.
  const old = await db.read<{ id: string }>(sql`
    SELECT "id" FROM "_jobs" WHERE "state" = ${state} AND "finishedAt" < ${before} ORDER BY "id" LIMIT ${CHUNK}`);
  if (old.length === 0) return 0;
  const ids = old.map(({ id }) => id);
  await db.transaction(async (tx) => {
    await tx.run(sql`DELETE FROM "_job_log" WHERE ${isOneOf(raw('"job"'), ids, 'text')} AND "job" IN (
      SELECT "id" FROM "_jobs" WHERE "state" = ${state})`);
    await tx.run(sql`DELETE FROM "_jobs" WHERE ${isOneOf(raw('"id"'), ids, 'text')} AND "state" = ${state}`);
  });
  return old.length;
}
