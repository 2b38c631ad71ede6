import fc from 'fast-check';
import { expect, it } from 'vitest';
import { eachDatabase } from '../../tests/support/databases.ts';
import { modelOf } from '../../tests/support/model.ts';
import { createRandom } from '../../tests/support/random.ts';
import { ENV, prepared, selectionOf, stamped } from '../../tests/support/selection.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { evaluate } from '../rules/evaluate.ts';
import { RuleErrors, parseCondition } from '../rules/parse-condition.ts';
import { insertRecord } from './rows.ts';
import { selectRows } from './select.ts';

const FIELDS = {
  title: { type: 'text' },
  code: { type: 'text' },
  page: { type: 'richText' },
  rank: { type: 'integer' },
  count: { type: 'integer' },
  weight: { type: 'number' },
  size: { type: 'decimal', scale: 3 },
  rate: { type: 'decimal', scale: 1 },
  total: { type: 'money' },
  yen: { type: 'money', scale: 0 },
  urgent: { type: 'boolean' },
  paid: { type: 'boolean' },
  dueOn: { type: 'date' },
  endOn: { type: 'date' },
  visitAt: { type: 'dateTime' },
  doneAt: { type: 'dateTime' },
  takes: { type: 'duration' },
  rest: { type: 'duration' },
  stage: { type: 'select', options: ['new', 'won'] },
  tags: { type: 'multiSelect', options: ['hot', 'vip'] },
  mail: { type: 'email' },
  phone: { type: 'phone' },
  mobile: { type: 'phone' },
  site: { type: 'url' },
  where: { type: 'address' },
  details: { type: 'json' },
  owner: { type: 'reference', to: 'user' },
  helper: { type: 'reference', to: 'user' },
  about: { type: 'reference', to: ['thing', 'user'] },
  other: { type: 'reference', to: 'thing', inverse: 'others' },
  friends: { type: 'reference', to: 'user', many: true },
} as const;

const MODEL = modelOf({ thing: { fields: FIELDS }, user: { fields: { name: { type: 'text' } } } });
const THING = MODEL.entity('thing');
const random = createRandom(3);
const USERS = ['Ann', 'ann', null].map((name) => stamped({ name }));

/** Near one another, at the edges, and equal in all but form. */
const POOLS: Readonly<Record<string, readonly Value[]>> = {
  text: ['Õun', 'oun', 'OUN', 'a%b', 'a_b', 'a\\b', '🪟', ' x', '12'],
  richText: ['<p>Õun <b>rot</b></p>', '<p>oun</p>'],
  integer: [0, -1, 7, '9223372036854775807', '-9223372036854775808'],
  number: [0, -0.1, 0.1, 0.30000000000000004, 1e21],
  decimal: ['0.000', '0.100', '1.500', '-1.500'],
  money: ['0.00', '0.10', '1.50', '-1.50', '92233720368547758.07'],
  boolean: [true, false],
  date: ['2026-05-31', '2026-06-01', '2026-06-02', '0001-01-01'],
  dateTime: ['2026-06-01T12:00:00.000Z', '2026-06-01T11:59:59.999Z', '2026-05-31T00:00:00.000Z'],
  duration: ['PT1H', 'PT1H30M', 'PT60S'],
  select: ['new', 'won'],
  multiSelect: [['hot'], ['hot', 'vip'], ['vip']],
  email: ['Ann@x.ee', 'ann@x.ee', 'bob@x.ee'],
  phone: ['+37251234567', '+3725123456', '112', '80012345'],
  url: ['https://x.ee/A', 'https://x.ee/a', 'mailto:ann@x.ee'],
  address: ['Õun 1\nRiga', 'oun 1'],
  json: [{ a: 1 }, []],
};
/** Money without digits and decimals of one digit have values of their own. */
const OWN: Readonly<Record<string, readonly Value[]>> = { yen: ['0', '7', '-7'], rate: ['0.0', '0.1', '1.5'] };

const poolOf = (key: string): readonly Value[] => OWN[key] ?? POOLS[THING.fields.get(key)!.type.name] ?? [];

function makeThings(): readonly (RecordData & { id: string })[] {
  const made: (RecordData & { id: string })[] = [];
  const maybe = (value: Value | undefined): Value => (random.chance(0.3) ? null : (value ?? null));
  const user = () => random.pick(USERS).id;
  for (let index = 0; index < 40; index += 1) {
    const plain = Object.keys(FIELDS)
      .filter((key) => poolOf(key).length > 0)
      .map((key) => [key, maybe(random.pick(poolOf(key)))]);
    const earlier = made.length === 0 ? undefined : random.pick(made).id;
    const links = {
      owner: maybe(user()),
      helper: maybe(user()),
      other: maybe(earlier),
      about: maybe(
        random.chance(0.5)
          ? { entity: 'user', id: user() }
          : earlier === undefined
            ? null
            : { entity: 'thing', id: earlier },
      ),
      friends: random.some(USERS, 2).map(({ id }) => id),
    };
    made.push(stamped({ ...(Object.fromEntries(plain) as RecordData), ...links }));
  }
  return made;
}

const THINGS = makeThings();

