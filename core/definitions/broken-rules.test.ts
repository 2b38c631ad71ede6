import { describe, expect, test } from 'vitest';
import { broken, change, errorsOf, loadFiles, member, SMALL_FIRM } from '../../tests/support/definitions.ts';
import type { Edit } from '../../tests/support/definitions.ts';

const A = 'schemas/automations/greet.json#';
const STEP = { key: 'tell', action: 'notify', with: { to: { role: 'seller' }, title: 'x' } };
const on = (trigger: object, more: object = {}): Edit => {
  return (doc) => void Object.assign(doc, { on: trigger, when: {}, load: [], do: [STEP], ...more });
};
const nightly = { trigger: 'schedule', cron: '0 3 * * *' };

describe('triggers and steps of rules', () => {
  test.each<[string, Edit, string]>([
    [
      'a time that is none',
      on({ trigger: 'schedule', cron: '0 25 * * *' }),
      `${A}/on/cron: "0 25 * * *" is no time such as "0 9 * * 1-5" (workdays at nine): minute, hour, day of the month, month, day of the week.`,
    ],
    [
      'a time with seconds',
      on({ trigger: 'schedule', cron: '0 0 9 * * 1' }),
      `${A}/on/cron: "0 0 9 * * 1" is no time such`,
    ],
    [
      'a day that never comes',
      on({ trigger: 'schedule', cron: '0 9 30 2 *' }),
      `${A}/on/cron: "0 9 30 2 *" names a day that never comes.`,
    ],
    [
      'a zone that is none',
      on({ ...nightly, zone: 'Europe/Talinn' }),
      `${A}/on/zone: "Europe/Talinn" is not a time zone such as Europe/Tallinn.`,
    ],
    [
      'a condition without a record',
      on(nightly, { when: { source: 'site' } }),
      `${A}/when: This rule has no record to ask about. Name an "entity" in "on", or use "each".`,
    ],
    [
      'a text about no record',
      on(nightly, { do: [{ ...STEP, with: { to: { role: 'seller' }, title: '{{record.title}}' } }] }),
      `${A}/do/0/with/title: This rule has no record, so there is no "record.title".`,
    ],
    [
      'a change of no record',
      on(nightly, { do: [{ key: 'set', action: 'update', with: { set: {}, entity: 'order' } }] }),
      `${A}/do/0/with: "id" is missing: this rule has no record of its own.`,
    ],
    [
      'the rights of nobody',
      on(nightly, { as: 'actor' }),
      `${A}/as: Nobody of the firm sets this rule off, so there are no rights to use. Use "system" or "owner".`,
    ],
    [
      'a form that is not there',
      on({ trigger: 'received', by: 'form', name: 'aks' }),
      `${A}/on/name: There is no form "aks". Did you mean "ask"?`,
    ],
    [
      'a way that is none',
      on({ trigger: 'received', by: 'fax' }),
      `${A}/on/by: "fax" is not known here. It may be "form", "mail", "call", "webhook" or "message".`,
    ],
    [
      'what came in choosing the record of a system rule (R-13)',
      on(
        { trigger: 'received', by: 'webhook' },
        {
          do: [{ key: 'set', action: 'update', with: { entity: 'order', id: { $expr: 'received.data.id' }, set: {} } }],
        },
      ),
      `${A}/do/0/with/id/$expr: "received" is a text, and whoever writes it would choose the record that the system works on. Name a reference, or let the rule work "as": "owner".`,
    ],
    [
      'a name somebody gave himself choosing it, however it is written (R-13)',
      on(
        { trigger: 'manual', entity: 'order' },
        { do: [{ key: 'set', action: 'update', with: { entity: 'client', id: { $expr: 'actor["name"]' }, set: {} } }] },
      ),
      `${A}/do/0/with/id/$expr: "actor.name" is a text,`,
    ],
    [
      'a role that is none',
      on({ trigger: 'manual', entity: 'order', roles: ['selller'] }),
      `${A}/on/roles/0: There is no role "selller". Did you mean "seller"?`,
    ],
    [
      'a branch that does not say when',
      (doc) => Object.assign(doc, { do: [{ key: 'way', action: 'branch', do: [STEP] }] }),
      `${A}/do/0: "when" is missing: it says which way the branch goes.`,
    ],
    [
      'a branch that does nothing',
      (doc) => Object.assign(doc, { do: [{ key: 'way', action: 'branch', when: { source: 'site' } }] }),
      `${A}/do/0: A branch without "do" and "otherwise" does nothing.`,
    ],
    [
      'another way of what has none',
      (doc) => Object.assign(member(doc, 'do/0'), { otherwise: [{ ...STEP, key: 'else' }] }),
      `${A}/do/0/otherwise: "otherwise" belongs to the action "branch".`,
    ],
    [
      'a step inside that is wrong',
      (doc) =>
        Object.assign(doc, {
          do: [{ key: 'way', action: 'branch', when: { source: 'site' }, do: [{ ...STEP, action: 'notfy' }] }],
        }),
      `${A}/do/0/do/0/action: There is no action "notfy". Did you mean "notify"?`,
    ],
    [
      'a key said twice, once inside',
      (doc) =>
        Object.assign(doc, { do: [STEP, { key: 'way', action: 'branch', when: { source: 'site' }, do: [STEP] }] }),
      `${A}/do/1/do/0/key: The key "tell" stands here twice (the case of letters makes no difference).`,
    ],
    [
      'each of nothing',
      (doc) => Object.assign(doc, { do: [{ key: 'all', action: 'each', with: { where: {} }, do: [STEP] }] }),
      `${A}/do/0/with: Name either an "entity" or a "list" of the rule’s record.`,
    ],
    [
      'each without anything to do',
      (doc) => Object.assign(doc, { do: [{ key: 'all', action: 'each', with: { list: 'lines' } }] }),
      `${A}/do/0: "do" is missing: what is done for each record.`,
    ],
    [
      'each of a list that is not there',
      (doc) => Object.assign(doc, { do: [{ key: 'all', action: 'each', with: { list: 'line' }, do: [STEP] }] }),
      `${A}/do/0/with/list: order has no list "line". Did you mean "lines"?`,
    ],
    [
      'a wrong condition of each',
      (doc) =>
        Object.assign(doc, {
          do: [{ key: 'all', action: 'each', with: { list: 'lines', where: { quantty: 1 } }, do: [STEP] }],
        }),
      `${A}/do/0/with/where/quantty: line has no field "quantty". Did you mean "quantity"?`,
    ],
    [
      'a field of the wrong record inside each',
      (doc) =>
        Object.assign(doc, {
          do: [
            {
              key: 'all',
              action: 'each',
              with: { list: 'lines' },
              do: [{ key: 'set', action: 'update', with: { set: { title: 'x' } } }],
            },
          ],
        }),
      `${A}/do/0/do/0/with/set/title: line has no field "title".`,
    ],
    [
      'a wait that is no time',
      (doc) => Object.assign(doc, { do: [{ key: 'rest', action: 'wait', with: { for: 'a day' } }] }),
      `${A}/do/0/with/for: "a day" is not a duration such as 15m, 2h, 1d, 1h30m or PT15M.`,
    ],
    [
      'an address that a record chooses (R-56)',
      (doc) =>
        Object.assign(doc, { do: [{ key: 'send', action: 'webhook', with: { url: 'https://{{record.title}}/x' } }] }),
      `${A}/do/0/with/url: Write the address out up to the path, such as https://example.com/hook/{{record.id}}: what a record says must not choose the host.`,
    ],
    [
      'an address that is worked out (R-56)',
      (doc) =>
        Object.assign(doc, { do: [{ key: 'send', action: 'webhook', with: { url: { $expr: 'record.title' } } }] }),
      `${A}/do/0/with/url: Write the address out up to the path,`,
    ],
  ])('%s', (_, edit, expected) => {
    expect(broken('automation', edit).some((error) => error.startsWith(expected))).toBe(true);
  });

  test('a name that an address has taken', () => {
    expect(
      errorsOf({
        ...SMALL_FIRM,
        'schemas/automations/runs.json': { name: 'runs', on: { trigger: 'created', entity: 'order' }, do: [STEP] },
      }),
    ).toEqual([
      'schemas/automations/runs.json#/name: A rule cannot be called "runs": /automations/runs lists all runs.',
    ]);
  });

  test('a rule that is all right in each of them', () => {
    const files = change(SMALL_FIRM, 'schemas/automations/greet.json', (doc) =>
      Object.assign(doc, {
        on: { ...nightly, zone: 'Australia/Lord_Howe', entity: 'order', missed: 'skip' },
        when: { source: 'site', updatedAt: { lt: { $now: '-30d' } } },
        do: [
          STEP,
          {
            key: 'way',
            action: 'branch',
            when: { source: 'site' },
            do: [{ key: 'rest', action: 'wait', with: { until: { $workingTime: '2h' } } }],
            otherwise: [
              {
                key: 'all',
                action: 'each',
                with: { list: 'lines', where: { quantity: { gt: 1 } } },
                do: [
                  { key: 'set', action: 'update', with: { set: { name: '{{record.name}} of {{outer.title}}' } } },
                  {
                    key: 'send',
                    action: 'webhook',
                    with: { url: 'https://example.com/{{record.id}}', body: { a: 1 } },
                  },
                ],
              },
            ],
          },
        ],
      }),
    );
    const rule = loadFiles(files).automations.get('greet');
    expect(rule?.do.map(({ key, within }) => [key, within])).toEqual([
      ['tell', []],
      ['way', []],
      ['rest', [{ branch: 'way', holds: true }]],
      ['all', [{ branch: 'way', holds: false }]],
    ]);
    expect(rule?.do[3]?.each?.do.map(({ key }) => key)).toEqual(['set', 'send']);
  });
});

