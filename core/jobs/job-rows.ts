import { uuidv7 } from 'uuidv7';
import type { SqlFragment, Transaction } from '../context.ts';
import type { Value } from '../fields/field-type.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';
import { insertCarried } from './carry.ts';
import type { Parcel } from './carry.ts';
import { JOBS_HELD } from './held-jobs.ts';
import type { Job, NewJob } from './types.ts';

/** Every statement that changes the job rows. Nothing else in core writes `_jobs` or `_job_log`; what reaches the engine stands in `carry.ts`. */

/** A job this process holds the lease of. A later claim raises the fence, and what the older holder still commits is refused by it. */
export interface ClaimedJob extends Job {
  readonly fence: number;
  readonly maxAttempts: number;
}

/** The lease is somebody else's now: nothing of this run may be kept. */
export class LeaseLostError extends Error {
  constructor(job: ClaimedJob) {
    super(`Job ${job.id} (${job.kind}) was taken over by another run.`);
    this.name = 'LeaseLostError';
  }
}

export interface LogLine {
  readonly at: number;
  readonly step?: string;
  readonly message: string;
  readonly data?: Value;
}

interface JobRow {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly payload: string;
  readonly due: string | number;
  readonly root: string | null;
  readonly attempts: string | number;
  readonly maxAttempts: string | number;
  readonly fence: string | number;
}

const DEFAULT_ATTEMPTS = 10;
const LONGEST_ERROR = 2_000;

/** With a carrier, what is due is handed to it by the same statement. */
export function insertJob(
  tx: Transaction,
  job: NewJob,
  at: { readonly now: number; readonly isCarried: boolean },
): void {
  const { now, isCarried } = at;
  const due = job.due ?? now;
  if (!Number.isFinite(due)) throw new TypeError(`Job ${job.key}: due is not an instant.`);
  const insert = sql`
    INSERT INTO "_jobs" ("id", "kind", "key", "payload", "due", "root", "grp", "state", "attempts", "maxAttempts", "fence", "createdAt")
    VALUES (${uuidv7()}, ${job.kind}, ${job.key}, ${JSON.stringify(job.payload)}, ${Math.ceil(due)}, ${job.root ?? null},
      ${job.group ?? null}, ${stateOf(job)}, 0, ${job.attempts ?? DEFAULT_ATTEMPTS}, 0, ${now})
    ON CONFLICT ("key") DO NOTHING`;
  tx.later(isCarried && due <= now ? insertCarried(insert) : insert);
}

/** What people cause after a restore runs as ever; what only the passing of time causes waits with the rest. */
function stateOf({ isOwnDoing }: NewJob) {
  if (isOwnDoing !== true) return sql`'ready'`;
  return sql`(SELECT CASE WHEN count(*) > 0 THEN 'held' ELSE 'ready' END FROM "_meta" WHERE "key" = ${JOBS_HELD})`;
}

export function cancelGroup(tx: Transaction, group: string, now: number): void {
  tx.later(sql`
    UPDATE "_jobs" SET "state" = 'cancelled', "finishedAt" = ${now} WHERE "grp" = ${group} AND "state" IN ('ready', 'held')`);
}

/** Due instant of the earliest ready job, of those due after `after`. */
export async function earliestDue(db: Database, after?: number): Promise<number | null> {
  const later = after === undefined ? sql`` : sql` AND "due" > ${after}`;
  const [row] = await db.read<{ due: string | number | null }>(sql`
    SELECT min("due") AS "due" FROM "_jobs" WHERE "state" = 'ready'${later}`);
  return row === undefined || row.due === null ? null : Number(row.due);
}

export interface Claim {
  readonly now: number;
  readonly leaseUntil: SqlFragment;
  /** Only this job; of a chain, whichever is its next. */
  readonly of?: Parcel;
}

/** Takes the earliest due job whose chain has no job running: what follows from one change happens in order. */
export async function claimJob(db: Database, claim: Claim): Promise<ClaimedJob | null> {
  const { chain, next } = chosen(db, claim);
  const [row] = await db.transaction((tx) =>
    tx.all<JobRow>(sql`
      ${chain}UPDATE "_jobs" SET "state" = 'running', "attempts" = "attempts" + 1, "fence" = "fence" + 1, "leaseUntil" = ${claim.leaseUntil}
      WHERE "id" = (${next})
      RETURNING "id", "kind", "key", "payload", "due", "root", "attempts", "maxAttempts", "fence"`),
  );
  if (!row) return null;
  return {
    id: row.id,
    kind: row.kind,
    key: row.key,
    payload: JSON.parse(row.payload) as Value,
    due: Number(row.due),
    root: row.root,
    attempt: Number(row.attempts),
    maxAttempts: Number(row.maxAttempts),
    fence: Number(row.fence),
  };
}

