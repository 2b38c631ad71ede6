import { expect } from 'vitest';
import { sql } from '../../core/storage/sql.ts';
import type { ChangeKind } from './field-change.ts';
import type { Files } from './definitions.ts';
import { entityFile } from './upgrade-lab.ts';
import type { UpgradeLab } from './upgrade-lab.ts';

type Json = Readonly<Record<string, unknown>>;

const to = (target: string | readonly string[], more: Json = {}): Json => ({ 'x-field': { to: target, ...more } });
const thing = (properties: Json, more: Json = {}) => entityFile('thing', properties, more);
const OTHERS: Files = { ...entityFile('box', {}), ...entityFile('bag', {}) };

const pipeline = (stages: readonly Json[], more: Json = {}): Files => ({
  'schemas/pipelines/flow.json': {
    name: 'flow',
    entity: 'thing',
    stages,
    transitions: stages.slice(1).map(({ key }) => ({ key: `to${String(key)}`, from: ['*'], to: key })),
    ...more,
  },
});

/** Two boxes and a bag, and a thing for each value made of their ids. */
const filled =
  (make: (ids: { box: string; second: string; bag: string }) => readonly unknown[]) => async (lab: UpgradeLab) => {
    const ids = {
      box: await lab.add('box', { name: 'box' }),
      second: await lab.add('box', { name: 'second' }),
      bag: await lab.add('bag', { name: 'bag' }),
    };
    for (const [index, f] of make(ids).entries()) await lab.add('thing', { name: `n${index}`, f });
    return ids;
  };

const rows = (count: number) => async (lab: UpgradeLab) => {
  for (let index = 0; index < count; index += 1) await lab.add('thing', { name: `n${index}` });
  return {};
};

interface ReferenceChange {
  readonly from: Json;
  readonly to: Json;
  readonly make: ChangeKind['make'];
  readonly answers?: NonNullable<ChangeKind['answers']>;
  readonly refused?: RegExp;
  gives?(ids: Readonly<Record<string, string>>): readonly unknown[];
}

function referenceChange(name: string, of: ReferenceChange): ChangeKind {
  const { make, answers, refused, gives } = of;
  return {
    name,
    before: { ...OTHERS, ...thing({ f: of.from }) },
    after: { ...OTHERS, ...thing({ f: of.to }) },
    make,
    ...(answers ? { answers } : {}),
    ...(refused ? { refused } : {}),
    async check(lab, ids) {
      expect(await lab.values('box', 'name')).toEqual(['box', 'second']);
      if (gives) expect(await lab.values('thing', 'f')).toEqual(gives(ids));
    },
  };
}

const CONVERT = { convert: ['thing.f'] };

const REFERENCES: readonly ChangeKind[] = [
  referenceChange('a reference gets a second target', {
    from: to('box'),
    to: to(['box', 'bag']),
    make: filled(({ box }) => [box, null]),
    answers: CONVERT,
    gives: ({ box }) => [{ entity: 'box', id: box }, null],
  }),
  referenceChange('a reference to several gets one more target', {
    from: to(['box', 'bag']),
    to: to(['box', 'bag', 'thing']),
    make: filled(({ box, bag }) => [
      { entity: 'box', id: box },
      { entity: 'bag', id: bag },
    ]),
    gives: ({ box, bag }) => [
      { entity: 'box', id: box },
      { entity: 'bag', id: bag },
    ],
  }),
  referenceChange('a reference loses one of its targets', {
    from: to(['box', 'bag']),
    to: to('box'),
    make: filled(({ box, bag }) => [
      { entity: 'box', id: box },
      { entity: 'bag', id: bag },
    ]),
    answers: { ...CONVERT, replace: { 'thing.f': { '*': '' } } },
    gives: ({ box }) => [box, null],
  }),
  referenceChange('a reference loses a target that is used', {
    from: to(['box', 'bag']),
    to: to('box'),
    make: filled(({ bag }) => [{ entity: 'bag', id: bag }]),
    answers: CONVERT,
    refused: /no meaning there/,
  }),
  referenceChange('a reference points to another entity', {
    from: to('box'),
    to: to('bag'),
    make: filled(({ box }) => [box, null]),
    answers: { ...CONVERT, replace: { 'thing.f': { '*': '' } } },
    gives: () => [null, null],
  }),
  referenceChange('one target becomes many', {
    from: to('box'),
    to: to('box', { many: true }),
    make: filled(({ box }) => [box, null]),
    answers: CONVERT,
    gives: ({ box }) => [[box], []],
  }),
  referenceChange('many become one', {
    from: to('box', { many: true }),
    to: to('box'),
    make: filled(({ box }) => [[box], []]),
    answers: CONVERT,
    gives: ({ box }) => [box, null],
  }),
  referenceChange('many that are many cannot become one', {
    from: to('box', { many: true }),
    to: to('box'),
    make: filled(({ box, second }) => [[box, second]]),
    answers: CONVERT,
    refused: /no meaning there/,
  }),
  referenceChange('what a deletion does changes', {
    from: to('box'),
    to: to('box', { onDelete: 'cascade' }),
    make: filled(({ box }) => [box]),
    gives: ({ box }) => [box],
  }),
  referenceChange('a list of many keeps its order', {
    from: to('box', { many: true }),
    to: to('box', { many: true, onDelete: 'clear' }),
    make: filled(({ box, second }) => [[second, box]]),
    gives: ({ box, second }) => [[second, box]],
  }),
];

