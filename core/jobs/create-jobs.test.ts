import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databases, openTestDatabase } from '../../tests/support/databases.ts';
import type { TestDatabase } from '../../tests/support/databases.ts';
import type { Log } from '../context.ts';
import { CasementError } from '../errors.ts';
import { sql } from '../storage/sql.ts';
import { createJobs } from './create-jobs.ts';
import { claimJob } from './job-rows.ts';
import { PermanentJobError } from './permanent-error.ts';
import { runJob } from './run-job.ts';
import type { JobHandler, JobQueue, NewJob } from './types.ts';

const START = Date.parse('2026-03-02T08:00:00.000Z');
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

describe.each(databases)('jobs on %s', (dialect) => {
  let opened: TestDatabase;
  let now = START;
  const clock = { now: () => now };
  const started: JobQueue[] = [];

  beforeEach(async () => {
    opened = await openTestDatabase(dialect);
    now = START;
  });
  afterEach(async () => {
    for (const jobs of started.splice(0)) await jobs.stop();
    await opened.close();
  });

  function open(handlers: Record<string, JobHandler>, settings: object = {}): JobQueue {
    const jobs = createJobs({ db: opened.db, clock, log: silent, settings: { stopMs: 1_000, ...settings } });
    for (const [kind, handler] of Object.entries(handlers)) jobs.handle(kind, handler);
    started.push(jobs);
    return jobs;
  }

  const enqueue = (jobs: JobQueue, ...all: NewJob[]) =>
    opened.db.transaction(async (tx) => {
      for (const job of all) await jobs.enqueue(tx, job);
    });
  const counter = (name: string) => sql`
    INSERT INTO "_counters" ("key", "value") VALUES (${name}, 1)
    ON CONFLICT ("key") DO UPDATE SET "value" = "_counters"."value" + 1`;
  const counted = async (name: string) => {
    const [row] = await opened.db.read<{ value: string | number }>(
      sql`SELECT "value" FROM "_counters" WHERE "key" = ${name}`,
    );
    return Number(row?.value ?? 0);
  };
  const states = async (jobs: JobQueue) =>
    Object.fromEntries((await jobs.listJobs({})).map((job) => [job.key, job.state]));
  const until = async (isSo: () => boolean | Promise<boolean>) => {
    for (let tried = 0; tried < 400; tried += 1) {
      if (await isSo()) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error('It did not come to pass within 10 s.');
  };

  it('runs what is due in order of its instant, and nothing early', async () => {
    const ran: string[] = [];
    const jobs = open({ note: async (run) => void ran.push(run.job.key) });
    await enqueue(
      jobs,
      { kind: 'note', key: 'later', payload: null, due: START + 15 * 60_000 },
      { kind: 'note', key: 'second', payload: null, due: START },
      { kind: 'note', key: 'first', payload: null, due: START - 1 },
    );
    await jobs.drain();
    expect(ran).toEqual(['first', 'second']);
    now = START + 15 * 60_000 - 1;
    await jobs.drain();
    expect(ran).toEqual(['first', 'second']);
    now = START + 15 * 60_000;
    await jobs.drain();
    expect(ran).toEqual(['first', 'second', 'later']);
    expect(await states(jobs)).toEqual({ first: 'done', second: 'done', later: 'done' });
  });

  it('takes a timer of 400 days and a clock that is set back', async () => {
    let ran = 0;
    const jobs = open({ note: async () => void (ran += 1) }, { pollMs: 50 });
    const day = 86_400_000;
    await enqueue(jobs, { kind: 'note', key: 'far', payload: null, due: START + 400 * day });
    await jobs.start();
    now = START + 400 * day - 1;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    now = START - 2 * day;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(ran).toBe(0);
    now = START + 400 * day;
    await until(() => ran === 1);
    expect(await states(jobs)).toEqual({ far: 'done' });
  });

  it('does nothing for a second enqueue with the same key', async () => {
    const payloads: unknown[] = [];
    const jobs = open({ note: async (run) => void payloads.push(run.job.payload) });
    await enqueue(jobs, { kind: 'note', key: 'same', payload: 1 });
    await jobs.drain();
    await enqueue(jobs, { kind: 'note', key: 'same', payload: 2 });
    await jobs.drain();
    expect(payloads).toEqual([1]);
  });

  it('forgets jobs of a transaction that is rolled back', async () => {
    let ran = 0;
    const jobs = open({ note: async () => void (ran += 1) });
    await jobs.start();
    const failing = opened.db.transaction(async (tx) => {
      await jobs.enqueue(tx, { kind: 'note', key: 'lost', payload: null });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await jobs.drain();
    expect(ran).toBe(0);
    expect(await jobs.listJobs({})).toEqual([]);
  });

  it('is woken by the commit, and settles a chain', async () => {
    const ran: string[] = [];
    const jobs = open(
      {
        note: async (run) => {
          ran.push(run.job.key);
          if (run.job.key !== 'head') return;
          await run.commit((tx) => jobs.enqueue(tx, { kind: 'note', key: 'tail', payload: null, root: 'chain' }), {
            done: true,
          });
        },
      },
      { pollMs: 60_000 },
    );
    await jobs.start();
    await enqueue(jobs, { kind: 'note', key: 'head', payload: null, root: 'chain' });
    expect(await jobs.settle('chain', 5_000)).toBe(true);
    expect(ran).toEqual(['head', 'tail']);
  });

  it('settles without being started, and says when a chain is not over in time', async () => {
    let ran = 0;
    const idle = open({ note: async () => void (ran += 1) });
    await enqueue(idle, { kind: 'note', key: 'a', payload: null, root: 'r' });
    expect(await idle.settle('r', 1_000)).toBe(true);
    expect(ran).toBe(1);
    const busy = open({ slow: () => new Promise((resolve) => setTimeout(resolve, 400)) });
    await busy.start();
    await enqueue(busy, { kind: 'slow', key: 'b', payload: null, root: 's' });
    expect(await busy.settle('s', 50)).toBe(false);
    expect(await busy.settle('s', 5_000)).toBe(true);
  });

  it('runs the jobs of one chain one after another, those of different chains side by side', async () => {
    const lines: string[] = [];
    const jobs = open({
      slow: async (run) => {
        lines.push(`${run.job.key} begins`);
        await new Promise((resolve) => setTimeout(resolve, 100));
        lines.push(`${run.job.key} ends`);
      },
    });
    await enqueue(
      jobs,
      { kind: 'slow', key: 'a1', payload: null, root: 'a' },
      { kind: 'slow', key: 'a2', payload: null, root: 'a' },
      { kind: 'slow', key: 'b1', payload: null, root: 'b' },
    );
    await jobs.start();
    await until(() => lines.length === 6);
    const chain = lines.filter((line) => line.startsWith('a'));
    expect(chain).toEqual(['a1 begins', 'a1 ends', 'a2 begins', 'a2 ends']);
    expect(lines.indexOf('b1 begins')).toBeLessThan(lines.indexOf('a1 ends'));
  });

  it('runs a missed timer once, late, in a new instance after a restart', async () => {
    let early = 0;
    const first = open({ note: async () => void (early += 1) });
    await enqueue(first, { kind: 'note', key: 'timer', payload: null, due: START + 60_000 });
    await first.start();
    await first.stop();
    now = START + 7 * 86_400_000;
    let late = 0;
    const second = open({ note: async () => void (late += 1) });
    await second.start();
    await until(() => late === 1);
    await second.drain();
    expect({ early, late }).toEqual({ early: 0, late: 1 });
  });

  it('refuses the commit of a run whose lease was taken over, by its fence', async () => {
    const jobs = open({});
    await enqueue(jobs, { kind: 'count', key: 'once', payload: null });
    const handlers = new Map<string, JobHandler>([
      ['count', (run) => run.commit(async (tx) => void (await tx.run(counter('runs'))), { done: true })],
    ]);
    const deps = { db: opened.db, clock, log: silent, handlers, runMs: 5_000 };
    const stale = await claimJob(opened.db, now, 15_000);
    expect(await claimJob(opened.db, now, 15_000)).toBe(null);
    now += 15_001;
    await opened.db.transaction(async (tx) => void (await tx.run(sql`UPDATE "_jobs" SET "state" = 'ready'`)));
    const fresh = await claimJob(opened.db, now, 15_000);
    expect([stale?.fence, fresh?.fence]).toEqual([1, 2]);
    await runJob(deps, stale!, new AbortController());
    expect(await counted('runs')).toBe(0);
    expect(await states(jobs)).toEqual({ once: 'running' });
    await runJob(deps, fresh!, new AbortController());
    await runJob(deps, stale!, new AbortController());
    expect(await counted('runs')).toBe(1);
    expect(await states(jobs)).toEqual({ once: 'done' });
  });

  it('takes up at start what a killed process left running, and buries what kills every process', async () => {
    const jobs = open({ note: async () => {} });
    await enqueue(
      jobs,
      { kind: 'note', key: 'killed', payload: null },
      { kind: 'note', key: 'killer', payload: null, attempts: 1 },
    );
    await claimJob(opened.db, now, 15_000);
    await claimJob(opened.db, now, 15_000);
    now += 15_001;
    await jobs.start();
    await until(async () => (await states(jobs))['killed'] === 'done');
    expect(await states(jobs)).toEqual({ killed: 'done', killer: 'dead' });
    const [dead] = await jobs.listJobs({ state: 'dead' });
    expect(dead?.lastError).toBe('The server stopped while this job was running.');
  });

  it('keeps a long run by its heartbeat, and never frees its own', async () => {
    let runs = 0;
    const jobs = open(
      {
        long: async () => {
          runs += 1;
          await new Promise((resolve) => setTimeout(resolve, 900));
        },
      },
      { leaseMs: 150, pollMs: 50 },
    );
    await enqueue(jobs, { kind: 'long', key: 'long', payload: null });
    await jobs.start();
    const ticking = setInterval(() => (now += 100), 100);
    await until(async () => (await states(jobs))['long'] === 'done');
    clearInterval(ticking);
    expect(runs).toBe(1);
  });

  it('backs off 1, 2, 4 … seconds, dies after the last attempt, and runs again by hand', async () => {
    let isBroken = true;
    const tries: number[] = [];
    const jobs = open({
      flaky: async () => {
        tries.push(now - START);
        if (isBroken) throw new Error('the server said 421');
      },
    });
    await enqueue(jobs, { kind: 'flaky', key: 'mail', payload: null, attempts: 4 });
    for (; now <= START + 60_000; now += 500) await jobs.drain();
    expect(tries).toEqual([0, 1_000, 3_000, 7_000]);
    const [dead] = await jobs.listJobs({ state: 'dead' });
    expect(dead).toMatchObject({
      key: 'mail',
      attempts: 4,
      maxAttempts: 4,
      lastError: 'the server said 421',
      due: '2026-03-02T08:00:07.000Z',
      createdAt: '2026-03-02T08:00:00.000Z',
      finishedAt: '2026-03-02T08:00:07.000Z',
    });
    expect((await jobs.jobLog(dead!.id)).map((line) => `${line.at} ${line.message}`)).toEqual([
      '2026-03-02T08:00:00.000Z Attempt 1 of 4 failed, next one at 2026-03-02T08:00:01.000Z: the server said 421',
      '2026-03-02T08:00:01.000Z Attempt 2 of 4 failed, next one at 2026-03-02T08:00:03.000Z: the server said 421',
      '2026-03-02T08:00:03.000Z Attempt 3 of 4 failed, next one at 2026-03-02T08:00:07.000Z: the server said 421',
      '2026-03-02T08:00:07.000Z Given up after attempt 4: the server said 421',
    ]);
    isBroken = false;
    expect((await jobs.retryJob(dead!.id)).state).toBe('ready');
    await jobs.drain();
    expect(await states(jobs)).toEqual({ mail: 'done' });
    await expect(jobs.retryJob(dead!.id)).rejects.toThrow('This job is done; only a dead one can be run again.');
    await expect(jobs.jobLog('none')).rejects.toBeInstanceOf(CasementError);
  });

  it('buries at once what no attempt can mend, a kind nobody runs, and a handler that hangs', async () => {
    const jobs = open(
      {
        never: async () => {
          throw new PermanentJobError('the template is wrong');
        },
        hang: () => new Promise(() => {}),
      },
      { runMs: 100 },
    );
    await enqueue(
      jobs,
      { kind: 'never', key: 'a', payload: null },
      { kind: 'unknown', key: 'b', payload: null },
      { kind: 'hang', key: 'c', payload: null, attempts: 1 },
    );
    await jobs.drain();
    const errors = Object.fromEntries((await jobs.listJobs({ state: 'dead' })).map((job) => [job.key, job.lastError]));
    expect(errors).toEqual({
      a: 'the template is wrong',
      b: 'Nothing here runs jobs of kind "unknown". Was a package removed? Bring it back and run the job again.',
      c: 'It did not end within 0 s.',
    });
  });

  it('goes on from its progress, each effect exactly once, after a crash between commit and end', async () => {
    let crashes = 2;
    const jobs = open({
      steps: async (run) => {
        let next = Number(run.job.payload);
        for (; next < 3;) {
          run.log({ step: `s${next}`, message: `step ${next}` });
          next += 1;
          await run.commit(async (tx) => void (await tx.run(counter('effects'))), { progress: next });
          if (next === 2 && crashes-- > 0) throw new Error('power cut');
        }
      },
    });
    await enqueue(jobs, { kind: 'steps', key: 'rule', payload: 0 });
    await jobs.drain();
    expect(await counted('effects')).toBe(2);
    now += 1_000;
    await jobs.drain();
    expect(await counted('effects')).toBe(3);
    const [job] = await jobs.listJobs({});
    expect(job).toMatchObject({ state: 'done', payload: 3 });
    const log = await jobs.jobLog(job!.id);
    expect(log.map((line) => line.step)).toEqual(['s0', 's1', null, 's2']);
  });

  it('keeps nothing of a work that fails', async () => {
    const jobs = open({
      half: (run) =>
        run.commit(
          async (tx) => {
            await tx.run(counter('half'));
            throw new Error('midway');
          },
          { done: true },
        ),
    });
    await enqueue(jobs, { kind: 'half', key: 'half', payload: null, attempts: 1 });
    await jobs.drain();
    expect(await counted('half')).toBe(0);
    expect(await states(jobs)).toEqual({ half: 'dead' });
  });

  it('cancels the waiting timers of a group and leaves the others', async () => {
    const ran: string[] = [];
    const jobs = open({ note: async (run) => void ran.push(run.job.key) });
    await enqueue(
      jobs,
      { kind: 'note', key: 'a', payload: null, due: START + 1_000, group: 'one' },
      { kind: 'note', key: 'b', payload: null, due: START + 1_000, group: 'two' },
    );
    await opened.db.transaction((tx) => jobs.cancel(tx, 'one'));
    now += 1_000;
    await jobs.drain();
    expect(ran).toEqual(['b']);
    expect(await states(jobs)).toEqual({ a: 'cancelled', b: 'done' });
  });

  it('gives back at stop what does not end in time', async () => {
    let signalled = false;
    const jobs = open(
      {
        endless: (run) =>
          new Promise(() => {
            run.signal.addEventListener('abort', () => (signalled = true));
          }),
      },
      { stopMs: 100 },
    );
    await enqueue(jobs, { kind: 'endless', key: 'long', payload: null });
    await jobs.start();
    await until(async () => (await states(jobs))['long'] === 'running');
    await jobs.stop();
    expect(signalled).toBe(true);
    expect((await jobs.listJobs({}))[0]).toMatchObject({ state: 'ready', attempts: 0 });
  });

  it('runs 200 jobs of two instances once each', async () => {
    const handler: JobHandler = (run) => run.commit(async (tx) => void (await tx.run(counter('all'))), { done: true });
    const [one, two] = [open({ count: handler }), open({ count: handler })];
    await one.start();
    await two.start();
    await enqueue(
      one,
      ...Array.from({ length: 200 }, (_, index) => ({ kind: 'count', key: `job ${index}`, payload: null })),
    );
    await until(async () => (await one.listJobs({ state: 'done', limit: 1_000 })).length === 200);
    expect(await counted('all')).toBe(200);
    expect(new Set((await one.listJobs({ limit: 1_000 })).map((job) => job.attempts))).toEqual(new Set([1]));
  });
});
