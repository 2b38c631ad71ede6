import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openRuleFirm, START } from '../../tests/support/rule-firm.ts';
import type { RuleFirm } from '../../tests/support/rule-firm.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const rule = (name: string, document: object) => ({ [name]: document });
const notes = (text: string) => ({ action: 'update', with: { set: { notes: text } } });
const created = (title: string) => ({
  on: { trigger: 'created', entity: 'deal' },
  when: { title },
});

const RULES = {
  ...rule('patient', {
    ...created('patient'),
    do: [
      { key: 'first', ...notes('asked') },
      { key: 'rest', action: 'wait', with: { for: '2d' } },
      {
        key: 'still',
        action: 'notify',
        when: { notes: 'asked' },
        with: { to: { role: 'owner' }, title: 'Still: {{record.title}}' },
      },
      {
        key: 'note',
        action: 'update',
        with: { set: { referrer: 'after {{steps.rest}}{{record.notes}}', expectedOn: { $date: '1d' } } },
      },
    ],
  }),
  ...rule('until', {
    ...created('until'),
    do: [
      { key: 'rest', action: 'wait', with: { until: { $workingTime: '15m' } } },
      { key: 'note', ...notes('opened') },
    ],
  }),
  ...rule('ways', {
    ...created('ways'),
    do: [
      {
        key: 'way',
        action: 'branch',
        when: { source: 'site' },
        do: [
          { key: 'site', ...notes('site') },
          { key: 'inner', action: 'branch', when: { utmMedium: 'ad' }, do: [{ key: 'ad', ...notes('site by ad') }] },
        ],
        otherwise: [{ key: 'other', ...notes('other') }],
      },
      { key: 'after', action: 'update', with: { set: { referrer: 'way {{steps.way}}' } } },
    ],
  }),
  ...rule('all', {
    ...created('all'),
    load: ['customer'],
    do: [
      {
        key: 'tasks',
        action: 'each',
        with: { list: 'tasks', where: { doneAt: null } },
        load: ['assignee'],
        do: [
          {
            key: 'close',
            action: 'update',
            with: {
              set: {
                notes: '{{record.title}} of {{outer.title}} for {{outer.customer.name}}: {{record.assignee.name}}',
              },
            },
          },
        ],
      },
    ],
  }),
  ...rule('hook', {
    ...created('hook'),
    do: [
      {
        key: 'send',
        action: 'webhook',
        with: {
          url: 'https://erp.example.com/deals/{{record.id}}',
          headers: { 'X-Firm': 'us' },
          body: { title: { $expr: 'record.title' }, n: 1 },
        },
      },
      { key: 'note', action: 'update', with: { set: { notes: 'told {{steps.send.status}}' } } },
    ],
  }),
  ...rule('close', {
    on: { trigger: 'manual', entity: 'deal' },
    when: { title: { ne: 'not this' } },
    as: 'actor',
    do: [{ key: 'note', action: 'update', with: { set: { notes: 'closed by {{actor.name}}' } } }],
  }),
  ...rule('headOnly', {
    on: { trigger: 'manual', entity: 'deal', roles: ['head'] },
    do: [{ key: 'note', ...notes('by head') }],
  }),
  ...rule('asked', {
    on: { trigger: 'received', by: 'webhook', name: 'shop' },
    do: [
      {
        key: 'task',
        action: 'create',
        with: { entity: 'task', set: { title: 'Order {{received.data.number}} by {{received.name}}' } },
      },
    ],
  }),
  ...rule('mailed', {
    on: { trigger: 'received', by: 'mail', entity: 'deal' },
    when: { title: 'mailed' },
    do: [{ key: 'note', action: 'update', with: { set: { notes: { $expr: 'received.data.subject' } } } }],
  }),
  ...rule('give', {
    on: { trigger: 'created', entity: 'task' },
    when: { title: 'give' },
    do: [{ key: 'give', action: 'assign', with: { strategy: 'roundRobin', role: 'manager' } }],
  }),
  ...rule('giveTo', {
    on: { trigger: 'created', entity: 'deal' },
    when: { title: 'give to Anna' },
    load: ['customer'],
    do: [{ key: 'give', action: 'assign', with: { strategy: 'fixed', user: { $expr: 'record.customer.assignee' } } }],
  }),
  ...rule('off', { ...created('off'), enabled: false, do: [{ key: 'note', ...notes('never') }] }),
};

