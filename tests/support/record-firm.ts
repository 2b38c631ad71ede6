import type { Context } from '../../core/context.ts';
import type { RecordData } from '../../core/fields/field-type.ts';
import { CasementError } from '../../core/errors.ts';
import { sql } from '../../core/storage/sql.ts';
import type { Dialect, TestDatabaseOptions } from './databases.ts';
import { openSmallFirm } from './small-firm.ts';
import type { SmallFirm } from './small-firm.ts';

type Json = Record<string, unknown>;

const entity = (id: string, about: { properties: Json; required?: readonly string[]; 'x-entity'?: Json }): Json => ({
  [`schemas/entities/${id}.json`]: {
    $schema: 'x',
    $id: id,
    title: id[0]!.toUpperCase() + id.slice(1),
    type: 'object',
    additionalProperties: false,
    'x-entity': { plural: `${id}s`, display: '{{name}}', ...about['x-entity'] },
    required: about.required ?? ['name'],
    properties: { name: { type: 'string', maxLength: 80 }, ...about.properties },
  },
});

const to = (target: string | readonly string[], more: Json = {}): Json => ({
  'x-field': { type: 'reference', to: target, ...more },
});
const field = (type: string, more: Json = {}): Json => ({ 'x-field': { type, ...more } });

const ENTITIES: Json = {
  ...entity('user', { properties: {} }),
  ...entity('organisation', {
    'x-entity': { single: true },
    properties: {
      zone: { type: 'string', maxLength: 40 },
      country: { type: 'string', maxLength: 2 },
      currency: { type: 'string', maxLength: 3 },
      language: { type: 'string', maxLength: 5 },
    },
  }),
  ...entity('tag', { properties: {} }),
  ...entity('client', {
    'x-entity': { owner: 'assignee' },
    properties: {
      phone: { type: 'string', format: 'phone' },
      email: { type: 'string', format: 'email', 'x-field': { unique: true } },
      secret: { type: 'string', maxLength: 80 },
      rank: { type: 'integer' },
      country: { type: 'string', maxLength: 2 },
      details: field('json'),
      assignee: to('user'),
      deals: undefined,
      dealCount: field('integer', { rollup: { of: 'deals', count: true } }),
      dealSum: field('money', { rollup: { of: 'deals', sum: 'total' } }),
    },
  }),
  ...entity('deal', {
    'x-entity': { owner: 'assignee' },
    properties: {
      city: { type: 'string', maxLength: 40 },
      customer: to('client', { inverse: 'deals', timeline: true }),
      assignee: to('user'),
      total: field('money', { rollup: { of: 'lines', sum: 'amount' } }),
      half: field('money', { computed: 'coalesce(total, 0) / 2' }),
      margin: field('money'),
      markup: field('money', { computed: 'coalesce(margin, 0) * 2' }),
      number: field('sequence', { pattern: 'D-{YYYY}-{000}' }),
      signedOn: { type: 'string', format: 'date', default: { $date: '0d' } },
      remindAt: { type: 'string', format: 'date-time', default: { $now: '1d' } },
      outcome: { type: 'string', maxLength: 40, readOnly: true },
      photo: field('image'),
      tags: to('tag', { many: true, inverse: 'deals', onDelete: 'clear' }),
      origin: to('deal', { inverse: 'followers', onDelete: 'clear' }),
      nextTask: to('task', { onDelete: 'clear' }),
    },
  }),
  ...entity('line', {
    'x-entity': { access: { via: 'deal' } },
    required: ['name', 'deal'],
    properties: { deal: to('deal', { inverse: 'lines', onDelete: 'cascade', timeline: true }), amount: field('money') },
  }),
  ...entity('task', {
    'x-entity': { owner: 'assignee' },
    properties: {
      assignee: to('user'),
      deal: to('deal', { inverse: 'tasks', onDelete: 'cascade' }),
      client: to('client', { inverse: 'tasks', onDelete: 'cascade' }),
      about: to(['client', 'deal'], { inverse: 'notes', onDelete: 'cascade', timeline: true }),
    },
  }),
};

const PIPELINES: Json = {
  'schemas/pipelines/sales.json': {
    $schema: 'x',
    name: 'sales',
    title: 'Sales',
    entity: 'deal',
    stages: [
      { key: 'new', title: 'New', kind: 'open' },
      { key: 'offer', title: 'Offer', kind: 'open' },
      { key: 'won', title: 'Won', kind: 'won' },
      { key: 'lost', title: 'Lost', kind: 'lost' },
    ],
    transitions: [
      { key: 'toOffer', from: ['new'], to: 'offer' },
      {
        key: 'toWon',
        from: ['offer'],
        to: 'won',
        requires: [
          'margin',
          { key: 'hasLines', field: 'lines', condition: { lines: { some: {} } }, message: 'A line is needed.' },
        ],
      },
      { key: 'toLost', from: ['*'], to: 'lost', roles: ['boss'] },
    ],
  },
  'schemas/pipelines/service.json': {
    $schema: 'x',
    name: 'service',
    title: 'Service',
    entity: 'deal',
    stages: [
      { key: 'asked', title: 'Asked', kind: 'open' },
      { key: 'done', title: 'Done', kind: 'won' },
    ],
    transitions: [{ key: 'toDone', from: ['asked'], to: 'done' }],
  },
};

export const LEVELS = { all: 'all', team: 'team', own: 'own', none: 'none', condition: { city: 'Riga' } } as const;
export type LevelName = keyof typeof LEVELS;
export const MATRIX_ACTIONS = ['read', 'update', 'delete'] as const;
export type MatrixAction = (typeof MATRIX_ACTIONS)[number];

