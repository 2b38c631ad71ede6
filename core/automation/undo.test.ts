import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openSalesFirm, START } from '../../tests/support/sales-firm.ts';
import type { RuleBench } from '../../tests/support/rule-bench.ts';
import type { SalesFirm } from '../../tests/support/sales-firm.ts';
import type { MassChange } from '../records/batch-types.ts';

const DAY = 86_400_000;

/** D-8: an undo is nobody's move. What rules did to the records of the batch goes back with it, and none of them is set off by it. */
describe.each(DIALECTS)('rules and undo on %s', (dialect) => {
  let firm: SalesFirm;
  let bench: RuleBench;

  beforeEach(async () => {
    firm = await openSalesFirm(dialect);
    bench = firm.bench;
  });
  afterEach(() => bench.close());

  async function edit(ids: readonly string[], change: MassChange): Promise<string> {
    const report = await bench.records.batches.edit(bench.as(), { entity: 'deal', ids, change });
    expect(report.changed).toBe(ids.length);
    return report.batch ?? '';
  }
  const move = (ids: readonly string[], stage: string) => edit(ids, { kind: 'patch', input: { stage } });
  const undo = (batch: string) => bench.records.batches.undo(bench.as(), batch);
  const ruleJobs = async () =>
    (await bench.jobs.listJobs({ limit: 1_000 })).map(({ key, state }) => `${key.split(':')[0]} ${state}`);
  const dealOf = async (id: string) => (await bench.all('deal', { filter: { id } }))[0];

  it('takes back what the rules of a mass move did to its records, and sets off none', async () => {
    const ids = [await firm.deal({ source: 'repeat', notes: 'as it was' }), await firm.deal({ source: 'repeat' })];
    const batch = await move(ids, 'offer');
    await bench.jobs.drain();
    expect(await dealOf(ids[0]!)).toMatchObject({ stage: 'offer', notes: 'Offer from new', utmMedium: 'mailed' });
    const jobs = await ruleJobs();
    expect(await undo(batch)).toMatchObject({ restored: 2, left: 0, conflicts: [] });
    expect(await dealOf(ids[0]!)).toMatchObject({
      stage: 'new',
      notes: 'as it was',
      referrer: null,
      utmMedium: null,
    });
    await bench.jobs.drain();
    expect(await ruleJobs()).toEqual(jobs);
    expect(firm.letters).toHaveLength(2);
    expect(await dealOf(ids[1]!)).toMatchObject({ stage: 'new' });
  });

  it('keeps rules that were still to come from running for what is undone, but not for what stays', async () => {
    const ids = [await firm.deal({ source: 'repeat' }), await firm.deal({ source: 'repeat' })];
    const batch = await move(ids, 'offer');
    await bench.set('deal', ids[1]!, { title: 'By hand' });
    expect(await undo(batch)).toMatchObject({ restored: 1, left: 1 });
    await bench.jobs.drain();
    expect(firm.letters).toHaveLength(1);
    expect([await dealOf(ids[0]!), await dealOf(ids[1]!)]).toMatchObject([
      { stage: 'new', notes: null },
      { stage: 'offer', notes: 'Offer from new' },
    ]);
    const logs = await Promise.all(
      (await bench.jobs.listJobs({ limit: 100 }))
        .filter(({ key }) => key.startsWith('sendOffer:') && key.endsWith(ids[0]!))
        .map(({ id }) => bench.jobs.jobLog(id)),
    );
    expect(logs.flat().map(({ message }) => message)).toEqual([
      'Rule sendOffer did not run: the change has been undone.',
    ]);
  });

  it('keeps timers right: those of the batch end, and those of the stage come back, counted from the undo', async () => {
    const id = await firm.deal({
      assignee: firm.people.anna,
      source: 'repeat',
      stage: 'talk',
      expectedOn: '2026-03-20',
    });
    const timers = async () =>
      (await bench.jobs.listJobs({ state: 'ready', limit: 100 }))
        .map(({ key, due }) => `${key.split(':')[0]} ${due}`)
        .sort();
    const before = await timers();
    const batch = await edit([id], { kind: 'patch', input: { stage: 'won', expectedOn: '2026-05-01' } });
    expect(await timers()).toEqual(['dayBefore 2026-04-29T21:00:00.000Z']);
    await bench.at(START + DAY);
    await undo(batch);
    expect(before).toEqual(['dayBefore 2026-03-18T22:00:00.000Z', 'stale 2026-03-08T15:50:00.000Z']);
    expect(await timers()).toEqual(['dayBefore 2026-03-18T22:00:00.000Z', 'stale 2026-03-09T15:50:00.000Z']);
    await bench.jobs.drain();
    await firm.clean();
    await bench.at(START + 3 * DAY);
    expect(await firm.notices()).toEqual([['helen', 'Stale: Big']]);
  });

  it('deletes what was made without saying goodbye, and brings back what was deleted without a welcome', async () => {
    const made = await bench.records.batches.run(
      bench.as(),
      { kind: 'import', entity: 'deal', title: 'x' },
      async (ctx) => {
        await bench.add('deal', { title: 'Made', customer: firm.customer }, ctx);
        return ctx.batch;
      },
    );
    await bench.jobs.drain();
    await firm.clean();
    expect(await undo(made)).toMatchObject({ restored: 1, left: 0 });
    // The task that the rule made hung on the deal, so it goes along.
    expect(await bench.all('task')).toEqual([]);
    const old = await firm.deal({ source: 'repeat' });
    const gone = await edit([old], { kind: 'delete' });
    await bench.jobs.drain();
    expect((await firm.notices()).map(([, title]) => title)).toEqual(['Gone: Big']);
    expect(await undo(gone)).toMatchObject({ restored: 1, left: 0 });
    await bench.jobs.drain();
    expect((await firm.notices()).map(([, title]) => title)).toEqual(['Gone: Big']);
    expect(await dealOf(old)).toMatchObject({ title: 'Big', stage: 'new', assignee: null });
  });
});