/** A thing with the thing it names inside, and that one's inside it. */
function expanded(thing: RecordData, depth = 2): RecordData {
  const other = THINGS.find(({ id }) => id === thing['other']);
  const friends = (thing['friends'] as readonly string[]).map((id) => USERS.find((user) => user.id === id)!);
  const others =
    depth > 0 ? THINGS.filter((one) => one['other'] === thing['id']).map((one) => expanded(one, depth - 1)) : [];
  return {
    ...thing,
    friends,
    others,
    other: other && depth > 0 ? expanded(other, depth - 1) : (thing['other'] ?? null),
  };
}

const EXPANDED = THINGS.map((thing) => [thing.id, expanded(thing)] as const);
const ME = { ...ENV, zone: 'Pacific/Auckland', me: USERS[0]!.id, teamMates: [USERS[0]!.id, USERS[1]!.id] };

function operandsOf(key: string): readonly unknown[] {
  const { type, reference } = THING.fields.get(key)!;
  if (reference) return [...USERS.map(({ id }) => id), ...THINGS.slice(0, 3).map(({ id }) => id), '$me', '$myTeam'];
  const moments =
    type.name === 'date' || type.name === 'dateTime' ? [{ $now: '0d' }, { $now: '-1d' }, { $now: '12h' }] : [];
  return [...poolOf(key), ...moments];
}

const keys = Object.keys(FIELDS).filter((key) => key !== 'friends');
const leaf = fc.constantFrom(...keys, 'createdAt', 'id').chain((key) => {
  const field = THING.fields.get(key)!;
  const values =
    key === 'createdAt' ? POOLS['dateTime']! : key === 'id' ? THINGS.slice(0, 4).map(({ id }) => id) : operandsOf(key);
  const alike = keys.filter(
    (one) => THING.fields.get(one)!.type.name === field.type.name && !['json', 'multiSelect'].includes(field.type.name),
  );
  const fields = alike.flatMap((one) => [{ $field: one }, { $field: `other.${one}` }]);
  const operand = fc.constantFrom(...values, ...fields, null);
  const path = fc.constantFrom(key, key, `other.${key}`);
  const one = fc
    .tuple(path, fc.constantFrom(...field.type.operators), operand)
    .map(([at, op, value]) => ({ [at]: { [op]: op === 'empty' ? value !== null : value } }));
  const list = fc
    .tuple(path, fc.constantFrom('in', 'nin'), fc.array(fc.constantFrom(...values, null), { maxLength: 4 }))
    .map(([at, op, items]) => ({ [at]: { [op]: items } }));
  const nothing = fc.tuple(path, fc.constantFrom(null, { ne: null })).map(([at, value]) => ({ [at]: value }));
  return fc.oneof({ weight: 5, arbitrary: one }, { weight: 1, arbitrary: list }, { weight: 1, arbitrary: nothing });
});
const lists = fc
  .tuple(
    fc.constantFrom('friends', 'other.friends'),
    fc.constantFrom('some', 'none', 'every'),
    fc.constantFrom({}, { name: 'Ann' }, { name: { contains: 'ANN' } }, { name: null }),
  )
  .map(([at, quantifier, of]) => ({ [at]: { [quantifier]: of } }));
const related = fc
  .tuple(fc.constantFrom('some', 'none', 'every'), leaf)
  .map(([quantifier, of]) => ({ others: { [quantifier]: of } }));
const atom = fc.oneof(
  { weight: 6, arbitrary: leaf },
  { weight: 1, arbitrary: lists },
  { weight: 1, arbitrary: related },
);
const condition = fc.oneof(
  { weight: 3, arbitrary: atom },
  { weight: 1, arbitrary: atom.map((not) => ({ not })) },
  { weight: 1, arbitrary: fc.tuple(atom, atom).map((any) => ({ not: { any } })) },
  { weight: 1, arbitrary: fc.tuple(atom, atom).map((all) => ({ all })) },
);

/** Every type by every operator against every kind of operand: memory and SQL give one answer (design: one tree, two readers). */
eachDatabase((open, dialect) => {
  it('agrees with memory on every type, operator and operand', async () => {
    const { db } = await prepared(open, MODEL);
    await db.transaction(async (tx) => {
      for (const user of USERS) await insertRecord(tx, MODEL.entity('user'), user);
      for (const thing of THINGS) await insertRecord(tx, THING, thing);
    });
    const tried = { asked: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(condition, async (json) => {
        const parsed = parsedOrRefused(json);
        tried[parsed ? 'asked' : 'refused'] += 1;
        if (!parsed) return;
        const [memory, found] = await Promise.all([
          outcome(async () => EXPANDED.filter(([, thing]) => evaluate(parsed, thing, ME)).map(([id]) => id)),
          outcome(async () => {
            const selection = selectionOf(MODEL, 'thing', { where: parsed, keys: ['id'], env: ME });
            return (await selectRows({ all: (statement) => db.read(statement) }, selection, dialect)).map(
              ({ id }) => id,
            );
          }),
        ]);
        expect(found, JSON.stringify(json)).toEqual(memory);
      }),
      { numRuns: 1500, seed: 11 },
    );
    expect(tried.asked).toBeGreaterThan(800);
  });
});

function parsedOrRefused(json: unknown) {
  try {
    return parseCondition(json, 'thing', MODEL);
  } catch (error) {
    if (error instanceof RuleErrors) return undefined;
    throw error;
  }
}

/** The ids, or that the operand was refused: both readers refuse the same. */
async function outcome(work: () => Promise<readonly string[]>): Promise<readonly string[] | 'refused'> {
  try {
    return (await work()).toSorted();
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'FieldError' || name === 'CasementError') return 'refused';
    throw error;
  }
}
