import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openRuleBench } from '../../tests/support/rule-bench.ts';
import type { RuleBench } from '../../tests/support/rule-bench.ts';
import type { RecordData } from '../fields/field-type.ts';
import type { ActionServices } from './actions/built-in.ts';
import type { Letter } from './actions/mail.ts';

/** A Friday, 16:50 in Tallinn: ten minutes before the office closes at 18:00 it is 15:50 UTC. */
const START = Date.parse('2026-03-06T15:50:00.000Z');

const PDF = Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\n%%EOF\n');

const rule = (name: string, document: object) => ({
  [`schemas/automations/${name}.json`]: { $schema: 'x', name, title: name, as: 'system', ...document },
});
const aboutRecord = { entity: 'deal', id: { $expr: 'record.id' } };

const PROJECT = {
  'schemas/pipelines/sales.json': {
    $schema: 'x',
    name: 'sales',
    title: 'Sales',
    entity: 'deal',
    stages: [
      { key: 'new', title: 'New', kind: 'open' },
      { key: 'talk', title: 'Talk', kind: 'open' },
      { key: 'offer', title: 'Offer', kind: 'open' },
      { key: 'won', title: 'Won', kind: 'won' },
      { key: 'lost', title: 'Lost', kind: 'lost' },
    ],
    transitions: [
      { key: 'toTalk', from: ['*'], to: 'talk' },
      { key: 'toOffer', from: ['*'], to: 'offer' },
      { key: 'toWon', from: ['*'], to: 'won', requires: ['expectedOn'] },
      { key: 'toLost', from: ['*'], to: 'lost' },
    ],
  },
  'locales/et.json': {
    'automations.greet.call.title': 'Helista: {{record.customer.name}}',
    'automations.greet.tell.title': 'Uus tehing: {{record.title}}',
  },
  ...rule('greet', {
    on: { trigger: 'created', entity: 'deal' },
    when: { stage: 'new', source: { ne: 'repeat' } },
    load: ['customer'],
    do: [
      { key: 'assign', action: 'assign', with: { strategy: 'roundRobin', role: 'manager' } },
      {
        key: 'call',
        action: 'create',
        with: {
          entity: 'task',
          set: {
            title: 'Call: {{record.customer.name}}',
            about: aboutRecord,
            dueAt: { $workingTime: '15m' },
            assignee: { $expr: 'record.assignee' },
          },
        },
      },
      {
        key: 'tell',
        action: 'notify',
        when: { 'customer.city': 'Tartu' },
        with: { to: { $expr: 'record.assignee' }, title: 'New deal: {{record.title}}', body: '{{steps.call.id}}' },
      },
    ],
  }),
  ...rule('stale', {
    on: { trigger: 'stayed', entity: 'deal', pipeline: 'sales', stage: 'talk', for: '2d' },
    do: [
      {
        key: 'head',
        action: 'notify',
        with: { to: { headOf: { $expr: 'record.assignee' } }, title: 'Stale: {{record.title}}' },
      },
    ],
  }),
  ...rule('dayBefore', {
    on: { trigger: 'due', entity: 'deal', field: 'expectedOn', offset: '-1d' },
    when: { stage: { ne: 'lost' } },
    do: [{ key: 'owner', action: 'notify', with: { to: { role: 'owner' }, title: 'Tomorrow: {{record.title}}' } }],
  }),
  ...rule('sendOffer', {
    on: { trigger: 'entered', entity: 'deal', stage: 'offer' },
    load: ['customer'],
    do: [
      { key: 'note', action: 'update', with: { set: { notes: 'Offer from {{before.stage}}' } } },
      { key: 'paper', action: 'document', with: { template: 'paper' } },
      {
        key: 'mail',
        action: 'mail',
        when: { 'customer.email': { empty: false } },
        with: {
          to: { $expr: 'record.customer.email' },
          subject: 'Offer {{steps.paper.number}}',
          body: 'Dear {{record.customer.name}}',
          attach: { $expr: 'steps.paper.id' },
        },
      },
      { key: 'done', action: 'update', with: { set: { referrer: 'sent {{steps.mail.messageId}}' } } },
    ],
  }),
  ...rule('afterPaper', {
    on: { trigger: 'event', entity: 'deal', event: 'mail.sent' },
    do: [{ key: 'mark', action: 'update', with: { set: { utmMedium: 'mailed' } } }],
  }),
  ...rule('win', {
    on: { trigger: 'updated', entity: 'deal', fields: ['utmCampaign'] },
    when: { utmCampaign: 'win' },
    do: [{ key: 'move', action: 'move', with: { to: 'won' } }],
  }),
  ...rule('ping', {
    on: { trigger: 'updated', entity: 'contact', fields: ['city'] },
    when: { city: { startsWith: 'loop' } },
    do: [{ key: 'pong', action: 'update', with: { set: { address: 'at {{record.version}}' } } }],
  }),
  ...rule('pong', {
    on: { trigger: 'updated', entity: 'contact', fields: ['address'] },
    do: [{ key: 'ping', action: 'update', with: { set: { city: 'loop {{record.version}}' } } }],
  }),
  ...rule('byOwner', {
    on: { trigger: 'left', entity: 'deal', stage: 'talk' },
    when: { source: 'phone' },
    as: 'owner',
    do: [{ key: 'note', action: 'update', with: { set: { notes: 'left talk' } } }],
  }),
  ...rule('pick', {
    on: { trigger: 'created', entity: 'task' },
    when: { title: 'pick' },
    do: [{ key: 'pick', action: 'assign', with: { strategy: 'leastLoaded', role: 'manager' } }],
  }),
  ...rule('nobody', {
    on: { trigger: 'created', entity: 'task' },
    when: { title: 'nobody' },
    do: [{ key: 'pick', action: 'assign', with: { strategy: 'roundRobin', role: 'specialist' } }],
  }),
  ...rule('monthly', {
    on: { trigger: 'due', entity: 'task', field: 'dueAt', offset: '0s' },
    when: { title: 'monthly' },
    do: [{ key: 'again', action: 'update', with: { set: { dueAt: { $after: '30d' } } } }],
  }),
  'schemas/automations/farewell.json': {
    $schema: 'x',
    name: 'farewell',
    title: 'farewell',
    as: 'system',
    on: { trigger: 'deleted', entity: 'deal' },
    do: [
      {
        key: 'tell',
        action: 'notify',
        with: {
          to: { role: 'owner' },
          title: 'Gone: {{record.title}}',
          about: { entity: 'contact', id: { $expr: 'record.customer' } },
        },
      },
    ],
  },
  'templates/paper.hbs': '<p>{{record.title}}</p>',
  'templates/paper.json': {
    $schema: 'x',
    name: 'paper',
    title: 'Paper',
    entity: 'deal',
    purpose: 'offer',
    fileName: 'Paper',
    paper: 'A4',
    load: [],
  },
};