function chosen(db: Database, { now, of }: Claim): { readonly chain: SqlFragment; readonly next: SqlFragment } {
  const skipLocked = db.dialect === 'postgres' ? sql`FOR UPDATE OF j SKIP LOCKED` : sql``;
  const ready = sql`j."state" = 'ready' AND j."due" <= ${now}`;
  if (!of) {
    const next = sql`SELECT j."id" FROM "_jobs" j
      WHERE ${ready} AND NOT EXISTS (SELECT 1 FROM "_jobs" r WHERE r."state" = 'running' AND r."root" = j."root")
      ORDER BY j."due", j."id" LIMIT 1 ${skipLocked}`;
    return { chain: sql``, next };
  }
  if (of.root === null) {
    const next = sql`SELECT j."id" FROM "_jobs" j WHERE ${ready} AND j."id" = ${of.job} ${skipLocked}`;
    return { chain: sql``, next };
  }
  // Two workers handed two jobs of one chain look one after the other, and the second one sees what the first one took.
  const chain = sql`WITH chain AS MATERIALIZED (
    SELECT "id", "state", "due" FROM "_jobs" WHERE "root" = ${of.root} AND "state" IN ('ready', 'running') ORDER BY "id" FOR UPDATE)
    `;
  const next = sql`SELECT j."id" FROM chain j
    WHERE ${ready} AND NOT EXISTS (SELECT 1 FROM chain r WHERE r."state" = 'running') ORDER BY j."due", j."id" LIMIT 1`;
  return { chain, next };
}

/** Locks the job's row and makes sure that the lease is still ours. */
export async function holdLease(tx: Transaction, job: ClaimedJob): Promise<void> {
  const held = await tx.run(sql`UPDATE "_jobs" SET "fence" = "fence" WHERE ${ours(job)}`);
  if (held !== 1) throw new LeaseLostError(job);
}

export async function renewLease(tx: Transaction, job: ClaimedJob, until: SqlFragment): Promise<boolean> {
  return (await tx.run(sql`UPDATE "_jobs" SET "leaseUntil" = ${until} WHERE ${ours(job)}`)) === 1;
}

/** Puts a job back as if it had not been taken: the server stops. */
export async function releaseLease(tx: Transaction, job: ClaimedJob): Promise<void> {
  await tx.run(sql`
    UPDATE "_jobs" SET "state" = 'ready', "attempts" = "attempts" - 1, "fence" = "fence" + 1, "leaseUntil" = NULL WHERE ${ours(job)}`);
}

export async function markDone(tx: Transaction, job: ClaimedJob, now: number): Promise<void> {
  await tx.run(sql`
    UPDATE "_jobs" SET "state" = 'done', "finishedAt" = ${now}, "leaseUntil" = NULL, "lastError" = NULL WHERE ${ours(job)}`);
}

export async function saveProgress(tx: Transaction, job: ClaimedJob, progress: Value): Promise<void> {
  await tx.run(sql`UPDATE "_jobs" SET "payload" = ${JSON.stringify(progress)}, "attempts" = 1 WHERE ${ours(job)}`);
}

/** Ends a failed try. `again` = the next due instant; null = to the dead-letter list. False when the lease was lost. */
export async function markFailed(
  tx: Transaction,
  job: ClaimedJob,
  failure: { readonly message: string; readonly again: number | null; readonly now: number },
): Promise<boolean> {
  const error = failure.message.slice(0, LONGEST_ERROR);
  const changed =
    failure.again === null
      ? await tx.run(sql`
          UPDATE "_jobs" SET "state" = 'dead', "finishedAt" = ${failure.now}, "leaseUntil" = NULL, "lastError" = ${error} WHERE ${ours(job)}`)
      : await tx.run(sql`
          UPDATE "_jobs" SET "state" = 'ready', "due" = ${failure.again}, "leaseUntil" = NULL, "lastError" = ${error} WHERE ${ours(job)}`);
  return changed === 1;
}

/** Frees jobs whose lease ran out before `expiredAt`; without it, every running one: no other process can be at it. Answers how many. */
export async function freeExpired(
  db: Database,
  { now, expiredAt }: { readonly now: number; readonly expiredAt?: SqlFragment },
): Promise<number> {
  const expired = sql`"state" = 'running'${expiredAt ? sql` AND "leaseUntil" < ${expiredAt}` : sql``}`;
  const [found] = await db.read(sql`SELECT "id" FROM "_jobs" WHERE ${expired} LIMIT 1`);
  if (!found) return 0;
  return db.transaction(async (tx) => {
    const error = 'The server stopped while this job was running.';
    const dead = await tx.run(sql`
      UPDATE "_jobs" SET "state" = 'dead', "finishedAt" = ${now}, "leaseUntil" = NULL, "fence" = "fence" + 1, "lastError" = ${error}
      WHERE ${expired} AND "attempts" >= "maxAttempts"`);
    const freed = await tx.run(sql`
      UPDATE "_jobs" SET "state" = 'ready', "leaseUntil" = NULL, "fence" = "fence" + 1, "lastError" = ${error} WHERE ${expired}`);
    return dead + freed;
  });
}

export async function writeLog(tx: Transaction, job: string, lines: readonly LogLine[]): Promise<void> {
  for (const line of lines) {
    await tx.run(sql`
      INSERT INTO "_job_log" ("job", "at", "step", "message", "data")
      VALUES (${job}, ${line.at}, ${line.step ?? null}, ${line.message}, ${line.data === undefined ? null : JSON.stringify(line.data)})`);
  }
}

/** Whether a job of this chain is running or due. */
export async function isChainBusy(db: Database, root: string, now: number): Promise<boolean> {
  const rows = await db.read(sql`
    SELECT 1 AS "busy" FROM "_jobs" WHERE "state" = 'running' AND "root" = ${root}
    UNION ALL
    SELECT 1 AS "busy" FROM "_jobs" WHERE "state" = 'ready' AND "due" <= ${now} AND "root" = ${root}
    LIMIT 1`);
  return rows.length > 0;
}

function ours(job: ClaimedJob) {
  return sql`"id" = ${job.id} AND "fence" = ${job.fence} AND "state" = 'running'`;
}
