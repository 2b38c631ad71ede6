import type { RecordData, Value } from '../../core/fields/field-type.ts';
import type { Dialect } from './databases.ts';
import { randomRoles } from './access-roles.ts';
import type { RoleDocument } from './access-roles.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';
import { openSmallFirm } from './small-firm.ts';
import type { SmallFirm } from './small-firm.ts';

type Json = Record<string, unknown>;

/** A firm with every kind of field and reference, random roles and random records: the same for the same seed, on either database. */
export interface AccessWorld {
  readonly firm: AccessFirm;
  readonly roles: readonly RoleDocument[];
  readonly people: readonly Person[];
  /** Ids of all records by entity, deleted ones too. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
}

/** What the world needs of whatever holds it. */
export type AccessFirm = Pick<SmallFirm, 'db' | 'model' | 'records' | 'clock' | 'as' | 'add'>;

export interface Person {
  readonly id: string;
  readonly teamMates: readonly string[];
}

const entity = (id: string, properties: Json, about: Json = {}): Json => ({
  [`schemas/entities/${id}.json`]: {
    $schema: 'x',
    $id: id,
    title: id[0]!.toUpperCase() + id.slice(1),
    type: 'object',
    additionalProperties: false,
    'x-entity': { plural: `${id}s`, display: '{{name}}', ...about },
    required: ['name'],
    properties: { name: { type: 'string', maxLength: 40 }, ...properties },
  },
});

const to = (target: string | readonly string[], more: Json = {}): Json => ({
  'x-field': { type: 'reference', to: target, onDelete: 'clear', ...more },
});
const field = (type: string, more: Json = {}): Json => ({ 'x-field': { type, ...more } });
const short: Json = { type: 'string', maxLength: 20 };
const owned = { owner: 'assignee' };

/** Every relation the access rules know: plain, to several entities, to many, children through `access.via` over one and two steps. */
export const ENTITIES: Json = {
  ...entity('region', { code: { ...short, 'x-field': { unique: true } }, level: { type: 'integer' } }),
  ...entity('tag', { grade: { type: 'integer' } }),
  ...entity(
    'client',
    {
      city: { enum: ['riga', 'tartu', 'bergamo'] },
      phone: { type: 'string', format: 'phone' },
      email: { type: 'string', format: 'email', 'x-field': { unique: true } },
      secret: short,
      score: { type: 'integer' },
      region: to('region', { inverse: 'clients' }),
      tags: to('tag', { many: true, inverse: 'clients' }),
      assignee: to('user'),
      dealCount: field('integer', { rollup: { of: 'deals', count: true } }),
      dealSum: field('money', { rollup: { of: 'deals', sum: 'amount' } }),
      bigDeals: field('integer', { rollup: { of: 'deals', count: true, where: { margin: { gte: 5 } } } }),
    },
    owned,
  ),
  ...entity(
    'trade',
    {
      client: to('client', { inverse: 'deals', timeline: true }),
      origin: to('trade', { inverse: 'followers' }),
      amount: field('money'),
      margin: field('money'),
      markup: field('money', { computed: 'coalesce(margin, 0) * 2' }),
      share: field('number'),
      clientScore: field('integer', { computed: 'client.score' }),
      kind: { enum: ['new', 'repair'] },
      marks: { type: 'array', items: { enum: ['hot', 'vip'] } },
      urgent: { type: 'boolean' },
      dueOn: { type: 'string', format: 'date' },
      metAt: { type: 'string', format: 'date-time' },
      tags: to('tag', { many: true, inverse: 'deals' }),
      assignee: to('user'),
      total: field('money', { rollup: { of: 'lines', sum: 'price' } }),
    },
    owned,
  ),
  ...entity(
    'line',
    {
      trade: to('trade', { inverse: 'lines', onDelete: 'cascade', timeline: true }),
      price: field('money'),
      tag: to('tag', { inverse: 'lines' }),
    },
    { access: { via: 'trade' } },
  ),
  ...entity(
    'piece',
    { line: to('line', { inverse: 'pieces', onDelete: 'cascade' }), width: { type: 'integer' } },
    { access: { via: 'line' } },
  ),
  ...entity(
    'note',
    { about: to(['client', 'trade'], { inverse: 'notes', onDelete: 'cascade', timeline: true }), text: short },
    { access: { via: 'about' } },
  ),
  ...entity(
    'chore',
    {
      about: to(['client', 'trade'], { inverse: 'tasks', onDelete: 'cascade' }),
      assignee: to('user'),
      done: { type: 'boolean' },
    },
    owned,
  ),
};

/** Few values, so that equalities happen. */
export const VALUES: Readonly<Record<string, readonly Value[]>> = {
  name: ['Oak', 'oak', 'Õak gate', 'Pine 12', 'pine', 'Ash'],
  code: ['a1', 'b2', 'c3', 'd4'],
  integer: [0, 1, 2, 5],
  money: ['0.00', '1.50', '5.00', '7.25', '-2.00'],
  number: [0.5, 1, 2.25],
  city: ['riga', 'tartu', 'bergamo'],
  phone: ['+372 5123 4567', '80012345', '+371 2612 3456'],
  secret: ['gold', 'Silver', 'oak'],
  text: ['call oak', 'gold', 'visit'],
  date: ['2026-03-14', '2026-03-15', '2026-04-01'],
  instant: ['2026-03-15T09:59:59.999Z', '2026-03-15T10:00:00.000Z', '2026-04-02T08:00:00.000Z'],
  kind: ['new', 'repair'],
  marks: [['hot'], ['hot', 'vip'], ['vip']],
  boolean: [true, false],
};

/** A world of its own. */
export async function openAccessWorld(
  dialect: Dialect,
  seed: number,
): Promise<AccessWorld & { readonly firm: SmallFirm }> {
  const random = createRandom(seed);
  const roles = randomRoles(random, 40);
  const firm = await openSmallFirm(dialect, { ...entity('user', {}), ...ENTITIES, ...roleFiles(roles) });
  const users: string[] = [];
  for (let index = 0; index < 5; index += 1) users.push(await firm.add('user', { name: `User ${index}` }));
  const people = users.slice(0, 4).map((id, index) => ({
    id,
    teamMates: index === 3 ? [id] : index === 0 ? [id, users[1]!, users[2]!] : [id, users[0]!],
  }));
  return { firm, roles, people, ids: await fillWorld(firm, random, users) };
}

/** The definition files of roles. */
export function roleFiles(roles: readonly RoleDocument[]): Json {
  const files = roles.map((role) => [
    `schemas/roles/${role.name}.json`,
    { $schema: 'x', title: role.name, operations: [], ...role },
  ]);
  return Object.fromEntries(files) as Json;
}

/** Records of all entities; some are deleted afterwards, some changed, so that there is a history. */
export async function fillWorld(
  firm: AccessFirm,
  random: Random,
  users: readonly string[],
): Promise<Record<string, string[]>> {
  const ids: Record<string, string[]> = { user: [...users] };
  const maybe = <T>(value: T): T | null => (random.chance(0.25) ? null : value);
  const of = (key: string) => maybe(random.pick(VALUES[key]!));
  const ref = (name: string) => maybe(random.pick(ids[name] ?? [])) ?? null;
  const about = () => {
    const target = random.pick(['client', 'trade']);
    const id = ref(target);
    return id === null ? null : { entity: target, id };
  };
  const owner = () => ref('user');
  const makers: Readonly<Record<string, readonly [count: number, make: (index: number) => RecordData]>> = {
    region: [
      3,
      (index) => ({ name: random.pick(['North', 'south']), code: VALUES['code']![index]!, level: of('integer') }),
    ],
    tag: [4, () => ({ name: random.pick(['red', 'Blue']), grade: of('integer') })],
    client: [10, (index) => clientOf(index)],
    trade: [22, () => dealOf()],
    line: [26, () => ({ name: 'line', trade: ref('trade'), price: of('money'), tag: ref('tag') })],
    piece: [16, () => ({ name: random.pick(['Oak', 'glass']), line: ref('line'), width: of('integer') })],
    note: [16, () => ({ name: 'note', about: about(), text: of('text') })],
    chore: [
      14,
      () => ({ name: random.pick(['Call', 'visit']), about: about(), assignee: owner(), done: of('boolean') }),
    ],
  };
  const links = () => random.some(ids['tag']!, 3);
  function clientOf(index: number): RecordData {
    const plain = { name: random.pick(VALUES['name']!), city: of('city'), phone: of('phone'), secret: of('secret') };
    return {
      ...plain,
      email: maybe(`c${index}@oak.ee`),
      score: of('integer'),
      region: ref('region'),
      tags: links(),
      assignee: owner(),
    };
  }
  function dealOf(): RecordData {
    const money = { amount: of('money'), margin: of('money'), share: of('number') };
    const rest = {
      kind: of('kind'),
      marks: of('marks'),
      urgent: of('boolean'),
      dueOn: of('date'),
      metAt: of('instant'),
    };
    return {
      name: random.pick(VALUES['name']!),
      client: ref('client'),
      origin: ref('trade'),
      ...money,
      ...rest,
      tags: links(),
      assignee: owner(),
    };
  }
  for (const [name, [count, make]] of Object.entries(makers)) {
    ids[name] = [];
    for (let index = 0; index < count; index += 1) ids[name].push(await firm.add(name, make(index)));
  }
  await unsettle(firm, random, ids);
  return ids;
}

async function unsettle(firm: AccessFirm, random: Random, ids: Record<string, string[]>): Promise<void> {
  const system = firm.as({ kind: 'system', reason: 'test' });
  const write = firm.records.write.bind(firm.records, system);
  for (const id of random.some(ids['trade']!, 6)) {
    const input = { margin: random.pick(VALUES['money']!), client: random.pick(ids['client']!) };
    await write({ op: 'update', entity: 'trade', id, input });
  }
  for (const id of random.some(ids['client']!, 4))
    await write({ op: 'update', entity: 'client', id, input: { secret: random.pick(VALUES['secret']!), score: 5 } });
  for (const [name, count] of [
    ['client', 1],
    ['trade', 2],
    ['line', 3],
    ['note', 2],
    ['tag', 1],
    ['chore', 2],
  ] as const)
    for (const id of random.some(ids[name]!, count))
      await write({ op: 'delete', entity: name, id }).catch(() => undefined);
}
