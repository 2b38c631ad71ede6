import type { Transaction } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Value } from '../fields/field-type.ts';
import type { Database } from '../storage/database.ts';
import { raw, sql } from '../storage/sql.ts';
import type { JobInfo, JobListQuery, JobLogLine, JobState } from './types.ts';

interface InfoRow {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly state: JobState;
  readonly due: string | number;
  readonly attempts: string | number;
  readonly maxAttempts: string | number;
  readonly lastError: string | null;
  readonly payload: string;
  readonly root: string | null;
  readonly createdAt: string | number;
  readonly finishedAt: string | number | null;
}

const COLUMNS = sql`"id", "kind", "key", "state", "due", "attempts", "maxAttempts", "lastError", "payload", "root", "createdAt", "finishedAt"`;

export async function listJobs(db: Database, query: JobListQuery): Promise<readonly JobInfo[]> {
  const filters = [sql`1 = 1`];
  if (query.state !== undefined) filters.push(sql`"state" = ${query.state}`);
  if (query.root !== undefined) filters.push(sql`"root" = ${query.root}`);
  const order = query.state === 'held' ? raw('"due", "id"') : raw('"id" DESC');
  const limit = Math.max(1, Math.min(query.limit ?? 50, 1_000));
  const rows = await db.read<InfoRow>(
    sql`SELECT ${COLUMNS} FROM "_jobs" WHERE ${sql.join(filters, ' AND ')} ORDER BY ${order} LIMIT ${limit}`,
  );
  return rows.map(infoOf);
}

export async function countJobs(db: Database): Promise<Readonly<Record<JobState, number>>> {
  const rows = await db.read<{ state: JobState; n: string | number }>(
    sql`SELECT "state", count(*) AS "n" FROM "_jobs" GROUP BY "state"`,
  );
  const counted = Object.fromEntries(rows.map(({ state, n }) => [state, Number(n)]));
  return { ready: 0, running: 0, done: 0, dead: 0, cancelled: 0, held: 0, ...counted };
}

async function findJob(db: Database, id: string): Promise<JobInfo | null> {
  const [row] = await db.read<InfoRow>(jobRow(id));
  return row ? infoOf(row) : null;
}

function jobRow(id: string) {
  return sql`SELECT ${COLUMNS} FROM "_jobs" WHERE "id" = ${id}`;
}

/** A dead job becomes ready and due now. Answers it as it is then. */
export async function reviveJob(tx: Transaction, id: string, now: number): Promise<JobInfo> {
  const revived = await tx.run(sql`
    UPDATE "_jobs" SET "state" = 'ready', "due" = ${now}, "attempts" = 0, "fence" = "fence" + 1, "finishedAt" = NULL
    WHERE "id" = ${id} AND "state" = 'dead'`);
  const [row] = await tx.all<InfoRow>(jobRow(id));
  if (!row) throw unknownJob(id);
  const job = infoOf(row);
  if (revived !== 1) throw new CasementError('CONFLICT', `This job is ${job.state}; only a dead one can be run again.`);
  return job;
}

export async function readJobLog(db: Database, id: string): Promise<readonly JobLogLine[]> {
  if ((await findJob(db, id)) === null) throw unknownJob(id);
  const rows = await db.read<{ at: string | number; step: string | null; message: string; data: string | null }>(sql`
    SELECT "at", "step", "message", "data" FROM "_job_log" WHERE "job" = ${id} ORDER BY "id"`);
  return rows.map((row) => ({
    at: instantText(row.at),
    step: row.step,
    message: row.message,
    data: row.data === null ? null : (JSON.parse(row.data) as Value),
  }));
}

function unknownJob(id: string): CasementError {
  return new CasementError('NOT_FOUND', `There is no job ${id}.`);
}

function infoOf(row: InfoRow): JobInfo {
  return {
    ...row,
    due: instantText(row.due),
    attempts: Number(row.attempts),
    maxAttempts: Number(row.maxAttempts),
    payload: JSON.parse(row.payload) as Value,
    createdAt: instantText(row.createdAt),
    finishedAt: row.finishedAt === null ? null : instantText(row.finishedAt),
  };
}

function instantText(milliseconds: string | number): string {
  return new Date(Number(milliseconds)).toISOString();
}
