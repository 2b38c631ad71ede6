import fc from 'fast-check';
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { eachDatabase } from '../../tests/support/databases.ts';
import { modelOf } from '../../tests/support/model.ts';
import { ENV, prepared, selectionOf, stamped } from '../../tests/support/selection.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { evaluate } from '../rules/evaluate.ts';
import { parseCondition } from '../rules/parse-condition.ts';
import type { Database } from './database.ts';
import { insertRecord } from './rows.ts';
import { selectRows } from './select.ts';

const MODEL = modelOf({
  deal: {
    fields: {
      title: { type: 'text' },
      total: { type: 'money' },
      paid: { type: 'money' },
      rank: { type: 'integer' },
      weight: { type: 'number' },
      urgent: { type: 'boolean' },
      stage: { type: 'select', options: ['new', 'won', 'lost'] },
      tags: { type: 'multiSelect', options: ['hot', 'vip'] },
      dueOn: { type: 'date' },
      visitAt: { type: 'dateTime' },
      customer: { type: 'reference', to: 'contact', inverse: 'deals' },
      assignee: { type: 'reference', to: 'user' },
    },
  },
  contact: {
    fields: {
      name: { type: 'text' },
      phone: { type: 'phone' },
      email: { type: 'email' },
      assignee: { type: 'reference', to: 'user' },
    },
  },
  task: {
    fields: {
      title: { type: 'text' },
      about: { type: 'reference', to: ['deal', 'contact'], inverse: 'tasks' },
      assignee: { type: 'reference', to: 'user' },
    },
  },
  user: {
    fields: { name: { type: 'text' }, teams: { type: 'reference', to: 'team', many: true, inverse: 'members' } },
  },
  team: { fields: { name: { type: 'text' } } },
});

interface World {
  readonly records: Readonly<Record<string, readonly (RecordData & { id: string })[]>>;
  /** Deals with everything a condition may reach put inside. */
  readonly expanded: readonly (RecordData & { id: string })[];
}

const pick = <T>(list: readonly T[], index: number): T => list[index % list.length]!;

/** Small sets of values, so that equalities happen. */
function makeWorld(): World {
  const teams = ['Sales', 'sales'].map((name) => stamped({ name }));
  const users = [[0], [0, 1], []].map((own, index) =>
    stamped({ name: `User ${index}`, teams: own.map((team) => teams[team]!.id) }),
  );
  const ids = { user: users.map((user) => user.id) };
  const contacts = [
    stamped({ name: 'Anna Tamm', phone: '+37251234567', email: 'Anna@example.ee', assignee: ids.user[0]! }),
    stamped({ name: 'Ķēpa', phone: null, email: 'kepa@example.lv', assignee: ids.user[1]! }),
    { ...stamped({ name: 'Gone', phone: '112', email: null, assignee: null }), deletedAt: '2026-01-01T00:00:00.000Z' },
  ];
  const titles = ['Windows', 'windows 100%', 'a_b\\c', 'Õun 🪟', null];
  const deals = Array.from({ length: 24 }, (_, i) =>
    stamped({
      title: pick(titles, i),
      total: pick(['10.00', '0.00', null, '-5.50', '92233720368547758.07'], i * 3 + 1),
      paid: pick(['10.00', null, '0.00'], i),
      rank: pick([1, null, 2, -1, '9223372036854775807'], i + 2),
      weight: pick([0.1, null, 1e20, -2.5], i),
      urgent: pick([true, false, null], i),
      stage: pick(['new', 'won', null, 'lost'], i),
      tags: pick<Value>([['hot'], ['hot', 'vip'], null], i + 1),
      dueOn: pick(['2026-06-01', '2026-05-31', null, '2026-06-02'], i),
      visitAt: pick(['2026-06-01T12:00:00.000Z', null, '2026-06-01T11:59:59.999Z'], i),
      customer: pick([contacts[0]!.id, contacts[1]!.id, null, contacts[1]!.id], i),
      assignee: pick([ids.user[0]!, null, ids.user[1]!], i),
    }),
  );
  const tasks = Array.from({ length: 20 }, (_, i) => {
    const about: Value =
      i % 3 === 0
        ? { entity: 'contact', id: contacts[0]!.id }
        : i % 3 === 1
          ? { entity: 'deal', id: pick(deals, i * 5).id }
          : null;
    const task = stamped({
      title: pick(['Call', 'Visit', null], i),
      about,
      assignee: pick([ids.user[0]!, ids.user[2]!, null], i),
    });
    return i % 7 === 6 ? { ...task, deletedAt: '2026-01-01T00:00:00.000Z' } : task;
  });
  const records = { team: teams, user: users, contact: contacts, deal: deals, task: tasks };
  return { records, expanded: deals.map((deal) => expandDeal(records, deal)) };
}

