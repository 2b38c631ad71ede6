import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openRuleFirm } from '../../tests/support/rule-firm.ts';
import type { RuleFirm } from '../../tests/support/rule-firm.ts';

const RULES = {
  morning: {
    on: { trigger: 'schedule', cron: '0 9 * * *' },
    do: [{ key: 'task', action: 'create', with: { entity: 'task', set: { title: 'Morning {{now}}' } } }],
  },
  berlin: {
    on: { trigger: 'schedule', cron: '30 2 * * *', zone: 'Europe/Berlin', missed: 'skip' },
    do: [{ key: 'task', action: 'create', with: { entity: 'task', set: { title: 'Night {{now}}' } } }],
  },
  open: {
    on: { trigger: 'schedule', cron: '0 12 * * 1', entity: 'deal' },
    when: { stage: 'talk' },
    do: [{ key: 'note', action: 'update', with: { set: { notes: 'Seen {{now}}' } } }],
  },
  broken: {
    on: { trigger: 'schedule', cron: '0 10 * * *' },
    do: [{ key: 'task', action: 'create', with: { entity: 'task', set: { title: { $expr: 'received.nothing.at' } } } }],
  },
  bornOn: {
    on: { trigger: 'due', entity: 'contact', field: 'birthday', offset: '9h', every: 'year' },
    do: [{ key: 'tell', action: 'notify', with: { to: { role: 'owner' }, title: 'Birthday: {{record.name}}' } }],
  },
};

describe.each(DIALECTS)('rules of the clock on %s', (dialect) => {
  let firm: RuleFirm;

  beforeAll(async () => {
    firm = await openRuleFirm(dialect, RULES);
  });
  afterAll(() => firm.bench.close());

  const titles = async (start: string) =>
    (await firm.bench.all('task', { filter: { title: { startsWith: start } } })).map(({ title }) => title);
  const waiting = async (rule: string) =>
    (await firm.bench.jobs.listJobs({ state: 'ready', limit: 1_000 })).filter(({ key }) => key.startsWith(`${rule}:`));

  it('run at their wall time, each time once, over restarts', async () => {
    await firm.bench.at('2026-03-07T06:59:59.999Z');
    expect(await titles('Morning')).toEqual([]);
    await firm.bench.at('2026-03-07T07:00:00.000Z');
    await firm.bench.restart();
    await firm.bench.at('2026-03-07T07:00:01.000Z');
    await firm.bench.at('2026-03-08T07:00:00.000Z');
    expect(await titles('Morning')).toEqual(['Morning 2026-03-07T07:00:00.000Z', 'Morning 2026-03-08T07:00:00.000Z']);
    expect((await waiting('morning')).map(({ due }) => due)).toEqual(['2026-03-09T07:00:00.000Z']);
  });

  it('come once, late, for all that was missed, or not at all where the rule says so (R-50)', async () => {
    const before = (await titles('Morning')).length;
    await firm.bench.at('2026-03-16T11:11:00.000Z');
    expect((await titles('Morning')).slice(before)).toEqual(['Morning 2026-03-16T11:11:00.000Z']);
    expect(await titles('Night')).toEqual([]);
    const [skipped] = (await firm.bench.automation.runs({ rule: 'berlin', limit: 1 })).data;
    expect(skipped).toMatchObject({
      state: 'skipped',
      reason: expect.stringContaining('while no server was running.'),
    });
  });

  it('keep wall time over the change of the clocks (R-51)', async () => {
    const before = (await titles('Night')).length;
    for (const day of ['27', '28', '29', '30', '31'])
      for (const at of ['00:30', '01:00', '01:30']) await firm.bench.at(`2026-03-${day}T${at}:00.000Z`);
    expect((await titles('Night')).slice(before)).toEqual([
      'Night 2026-03-27T01:30:00.000Z',
      'Night 2026-03-28T01:30:00.000Z',
      'Night 2026-03-29T01:00:00.000Z',
      'Night 2026-03-30T00:30:00.000Z',
      'Night 2026-03-31T00:30:00.000Z',
    ]);
  });

  it('run for each record their condition takes', async () => {
    const talk = await firm.deal({ stage: 'talk' });
    const fresh = await firm.deal();
    await firm.bench.at('2026-04-06T09:00:00.000Z');
    expect([await firm.deals(talk), await firm.deals(fresh)]).toMatchObject([
      { notes: 'Seen 2026-04-06T09:00:00.000Z' },
      { notes: null },
    ]);
    const { data } = await firm.bench.automation.runs({ rule: 'open', limit: 10 });
    expect(data[0]).toMatchObject({ record: talk, kind: 'schedule', at: '2026-04-06T09:00:00.000Z', state: 'done' });
  });

  it('come again though a run has failed for good', async () => {
    const failed = (await firm.bench.automation.runs({ rule: 'broken', state: 'failed', limit: 100 })).data;
    expect(failed.length).toBeGreaterThan(5);
    expect(await waiting('broken')).toHaveLength(1);
  });

  it('ring every year on the day, on 28 February for who is born on the 29th', async () => {
    await firm.bench.at('2026-04-10T10:00:00.000Z');
    await firm.bench.add('contact', { name: 'Today', birthday: '1980-04-10' });
    await firm.bench.add('contact', { name: 'Leap', birthday: '2000-02-29' });
    const moved = await firm.bench.add('contact', { name: 'Moved', birthday: '1990-05-05' });
    await firm.bench.jobs.drain();
    // Heard on the day itself: it is not too late.
    expect((await firm.notices()).at(-1)).toEqual(['olga', 'Birthday: Today']);
    await firm.bench.set('contact', moved, { birthday: '1990-06-06' });
    const told: string[] = [];
    for (const at of [
      '2026-04-10T10:00:01Z',
      '2026-05-05T12:00:00Z',
      '2026-06-06T06:00:00Z',
      '2027-02-28T06:59:00Z',
      '2027-02-28T07:00:00Z',
      '2027-04-10T06:00:00Z',
      '2027-06-06T06:00:00Z',
      '2028-02-28T07:00:00Z',
      '2028-02-29T07:00:00Z',
    ]) {
      const before = (await firm.notices()).length;
      await firm.bench.at(at);
      const fresh = (await firm.notices())
        .slice(before)
        .map(([, title]) => title)
        .filter((title) => String(title).startsWith('Birthday'));
      told.push(`${at.slice(0, 10)} ${fresh.join(', ')}`);
    }
    expect(told).toEqual([
      '2026-04-10 ',
      '2026-05-05 ',
      '2026-06-06 Birthday: Moved',
      '2027-02-28 ',
      '2027-02-28 Birthday: Leap',
      '2027-04-10 Birthday: Today',
      '2027-06-06 Birthday: Moved',
      '2028-02-28 ',
      '2028-02-29 Birthday: Leap',
    ]);
    expect(await waiting('bornOn')).toHaveLength(3);
  });
});
