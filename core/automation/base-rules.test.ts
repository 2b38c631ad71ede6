import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openRuleFirm, START } from '../../tests/support/rule-firm.ts';
import type { RuleFirm } from '../../tests/support/rule-firm.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Monday, nine in Tallinn. */
const MONDAY = Date.parse('2026-03-09T07:00:00.000Z');

/** The rules of the base package, sentence by sentence. */
describe.each(DIALECTS)('rules of the base package on %s', (dialect) => {
  let firm: RuleFirm;

  beforeEach(async () => {
    firm = await openRuleFirm(dialect, {});
    await firm.bench.at(MONDAY);
  });
  afterEach(() => firm.bench.close());

  const tasks = async (title: string) => firm.bench.all('task', { filter: { title: { startsWith: title } } });
  const still = async () => (await firm.notices()).filter(([, title]) => String(title).startsWith('Still open'));
  const overdue = async () => (await firm.notices()).filter(([, title]) => String(title).startsWith('Overdue'));
  const away = (person: string, more: object = {}) =>
    firm.bench.add('absence', {
      person,
      from: new Date(firm.bench.now - DAY).toISOString(),
      until: new Date(firm.bench.now + 5 * DAY).toISOString(),
      ...more,
    });
  const task = (input: object = {}) =>
    firm.bench.add('task', {
      title: 'Call',
      assignee: firm.people.anna,
      dueAt: new Date(firm.bench.now + HOUR).toISOString(),
      ...input,
    });

  it('an overdue task is reported up the line of heads, a working day a step, until it is done (S-04)', async () => {
    await task();
    await firm.bench.at(MONDAY + HOUR);
    expect(await overdue()).toEqual([['helen', 'Overdue: Call']]);
    expect(await still()).toEqual([]);
    // Eight working hours later: Tuesday, an hour of the lunch left out.
    await firm.bench.at(MONDAY + 2 * DAY);
    expect(await still()).toEqual([['olga', 'Still open: Call']]);
    await firm.bench.at(MONDAY + 9 * DAY);
    expect([await overdue(), await still()]).toEqual([[['helen', 'Overdue: Call']], [['olga', 'Still open: Call']]]);
  });

  it('nobody further up hears of a task that is done, deleted or given another time meanwhile (S-04)', async () => {
    const [done, gone, moved] = [await task(), await task(), await task()];
    await firm.bench.at(MONDAY + HOUR);
    await firm.bench.set('task', done, { doneAt: new Date(firm.bench.now).toISOString() });
    await firm.bench.records.write(firm.bench.as(), { op: 'delete', entity: 'task', id: gone });
    await firm.bench.set('task', moved, { dueAt: new Date(MONDAY + 20 * DAY).toISOString() });
    await firm.bench.at(MONDAY + 9 * DAY);
    expect(await still()).toEqual([]);
    const { data } = await firm.bench.automation.runs({ rule: 'taskOverdue', limit: 10 });
    const lastOf = (id: string) => data.find(({ record }) => record === id);
    expect([done, gone, moved].map((id) => [lastOf(id)?.state, lastOf(id)?.log.at(-1)?.message])).toEqual([
      ['done', 'Skipped: its condition does not hold.'],
      ['done', 'Ended: its timer was set anew, or is over.'],
      ['done', 'Ended: its timer was set anew, or is over.'],
    ]);
  });

  it('a head who is away is stood in for by the deputy, else passed over (S-04)', async () => {
    await away(firm.people.helen, { deputy: firm.people.mark });
    await task({ title: 'Deputy' });
    await firm.bench.at(MONDAY + HOUR);
    expect(await overdue()).toEqual([['mark', 'Overdue: Deputy']]);
    await firm.bench.at(MONDAY + 7 * DAY);
    await away(firm.people.helen);
    await task({ title: 'Passed over' });
    await firm.bench.at(MONDAY + 7 * DAY + HOUR);
    expect(await overdue()).toEqual([
      ['mark', 'Overdue: Deputy'],
      ['olga', 'Overdue: Passed over'],
    ]);
  });

  it('who is away is told, and so is his deputy', async () => {
    await away(firm.people.anna, { deputy: firm.people.mark });
    await task();
    await firm.bench.jobs.drain();
    expect(await firm.notices()).toEqual([
      ['anna', 'New task: Call'],
      ['mark', 'New task: Call'],
    ]);
  });

  const talk = (input: object = {}) =>
    firm.bench.add('activity', {
      kind: 'call',
      subject: 'Asked',
      nextStep: 'Send prices',
      assignee: firm.people.anna,
      ...input,
    });

  it('every talk ends with a planned next contact, or the program asks for one (S-23)', async () => {
    await talk({ about: { entity: 'contact', id: firm.customer } });
    await firm.bench.at(MONDAY + HOUR);
    const [asked, ...more] = await tasks('Plan the next contact');
    expect(more).toEqual([]);
    expect(asked).toMatchObject({
      title: 'Plan the next contact: Uma',
      about: { entity: 'contact', id: firm.customer },
      assignee: firm.people.anna,
      notes: 'Asked\n\nSend prices',
    });
    const [contact] = await firm.bench.all('contact', { filter: { id: firm.customer } });
    expect(contact?.['nextContactAt']).toBe(asked?.['dueAt']);
    await talk({ about: { entity: 'contact', id: firm.customer } });
    await firm.bench.at(MONDAY + 3 * HOUR);
    expect(await tasks('Plan the next contact')).toHaveLength(1);
  });

  it('nothing is asked when a next contact is planned within half an hour, for the client or the deal (S-23)', async () => {
    const deal = await firm.deal({ assignee: firm.people.anna });
    await talk({ about: { entity: 'deal', id: deal } });
    await firm.bench.at(MONDAY + HOUR / 4);
    await task({ about: { entity: 'deal', id: deal } });
    await firm.bench.at(MONDAY + 2 * HOUR);
    expect(await tasks('Plan the next contact')).toEqual([]);
  });

  it('a talk about a deal is a talk with its client', async () => {
    const deal = await firm.deal();
    await talk({ about: { entity: 'deal', id: deal }, at: '2026-03-05T10:00:00Z' });
    await firm.bench.jobs.drain();
    const [contact] = await firm.bench.all('contact', { filter: { id: firm.customer } });
    expect(contact?.['lastContactAt']).toBe('2026-03-05T10:00:00.000Z');
    await talk({ kind: 'note', about: { entity: 'deal', id: deal }, at: '2026-03-06T10:00:00Z' });
    await firm.bench.jobs.drain();
    const [same] = await firm.bench.all('contact', { filter: { id: firm.customer } });
    expect(same?.['lastContactAt']).toBe('2026-03-05T10:00:00.000Z');
  });

  it('each class of clients has its time without a contact; then there is a task, once for each silence (S-38)', async () => {
    const classes = { key: 14, medium: 30, small: 60, occasional: 180 };
    for (const [clientClass, days] of Object.entries(classes)) {
      const client = await firm.bench.add('contact', { name: clientClass, clientClass, assignee: firm.people.anna });
      await talk({ kind: 'mail', contact: client, at: new Date(MONDAY).toISOString() });
      await firm.bench.jobs.drain();
      const [{ contactBy } = {}] = await firm.bench.all('contact', { filter: { id: client } });
      expect(contactBy).toBe(new Date(MONDAY + days * DAY).toISOString());
    }
    const asked = async () => (await tasks('Get in touch')).map(({ title }) => title);
    await firm.bench.at(MONDAY + 14 * DAY - 1);
    expect(await asked()).toEqual([]);
    await firm.bench.at(MONDAY + 14 * DAY);
    expect(await asked()).toEqual(['Get in touch: key']);
    // Heard from meanwhile: the time starts anew.
    const [medium] = await firm.bench.all('contact', { filter: { clientClass: 'medium' } });
    await talk({ kind: 'mail', contact: medium?.['id'], at: new Date(MONDAY + 20 * DAY).toISOString() });
    await firm.bench.at(MONDAY + 30 * DAY);
    expect(await asked()).toEqual(['Get in touch: key']);
    await firm.bench.at(MONDAY + 200 * DAY);
    expect((await asked()).sort()).toEqual(
      ['key', 'medium', 'occasional', 'small'].map((name) => `Get in touch: ${name}`),
    );
  });

  it('a client of no class, of nobody, or with a contact planned is left alone (S-38)', async () => {
    await firm.bench.add('contact', { name: 'No class', assignee: firm.people.anna });
    await firm.bench.add('contact', { name: 'Nobody’s', clientClass: 'key' });
    const planned = await firm.bench.add('contact', {
      name: 'Planned',
      clientClass: 'key',
      assignee: firm.people.anna,
    });
    await task({ about: { entity: 'contact', id: planned }, dueAt: new Date(MONDAY + 40 * DAY).toISOString() });
    const silent = await firm.bench.add('contact', {
      name: 'Never heard',
      clientClass: 'key',
      assignee: firm.people.anna,
    });
    await firm.bench.at(MONDAY + 15 * DAY);
    expect((await tasks('Get in touch')).map(({ title }) => title)).toEqual(['Get in touch: Never heard']);
    expect((await firm.bench.all('contact', { filter: { id: silent } }))[0]?.['contactBy']).not.toBeNull();
  });

  it('a birthday heard in passing becomes next year’s reminder, the day before (S-22)', async () => {
    const born = await firm.bench.add('contact', { name: 'Born', assignee: firm.people.anna });
    await firm.bench.set('contact', born, { birthday: '1984-03-01' });
    await firm.bench.at('2027-02-28T06:59:59Z');
    expect(await tasks('Birthday')).toEqual([]);
    await firm.bench.at('2027-02-28T07:00:00Z');
    expect(await tasks('Birthday')).toMatchObject([
      { title: 'Birthday: Born', assignee: firm.people.anna, dueAt: '2027-03-01T07:00:00.000Z' },
    ]);
    await firm.bench.at('2028-02-29T07:00:00Z');
    expect(await tasks('Birthday')).toHaveLength(2);
    expect(START).toBeLessThan(MONDAY);
  });
});