function expandDeal(records: World['records'], deal: RecordData & { id: string }): RecordData & { id: string } {
  const alive = (entity: string, id: Value) =>
    records[entity]!.find((record) => record.id === id && record['deletedAt'] === null) ?? null;
  const user = (id: Value): RecordData | null => {
    const found = alive('user', id);
    return found && { ...found, teams: (found['teams'] as string[]).map((team) => alive('team', team)!) };
  };
  const tasks = (entity: string, id: string) =>
    records['task']!.filter(
      (task) =>
        task['deletedAt'] === null &&
        (task['about'] as RecordData | null)?.['entity'] === entity &&
        (task['about'] as RecordData)['id'] === id,
    ).map((task) => ({ ...task, assignee: user(task['assignee'] ?? null) }));
  const customer = alive('contact', deal['customer'] ?? null);
  const contact = customer && {
    ...customer,
    assignee: user(customer['assignee'] ?? null),
    tasks: tasks('contact', customer.id),
    deals: [],
  };
  return { ...deal, customer: contact, assignee: user(deal['assignee'] ?? null), tasks: tasks('deal', deal.id) };
}

const WORLD = makeWorld();
const USERS = WORLD.records['user']!.map((user) => user.id);
const CONTACTS = WORLD.records['contact']!.map((contact) => contact.id);
const ME = { ...ENV, zone: 'Pacific/Auckland', me: USERS[0]!, teamMates: [USERS[0]!, USERS[2]!] };

function comparison(key: string, values: readonly unknown[], ops: readonly string[]): fc.Arbitrary<unknown> {
  const value = fc.constantFrom(...values);
  const plain = fc.tuple(fc.constantFrom(...ops), value).map(([op, operand]) => ({ [key]: { [op]: operand } }));
  const listed = fc.constantFrom(...values.filter((one) => typeof one !== 'object'));
  const list = fc
    .tuple(fc.constantFrom('in', 'nin'), fc.array(fc.oneof(listed, fc.constant(null)), { maxLength: 3 }))
    .map(([op, operand]) => ({ [key]: { [op]: operand } }));
  const empty = fc.oneof(
    fc.boolean().map((wanted) => ({ [key]: { empty: wanted } })),
    fc.constant({ [key]: null }),
    fc.constant({ [key]: { ne: null } }),
  );
  return fc.oneof(
    { weight: 3, arbitrary: plain },
    { weight: ops.includes('eq') ? 1 : 0, arbitrary: list },
    { weight: 1, arbitrary: empty },
  );
}

const ORDERED = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte'];
const TEXT = ['eq', 'ne', 'contains', 'startsWith'];
const TEXTS = ['Windows', 'windows', 'WIN', '100%', '_', '\\', 'õun', '🪟', 'k'];

const taskLeaf = fc.oneof(
  comparison('title', ['Call', 'visit'], TEXT),
  comparison('assignee', [...USERS, '$me', '$myTeam'], ['eq', 'ne']),
  fc.constant({ 'assignee.teams': { some: { name: 'Sales' } } }),
);
const dealLeaf = fc.oneof(
  comparison('title', TEXTS, TEXT),
  comparison('total', ['10', '0.00', -5.5, '92233720368547758.07', '7'], ORDERED),
  comparison('rank', [1, -1, '9223372036854775807', 2], ORDERED),
  comparison('weight', [0.1, 1e20, 0], ORDERED),
  comparison('urgent', [true, false], ['eq', 'ne']),
  comparison('stage', ['new', 'won'], ['eq', 'ne']),
  fc
    .constantFrom({ tags: { contains: 'hot' } }, { tags: ['hot', 'vip'] }, { tags: { empty: true } })
    .filter((leaf) => !Array.isArray(leaf.tags)),
  comparison('dueOn', ['2026-06-01', { $now: '0d' }, { $now: '-1d' }], ORDERED),
  comparison('visitAt', ['2026-06-01T15:00:00+03:00', { $now: '0s' }], ORDERED),
  fc
    .tuple(fc.constantFrom(...ORDERED), fc.constantFrom('total', 'paid'))
    .map(([op, other]) => ({ paid: { [op]: { $field: other } } })),
  comparison('assignee', [...USERS, '$me', '$myTeam'], ['eq', 'ne']),
  comparison('customer', CONTACTS.slice(0, 2), ['eq', 'ne']),
  comparison('customer.name', ['Anna Tamm', 'kepa', 'ĶĒPA'], TEXT),
  comparison('customer.phone', ['512 345 67', '5123', '112'], TEXT),
  comparison('customer.email', ['ANNA@example.ee', 'kepa'], TEXT),
  comparison('customer.assignee.name', ['User 0', 'user'], TEXT),
);
const quantified = (key: string, inner: fc.Arbitrary<unknown>) =>
  fc
    .tuple(
      fc.constantFrom('some', 'none', 'every'),
      fc.oneof(
        inner,
        fc.constant({}),
        inner.map((leaf) => ({ not: leaf })),
      ),
    )
    .map(([quantifier, of]) => ({ [key]: { [quantifier]: of } }));
