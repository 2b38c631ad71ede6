import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openRuleFirm } from '../../tests/support/rule-firm.ts';
import type { RuleFirm } from '../../tests/support/rule-firm.ts';
import type { AutomationJob } from './automation-job.ts';
import { LoopError, refuseFlood } from './chain.ts';
import { writeRun } from './run-log.ts';

const set = (values: object) => [{ key: 'set', action: 'update', with: { set: values } }];
const updated = (...fields: string[]) => ({ trigger: 'updated', entity: 'contact', fields });

const RULES = {
  // They may stop, as far as anybody can tell beforehand: it depends on what the records hold.
  there: { on: updated('city'), when: { city: { startsWith: 'loop' } }, do: set({ address: 'at {{record.version}}' }) },
  back: { on: updated('address'), do: set({ city: '{{record.city}}{{record.version}}' }) },
  slow: {
    on: updated('region'),
    when: { region: { startsWith: 'slow' } },
    do: [{ key: 'rest', action: 'wait', with: { for: '1m' } }, ...set({ region: 'slow {{record.version}}' })],
  },
};

/** A loop that only the data make is cut off, told and named. */
describe.each(DIALECTS)('loops of rules on %s (R-53)', (dialect) => {
  let firm: RuleFirm;

  beforeAll(async () => {
    firm = await openRuleFirm(dialect, RULES);
  });
  afterAll(() => firm.bench.close());

  it('are stopped by the chain of causes, and stand in the run log and among the dead jobs with their names', async () => {
    await firm.bench.set('contact', firm.customer, { city: 'loop' });
    await firm.bench.jobs.drain();
    const [stopped, ...more] = (await firm.bench.automation.runs({ state: 'stopped', limit: 10 })).data;
    expect(more).toEqual([]);
    expect(stopped).toMatchObject({
      record: firm.customer,
      error: expect.stringMatching(/^Stopped after 10 rules in a row: /),
    });
    expect(stopped?.error).toContain('there → back → there');
    const [dead] = await firm.bench.jobs.listJobs({ state: 'dead' });
    expect([dead?.id, dead?.lastError]).toEqual([stopped?.job, stopped?.error]);
    // What was there before goes on.
    await firm.bench.set('contact', firm.customer, { city: 'Riga' });
    await firm.bench.jobs.drain();
    expect((await firm.bench.automation.runs({ state: 'stopped', limit: 10 })).data).toHaveLength(1);
  });

  it('are stopped though a step of theirs waits', async () => {
    await firm.bench.set('contact', firm.customer, { region: 'slow' });
    for (let minute = 0; minute < 20; minute += 1) await firm.later(60_000);
    const [stopped] = (await firm.bench.automation.runs({ rule: 'slow', state: 'stopped', limit: 10 })).data;
    expect(stopped?.error).toContain('slow → slow');
    expect(await firm.bench.jobs.listJobs({ state: 'ready' })).toEqual([]);
  });

  const job = (more: Partial<AutomationJob>): AutomationJob => ({
    ...{ rule: 'there', entity: 'contact', record: firm.customer, change: uuidv7(), kind: 'updated' },
    ...{
      at: new Date(firm.bench.now).toISOString(),
      by: { id: null, name: '' },
      root: uuidv7(),
      depth: 0,
      before: null,
    },
    ...more,
  });
  const ran = (of: AutomationJob, times: number) =>
    firm.bench.db.transaction(async (tx) => {
      for (let i = 0; i < times; i += 1)
        await writeRun(tx, firm.bench.clock, {
          ...{ run: uuidv7(), job: uuidv7(), of, state: 'done' as const, lines: [], began: firm.bench.now },
        });
    });
  const asked = (of: AutomationJob) => firm.bench.db.transaction((tx) => refuseFlood(tx, of, firm.bench.now));

  it('are stopped when one rule comes back to one record hundreds of times within an hour, from outside', async () => {
    const record = uuidv7();
    await ran(job({ record }), 499);
    await asked(job({ record }));
    await ran(job({ record }), 1);
    await expect(asked(job({ record }))).rejects.toThrow(
      `Stopped: rule there has run 500 times within an hour for contact ${record}.`,
    );
    await asked(job({ record, rule: 'back' }));
    firm.bench.now += 3_600_001;
    await asked(job({ record }));
  });

  it('are stopped when rules set off more and more of others', async () => {
    const root = uuidv7();
    await ran(job({ root, depth: 5, record: uuidv7() }), 1_000);
    await expect(asked(job({ root, depth: 6, record: uuidv7() }))).rejects.toBeInstanceOf(LoopError);
    // A mass edit of as many records is no loop.
    await asked(job({ root, depth: 1, record: uuidv7() }));
  });
});
