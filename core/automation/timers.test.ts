import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openSalesFirm, START } from '../../tests/support/sales-firm.ts';
import type { RuleBench } from '../../tests/support/rule-bench.ts';
import type { SalesFirm } from '../../tests/support/sales-firm.ts';

describe.each(DIALECTS)('timers of rules on %s', (dialect) => {
  let firm: SalesFirm;
  let bench: RuleBench;

  beforeEach(async () => {
    firm = await openSalesFirm(dialect);
    bench = firm.bench;
  });
  afterEach(() => bench.close());

  it('fires a stayed timer once, never early, after a restart too; to the head, and of the head to the one above', async () => {
    await firm.deal({ assignee: firm.people.anna, stage: 'talk' });
    await firm.deal({ title: 'Own', assignee: firm.people.helen, stage: 'talk' });
    await bench.jobs.drain();
    await firm.clean();
    await bench.at(START + 2 * 86_400_000 - 1);
    expect(await firm.notices()).toEqual([]);
    await bench.restart();
    await bench.at(START + 3 * 86_400_000);
    await bench.at(START + 4 * 86_400_000);
    expect(await firm.notices()).toEqual([
      ['helen', 'Stale: Big'],
      ['olga', 'Stale: Own'],
    ]);
  });

  it('cancels a stayed timer on leaving, and sets it anew on coming back', async () => {
    const id = await firm.deal({ assignee: firm.people.anna, stage: 'talk' });
    await bench.at(START + 86_400_000);
    await bench.set('deal', id, { stage: 'offer' });
    await bench.set('deal', id, { stage: 'talk' });
    await bench.jobs.drain();
    await firm.clean();
    await bench.at(START + 2 * 86_400_000);
    expect(await firm.notices()).toEqual([]);
    await bench.set('deal', id, { stage: 'lost' });
    await bench.at(START + 9 * 86_400_000);
    expect((await firm.notices()).filter(([, title]) => title === 'Stale: Big')).toEqual([]);
    const timers = (await bench.jobs.listJobs({ limit: 1_000 })).filter((job) => job.key.startsWith('stale:'));
    expect(timers.map((job) => job.state)).toEqual(['cancelled', 'cancelled']);
  });

  it('counts a due date from midnight in the organisation’s zone, and follows its change, its emptying and the deletion', async () => {
    const id = await firm.deal({ source: 'repeat', assignee: firm.people.anna, expectedOn: '2026-03-20' });
    const dueOf = async () =>
      (await bench.jobs.listJobs({ state: 'ready', limit: 100 }))
        .filter((job) => job.key.startsWith('dayBefore:'))
        .map((job) => job.due);
    expect(await dueOf()).toEqual(['2026-03-18T22:00:00.000Z']);
    await bench.set('deal', id, { expectedOn: '2026-04-10' });
    expect(await dueOf()).toEqual(['2026-04-08T21:00:00.000Z']);
    await bench.set('deal', id, { title: 'Bigger' });
    expect(await dueOf()).toEqual(['2026-04-08T21:00:00.000Z']);
    await bench.set('deal', id, { expectedOn: null });
    expect(await dueOf()).toEqual([]);
    await bench.set('deal', id, { expectedOn: '2026-03-20' });
    await bench.records.write(bench.as(), { op: 'delete', entity: 'deal', id });
    expect(await dueOf()).toEqual([]);
    await bench.records.write(bench.as(), { op: 'restore', entity: 'deal', id });
    expect(await dueOf()).toEqual(['2026-03-18T22:00:00.000Z']);
    await firm.clean();
    await bench.at('2026-03-18T21:59:59.999Z');
    expect((await firm.notices()).filter(([, title]) => title === 'Tomorrow: Bigger')).toEqual([]);
    await bench.at('2026-03-18T22:00:00.000Z');
    await bench.at('2026-03-30T22:00:00.000Z');
    expect((await firm.notices()).filter(([, title]) => title === 'Tomorrow: Bigger')).toEqual([
      ['olga', 'Tomorrow: Bigger'],
    ]);
  });

  it('says nothing when the condition no longer holds at the due instant', async () => {
    const id = await firm.deal({ source: 'repeat', expectedOn: '2026-03-20' });
    await bench.set('deal', id, { stage: 'lost' });
    await bench.at('2026-03-25T00:00:00.000Z');
    const job = await firm.jobOf('dayBefore');
    expect((await bench.jobs.jobLog(job!.id)).map((line) => line.message)).toEqual([
      'Rule dayBefore did not run: its condition does not hold.',
    ]);
  });

  it('is silent for seeds but for timers ahead', async () => {
    const seeded = bench.as(undefined, { door: 'seed', clock: { now: () => START - 10 * 86_400_000 } });
    await firm.deal({ stage: 'talk', expectedOn: '2026-03-01', assignee: firm.people.anna }, seeded);
    await firm.deal({ stage: 'new', expectedOn: '2026-05-01' }, seeded);
    const jobs = await bench.jobs.listJobs({ limit: 100 });
    expect(
      jobs
        .filter((job) => job.key.startsWith('dayBefore') || job.key.startsWith('greet') || job.key.startsWith('stale'))
        .map((job) => [job.key.split(':')[0], job.due]),
    ).toEqual([['dayBefore', '2026-04-29T21:00:00.000Z']]);
  });

  it('lets a timer set itself anew for years without taking it for a loop', async () => {
    await bench.add('task', { title: 'monthly', dueAt: '2026-03-07T00:00:00Z', assignee: firm.people.anna });
    for (let month = 0; month < 14; month += 1)
      await bench.at(Date.parse('2026-03-07T00:00:00Z') + month * 30 * 86_400_000);
    const [task] = await bench.all('task', { filter: { title: 'monthly' } });
    expect(task?.['dueAt']).toBe(new Date(Date.parse('2026-03-07T00:00:00Z') + 14 * 30 * 86_400_000).toISOString());
    expect(await bench.jobs.listJobs({ state: 'dead' })).toEqual([]);
  });
});