const leaf = fc.oneof(
  { weight: 6, arbitrary: dealLeaf },
  { weight: 2, arbitrary: quantified('tasks', taskLeaf) },
  { weight: 1, arbitrary: quantified('customer.tasks', taskLeaf) },
  { weight: 1, arbitrary: quantified('assignee.teams', comparison('name', ['Sales', 'sales'], TEXT)) },
);
const { condition } = fc.letrec<{ condition: unknown }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    { weight: 5, arbitrary: leaf },
    { weight: 1, arbitrary: tie('condition').map((inner) => ({ not: inner })) },
    { weight: 1, arbitrary: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })) },
    { weight: 1, arbitrary: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })) },
  ),
}));

async function insertWorld(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    for (const [entity, records] of Object.entries(WORLD.records))
      for (const record of records) await insertRecord(tx, MODEL.entity(entity), record);
  });
}

eachDatabase((open, dialect) => {
  it('finds the very records that the condition holds for in memory', async () => {
    const { db } = await prepared(open, MODEL);
    await insertWorld(db);
    const unparsable: unknown[] = [];
    await fc.assert(
      fc.asyncProperty(condition, async (json) => {
        const parsed = tryParse(json, unparsable);
        if (!parsed) return;
        const inMemory = WORLD.expanded.filter((deal) => evaluate(parsed, deal, ME)).map((deal) => deal.id);
        const selection = selectionOf(MODEL, 'deal', { where: parsed, keys: ['id'], env: ME });
        const found = await selectRows({ all: (sql) => db.read(sql) }, selection, dialect);
        expect(
          found.map((row) => row.id),
          JSON.stringify(json),
        ).toEqual(inMemory.sort());
      }),
      { numRuns: 600 },
    );
    expect(unparsable).toEqual([]);
  });

  it('treats a row outside the caller’s rows, and a value he may not see, as absent', async () => {
    const { db } = await prepared(open, MODEL);
    await insertWorld(db);
    const anna = parseCondition({ name: 'Anna Tamm' }, 'contact', MODEL);
    const path = {
      entity: 'deal',
      hops: [{ field: MODEL.field('deal', 'customer')!, entity: 'contact', rows: anna }],
      field: MODEL.field('contact', 'email')!,
    };
    const ids = async (where: Parameters<typeof selectionOf>[2]) =>
      (await selectRows({ all: (sql) => db.read(sql) }, selectionOf(MODEL, 'deal', where), dialect)).map(
        (row) => row.id,
      );
    const withEmail = await ids({
      where: { kind: 'compare', path, op: 'empty', operand: { kind: 'value', value: false } },
    });
    expect(withEmail).toEqual(
      WORLD.records['deal']!.filter((deal) => deal['customer'] === CONTACTS[0]).map((deal) => deal.id),
    );
    const visible = parseCondition({ stage: 'new' }, 'deal', MODEL);
    const total = { entity: 'deal', hops: [], field: MODEL.field('deal', 'total')!, visible };
    const filled = await ids({
      where: { kind: 'compare', path: total, op: 'ne', operand: { kind: 'value', value: '10.00' } },
    });
    expect(filled).toEqual(
      WORLD.records['deal']!.filter((deal) => deal['stage'] !== 'new' || deal['total'] !== '10.00').map(
        (deal) => deal.id,
      ),
    );
  });

  it('counts a deleted record at the end of a step as absent, but not the reference to it', async () => {
    const { db } = await prepared(open, MODEL);
    await insertWorld(db);
    const deal = stamped({ title: 'Orphan', customer: CONTACTS[2]! });
    await db.transaction((tx) => insertRecord(tx, MODEL.entity('deal'), deal));
    const count = async (filter: unknown) =>
      (
        await selectRows(
          { all: (sql) => db.read(sql) },
          selectionOf(MODEL, 'deal', { filter: { all: [{ title: 'Orphan' }, filter] } }),
          dialect,
        )
      ).length;
    expect(await count({ 'customer.name': 'Gone' })).toBe(0);
    expect(await count({ 'customer.name': null })).toBe(1);
    expect(await count({ customer: null })).toBe(0);
    expect(await count({ customer: CONTACTS[2] })).toBe(1);
    expect(await count({ 'customer.tasks': { none: {} } })).toBe(1);
  });

  it('finds nothing for an id that is none, and refuses a value of the wrong kind', async () => {
    const { db } = await prepared(open, MODEL);
    const where = (value: unknown) =>
      ({
        kind: 'compare',
        path: { entity: 'task', hops: [], field: MODEL.field('task', 'about')! },
        op: 'eq',
        operand: { kind: 'value', value },
      }) as const;
    const find = (value: unknown) =>
      selectRows({ all: (sql) => db.read(sql) }, selectionOf(MODEL, 'task', { where: where(value) }), dialect);
    expect(await find(uuidv7())).toEqual([]);
    await expect(find('nonsense')).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: 'The filter on "about": Must be the id of a record.',
    });
  });
});

function tryParse(json: unknown, failed: unknown[]) {
  try {
    return parseCondition(json, 'deal', MODEL);
  } catch (error) {
    failed.push([json, String(error)]);
    return undefined;
  }
}
