import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import type { RuleBench } from './support/rule-bench.ts';
import { openSalesFirm, START } from './support/sales-firm.ts';
import type { SalesFirm } from './support/sales-firm.ts';

const MINUTE = 60_000;

describe.each(DIALECTS)('a mail server that is down on %s', (dialect) => {
  let firm: SalesFirm;
  let bench: RuleBench;

  beforeEach(async () => {
    firm = await openSalesFirm(dialect);
    bench = firm.bench;
  });
  afterEach(() => bench.close());

  const offer = async () => {
    const id = await firm.deal({ assignee: firm.people.anna });
    await bench.jobs.drain();
    await bench.set('deal', id, { stage: 'offer' });
    return id;
  };
  const sent = async (id: string) => {
    const { data } = await bench.records.changes(bench.as(), { entity: 'deal', id, limit: 100 });
    return data.filter(({ kind }) => kind === 'mail.sent').length;
  };

  it('for an hour delays the letter; it counts as sent when it was accepted, and once (R-54, R-47)', async () => {
    firm.failMail = new Error('connect ECONNREFUSED');
    const id = await offer();
    for (let minute = 0; minute <= 60; minute += 1) await bench.at(START + minute * MINUTE);
    const tries = firm.letters.length;
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(20);
    expect(await sent(id)).toBe(0);
    expect(await firm.jobOf('sendOffer')).toMatchObject({ state: 'ready' });
    firm.failMail = null;
    // The longest pause between two tries is an hour.
    for (let minute = 60; minute <= 180; minute += 1) await bench.at(START + minute * MINUTE);
    expect(firm.letters.length).toBe(tries + 1);
    expect(new Set(firm.letters.map(({ key }) => key)).size).toBe(1);
    expect(await sent(id)).toBe(1);
    expect(await firm.jobOf('sendOffer')).toMatchObject({ state: 'done' });
  });

  it('for days ends in the list of dead jobs with its reason, and is sent by hand (R-54)', async () => {
    firm.failMail = new Error('connect ECONNREFUSED');
    const id = await offer();
    for (let hour = 0; hour <= 24; hour += 1) await bench.at(START + hour * 60 * MINUTE);
    const [dead] = await bench.jobs.listJobs({ state: 'dead' });
    expect(dead?.lastError).toContain('ECONNREFUSED');
    expect(await sent(id)).toBe(0);
    firm.failMail = null;
    await bench.jobs.retryJob(dead?.id ?? '');
    await bench.jobs.drain();
    expect(await sent(id)).toBe(1);
  });
});
