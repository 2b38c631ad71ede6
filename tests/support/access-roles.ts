import type { Random } from './random.ts';

export type RoleLevel = 'all' | 'team' | 'own' | 'none' | Readonly<Record<string, unknown>>;
export type FieldLevel = 'hidden' | 'read' | 'write';

export interface RoleEntity {
  readonly read?: RoleLevel;
  readonly create?: RoleLevel;
  readonly update?: RoleLevel;
  readonly delete?: RoleLevel;
  readonly assign?: RoleLevel;
  readonly fields?: Readonly<Record<string, FieldLevel>>;
}

export interface RoleDocument {
  readonly name: string;
  readonly entities: Readonly<Record<string, RoleEntity>>;
}

/** Conditions a role may give in place of a level: own fields, steps to other records, lists, the caller, negations. */
const CONDITIONS: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  region: [{ level: { gte: 1 } }, { not: { name: 'North' } }, { clients: { some: { city: 'riga' } } }],
  tag: [{ grade: { gt: 0 } }, { name: { contains: 'red' } }],
  client: [
    { city: 'riga' },
    { 'region.level': { gte: 1 } },
    { not: { 'region.name': 'North' } },
    { any: [{ assignee: '$me' }, { city: { in: ['tartu', null] } }] },
    { deals: { some: { urgent: true } } },
    { deals: { none: { 'client.score': { gt: 1 } } } },
    { tags: { some: { grade: { gte: 1 } } } },
    { secret: { empty: false } },
  ],
  trade: [
    { kind: 'new' },
    { 'client.city': 'riga' },
    { 'client.assignee': '$me' },
    { not: { 'client.region.level': { gte: 1 } } },
    { margin: { gte: 1 } },
    { lines: { some: { price: { gt: 0 } } } },
    { lines: { every: { 'tag.grade': { gte: 1 } } } },
    { tags: { empty: true } },
    { dueOn: { lte: { $now: '0d' } } },
    { amount: { gt: { $field: 'margin' } } },
    { all: [{ assignee: { in: '$myTeam' } }, { 'origin.kind': { ne: 'new' } }] },
  ],
  line: [{ price: { gte: 1 } }, { 'tag.name': 'red' }],
  piece: [{ width: { gt: 0 } }],
  note: [{ text: 'gold' }, { 'about.trade.kind': 'new' }],
  chore: [{ done: false }, { 'about.client.city': 'riga' }, { 'about.trade': { empty: false } }],
  user: [],
};

/** Fields a role may hide, or name although another rule would hide them. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  user: ['name'],
  region: ['name', 'level', 'code'],
  tag: ['name', 'grade'],
  client: [
    'name',
    'city',
    'phone',
    'email',
    'secret',
    'score',
    'region',
    'tags',
    'assignee',
    'dealCount',
    'dealSum',
    'bigDeals',
    'createdAt',
  ],
  trade: [
    'name',
    'client',
    'origin',
    'amount',
    'margin',
    'markup',
    'share',
    'clientScore',
    'kind',
    'marks',
    'urgent',
    'dueOn',
    'metAt',
    'tags',
    'assignee',
    'total',
  ],
  line: ['trade', 'price', 'tag'],
  piece: ['line', 'width'],
  note: ['about', 'text'],
  chore: ['about', 'assignee', 'done'],
};

export function randomRoles(random: Random, count: number): readonly RoleDocument[] {
  return Array.from({ length: count }, (_, index) => ({ name: `role${index}`, entities: randomEntities(random) }));
}

function randomEntities(random: Random): Readonly<Record<string, RoleEntity>> {
  const named = Object.keys(FIELDS).filter(() => random.chance(0.7));
  const entities = named.map((entity) => [entity, randomEntity(random, entity)] as const);
  const rest = random.chance(0.4) ? [['*', { read: random.pick(['all', 'team', 'own'] as const) }] as const] : [];
  return Object.fromEntries([...entities, ...rest]);
}

const LEVELS = ['all', 'all', 'team', 'own', 'none'] as const;
/** Without an owner `own` and `team` mean nothing, and the loader says so. */
const OWNERLESS = ['user', 'region', 'tag'];

function randomEntity(random: Random, entity: string): RoleEntity {
  const owned = !OWNERLESS.includes(entity);
  const level = (): RoleLevel =>
    random.chance(0.35) && CONDITIONS[entity]!.length > 0
      ? random.pick(CONDITIONS[entity]!)
      : random.pick(LEVELS.filter((name) => owned || (name !== 'team' && name !== 'own')));
  const fields = FIELDS[entity]!.filter(() => random.chance(0.2)).map((key) => [
    key,
    random.pick(['hidden', 'hidden', 'read', 'write'] as const),
  ]);
  return {
    ...(random.chance(0.85) ? { read: level() } : {}),
    ...(random.chance(0.5) ? { create: level(), update: level() } : {}),
    ...(random.chance(0.3) ? { delete: level() } : {}),
    ...(fields.length > 0 ? { fields: Object.fromEntries(fields) } : {}),
  };
}
