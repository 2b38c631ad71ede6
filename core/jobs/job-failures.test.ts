import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS, silentLog } from '../../tests/support/databases.ts';
import { count, openJobBench, statesOf, until } from '../../tests/support/job-queue.ts';
import type { JobBench } from '../../tests/support/job-queue.ts';
import { CasementError } from '../errors.ts';
import { sql } from '../storage/sql.ts';
import { claimJob } from './job-rows.ts';
import { leaseClock } from './lease-clock.ts';
import { PermanentJobError } from './permanent-error.ts';
import { runJob } from './run-job.ts';
import type { JobHandler } from './types.ts';

const START = Date.parse('2026-03-02T08:00:00.000Z');

describe.each(DIALECTS)('failing jobs on %s', (dialect) => {
  let bench: JobBench;

  const claim = () =>
    claimJob(bench.db, { now: bench.now, leaseUntil: leaseClock(bench.db, bench.clock).until(15_000) });

  beforeEach(async () => {
    bench = await openJobBench(dialect, START);
  });
  afterEach(() => bench.close());

  it('refuses the commit of a run whose lease was taken over, by its fence', async () => {
    const jobs = bench.open({});
    await bench.enqueue(jobs, { kind: 'count', key: 'once', payload: null });
    const handlers = new Map<string, JobHandler>([
      ['count', (run) => run.commit(async (tx) => void (await tx.run(count('runs'))), { done: true })],
    ]);
    const deps = { db: bench.db, clock: bench.clock, log: silentLog, handlers, runMs: 5_000 };
    const stale = await claim();
    expect(await claim()).toBe(null);
    bench.now += 15_001;
    await bench.db.transaction(async (tx) => void (await tx.run(sql`UPDATE "_jobs" SET "state" = 'ready'`)));
    const fresh = await claim();
    expect([stale?.fence, fresh?.fence]).toEqual([1, 2]);
    await runJob(deps, stale!, new AbortController());
    expect(await bench.counted('runs')).toBe(0);
    expect(await statesOf(jobs)).toEqual({ once: 'running' });
    await runJob(deps, fresh!, new AbortController());
    await runJob(deps, stale!, new AbortController());
    expect(await bench.counted('runs')).toBe(1);
    expect(await statesOf(jobs)).toEqual({ once: 'done' });
  });

  it('takes up at start what a killed process left running, and buries what kills every process', async () => {
    const jobs = bench.open({ note: async () => {} });
    await bench.enqueue(
      jobs,
      { kind: 'note', key: 'killed', payload: null },
      { kind: 'note', key: 'killer', payload: null, attempts: 1 },
    );
    await claim();
    await claim();
    bench.now += 15_001;
    await jobs.start();
    await until(async () => (await statesOf(jobs))['killed'] === 'done');
    expect(await statesOf(jobs)).toEqual({ killed: 'done', killer: 'dead' });
    const [dead] = await jobs.listJobs({ state: 'dead' });
    expect(dead?.lastError).toBe('The server stopped while this job was running.');
  });

  it('keeps a long run by its heartbeat, and never frees its own', async () => {
    let runs = 0;
    const jobs = bench.open(
      {
        long: async () => {
          runs += 1;
          await new Promise((resolve) => setTimeout(resolve, 900));
        },
      },
      { leaseMs: 150, pollMs: 50 },
    );
    await bench.enqueue(jobs, { kind: 'long', key: 'long', payload: null });
    await jobs.start();
    const ticking = setInterval(() => (bench.now += 100), 100);
    await until(async () => (await statesOf(jobs))['long'] === 'done');
    clearInterval(ticking);
    expect(runs).toBe(1);
  });

  it('backs off 1, 2, 4 … seconds, dies after the last attempt, and runs again by hand', async () => {
    let isBroken = true;
    const tries: number[] = [];
    const jobs = bench.open({
      flaky: async () => {
        tries.push(bench.now - START);
        if (isBroken) throw new Error('the server said 421');
      },
    });
    await bench.enqueue(jobs, { kind: 'flaky', key: 'mail', payload: null, attempts: 4 });
    for (; bench.now <= START + 60_000; bench.now += 500) await jobs.drain();
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
    expect(await statesOf(jobs)).toEqual({ mail: 'done' });
    await expect(jobs.retryJob(dead!.id)).rejects.toThrow('This job is done; only a dead one can be run again.');
    await expect(jobs.jobLog('none')).rejects.toBeInstanceOf(CasementError);
  });

  it('buries at once what no attempt can mend, a kind nobody runs, and a handler that hangs', async () => {
    const jobs = bench.open(
      {
        never: async () => {
          throw new PermanentJobError('the template is wrong');
        },
        hang: () => new Promise(() => {}),
      },
      { runMs: 100 },
    );
    await bench.enqueue(
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
    const jobs = bench.open({
      steps: async (run) => {
        let next = Number(run.job.payload);
        for (; next < 3;) {
          run.log({ step: `s${next}`, message: `step ${next}` });
          next += 1;
          await run.commit(async (tx) => void (await tx.run(count('effects'))), { progress: next });
          if (next === 2 && crashes-- > 0) throw new Error('power cut');
        }
      },
    });
    await bench.enqueue(jobs, { kind: 'steps', key: 'rule', payload: 0 });
    await jobs.drain();
    expect(await bench.counted('effects')).toBe(2);
    bench.now += 1_000;
    await jobs.drain();
    expect(await bench.counted('effects')).toBe(3);
    const [job] = await jobs.listJobs({});
    expect(job).toMatchObject({ state: 'done', payload: 3 });
    const log = await jobs.jobLog(job!.id);
    expect(log.map((line) => line.step)).toEqual(['s0', 's1', null, 's2']);
  });

  it('keeps nothing of a work that fails', async () => {
    const jobs = bench.open({
      half: (run) =>
        run.commit(
          async (tx) => {
            await tx.run(count('half'));
            throw new Error('midway');
          },
          { done: true },
        ),
    });
    await bench.enqueue(jobs, { kind: 'half', key: 'half', payload: null, attempts: 1 });
    await jobs.drain();
    expect(await bench.counted('half')).toBe(0);
    expect(await statesOf(jobs)).toEqual({ half: 'dead' });
  });

  it('gives back at stop what does not end in time', async () => {
    let signalled = false;
    const jobs = bench.open(
      {
        endless: (run) =>
          new Promise(() => {
            run.signal.addEventListener('abort', () => (signalled = true));
          }),
      },
      { stopMs: 100 },
    );
    await bench.enqueue(jobs, { kind: 'endless', key: 'long', payload: null });
    await jobs.start();
    await until(async () => (await statesOf(jobs))['long'] === 'running');
    await jobs.stop();
    expect(signalled).toBe(true);
    expect((await jobs.listJobs({}))[0]).toMatchObject({ state: 'ready', attempts: 0 });
  });
});
