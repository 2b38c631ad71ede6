import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { count, openJobBench, statesOf, until } from '../../tests/support/job-queue.ts';
import type { JobBench } from '../../tests/support/job-queue.ts';
import type { JobHandler } from './types.ts';

const START = Date.parse('2026-03-02T08:00:00.000Z');

const countAll: JobHandler = (run) => run.commit(async (tx) => void (await tx.run(count('all'))), { done: true });

describe.each(DIALECTS)('jobs on %s', (dialect) => {
  let bench: JobBench;

  beforeEach(async () => {
    bench = await openJobBench(dialect, START);
  });
  afterEach(() => bench.close());

  it('runs what is due in order of its instant, and nothing early', async () => {
    const ran: string[] = [];
    const jobs = bench.open({ note: async (run) => void ran.push(run.job.key) });
    await bench.enqueue(
      jobs,
      { kind: 'note', key: 'later', payload: null, due: START + 15 * 60_000 },
      { kind: 'note', key: 'second', payload: null, due: START },
      { kind: 'note', key: 'first', payload: null, due: START - 1 },
    );
    await jobs.drain();
    expect(ran).toEqual(['first', 'second']);
    bench.now = START + 15 * 60_000 - 1;
    await jobs.drain();
    expect(ran).toEqual(['first', 'second']);
    bench.now = START + 15 * 60_000;
    await jobs.drain();
    expect(ran).toEqual(['first', 'second', 'later']);
    expect(await statesOf(jobs)).toEqual({ first: 'done', second: 'done', later: 'done' });
  });

  it('takes a timer of 400 days and a clock that is set back', async () => {
    let ran = 0;
    const jobs = bench.open({ note: async () => void (ran += 1) }, { pollMs: 50 });
    const day = 86_400_000;
    await bench.enqueue(jobs, { kind: 'note', key: 'far', payload: null, due: START + 400 * day });
    await jobs.start();
    bench.now = START + 400 * day - 1;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    bench.now = START - 2 * day;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(ran).toBe(0);
    bench.now = START + 400 * day;
    await until(() => ran === 1);
    await jobs.drain();
    expect(await statesOf(jobs)).toEqual({ far: 'done' });
  });

  it('does nothing for a second enqueue with the same key', async () => {
    const payloads: unknown[] = [];
    const jobs = bench.open({ note: async (run) => void payloads.push(run.job.payload) });
    await bench.enqueue(jobs, { kind: 'note', key: 'same', payload: 1 });
    await jobs.drain();
    await bench.enqueue(jobs, { kind: 'note', key: 'same', payload: 2 });
    await jobs.drain();
    expect(payloads).toEqual([1]);
  });

  it('forgets jobs of a transaction that is rolled back', async () => {
    let ran = 0;
    const jobs = bench.open({ note: async () => void (ran += 1) });
    await jobs.start();
    const failing = bench.db.transaction(async (tx) => {
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
    const jobs = bench.open(
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
    await bench.enqueue(jobs, { kind: 'note', key: 'head', payload: null, root: 'chain' });
    expect(await jobs.settle('chain', 5_000)).toBe(true);
    expect(ran).toEqual(['head', 'tail']);
  });

  it('settles without being started, and says when a chain is not over in time', async () => {
    let ran = 0;
    const idle = bench.open({ note: async () => void (ran += 1) });
    await bench.enqueue(idle, { kind: 'note', key: 'a', payload: null, root: 'r' });
    expect(await idle.settle('r', 1_000)).toBe(true);
    expect(ran).toBe(1);
    const busy = bench.open({ slow: () => new Promise((resolve) => setTimeout(resolve, 400)) });
    await busy.start();
    await bench.enqueue(busy, { kind: 'slow', key: 'b', payload: null, root: 's' });
    expect(await busy.settle('s', 50)).toBe(false);
    expect(await busy.settle('s', 5_000)).toBe(true);
  });

  it('runs the jobs of one chain one after another, those of different chains side by side', async () => {
    const lines: string[] = [];
    const jobs = bench.open({
      slow: async (run) => {
        lines.push(`${run.job.key} begins`);
        await new Promise((resolve) => setTimeout(resolve, 100));
        lines.push(`${run.job.key} ends`);
      },
    });
    await bench.enqueue(
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
    const first = bench.open({ note: async () => void (early += 1) });
    await bench.enqueue(first, { kind: 'note', key: 'timer', payload: null, due: START + 60_000 });
    await first.start();
    await first.stop();
    bench.now = START + 7 * 86_400_000;
    let late = 0;
    const second = bench.open({ note: async () => void (late += 1) });
    await second.start();
    await until(() => late === 1);
    await second.drain();
    expect({ early, late }).toEqual({ early: 0, late: 1 });
  });

  it('cancels the waiting timers of a group and leaves the others', async () => {
    const ran: string[] = [];
    const jobs = bench.open({ note: async (run) => void ran.push(run.job.key) });
    await bench.enqueue(
      jobs,
      { kind: 'note', key: 'a', payload: null, due: START + 1_000, group: 'one' },
      { kind: 'note', key: 'b', payload: null, due: START + 1_000, group: 'two' },
    );
    await bench.db.transaction((tx) => jobs.cancel(tx, 'one'));
    bench.now += 1_000;
    await jobs.drain();
    expect(ran).toEqual(['b']);
    expect(await statesOf(jobs)).toEqual({ a: 'cancelled', b: 'done' });
  });

  it('forgets what has been over for long, with its log, and nothing else', async () => {
    const day = 86_400_000;
    const jobs = bench.open({
      note: async (run) => run.log({ message: 'done' }),
      fail: () => Promise.reject(new Error('no')),
    });
    await bench.enqueue(
      jobs,
      { kind: 'note', key: 'old', payload: null },
      { kind: 'fail', key: 'dead', payload: null, attempts: 1 },
      { kind: 'note', key: 'ahead', payload: null, due: START + 5 * 365 * day },
    );
    await jobs.drain();
    const [old] = (await jobs.listJobs({})).filter(({ key }) => key === 'old');
    bench.now += 20 * day;
    await bench.enqueue(jobs, { kind: 'note', key: 'young', payload: null });
    await jobs.drain();
    expect(await jobs.prune()).toBe(0);
    bench.now += 11 * day;
    expect(await jobs.prune()).toBe(1);
    expect(await statesOf(jobs)).toEqual({ dead: 'dead', ahead: 'ready', young: 'done' });
    await expect(jobs.jobLog(old?.id ?? '')).rejects.toThrow('There is no job');
    bench.now += 400 * day;
    expect(await jobs.prune()).toBe(2);
    expect(await statesOf(jobs)).toEqual({ ahead: 'ready' });
  });

  it('runs 200 jobs of two instances once each', async () => {
    const elsewhere = dialect === 'postgres' ? await bench.reopen() : bench.db;
    const [one, two] = [bench.open({ count: countAll }), bench.open({ count: countAll }, {}, elsewhere)];
    await one.start();
    await two.start();
    await bench.enqueue(
      one,
      ...Array.from({ length: 200 }, (_, index) => ({ kind: 'count', key: `job ${index}`, payload: null })),
    );
    await until(async () => (await one.listJobs({ state: 'done', limit: 1_000 })).length === 200);
    expect(await bench.counted('all')).toBe(200);
    expect(new Set((await one.listJobs({ limit: 1_000 })).map((job) => job.attempts))).toEqual(new Set([1]));
  });
});