const EVERYTHING = { read: 'all', create: 'all', update: 'all', delete: 'all', assign: 'all' };

const role = (name: string, entities: Json, operations: readonly string[] = []): Json => ({
  [`schemas/roles/${name}.json`]: { $schema: 'x', name, title: name, entities, operations },
});

/** The role that has everything on deals but for one action, which it has on one level. */
export function matrixRole(action: MatrixAction, level: LevelName): string {
  return `${action}${level[0]!.toUpperCase()}${level.slice(1)}`;
}

const MATRIX_ROLES: Json = Object.assign(
  {},
  ...MATRIX_ACTIONS.flatMap((action) =>
    (Object.keys(LEVELS) as LevelName[]).map((level) =>
      role(
        matrixRole(action, level),
        {
          deal: { ...EVERYTHING, [action]: LEVELS[level] },
          task: EVERYTHING,
          client: EVERYTHING,
          user: { read: 'all' },
          tag: EVERYTHING,
        },
        ['massEdit'],
      ),
    ),
  ),
) as Json;

const ROLES: Json = {
  ...role('boss', { '*': EVERYTHING }, ['massEdit']),
  ...role('editor', {}, ['massEdit']),
  ...role('seller', {
    client: { read: 'all', create: 'all', update: 'own', delete: 'own', fields: { secret: 'hidden', rank: 'read' } },
    deal: { read: 'own', create: 'all', update: 'own', delete: 'own', assign: 'own', fields: { margin: 'hidden' } },
    task: { read: 'own', create: 'all', update: 'own', delete: 'own' },
    user: { read: 'all' },
    tag: { read: 'all' },
  }),
  ...role('operator', { '*': { read: 'all' } }, ['jobs']),
  ...role('clerk', { client: { read: 'own' } }, ['jobs']),
  ...role('viewer', {
    client: { read: { deals: { some: { city: 'Riga' } } }, update: 'team', assign: 'own' },
    user: { read: 'all' },
  }),
  ...role('bySecret', { client: { read: { secret: 'x' } } }),
  ...role('reader', { '*': { read: 'all' } }),
  ...role('noTargets', { deal: { ...EVERYTHING }, task: EVERYTHING }),
  ...role('intern', { client: { read: 'own', create: 'all', update: 'own' } }),
  ...role('bookkeeper', { client: { read: 'all', update: { name: 'Open' }, fields: { secret: 'hidden' } } }),
  ...role('ownDeals', { deal: { read: 'own' }, client: { read: 'all' }, tag: { read: 'all' } }),
  ...role('bareDeals', {
    deal: { read: 'all', fields: { customer: 'hidden', tags: 'hidden' } },
    client: { read: 'all' },
    tag: { read: 'all' },
  }),
  ...MATRIX_ROLES,
};

export interface RecordFirm extends SmallFirm {
  readonly people: Readonly<Record<'mia' | 'max' | 'sue', string>>;
  readonly system: Context;
  /** One of the people with these roles; max is mia's team mate. */
  be(person: 'mia' | 'max' | 'sue', ...roles: readonly string[]): Context;
  /** What the ledger says of a record: kind and changed fields, oldest first. */
  ledger(record: string): Promise<readonly (readonly [string, Json])[]>;
  /** Everything in the ledger and the tables, as one text. */
  digest(): Promise<string>;
}

/** A firm with every kind of reference, rollup, gate and right, on a real database. */
export async function openRecordFirm(dialect: Dialect, options: TestDatabaseOptions = {}): Promise<RecordFirm> {
  const documents = JSON.parse(JSON.stringify({ ...ENTITIES, ...PIPELINES, ...ROLES })) as Json;
  const firm = await openSmallFirm(dialect, documents, options);
  await firm.add('organisation', { name: 'Firm', zone: 'Asia/Kolkata', country: 'EE', currency: 'EUR' });
  await firm.records.refreshOrganisation();
  const add = (name: string) => firm.add('user', { name });
  const people = { mia: await add('Mia'), max: await add('Max'), sue: await add('Sue') };
  return {
    ...firm,
    people,
    system: firm.as({ kind: 'system', reason: 'test' }),
    be: (person, ...roles) =>
      firm.as({
        id: people[person],
        name: person,
        roles,
        teamMates: person === 'sue' ? [people.sue] : [people.mia, people.max],
      }),
    async ledger(record) {
      const rows = await firm.db.read<{ kind: string; data: string }>(
        sql`select "kind", "data" from "_changes" where "record" = ${record} order by "seq"`,
      );
      return rows.map((row) => [row.kind, (JSON.parse(row.data) as { fields: Json }).fields] as const);
    },
    async digest() {
      const tables = ['_changes', '_subjects', '_search', '_counters', '_files', ...firm.model.entities.keys()];
      const rows = await Promise.all(
        tables.map((name) => firm.db.read(sql`select * from ${sql.id(name)} order by 1, 2`)),
      );
      return JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    },
  };
}

/** The outcome of a write or read in the form tests compare: the record, or status, code and places of the refusal. */
export async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof CasementError)) throw error;
    return {
      status: error.status,
      code: error.code,
      ...(error.errors.length > 0 ? { errors: error.errors.map(({ path, code }) => `${path} ${code}`).sort() } : {}),
    };
  }
}

/** The status alone; 200 when it went well. */
export async function statusOf(work: Promise<unknown>): Promise<number> {
  const outcome = await outcomeOf(work);
  const status = (outcome as { status?: unknown }).status;
  return typeof status === 'number' ? status : 200;
}

export const idOf = (record: RecordData): string => String(record['id']);