const amount = { 'x-field': { type: 'money' } };
const parent = (box: Json): Files => ({
  ...entityFile('box', box),
  ...thing({ box: to('box', { inverse: 'things', onDelete: 'cascade' }), amount }),
});

async function boxOfThree(lab: UpgradeLab) {
  const box = await lab.add('box', { name: 'box' });
  for (const [index, value] of ['1.00', '2.00', '4.00'].entries())
    await lab.add('thing', { name: `n${index}`, box, amount: value });
  return { box };
}

const BETWEEN: readonly ChangeKind[] = [
  {
    name: 'a new entity',
    before: thing({}),
    after: { ...thing({ f: to('box') }), ...OTHERS },
    make: rows(2),
    check: async (lab) => expect(await lab.values('thing', 'f')).toEqual([null, null]),
  },
  {
    name: 'an entity is renamed, and children and links of every reference are there',
    before: {
      ...entityFile('box', {}),
      ...thing({
        f: to('box', { inverse: 'things', onDelete: 'cascade' }),
        several: to('box', { many: true }),
        about: to(['box', 'thing']),
      }),
    },
    after: {
      ...entityFile('crate', {}, { 'x-was': 'box' }),
      ...thing({
        f: to('crate', { inverse: 'things', onDelete: 'cascade' }),
        several: to('crate', { many: true }),
        about: to(['crate', 'thing']),
      }),
    },
    async make(lab) {
      const box = await lab.add('box', { name: 'box' });
      await lab.add('thing', { name: 'n', f: box, several: [box], about: { entity: 'box', id: box } });
      return { box };
    },
    async check(lab, { box = '' }) {
      expect(await lab.read('thing', ['f', 'several', 'about'])).toEqual([
        { f: box, several: [box], about: { entity: 'crate', id: box } },
      ]);
      expect(await lab.values('crate', 'name')).toEqual(['box']);
      const { data } = await lab.records.changes(lab.ctx, { entity: 'crate', id: box });
      expect(data.map(({ entity, kind }) => [entity, kind])).toEqual([['crate', 'created']]);
      const hits = await lab.records.search(lab.ctx, { q: 'box' });
      expect(hits.map(({ entity }) => entity)).toEqual(['crate']);
    },
  },
  {
    name: 'an entity with children of its own is renamed',
    entity: 'box',
    before: { ...entityFile('box', {}), ...thing({ f: to('box', { inverse: 'things' }) }) },
    after: {
      ...entityFile('box', {}),
      ...entityFile('item', { f: to('box', { inverse: 'things' }) }, { 'x-was': 'thing' }),
    },
    async make(lab) {
      const box = await lab.add('box', { name: 'box' });
      await lab.add('thing', { name: 'n', f: box });
      return { box };
    },
    check: async (lab, { box }) => expect(await lab.values('item', 'f')).toEqual([box]),
  },
  {
    name: 'an entity is dropped and kept',
    entity: 'box',
    before: { ...OTHERS, ...thing({ f: to('box') }) },
    after: OTHERS,
    make: filled(({ box }) => [box]),
    async check(lab) {
      const [row] = await lab.db.read<{ count: number | string }>(sql`select count(*) as "count" from "thing"`);
      expect(Number(row?.count)).toBe(1);
    },
  },
  {
    name: 'a pipeline is added to an entity with records',
    before: thing({}),
    after: {
      ...thing({}),
      ...pipeline([
        { key: 'fresh', kind: 'open' },
        { key: 'done', kind: 'won' },
      ]),
    },
    make: rows(2),
    answers: { fill: { 'thing.pipeline': 'flow', 'thing.stage': 'fresh' } },
    check: async (lab) => expect(await lab.values('thing', 'stage')).toEqual(['fresh', 'fresh']),
  },
  {
    name: 'a stage is renamed',
    before: {
      ...thing({}),
      ...pipeline([
        { key: 'fresh', kind: 'open' },
        { key: 'done', kind: 'won' },
      ]),
    },
    after: {
      ...thing({}),
      ...pipeline([
        { key: 'new', kind: 'open', 'x-was': 'fresh' },
        { key: 'done', kind: 'won' },
      ]),
    },
    make: rows(2),
    check: async (lab) => expect(await lab.values('thing', 'stage')).toEqual(['new', 'new']),
  },
  {
    name: 'a stage goes while records stand in it',
    before: {
      ...thing({}),
      ...pipeline([
        { key: 'fresh', kind: 'open' },
        { key: 'done', kind: 'won' },
      ]),
    },
    after: {
      ...thing({}),
      ...pipeline([
        { key: 'begun', kind: 'open' },
        { key: 'done', kind: 'won' },
      ]),
    },
    make: rows(1),
    answers: { replace: { 'thing.stage': { fresh: 'begun' } } },
    check: async (lab) => expect(await lab.values('thing', 'stage')).toEqual(['begun']),
  },
  {
    name: 'a computed field is added',
    before: parent({}),
    after: {
      ...entityFile('box', {}),
      ...thing({
        box: to('box', { inverse: 'things', onDelete: 'cascade' }),
        amount,
        twice: { 'x-field': { type: 'money', computed: 'amount * 2' } },
      }),
    },
    make: boxOfThree,
    check: async (lab) => expect(await lab.values('thing', 'twice')).toEqual(['2.00', '4.00', '8.00']),
  },
  {
    name: 'a rollup is added',
    before: parent({}),
    after: parent({ sum: { 'x-field': { type: 'money', rollup: { of: 'things', sum: 'amount' } } } }),
    make: boxOfThree,
    check: async (lab) => expect(await lab.values('box', 'sum')).toEqual(['7.00']),
  },
  {
    name: 'a rollup and what is computed from it change',
    before: parent({
      sum: { 'x-field': { type: 'money', rollup: { of: 'things', sum: 'amount' } } },
      half: { 'x-field': { type: 'money', computed: 'sum / 2' } },
    }),
    after: parent({
      sum: { 'x-field': { type: 'money', rollup: { of: 'things', max: 'amount' } } },
      half: { 'x-field': { type: 'money', computed: 'sum / 2' } },
    }),
    make: boxOfThree,
    check: async (lab) => expect(await lab.read('box', ['sum', 'half'])).toEqual([{ sum: '4.00', half: '2.00' }]),
  },
  {
    name: 'a rollup follows when the field below it is filled',
    before: parent({ sum: { 'x-field': { type: 'money', rollup: { of: 'things', sum: 'amount' } } } }),
    after: {
      ...entityFile('box', { sum: { 'x-field': { type: 'money', rollup: { of: 'things', sum: 'amount' } } } }),
      ...thing({ box: to('box', { inverse: 'things', onDelete: 'cascade' }), amount }, { required: ['amount'] }),
    },
    async make(lab) {
      const ids = await boxOfThree(lab);
      await lab.add('thing', { name: 'n', box: ids.box });
      return ids;
    },
    answers: { fill: { 'thing.amount': '10' } },
    check: async (lab) => expect(await lab.values('box', 'sum')).toEqual(['17.00']),
  },
  {
    name: 'a searchable field takes the place of one that is not',
    before: thing({ f: { enum: ['red', 'blue'] } }),
    after: thing({ f: { type: 'string', maxLength: 20 } }),
    async make(lab) {
      await lab.add('thing', { name: 'n', f: 'red' });
      return {};
    },
    answers: CONVERT,
    async check(lab) {
      const hits = await lab.records.search(lab.ctx, { q: 'red' });
      expect(hits.map(({ record }) => record['f'])).toEqual(['red']);
    },
  },
  {
    name: 'a searchable field goes from the index',
    before: thing({ f: { type: 'string', maxLength: 20 } }),
    after: thing({ f: { enum: ['red'] } }),
    async make(lab) {
      await lab.add('thing', { name: 'n', f: 'red' });
      return {};
    },
    answers: CONVERT,
    async check(lab) {
      expect(await lab.db.read(sql`select "body" from "_search" where "field" = 'f'`)).toEqual([]);
    },
  },
  {
    name: 'a view with an order of its own',
    before: thing({ f: { type: 'integer' } }),
    after: {
      ...thing({ f: { type: 'integer' } }),
      'schemas/views/all.json': { name: 'all', entity: 'thing', kind: 'list', fields: ['name'], sort: ['-f'] },
    },
    make: rows(1),
  },
  {
    name: 'a set of fields becomes unique',
    before: thing({ f: { type: 'integer' } }),
    after: thing({ f: { type: 'integer' } }, { 'x-entity': { unique: [['name', 'f']] } }),
    async make(lab) {
      await lab.add('thing', { name: 'a', f: 1 });
      await lab.add('thing', { name: 'a', f: 2 });
      return {};
    },
  },
  {
    name: 'a set of fields with doubles becomes unique',
    before: thing({ f: { type: 'integer' } }),
    after: thing({ f: { type: 'integer' } }, { 'x-entity': { unique: [['name', 'f']] } }),
    async make(lab) {
      for (let count = 0; count < 3; count += 1) await lab.add('thing', { name: 'a', f: 1 });
      return {};
    },
    refused: /unique by name, f.*"a \+ 1" ×3/,
  },
];

export const CHANGES_BETWEEN: readonly ChangeKind[] = [...REFERENCES, ...BETWEEN];
