import type { SqlFragment, Transaction } from '../context.ts';
import type { Database } from '../storage/database.ts';
import { raw, sql } from '../storage/sql.ts';

/**
 * Every statement that reaches the PostgreSQL engine's own tables. A job is handed over under its id as key: handed over twice it is
 * carried once, and what the engine loses is handed over again. Whether it runs is decided by its row in `_jobs` alone.
 */

export const TASK = 'job';
const TASK_NAME = raw(`'${TASK}'`);

/** What a worker is told. */
export interface Parcel {
  readonly job: string;
  readonly root: string | null;
}

export const CARRIER_SCHEMA = 'casement_jobs';
const SCHEMA = raw(`"${CARRIER_SCHEMA}"`);
/** So many are handed over by one statement. */
const CHUNK = 1_000;
/** Whoever hands over; two at once would only do the same. */
const CARRY_LOCK = raw('4274, 14');

/** Its own clock, not ours: what is handed over is due, and must not wait because the two clocks differ. */
const RUN_AT = sql`least(now(), to_timestamp(j."due" / 1000.0))`;
const PARCEL = sql`json_build_object('job', j."id", 'root', j."root")`;

/** The statement that makes a job, with the engine told of it in the same round trip. `made` answers its columns, of a new row only. */
export function insertCarried(made: SqlFragment): SqlFragment {
  return sql`WITH j AS (${made} RETURNING "id", "root", "due", "state")
    SELECT 1 FROM j, LATERAL ${SCHEMA}.add_job(${TASK_NAME}, ${PARCEL}, NULL, ${RUN_AT}, NULL, j."id") AS carried
    WHERE j."state" = 'ready'`;
}

/** Hands a ready job over that was handed over before and came back. */
export async function carryAgain(tx: Transaction, id: string): Promise<void> {
  await tx.all(sql`
    SELECT 1 FROM "_jobs" j, LATERAL ${SCHEMA}.add_job(${TASK_NAME}, ${PARCEL}, NULL, ${RUN_AT}, NULL, j."id") AS carried
    WHERE j."id" = ${id} AND j."state" = 'ready'`);
}

/**
 * Hands over what is due by now, was due after `since`, and is not with the engine. A job whose chain has one running waits: whoever runs
 * that takes it next.
 */
export async function carryDue(db: Database, since: number, now: number): Promise<void> {
  for (;;) {
    const carried = await db.transaction(async (tx) => {
      await tx.all(sql`SELECT pg_advisory_xact_lock(${CARRY_LOCK})`);
      const [row] = await tx.all<{ n: string | number }>(sql`
        WITH due AS (
          SELECT array(
            SELECT ROW(${TASK_NAME}, ${PARCEL}, NULL, ${RUN_AT}, NULL, j."id", NULL, NULL)::${SCHEMA}.job_spec
            FROM "_jobs" j
            WHERE j."state" = 'ready' AND j."due" > ${since} AND j."due" <= ${now}
              AND NOT EXISTS (SELECT 1 FROM "_jobs" r WHERE r."state" = 'running' AND r."root" = j."root")
              AND NOT EXISTS (SELECT 1 FROM ${SCHEMA}.jobs g WHERE g.key = j."id" AND (g.locked_at IS NOT NULL OR g.run_at <= now()))
            ORDER BY j."due", j."id" LIMIT ${CHUNK}) AS specs)
        SELECT count(*) AS "n" FROM due, LATERAL ${SCHEMA}.add_jobs(due.specs) AS carried WHERE cardinality(due.specs) > 0`);
      return Number(row?.n ?? 0);
    });
    if (carried < CHUNK) return;
  }
}

/**
 * A worker takes up at once what it is handed. Where a job has been in hand for `leaseMs` and is still ready, its worker is gone: what that
 * one holds is free for others. Answers how many workers that were.
 */
export async function freeParcels(db: Database, now: number, leaseMs: number): Promise<number> {
  const held = sql`SELECT DISTINCT g.locked_by FROM ${SCHEMA}.jobs g JOIN "_jobs" j ON j."id" = g.key
    WHERE g.locked_at < now() - ${leaseMs} * interval '1 millisecond' AND j."state" = 'ready' AND j."due" <= ${now}`;
  const gone = await db.read<{ locked_by: string }>(held);
  if (gone.length === 0) return 0;
  await db.transaction((tx) =>
    tx.all(sql`SELECT ${SCHEMA}.force_unlock_workers(${gone.map(({ locked_by }) => locked_by)}::text[])`),
  );
  return gone.length;
}
