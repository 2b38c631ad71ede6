import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openSalesFirm } from '../../tests/support/sales-firm.ts';
import { idOf } from './people.ts';
import type { RuleBench } from '../../tests/support/rule-bench.ts';
import type { SalesFirm } from '../../tests/support/sales-firm.ts';

describe.each(DIALECTS)('rules on %s', (dialect) => {
  let firm: SalesFirm;
  let bench: RuleBench;

  beforeEach(async () => {
    firm = await openSalesFirm(dialect);
    bench = firm.bench;
  });
  afterEach(() => bench.close());

  it('assigns in turn, makes the task by working time in the reader’s language, and tells him', async () => {
    const first = await firm.deal();
    const second = await firm.deal();
    await bench.jobs.drain();
    const deals = await bench.all('deal', { fields: ['id', 'assignee', 'updatedBy'] });
    expect(deals.map((row) => firm.nameOf(row['assignee']))).toEqual(['anna', 'mark']);
    const tasks = await bench.all('task');
    // 17:50 in Tallinn and 15 working minutes: Monday, five minutes after opening.
    expect(tasks.map(({ title, about, dueAt, assignee }) => [title, about, dueAt, firm.nameOf(assignee)])).toEqual([
      ['Helista: Uma', { entity: 'deal', id: first }, '2026-03-09T07:05:00.000Z', 'anna'],
      ['Call: Uma', { entity: 'deal', id: second }, '2026-03-09T07:05:00.000Z', 'mark'],
    ]);
    expect((await firm.notices()).filter(([, title]) => typeof title === 'string' && title.includes('Big'))).toEqual([
      ['anna', 'Uus tehing: Big'],
      ['mark', 'New deal: Big'],
    ]);
    const changes = await bench.records.changes(bench.as(), { entity: 'deal', id: first });
    const [assigned, created] = changes.data;
    expect(assigned).toMatchObject({
      kind: 'updated',
      door: 'automation',
      cause: { change: created?.id, root: created?.id, depth: 1, rule: 'greet' },
    });
    expect(assigned?.by.name).toBe('system: rule greet');
    const job = await firm.jobOf('greet');
    expect((await bench.jobs.jobLog(job!.id)).map((line) => [line.step, line.message])).toEqual([
      [null, expect.stringMatching(/^Rule greet ran because deal "Big" was created by .+\.$/)],
      ['assign', 'Assigned mark as assignee.'],
      ['call', expect.stringMatching(/^Created task .+\.$/)],
      ['tell', 'Told mark.'],
    ]);
  });

  it('leaves a step out whose condition the database refutes, and a rule whose condition fails', async () => {
    await bench.set('contact', firm.customer, { city: 'Riga' });
    await firm.deal();
    await firm.deal({ source: 'repeat' });
    await bench.jobs.drain();
    expect((await bench.jobs.listJobs({ limit: 100 })).filter((job) => job.key.startsWith('greet:'))).toHaveLength(1);
    const job = await firm.jobOf('greet');
    expect((await bench.jobs.jobLog(job!.id)).at(-1)).toMatchObject({
      step: 'tell',
      message: 'Skipped: its condition does not hold.',
    });
  });

  it('sends outward steps with their keys, keeps what comes before and after, and leaves event and activity', async () => {
    const id = await firm.deal({ source: 'repeat', assignee: firm.people.anna });
    await bench.set('deal', id, { stage: 'offer' });
    await bench.jobs.drain();
    const job = await firm.jobOf('sendOffer');
    const [document] = await bench.all('document');
    expect(job?.lastError).toBe(null);
    expect(firm.made).toEqual([`${job!.key}:paper`]);
    expect(firm.letters).toEqual([
      {
        key: `${job!.key}:mail`,
        to: 'uma@example.com',
        subject: 'Offer OFF-1',
        text: 'Dear Uma',
        attachments: [idOf(document?.['file'])],
        about: { entity: 'deal', id },
      },
    ]);
    expect((await bench.all('deal'))[0]).toMatchObject({
      notes: 'Offer from new',
      referrer: 'sent <1@test>',
      utmMedium: 'mailed',
    });
    expect((await bench.all('activity')).map(({ kind, subject, body, about }) => [kind, subject, body, about])).toEqual(
      [['mail', 'Offer OFF-1', 'Dear Uma', { entity: 'deal', id }]],
    );
    const { data } = await bench.records.changes(bench.as(), { entity: 'deal', id });
    const sent = data.filter((change) => change.kind === 'mail.sent');
    expect(sent.map(({ fields, cause }) => [fields['to']?.after, fields['messageId']?.after, cause?.rule])).toEqual([
      ['uma@example.com', '<1@test>', 'sendOffer'],
    ]);
  });

  it('tries a failed mail again with the same key, and does no step before it twice', async () => {
    const id = await firm.deal({ source: 'repeat', assignee: firm.people.anna });
    firm.failMail = new Error('421 try later');
    await bench.set('deal', id, { stage: 'offer' });
    await bench.jobs.drain();
    expect(await firm.jobOf('sendOffer')).toMatchObject({
      state: 'ready',
      attempts: 1,
      lastError: 'Rule sendOffer, step mail: 421 try later',
    });
    await bench.restart();
    await bench.at(bench.now + 1_000);
    firm.failMail = null;
    await bench.at(bench.now + 2_000);
    const job = await firm.jobOf('sendOffer');
    expect(job).toMatchObject({ state: 'done', lastError: null });
    expect(firm.letters.map((letter) => letter.key)).toEqual(Array.from({ length: 3 }, () => `${job!.key}:mail`));
    expect(firm.made).toHaveLength(1);
    expect(await bench.all('activity')).toHaveLength(1);
    const { data } = await bench.records.changes(bench.as(), { entity: 'deal', id });
    expect(data.filter((change) => 'notes' in change.fields)).toHaveLength(1);
    expect((await bench.all('deal'))[0]).toMatchObject({ referrer: 'sent <3@test>' });
  });

  it('keeps nothing of a transaction that is cut off, and does it all at the next try', async () => {
    let cuts = 1;
    bench.records.observe(async (_, change) => {
      if (change.entity === 'task' && cuts-- > 0) throw new Error('power cut');
    });
    await firm.deal();
    await bench.jobs.drain();
    expect([(await bench.all('task')).length, (await bench.all('deal'))[0]?.['assignee']]).toEqual([0, null]);
    await bench.at(bench.now + 1_000);
    expect([(await bench.all('task')).length, firm.nameOf((await bench.all('deal'))[0]?.['assignee'])]).toEqual([
      1,
      'anna',
    ]);
  });

  it('dies at once with a reason a person can act on when a move is refused', async () => {
    const id = await firm.deal({ source: 'repeat' });
    await bench.set('deal', id, { utmCampaign: 'win' });
    await bench.jobs.drain();
    const job = await firm.jobOf('win');
    expect(job?.state).toBe('dead');
    expect(job?.lastError).toContain('Rule win, step move:');
    expect(job?.lastError).toContain('/expectedOn');
    await bench.set('deal', id, { expectedOn: '2026-12-01' });
    await bench.jobs.retryJob(job!.id);
    await bench.jobs.drain();
    expect((await bench.all('deal'))[0]).toMatchObject({ stage: 'won' });
  });

  it('stops rules that set one another off, naming the chain', async () => {
    await bench.set('contact', firm.customer, { city: 'loop' });
    await bench.jobs.drain();
    const [dead, ...others] = await bench.jobs.listJobs({ state: 'dead' });
    expect(others).toEqual([]);
    expect(dead?.lastError).toBe(
      'Stopped after 10 rules in a row: ping → pong → ping → pong → ping → pong → ping → pong → ping → pong → ping. They set one another off; give one of them a condition that stops the circle.',
    );
  });

  it('runs with the owner’s rights where the rule says so', async () => {
    const id = await firm.deal({ source: 'phone', assignee: firm.people.anna, stage: 'talk' });
    await bench.set('deal', id, { stage: 'offer' });
    await bench.jobs.drain();
    const { data } = await bench.records.changes(bench.as(), { entity: 'deal', id });
    const note = data.find((change) => change.cause?.rule === 'byOwner');
    expect(note?.by).toEqual({ id: firm.people.anna, name: 'anna', kind: 'user' });
  });

  it('runs for a deleted record', async () => {
    const id = await firm.deal({ source: 'repeat' });
    await bench.records.write(bench.as(), { op: 'delete', entity: 'deal', id });
    await bench.jobs.drain();
    expect((await firm.notices()).filter(([, title]) => title === 'Gone: Big')).toEqual([['olga', 'Gone: Big']]);
  });

  it('gives to the least busy, what is done not counted, and to the head when nobody has the role', async () => {
    await bench.add('task', { title: 'open', assignee: firm.people.anna });
    await bench.add('task', { title: 'done', assignee: firm.people.mark, doneAt: '2026-03-01T10:00:00Z' });
    await bench.add('task', { title: 'done', assignee: firm.people.mark, doneAt: '2026-03-01T10:00:00Z' });
    for (const title of ['pick', 'pick', 'pick', 'nobody']) {
      await bench.add('task', { title });
      await bench.jobs.drain();
    }
    const tasks = (await bench.all('task')).slice(3);
    expect(tasks.map((task) => firm.nameOf(task['assignee']))).toEqual(['mark', 'anna', 'mark', 'helen']);
  });
});