describe.each(DIALECTS)('steps of rules on %s', (dialect) => {
  let firm: RuleFirm;

  beforeAll(async () => {
    firm = await openRuleFirm(dialect, RULES);
  });
  afterAll(() => firm.bench.close());
  beforeEach(() => firm.later(DAY));

  const runsOf = async (name: string) => (await firm.bench.automation.runs({ rule: name, limit: 100 })).data;
  const states = async (name: string) => (await runsOf(name)).map(({ state }) => state);

  it('wait, over a restart, and go on where they were, with the record as it is then', async () => {
    const id = await firm.deal({ title: 'patient' });
    await firm.bench.jobs.drain();
    expect(await firm.deals(id)).toMatchObject({ notes: 'asked', referrer: null });
    expect(await states('patient')).toEqual(['waiting']);
    const from = firm.bench.now;
    await firm.bench.restart();
    await firm.bench.at(from + 2 * DAY - 1);
    expect(await firm.deals(id)).toMatchObject({ referrer: null });
    await firm.bench.at(from + 2 * DAY);
    expect(await firm.deals(id)).toMatchObject({ referrer: 'after asked' });
    // A deadline counts from the moment the run goes on.
    expect((await firm.deals(id))?.['expectedOn']).toBe(new Date(from + 3 * DAY + 2 * HOUR).toISOString().slice(0, 10));
    const [run] = await runsOf('patient');
    expect(run).toMatchObject({ state: 'done', record: id, kind: 'created', error: null });
    expect(run?.log.map(({ step }) => step)).toEqual([null, 'first', 'rest', 'still', 'note']);
    expect((await firm.notices()).filter(([, title]) => title === 'Still: patient')).toEqual([
      ['olga', 'Still: patient'],
    ]);
  });

  it('wait for working time, and end when the record is deleted meanwhile', async () => {
    await firm.bench.at(START + 7 * DAY);
    const id = await firm.deal({ title: 'until' });
    const gone = await firm.deal({ title: 'until' });
    await firm.bench.jobs.drain();
    await firm.bench.records.write(firm.bench.as(), { op: 'delete', entity: 'deal', id: gone });
    // A Friday at 17:50: ten minutes of that day and five of Monday.
    await firm.bench.at('2026-03-16T07:04:59.999Z');
    expect(await firm.deals(id)).toMatchObject({ notes: null });
    await firm.bench.at('2026-03-16T07:05:00.000Z');
    expect(await firm.deals(id)).toMatchObject({ notes: 'opened' });
    const [ended] = (await runsOf('until')).filter(({ record }) => record === gone);
    expect(ended?.log.at(-1)?.message).toBe('Ended: the record has been deleted.');
  });

  it('go one way or the other, ways within ways too', async () => {
    const ids = [
      await firm.deal({ title: 'ways', source: 'site', utmMedium: 'ad' }),
      await firm.deal({ title: 'ways', source: 'site' }),
      await firm.deal({ title: 'ways', source: 'phone' }),
    ];
    await firm.bench.jobs.drain();
    const deals = await Promise.all(ids.map((id) => firm.deals(id)));
    expect(deals.map((deal) => [deal?.['notes'], deal?.['referrer']])).toEqual([
      ['site by ad', 'way true'],
      ['site', 'way true'],
      ['other', 'way false'],
    ]);
    const [run] = (await runsOf('ways')).filter(({ record }) => record === ids[2]);
    expect(run?.log.map(({ step, message }) => [step, message]).slice(1)).toEqual([
      ['way', 'Its condition does not hold.'],
      ['other', expect.stringMatching(/^Changed notes of deal/)],
      ['after', expect.stringMatching(/^Changed referrer of deal/)],
    ]);
  });

  it('do something for each record, and one that fails stops none of the others', async () => {
    const id = await firm.deal({ title: 'all' });
    const about = { entity: 'deal', id };
    for (const title of ['one', 'two', 'three'])
      await firm.bench.add('task', {
        title,
        about,
        assignee: firm.people.anna,
        ...(title === 'two' ? { doneAt: '2026-01-01T00:00:00Z' } : {}),
      });
    await firm.bench.jobs.drain();
    const tasks = await firm.bench.all('task', { filter: { about: id } });
    expect(tasks.map(({ title, notes: text }) => [title, text])).toEqual([
      ['one', 'one of all for Uma: anna'],
      ['two', null],
      ['three', 'three of all for Uma: anna'],
    ]);
    expect((await runsOf('all')).map(({ entity, reason }) => [entity, reason]).sort()).toEqual([
      ['deal', expect.stringMatching(/^Rule all ran because deal "all" was created/)],
      ['task', 'Rule all ran step tasks for task "one".'],
      ['task', 'Rule all ran step tasks for task "three".'],
    ]);
  });

  it('tell another program, with the same key at every try, and give up where trying again is no use', async () => {
    firm.status = 503;
    const id = await firm.deal({ title: 'hook' });
    await firm.bench.jobs.drain();
    expect(await states('hook')).toEqual(['retrying']);
    firm.status = 200;
    await firm.bench.at(firm.bench.now + HOUR);
    expect(await firm.deals(id)).toMatchObject({ notes: 'told 200' });
    expect(await states('hook')).toEqual(['done']);
    const [first, second] = firm.requests;
    expect(second).toEqual(first);
    expect(first).toMatchObject({
      method: 'POST',
      url: `https://erp.example.com/deals/${id}`,
      headers: {
        'X-Firm': 'us',
        'Content-Type': 'application/json',
        'Idempotency-Key': expect.stringContaining(':send'),
      },
      body: '{"title":"hook","n":1}',
    });
    firm.status = 410;
    await firm.deal({ title: 'hook' });
    await firm.bench.jobs.drain();
    const [run] = await runsOf('hook');
    expect(run).toMatchObject({ state: 'failed', error: expect.stringContaining('erp.example.com answered 410') });
    firm.status = 200;
  });

  it('follow a button with the rights of whoever presses it (R-13)', async () => {
    const mine = await firm.deal({ assignee: firm.people.anna });
    const foreign = await firm.deal({ assignee: firm.people.mark });
    const anna = firm.as('anna');
    const press = (id: string, name = 'close') =>
      firm.bench.records.transaction(anna, (ctx) => firm.bench.automation.press(ctx, { rule: name, id }));
    await press(mine);
    await firm.bench.jobs.drain();
    expect(await firm.deals(mine)).toMatchObject({ notes: 'closed by anna', updatedBy: firm.people.anna });
    await expect(press(foreign)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(press(mine, 'headOnly')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(press(mine, 'ways')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(press(mine, 'nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const not = await firm.deal({ title: 'not this', assignee: firm.people.anna });
    await press(not);
    await firm.bench.jobs.drain();
    expect((await runsOf('close')).find(({ record }) => record === not)).toMatchObject({
      state: 'skipped',
      reason: 'Rule close did not run: its condition does not hold.',
    });
  });

  it('follow what was received, once for the same thing, for the record it led to', async () => {
    const id = await firm.deal({ title: 'mailed' });
    const receive = (what: object) =>
      firm.bench.records.transaction(firm.bench.as(), (ctx) =>
        firm.bench.automation.received(ctx, { by: 'webhook', name: 'shop', key: '1', records: [], data: {}, ...what }),
      );
    await receive({ data: { number: '{{x}} 7' } });
    await receive({ data: { number: '7' } });
    await receive({ name: 'other', key: '2' });
    await receive({
      by: 'mail',
      name: 'info',
      key: '3',
      records: [{ entity: 'deal', id }],
      data: { subject: 'Hello' },
    });
    await receive({ by: 'mail', name: 'info', key: '4', records: [], data: { subject: 'Nobody' } });
    await firm.bench.jobs.drain();
    const tasks = await firm.bench.all('task', { filter: { title: { startsWith: 'Order' } } });
    expect(tasks.map(({ title }) => title)).toEqual(['Order {{x}} 7 by shop']);
    expect(await firm.deals(id)).toMatchObject({ notes: 'Hello' });
    expect((await runsOf('asked')).map(({ record, reason }) => [record, reason])).toEqual([
      [null, 'Rule asked ran because webhook "shop" came in.'],
    ]);
  });

  it('give nothing new to who is away: to a colleague, to the deputy, to the head', async () => {
    const { anna, mark } = firm.people;
    const given = async () => {
      const id = await firm.bench.add('task', { title: 'give' });
      await firm.bench.jobs.drain();
      return firm.nameOf((await firm.bench.all('task', { filter: { id } }))[0]?.['assignee']);
    };
    const away = (person: string, days: number, more: object = {}) => {
      const [from, until] = [firm.bench.now - 1, firm.bench.now + days * DAY].map((at) => new Date(at).toISOString());
      return firm.bench.add('absence', { person, from, until, ...more });
    };
    await away(anna, 2, { deputy: firm.people.helen });
    expect([await given(), await given()]).toEqual(['mark', 'mark']);
    await firm.bench.set('contact', firm.customer, { assignee: anna });
    const deal = await firm.deal({ title: 'give to Anna' });
    await firm.bench.jobs.drain();
    expect(firm.nameOf((await firm.deals(deal))?.['assignee'])).toBe('helen');
    await away(mark, 1);
    expect(await given()).toBe('helen');
    // They are back.
    await firm.later(2 * DAY);
    expect(new Set([await given(), await given()])).toEqual(new Set(['anna', 'mark']));
  });

  it('do nothing of a rule that is switched off', async () => {
    const id = await firm.deal({ title: 'off' });
    await firm.bench.jobs.drain();
    expect(await firm.deals(id)).toMatchObject({ notes: null });
    expect(await runsOf('off')).toEqual([]);
  });
});
