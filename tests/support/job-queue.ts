import { prepareCarrier } from '../../core/jobs/carrier.ts';
import { createJobs } from '../../core/jobs/create-jobs.ts';
import type { JobSettings } from '../../core/jobs/create-jobs.ts';
import type { JobHandler, JobQueue, NewJob } from '../../core/jobs/types.ts';
import type { Database } from '../../core/storage/database.ts';
import { createIndexDdl, createTableDdl } from '../../core/storage/ddl.ts';
import { raw, sql } from '../../core/storage/sql.ts';
import { SYSTEM_TABLES } from '../../core/storage/system-tables.ts';
import { openTestDatabase, silentLog } from './databases.ts';
import type { Dialect } from './databases.ts';

/** A real queue on a fresh database, with a clock to turn. */
export interface JobBench {
  readonly db: Database;
  now: number;
  readonly clock: { now(): number };
  /** A queue with these handlers; on `elsewhere`, as another process would have it. */
  open(handlers: Readonly<Record<string, JobHandler>>, settings?: Partial<JobSettings>, elsewhere?: Database): JobQueue;
  enqueue(jobs: JobQueue, ...all: readonly NewJob[]): Promise<void>;
  /** How often `count` has been committed. */
  counted(name: string): Promise<number>;
  reopen(): Promise<Database>;
  close(): Promise<void>;
}

export async function openJobBench(dialect: Dialect, start: number): Promise<JobBench> {
  const opened = await openTestDatabase(dialect);
  const { db } = opened;
  await createSystemTables(db);
  const carrier = await prepareCarrier({ url: opened.url, log: silentLog });
  const started: JobQueue[] = [];
  const bench: JobBench = {
    db,
    now: start,
    clock: { now: () => bench.now },
    open(handlers, settings = {}, elsewhere = db) {
      const jobs = createJobs({
        db: elsewhere,
        clock: bench.clock,
        log: silentLog,
        carrier,
        settings: { stopMs: 1_000, ...settings },
      });
      for (const [kind, handler] of Object.entries(handlers)) jobs.handle(kind, handler);
      started.push(jobs);
      return jobs;
    },
    enqueue: (jobs, ...all) =>
      db.transaction(async (tx) => {
        for (const job of all) await jobs.enqueue(tx, job);
      }),
    async counted(name) {
      const [row] = await db.read<{ value: string | number }>(
        sql`SELECT "value" FROM "_counters" WHERE "key" = ${name}`,
      );
      return Number(row?.value ?? 0);
    },
    reopen: () => opened.reopen(),
    async close() {
      for (const jobs of started) await jobs.stop();
      await opened.remove();
    },
  };
  return bench;
}

async function createSystemTables(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    for (const table of SYSTEM_TABLES) {
      await tx.run(raw(createTableDdl(table, db.dialect)));
      for (const index of table.indexes) await tx.run(raw(createIndexDdl(table.name, index, db.dialect)));
    }
  });
}

/** Adds one to a counter: an effect that can be counted. */
export function count(name: string) {
  return sql`
    INSERT INTO "_counters" ("key", "value") VALUES (${name}, 1)
    ON CONFLICT ("key") DO UPDATE SET "value" = "_counters"."value" + 1`;
}

export async function statesOf(jobs: JobQueue): Promise<Record<string, string>> {
  return Object.fromEntries((await jobs.listJobs({ limit: 1_000 })).map((job) => [job.key, job.state]));
}

/** Waits until it is so; fails after 10 s. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tried = 0; tried < 400; tried += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('It did not come to pass within 10 s.');
}
