import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestDatabase, silentLog } from '../../tests/support/databases.ts';
import { count, openJobBench, statesOf, until } from '../../tests/support/job-queue.ts';
import type { JobBench } from '../../tests/support/job-queue.ts';
import { raw, sql } from '../storage/sql.ts';
import { prepareCarrier } from './carrier.ts';
import type { Carrier } from './carrier.ts';
import type { JobHandler } from './types.ts';

const START = Date.parse('2026-03-02T08:00:00.000Z');

const countOnce: JobHandler = (run) =>
  run.commit(async (tx) => void (await tx.run(count(run.job.key))), { done: true });

/** What only the engine of PostgreSQL has; everything else is in the suites of both databases. */
describe('jobs carried by the engine of PostgreSQL', () => {
  let bench: JobBench;

  beforeEach(async () => {
    bench = await openJobBench('postgres', START);
  });
  afterEach(() => bench.close());

  /** Keys with the engine, and who holds them. */
  const parcels = async () =>
    bench.db.read<{ job: string; holder: string | null }>(
      sql`SELECT j."key" AS "job", g.locked_by AS "holder" FROM casement_jobs.jobs g JOIN "_jobs" j ON j."id" = g.key ORDER BY 1`,
    );
  const onEngine = (statement: string) => bench.db.transaction((tx) => tx.run(raw(statement)));

  it('are handed over in the transaction of the change, by its one statement, and not before they are due (R-46)', async () => {
    const jobs = bench.open({});
    const statements: unknown[] = [];
    await bench.db.transaction(async (tx) => {
      const watched = new Proxy(tx, {
        get: (target, name: keyof typeof tx) => {
          if (name === 'all' || name === 'run' || name === 'later') statements.push(name);
          return target[name];
        },
      });
      await jobs.enqueue(watched, { kind: 'note', key: 'now', payload: null });
    });
    expect(statements).toHaveLength(1);
    await bench.enqueue(jobs, { kind: 'note', key: 'later', payload: null, due: START + 1 });
    const lost = bench.db.transaction(async (tx) => {
      await jobs.enqueue(tx, { kind: 'note', key: 'lost', payload: null });
      throw new Error('no');
    });
    await expect(lost).rejects.toThrow('no');
    expect(await parcels()).toEqual([{ job: 'now', holder: null }]);
    // The same key again is nothing new for the engine either.
    await bench.enqueue(jobs, { kind: 'note', key: 'now', payload: null });
    expect(await parcels()).toHaveLength(1);
  });

  it('run once each, whichever of three processes gets them; timers too (R-47, R-48)', async () => {
    const places = [bench.db, await bench.reopen(), await bench.reopen()];
    const queues = places.map((db) => bench.open({ count: countOnce }, { pollMs: 300 }, db));
    const [first] = queues;
    const keys = Array.from({ length: 300 }, (_, index) => `job ${index}`);
    await bench.enqueue(
      first!,
      ...keys.map((key, index) => ({ kind: 'count', key, payload: null, due: START + (index % 2) * 60_000 })),
    );
    for (const queue of queues) await queue.start();
    await until(async () => (await first!.figures()).states.done === 150);
    bench.now += 60_000;
    await until(async () => (await first!.figures()).states.done === 300);
    const counted = await bench.db.read<{ value: string }>(sql`SELECT "value" FROM "_counters"`);
    expect(counted.map(({ value }) => Number(value))).toEqual(keys.map(() => 1));
    expect(new Set((await first!.listJobs({ limit: 1_000 })).map((job) => job.attempts))).toEqual(new Set([1]));
  });

  it('of one chain run one after another in their order, whoever gets them (R-48)', async () => {
    const lines: string[] = [];
    const slow: JobHandler = async (run) => {
      lines.push(`${run.job.key} begins`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      lines.push(`${run.job.key} ends`);
    };
    const queues = [bench.open({ slow }), bench.open({ slow }, {}, await bench.reopen())];
    for (const queue of queues) await queue.start();
    const keys = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5'];
    await bench.enqueue(queues[0]!, ...keys.map((key) => ({ kind: 'slow', key, payload: null, root: 'a' })));
    await until(() => lines.length === 12);
    expect(lines).toEqual(keys.flatMap((key) => [`${key} begins`, `${key} ends`]));
  });

  it('come back from a worker that was killed before it took them up, and when the engine loses them (R-48)', async () => {
    const jobs = bench.open({ count: countOnce }, { leaseMs: 500, pollMs: 300 });
    await bench.enqueue(
      jobs,
      { kind: 'count', key: 'held', payload: null },
      { kind: 'count', key: 'lost', payload: null },
    );
    await onEngine(
      `UPDATE casement_jobs._private_jobs SET locked_at = now() - interval '1 minute', locked_by = 'gone'`,
    );
    await onEngine(
      `DELETE FROM casement_jobs._private_jobs WHERE key = (SELECT "id" FROM "_jobs" WHERE "key" = 'lost')`,
    );
    await jobs.start();
    await until(async () => (await jobs.figures()).states.done === 2);
    expect([await bench.counted('held'), await bench.counted('lost')]).toEqual([1, 1]);
  });

  it('that were given back at the end of one process are taken by another at once (R-82)', async () => {
    let begun = 0;
    const endless: JobHandler = () => {
      begun += 1;
      return new Promise(() => undefined);
    };
    const leaving = bench.open({ work: endless }, { stopMs: 50 });
    await bench.enqueue(leaving, { kind: 'work', key: 'one', payload: null });
    await leaving.start();
    await until(() => begun === 1);
    const staying = bench.open({ work: countOnce }, { pollMs: 60_000 }, await bench.reopen());
    await staying.start();
    await leaving.stop();
    await until(async () => (await statesOf(staying))['one'] === 'done');
    expect(await bench.counted('one')).toBe(1);
  });

  it('are left to others by a process that runs none, even while it waits for one (R-48)', async () => {
    const { createJobs } = await import('./create-jobs.ts');
    const idle = {
      isStarted: false,
      start: () => undefined,
      stop: async () => undefined,
      close: async () => undefined,
    };
    const carrier: Carrier = { createEngine: () => ({ ...idle, wake: () => undefined }) };
    const web = createJobs({ db: bench.db, clock: bench.clock, log: silentLog, carrier, isRunElsewhere: true });
    let ran = 0;
    web.handle('note', async () => void (ran += 1));
    await bench.enqueue(web, { kind: 'note', key: 'a', payload: null, root: 'r' });
    expect(await web.settle('r', 60)).toBe(false);
    const worker = bench.open({ note: async () => void (ran += 10) });
    await worker.start();
    expect(await web.settle('r', 5_000)).toBe(true);
    expect(ran).toBe(10);
  });
});

describe('the schema of the engine', () => {
  it('is made by several processes at once, and again without harm', async () => {
    const database = await openTestDatabase('postgres');
    try {
      const of = { url: database.url, log: silentLog };
      await Promise.all([prepareCarrier(of), prepareCarrier(of), prepareCarrier(of)]);
      expect(await prepareCarrier(of)).toBeDefined();
      const [row] = await database.db.read<{ n: string }>(sql`SELECT count(*) AS "n" FROM casement_jobs.migrations`);
      expect(Number(row?.n)).toBeGreaterThan(10);
    } finally {
      await database.remove();
    }
  });

  it('is refused with the remedy to a role that may make none', async () => {
    const database = await openTestDatabase('postgres');
    try {
      const role = `poor_${new URL(database.url).pathname.slice(-8)}`;
      await database.db.transaction(
        async (tx) => void (await tx.run(raw(`CREATE ROLE "${role}" LOGIN PASSWORD 'poor'`))),
      );
      const url = new URL(database.url);
      [url.username, url.password] = [role, 'poor'];
      await expect(prepareCarrier({ url: url.href, log: silentLog })).rejects.toThrow('grant create on database');
      await database.db.transaction(async (tx) => void (await tx.run(raw(`DROP ROLE "${role}"`))));
    } finally {
      await database.remove();
    }
  });

  it('does not exist for SQLite', async () => {
    expect(await prepareCarrier({ url: 'sqlite:/nowhere.db', log: silentLog })).toBeUndefined();
  });
});
