import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../../tests/support/databases.ts';
import { openRuleFirm, START } from '../../../tests/support/rule-firm.ts';
import type { RuleFirm } from '../../../tests/support/rule-firm.ts';
import { createRandom } from '../../../tests/support/random.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const note = [{ key: 'tell', action: 'notify', with: { to: { role: 'owner' }, title: '{{record.title}}' } }];
const RULES = {
  onCreated: { on: { trigger: 'created', entity: 'deal' }, when: { source: 'site' }, do: note },
  onTown: {
    on: { trigger: 'created', entity: 'deal' },
    when: { 'customer.city': 'Riga' },
    load: ['customer'],
    do: [
      {
        key: 'tell',
        action: 'notify',
        with: { to: { role: 'owner' }, title: '{{record.title}} of {{record.customer.name}}' },
      },
    ],
  },
  onFields: { on: { trigger: 'updated', entity: 'deal', fields: ['notes', 'source'] }, do: note },
  onTalk: { on: { trigger: 'entered', entity: 'deal', stage: 'talk' }, do: note },
  onLeft: { on: { trigger: 'left', entity: 'deal', stage: 'talk' }, when: { source: { ne: 'site' } }, do: note },
  onDeleted: {
    on: { trigger: 'deleted', entity: 'deal' },
    do: [{ key: 'task', action: 'create', with: { entity: 'task', set: { title: 'Gone: {{record.title}}' } } }],
  },
  idleDeal: {
    on: { trigger: 'stayed', entity: 'deal', stage: 'talk', for: '3d' },
    when: { tasks: { none: { doneAt: null } } },
    do: note,
  },
  soon: {
    on: { trigger: 'due', entity: 'deal', field: 'expectedOn', offset: '-1d' },
    when: { stage: { ne: 'lost' } },
    do: note,
  },
  lateTask: {
    on: { trigger: 'due', entity: 'task', field: 'dueAt' },
    when: { doneAt: null, 'about.deal.stage': { ne: 'lost' } },
    do: note,
  },
  yearly: {
    on: { trigger: 'due', entity: 'contact', field: 'birthday', every: 'year' },
    do: [{ key: 'tell', action: 'notify', with: { to: { role: 'owner' }, title: '{{record.name}}' } }],
  },
  weekly: {
    on: { trigger: 'schedule', cron: '0 9 * * 1', entity: 'deal' },
    when: { stage: 'new', createdAt: { lt: { $now: '-5d' } } },
    do: note,
  },
  daily: {
    on: { trigger: 'schedule', cron: '0 8 * * *' },
    do: [{ key: 'task', action: 'create', with: { entity: 'task', set: { title: 'daily' } } }],
  },
  off: { on: { trigger: 'created', entity: 'deal' }, enabled: false, do: note },
  button: { on: { trigger: 'manual', entity: 'deal' }, do: note },
};

/** D-10: what a rule would have done is what it did. Weeks of a firm's life at random, in which every rule is in force. */
describe.each(DIALECTS)('a rule tried on the past on %s', (dialect) => {
  let firm: RuleFirm;

  beforeAll(async () => {
    firm = await openRuleFirm(dialect, RULES);
    await live(firm);
  }, 300_000);
  afterAll(() => firm.bench.close());

  const tried = (rule: string, since: number) => firm.bench.automation.tryOut({ rule, since });
  const did = async (rule: string, since: number) =>
    (await firm.bench.automation.runs({ rule, state: 'done', limit: 1_000 })).data
      .filter(
        ({ at, kind, record }) =>
          Date.parse(at) >= since && !(kind === 'schedule' && record === null && rule === 'weekly'),
      )
      .map(({ at, record }) => `${at} ${record}`)
      .sort();

  it.each(Object.keys(RULES).filter((name) => name !== 'off' && name !== 'button'))(
    '%s: exactly what it did',
    async (name) => {
      for (const since of [START, START + 9 * DAY]) {
        const { runs, total } = await tried(name, since);
        expect(runs.map(({ at, record }) => `${at} ${record}`).sort()).toEqual(await did(name, since));
        expect(total).toBe(runs.length);
        expect(total).toBeGreaterThan(1);
      }
    },
  );

  it('tells what the steps would have been given, with the record of then', async () => {
    const { runs } = await tried('onTown', START);
    for (const { steps, display } of runs)
      expect(steps).toEqual([
        { step: 'tell', action: 'notify', input: { to: { role: 'owner' }, title: `${display} of Uma` } },
      ]);
  });

  it('does nothing, works for a rule that is switched off, and refuses what the history does not hold', async () => {
    const position = await firm.bench.records.ledgerPosition();
    const off = await tried('off', START);
    expect(off.total).toBeGreaterThan(5);
    expect(await firm.bench.records.ledgerPosition()).toBe(position);
    await expect(tried('button', START)).rejects.toMatchObject({ code: 'VALIDATION' });
    await expect(tried('nothing', START)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

/** People make, change, move, finish and delete at random; the clock goes on by hours. */
async function live({ bench, customer, people }: RuleFirm): Promise<void> {
  const random = createRandom(7);
  const { pick } = random;
  await bench.add('contact', { name: 'Born', birthday: '1990-03-20' });
  await bench.add('contact', { name: 'Born later', birthday: '1990-03-22' });
  const deals: string[] = [];
  const tasks: string[] = [];
  for (let step = 0; step < 160; step += 1) {
    await bench.at(bench.now + (1 + random.below(6)) * HOUR + random.below(1000));
    const deal = deals.length > 0 ? pick(deals) : undefined;
    const choice = random.below(10);
    if (choice < 2 || deal === undefined) {
      const expectedOn = new Date(bench.now + (1 + random.below(20)) * DAY).toISOString().slice(0, 10);
      deals.push(
        await bench.add('deal', {
          title: `D${step}`,
          customer,
          stage: pick(['new', 'talk']),
          source: pick(['site', 'phone']),
          expectedOn,
        }),
      );
    } else if (choice < 4) await bench.set('deal', deal, { stage: pick(['new', 'talk', 'lost', 'won']) });
    else if (choice === 4) await bench.set('deal', deal, { notes: `n${step}`, expectedOn: pick([null, '2026-03-25']) });
    else if (choice === 5) await bench.set('contact', customer, { city: pick(['Riga', 'Riga', 'Tartu']) });
    else if (choice === 6) {
      tasks.push(
        await bench.add('task', {
          title: `T${step}`,
          about: { entity: 'deal', id: deal },
          assignee: people.anna,
          dueAt: new Date(bench.now + (random.below(65) - 5) * HOUR).toISOString(),
        }),
      );
    } else if (choice === 7 && tasks.length > 0)
      await bench.set('task', pick(tasks), { doneAt: new Date(bench.now).toISOString() }).catch(() => undefined);
    else if (choice === 8) await bench.set('deal', deal, { source: pick(['site', 'phone', 'walk-in']) });
    else if (choice === 9 && deals.length > 6) {
      await bench.jobs.drain();
      await bench.records
        .write(bench.as(), { op: 'delete', entity: 'deal', id: deals.shift()! })
        .catch(() => undefined);
    }
    await bench.jobs.drain();
  }
}