const rule = (name: string, document: object) => ({
  [`schemas/automations/${name}.json`]: { name, title: name, ...document },
});
const sets = (fields: readonly string[], set: object, more: object = {}) => ({
  on: { trigger: 'updated', entity: 'order', fields },
  do: [{ key: 'set', action: 'update', with: { set } }],
  ...more,
});
const loops = (files: object) =>
  errorsOf({ ...SMALL_FIRM, ...files }).filter((error) => error.includes('A circle without an end'));

describe('circles of rules (R-53)', () => {
  test('are refused with the circle spelt out', () => {
    expect(
      loops({
        ...rule('ping', sets(['source'], { title: 'a' })),
        ...rule('pong', sets(['title'], { source: 'site' })),
      }),
    ).toEqual([
      'schemas/automations/ping.json#/on: A circle without an end: ping → pong → ping. ping changes title of order, which sets off pong; pong changes source of order, which sets off ping. Give one of them a "when" that stops it, or name the "fields" it is meant for.',
    ]);
  });

  const makes = { key: 'make', action: 'create', with: { entity: 'client', set: { name: 'x' } } };
  const made = { trigger: 'created', entity: 'client' };

  test.each<[string, object, string]>([
    [
      'a rule that sets itself off',
      rule('any', { ...sets([], { title: 'x' }), on: { trigger: 'updated', entity: 'order' } }),
      'any → any',
    ],
    ['a record that makes a record', rule('breed', { on: made, do: [makes] }), 'breed → breed'],
    [
      'the same within a branch that both ways go',
      rule('breed', {
        on: made,
        do: [
          {
            key: 'way',
            action: 'branch',
            when: { city: 'Riga' },
            do: [{ ...makes, key: 'one' }],
            otherwise: [{ ...makes, key: 'two' }],
          },
          makes,
        ],
      }),
      'breed → breed',
    ],
    [
      'stages that send a record back and forth',
      {
        ...rule('on', {
          on: { trigger: 'entered', entity: 'order', stage: 'fresh' },
          do: [{ key: 'go', action: 'move', with: { to: 'at-work' } }],
        }),
        ...rule('back', {
          on: { trigger: 'entered', entity: 'order', stage: 'at-work' },
          do: [{ key: 'go', action: 'move', with: { to: 'fresh' } }],
        }),
      },
      'back → on → back',
    ],
    [
      'three rules',
      {
        ...rule('a', sets(['title'], { source: 'site' })),
        ...rule('b', sets(['source'], { assignee: null })),
        ...rule('c', sets(['assignee'], { title: 'x' })),
      },
      'a → b → c → a',
    ],
    [
      'a condition that nothing in the circle touches',
      {
        ...rule('a', sets(['title'], { source: 'site' }, { when: { dueOn: null } })),
        ...rule('b', sets(['source'], { title: 'x' })),
      },
      'a → b → a',
    ],
  ])('%s', (_, files, path) => {
    const found = loops(files);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(path);
  });

  test.each<[string, object]>([
    [
      'a condition that the circle makes untrue',
      {
        ...rule('a', sets(['title'], { source: 'site' }, { when: { source: null } })),
        ...rule('b', sets(['source'], { title: 'x' })),
      },
    ],
    [
      'conditions that exclude each other',
      {
        ...rule('a', sets(['title'], { source: 'site' }, { when: { dueOn: null } })),
        ...rule('b', sets(['source'], { title: 'x' }, { when: { dueOn: { empty: false } } })),
      },
    ],
    [
      'a step with a condition',
      rule('a', {
        ...sets(['title'], {}),
        do: [{ key: 'set', action: 'update', when: { source: null }, with: { set: { title: 'x', source: 'site' } } }],
      }),
    ],
    ['fields that are not those it sets', rule('a', sets(['title'], { source: 'site' }))],
    [
      'somebody assigned where nobody is',
      rule('a', {
        on: { trigger: 'updated', entity: 'order' },
        do: [{ key: 'go', action: 'assign', with: { strategy: 'roundRobin', role: 'seller' } }],
      }),
    ],
    [
      'a rule that is switched off',
      {
        ...rule('a', sets(['title'], { source: 'site' }, { enabled: false })),
        ...rule('b', sets(['source'], { title: 'x' })),
      },
    ],
    [
      'a timer that sets itself anew',
      rule('a', {
        on: { trigger: 'due', entity: 'order', field: 'dueOn' },
        do: [{ key: 'set', action: 'update', with: { set: { dueOn: { $date: '30d' } } } }],
      }),
    ],
    ['a record of another kind', rule('a', { on: { trigger: 'created', entity: 'order' }, do: [makes] })],
  ])('but not %s', (_, files) => {
    expect(loops(files)).toEqual([]);
  });
});