describe.each(DIALECTS)('rules on %s', (dialect) => {
  let bench: RuleBench;
  let letters: Letter[];
  let made: string[];
  let failMail: Error | null;
  let people: Record<'olga' | 'helen' | 'anna' | 'mark', string>;
  let customer: string;

  beforeEach(async () => {
    letters = [];
    made = [];
    failMail = null;
    bench = await openRuleBench({ dialect, start: START, project: PROJECT, services: farEnd });
    await bench.add('organisation', {
      name: 'Firm',
      country: 'EE',
      currency: 'EUR',
      zone: 'Europe/Tallinn',
      language: 'en',
      calendar: 'office',
    });
    await bench.records.refreshOrganisation();
    const top = await bench.add('team', { name: 'Top' });
    const sales = await bench.add('team', { name: 'Sales', parent: top });
    const user = (name: string, roles: string[], more: object = {}) =>
      bench.add('user', { name, email: `${name}@example.com`, roles, ...more });
    people = {
      olga: await user('olga', ['owner']),
      helen: await user('helen', ['head'], { teams: [sales] }),
      anna: await user('anna', ['manager'], { teams: [sales], language: 'et' }),
      mark: await user('mark', ['manager'], { teams: [sales] }),
    };
    await user('idle', ['manager'], { active: false });
    await bench.set('team', sales, { head: people.helen });
    await bench.set('team', top, { head: people.olga });
    customer = await bench.add('contact', { name: 'Uma', city: 'Tartu', email: 'uma@example.com' });
    await bench.jobs.drain();
  });
  afterEach(() => bench.close());

  /** The far ends: a printer and a mail server. */
  function farEnd(bench: RuleBench): ActionServices {
    return {
      documents: {
        async generate(ctx, { entity, id, key }) {
          made.push(key);
          const [known] = await bench.all('document', { filter: { title: key } });
          if (known) return known;
          const { id: file } = await bench.files.keep(ctx, {
            name: 'Offer.pdf',
            type: 'application/pdf',
            content: PDF,
          });
          const input = { title: key, number: 'OFF-1', file, about: { entity, id } };
          return bench.records.write(ctx, { op: 'create', entity: 'document', input });
        },
      },
      mail: {
        async send(_, letter) {
          letters.push(letter);
          if (failMail) throw failMail;
          return { messageId: `<${letters.length}@test>` };
        },
      },
    };
  }

  const deal = (input: object = {}, ctx = bench.as()) => bench.add('deal', { title: 'Big', customer, ...input }, ctx);
  const notices = async () => (await bench.all('notification')).map((row) => [nameOf(row['user']), row['title']]);
  const nameOf = (id: unknown) => Object.entries(people).find(([, value]) => value === id)?.[0];
  const jobOf = async (name: string) =>
    (await bench.jobs.listJobs({ limit: 1_000 })).find((job) => job.key.startsWith(`${name}:`));
  const clean = async () => {
    for (const row of await bench.all('notification'))
      await bench.records.write(bench.as(), { op: 'delete', entity: 'notification', id: String(row['id']) });
  };

  it('assigns in turn, makes the task by working time in the reader’s language, and tells him', async () => {
    const first = await deal();
    const second = await deal();
    await bench.jobs.drain();
    const deals = await bench.all('deal', { fields: ['id', 'assignee', 'updatedBy'] });
    expect(deals.map((row) => nameOf(row['assignee']))).toEqual(['anna', 'mark']);
    const tasks = await bench.all('task');
    // 17:50 in Tallinn and 15 working minutes: Monday, five minutes after opening.
    expect(tasks.map(({ title, about, dueAt, assignee }) => [title, about, dueAt, nameOf(assignee)])).toEqual([
      ['Helista: Uma', { entity: 'deal', id: first }, '2026-03-09T07:05:00.000Z', 'anna'],
      ['Call: Uma', { entity: 'deal', id: second }, '2026-03-09T07:05:00.000Z', 'mark'],
    ]);
    expect((await notices()).filter(([, title]) => String(title).includes('Big'))).toEqual([
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
    const job = await jobOf('greet');
    expect((await bench.jobs.jobLog(job!.id)).map((line) => [line.step, line.message])).toEqual([
      [null, expect.stringMatching(/^Rule greet ran because deal "Big" was created by .+\.$/)],
      ['assign', 'Assigned mark as assignee.'],
      ['call', expect.stringMatching(/^Created task .+\.$/)],
      ['tell', 'Told mark.'],
    ]);
  });

  it('leaves a step out whose condition the database refutes, and a rule whose condition fails', async () => {
    await bench.set('contact', customer, { city: 'Riga' });
    await deal();
    await deal({ source: 'repeat' });
    await bench.jobs.drain();
    expect((await bench.jobs.listJobs({ limit: 100 })).filter((job) => job.key.startsWith('greet:'))).toHaveLength(1);
    const job = await jobOf('greet');
    expect((await bench.jobs.jobLog(job!.id)).at(-1)).toMatchObject({
      step: 'tell',
      message: 'Skipped: its condition does not hold.',
    });
  });

  it('fires a stayed timer once, never early, after a restart too; to the head, and of the head to the one above', async () => {
    await deal({ assignee: people.anna, stage: 'talk' });
    await deal({ title: 'Own', assignee: people.helen, stage: 'talk' });
    await bench.jobs.drain();
    await clean();
    await bench.at(START + 2 * 86_400_000 - 1);
    expect(await notices()).toEqual([]);
    await bench.restart();
    await bench.at(START + 3 * 86_400_000);
    await bench.at(START + 4 * 86_400_000);
    expect(await notices()).toEqual([
      ['helen', 'Stale: Big'],
      ['olga', 'Stale: Own'],
    ]);
  });

  it('cancels a stayed timer on leaving, and sets it anew on coming back', async () => {
    const id = await deal({ assignee: people.anna, stage: 'talk' });
    await bench.at(START + 86_400_000);
    await bench.set('deal', id, { stage: 'offer' });
    await bench.set('deal', id, { stage: 'talk' });
    await bench.jobs.drain();
    await clean();
    await bench.at(START + 2 * 86_400_000);
    expect(await notices()).toEqual([]);
    await bench.set('deal', id, { stage: 'lost' });
    await bench.at(START + 9 * 86_400_000);
    expect((await notices()).filter(([, title]) => title === 'Stale: Big')).toEqual([]);
    const timers = (await bench.jobs.listJobs({ limit: 1_000 })).filter((job) => job.key.startsWith('stale:'));
    expect(timers.map((job) => job.state)).toEqual(['cancelled', 'cancelled']);
  });

  it('counts a due date from midnight in the organisation’s zone, and follows its change, its emptying and the deletion', async () => {
    const id = await deal({ source: 'repeat', assignee: people.anna, expectedOn: '2026-03-20' });
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
    await clean();
    await bench.at('2026-03-18T21:59:59.999Z');
    expect((await notices()).filter(([, title]) => title === 'Tomorrow: Bigger')).toEqual([]);
    await bench.at('2026-03-18T22:00:00.000Z');
    await bench.at('2026-03-30T22:00:00.000Z');
    expect((await notices()).filter(([, title]) => title === 'Tomorrow: Bigger')).toEqual([
      ['olga', 'Tomorrow: Bigger'],
    ]);
  });

  it('says nothing when the condition no longer holds at the due instant', async () => {
    const id = await deal({ source: 'repeat', expectedOn: '2026-03-20' });
    await bench.set('deal', id, { stage: 'lost' });
    await bench.at('2026-03-25T00:00:00.000Z');
    const job = await jobOf('dayBefore');
    expect((await bench.jobs.jobLog(job!.id)).map((line) => line.message)).toEqual([
      'Rule dayBefore did not run: its condition does not hold.',
    ]);
  });

  it('is silent for seeds but for timers ahead', async () => {
    const seeded = bench.as(undefined, { door: 'seed', clock: { now: () => START - 10 * 86_400_000 } });
    await deal({ stage: 'talk', expectedOn: '2026-03-01', assignee: people.anna }, seeded);
    await deal({ stage: 'new', expectedOn: '2026-05-01' }, seeded);
    const jobs = await bench.jobs.listJobs({ limit: 100 });
    expect(
      jobs
        .filter((job) => job.key.startsWith('dayBefore') || job.key.startsWith('greet') || job.key.startsWith('stale'))
        .map((job) => [job.key.split(':')[0], job.due]),
    ).toEqual([['dayBefore', '2026-04-29T21:00:00.000Z']]);
  });

  it('sends outward steps with their keys, keeps what comes before and after, and leaves event and activity', async () => {
    const id = await deal({ source: 'repeat', assignee: people.anna });
    await bench.set('deal', id, { stage: 'offer' });
    await bench.jobs.drain();
    const job = await jobOf('sendOffer');
    const [document] = await bench.all('document');
    expect(job?.lastError).toBe(null);
    expect(made).toEqual([`${job!.key}:paper`]);
    expect(letters).toEqual([
      {
        key: `${job!.key}:mail`,
        to: 'uma@example.com',
        subject: 'Offer OFF-1',
        text: 'Dear Uma',
        attachments: [(document?.['file'] as RecordData)['id']],
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
    const id = await deal({ source: 'repeat', assignee: people.anna });
    failMail = new Error('421 try later');
    await bench.set('deal', id, { stage: 'offer' });
    await bench.jobs.drain();
    expect(await jobOf('sendOffer')).toMatchObject({
      state: 'ready',
      attempts: 1,
      lastError: 'Rule sendOffer, step mail: 421 try later',
    });
    await bench.restart();
    await bench.at(bench.now + 1_000);
    failMail = null;
    await bench.at(bench.now + 2_000);
    const job = await jobOf('sendOffer');
    expect(job).toMatchObject({ state: 'done', lastError: null });
    expect(letters.map((letter) => letter.key)).toEqual(Array.from({ length: 3 }, () => `${job!.key}:mail`));
    expect(made).toHaveLength(1);
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
    await deal();
    await bench.jobs.drain();
    expect([(await bench.all('task')).length, (await bench.all('deal'))[0]?.['assignee']]).toEqual([0, null]);
    await bench.at(bench.now + 1_000);
    expect([(await bench.all('task')).length, nameOf((await bench.all('deal'))[0]?.['assignee'])]).toEqual([1, 'anna']);
  });

  it('dies at once with a reason a person can act on when a move is refused', async () => {
    const id = await deal({ source: 'repeat' });
    await bench.set('deal', id, { utmCampaign: 'win' });
    await bench.jobs.drain();
    const job = await jobOf('win');
    expect(job?.state).toBe('dead');
    expect(job?.lastError).toContain('Rule win, step move:');
    expect(job?.lastError).toContain('/expectedOn');
    await bench.set('deal', id, { expectedOn: '2026-12-01' });
    await bench.jobs.retryJob(job!.id);
    await bench.jobs.drain();
    expect((await bench.all('deal'))[0]).toMatchObject({ stage: 'won' });
  });

  it('stops rules that set one another off, naming the chain', async () => {
    await bench.set('contact', customer, { city: 'loop' });
    await bench.jobs.drain();
    const [dead, ...others] = await bench.jobs.listJobs({ state: 'dead' });
    expect(others).toEqual([]);
    expect(dead?.lastError).toBe(
      'Stopped after 10 rules in a row: ping → pong → ping → pong → ping → pong → ping → pong → ping → pong → ping. They set one another off; give one of them a condition that stops the circle.',
    );
  });

  it('runs with the owner’s rights where the rule says so', async () => {
    const id = await deal({ source: 'phone', assignee: people.anna, stage: 'talk' });
    await bench.set('deal', id, { stage: 'offer' });
    await bench.jobs.drain();
    const { data } = await bench.records.changes(bench.as(), { entity: 'deal', id });
    const note = data.find((change) => change.cause?.rule === 'byOwner');
    expect(note?.by).toEqual({ id: people.anna, name: 'anna', kind: 'user' });
  });

  it('runs for a deleted record', async () => {
    const id = await deal({ source: 'repeat' });
    await bench.records.write(bench.as(), { op: 'delete', entity: 'deal', id });
    await bench.jobs.drain();
    expect((await notices()).filter(([, title]) => title === 'Gone: Big')).toEqual([['olga', 'Gone: Big']]);
  });

  it('gives to the least busy, what is done not counted, and to the head when nobody has the role', async () => {
    await bench.add('task', { title: 'open', assignee: people.anna });
    await bench.add('task', { title: 'done', assignee: people.mark, doneAt: '2026-03-01T10:00:00Z' });
    await bench.add('task', { title: 'done', assignee: people.mark, doneAt: '2026-03-01T10:00:00Z' });
    for (const title of ['pick', 'pick', 'pick', 'nobody']) {
      await bench.add('task', { title });
      await bench.jobs.drain();
    }
    const tasks = (await bench.all('task')).slice(3);
    expect(tasks.map((task) => nameOf(task['assignee']))).toEqual(['mark', 'anna', 'mark', 'helen']);
  });

  it('lets a timer set itself anew for years without taking it for a loop', async () => {
    await bench.add('task', { title: 'monthly', dueAt: '2026-03-07T00:00:00Z', assignee: people.anna });
    for (let month = 0; month < 14; month += 1)
      await bench.at(Date.parse('2026-03-07T00:00:00Z') + month * 30 * 86_400_000);
    const [task] = await bench.all('task', { filter: { title: 'monthly' } });
    expect(task?.['dueAt']).toBe(new Date(Date.parse('2026-03-07T00:00:00Z') + 14 * 30 * 86_400_000).toISOString());
    expect(await bench.jobs.listJobs({ state: 'dead' })).toEqual([]);
  });
});
