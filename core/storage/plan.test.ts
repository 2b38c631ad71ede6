import { expect, it } from 'vitest';
import { eachDatabase } from '../../tests/support/databases.ts';
import { modelOf } from '../../tests/support/model.ts';
import type { EntitySketch } from '../../tests/support/model.ts';
import { prepared, selectionOf, stamped } from '../../tests/support/selection.ts';
import type { Model } from '../definitions/model.ts';
import type { RecordData } from '../fields/field-type.ts';
import type { Database } from './database.ts';
import { applyPlan, planSchema } from './plan.ts';
import { insertRecord } from './rows.ts';
import { indexRecord } from './search.ts';
import { selectRows } from './select.ts';
import { sql } from './sql.ts';

const CONTACT: EntitySketch = { fields: { name: { type: 'text' } } };
const DEAL: EntitySketch = {
  fields: {
    title: { type: 'text', maxLength: 20 },
    source: { type: 'select', options: ['site', 'phone'] },
    total: { type: 'decimal', scale: 2 },
  },
};
const FIRST = modelOf({ deal: DEAL, contact: CONTACT });

const withFields = (fields: EntitySketch['fields'], rest: Partial<EntitySketch> = {}) =>
  modelOf({ deal: { fields: { ...DEAL.fields, ...fields }, ...rest }, contact: CONTACT });

/** From what a database has now to what the first releases made. */
const OLD_SEARCH = {
  sqlite: [
    'drop table "_search_trigrams"',
    'drop trigger "_search_insert"',
    'drop trigger "_search_update"',
    'drop trigger "_search_delete"',
    `create virtual table "_search_fts" using fts5("body", content='_search', content_rowid='id', tokenize='trigram')`,
    `insert into "_search_fts" ("_search_fts") values ('rebuild')`,
    `create trigger "_search_insert" after insert on "_search" begin insert into "_search_fts" (rowid, "body") values (new."id", new."body"); end`,
  ],
  postgres: ['alter index "_search_trigrams" rename to "_search_body_trigrams"'],
};

eachDatabase((open, dialect) => {
  const insert = (db: Database, model: Model, values: RecordData) =>
    db.transaction((tx) => insertRecord(tx, model.entity('deal'), stamped(values)));
  const jsons = async (db: Database, model: Model, keys: readonly string[]) =>
    (await selectRows({ all: (text) => db.read(text) }, selectionOf(model, 'deal', { keys }), dialect)).map(
      (row) => row.json,
    );
  const texts = async (db: Database, model: Model) =>
    (await planSchema(db, model)).steps.map((step) => `${step.safety}: ${step.text.replaceAll(/_[0-9a-f]{8}/g, '_#')}`);
  const upgrade = async (db: Database, model: Model) => {
    const plan = await planSchema(db, model);
    await applyPlan(db, plan);
    expect((await planSchema(db, model)).steps).toEqual([]);
    return plan;
  };

  it('adds fields, references, lists and entities beside the rows that are there', async () => {
    const { db } = await prepared(open, FIRST);
    await insert(db, FIRST, { title: 'Old', total: '1.50' });
    const next = modelOf(
      {
        deal: {
          fields: {
            ...DEAL.fields,
            customer: { type: 'reference', to: 'contact' },
            about: { type: 'reference', to: ['deal', 'contact'] },
            tags: { type: 'reference', to: 'tag', many: true },
            at: { type: 'dateTime' },
            code: { type: 'text', unique: true },
          },
        },
        contact: CONTACT,
        tag: { fields: { name: { type: 'text' } } },
      },
      [{ entity: 'deal', kind: 'board', group: 'source', sort: ['-at'] }],
    );
    expect((await upgrade(db, next)).steps.map((step) => step.kind)).toEqual(
      expect.arrayContaining([
        'createTable',
        'addColumn',
        'addCheck',
        'createIndex',
        ...(dialect === 'postgres' ? ['addForeignKey'] : []),
      ]),
    );
    await insert(db, next, { title: 'New', total: '2.00', about: null, tags: [], code: 'A' });
    expect(await jsons(db, next, ['title', 'total', 'customer', 'about', 'tags', 'code'])).toEqual([
      '{"title":"Old","total":"1.50","customer":null,"about":null,"tags":[],"code":null}',
      '{"title":"New","total":"2.00","customer":null,"about":null,"tags":[],"code":"A"}',
    ]);
    await expect(insert(db, next, { code: 'A' })).rejects.toMatchObject({
      errors: [{ path: '/code', code: 'unique' }],
    });
    const stranger = insert(db, next, { customer: '01890000-0000-7000-8000-000000000001' });
    await expect(stranger).rejects.toMatchObject({ errors: [{ path: '/customer', code: 'reference' }] });
  });

  it('swaps the options and lengths that a column takes, unless rows stand in the way', async () => {
    const { db } = await prepared(open, FIRST);
    await insert(db, FIRST, { title: 'x', source: 'phone' });
    const wider = withFields({
      source: { type: 'select', options: ['site', 'phone', 'fair'] },
      title: { type: 'text', maxLength: 30 },
    });
    expect(await texts(db, wider)).toEqual([
      'safe: drop the check deal_source_options_#',
      'safe: drop the check deal_title_length_#',
      'safe: check deal_title_length_#',
      'safe: check deal_source_options_#',
    ]);
    await upgrade(db, wider);
    await insert(db, wider, { source: 'fair', title: 'x'.repeat(30) });
    const narrower = withFields({ source: { type: 'select', options: ['site'] } });
    const refused = applyPlan(db, await planSchema(db, narrower));
    await expect(refused).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(refused).rejects.toThrow(
      'deal (needs data): deal.source has 2 records with values that it no longer takes: "fair", "phone"',
    );
    await expect(insert(db, wider, { source: 'web' })).rejects.toMatchObject({
      errors: [{ path: '/source', code: 'check' }],
    });
  });

  it('requires a field only once every row has it, and no more when it is gone', async () => {
    const { db } = await prepared(open, FIRST);
    const required = withFields({ title: { type: 'text', maxLength: 20, required: true } });
    const stranger = withFields({ title: { type: 'text', maxLength: 20, required: true, package: 'other' } });
    await insert(db, FIRST, {});
    expect(await texts(db, stranger)).toEqual([]);
    expect(await texts(db, required)).toEqual([
      'needs data: deal.title is required and 1 record has no value',
      'safe: require deal.title',
      'safe: require deal.title_f',
    ]);
    await db.transaction((tx) => tx.run(sql`update "deal" set "title" = 'x', "title_f" = 'x'`));
    await upgrade(db, required);
    await expect(insert(db, required, {})).rejects.toMatchObject({ errors: [{ path: '/title', code: 'required' }] });
    const without = modelOf({ deal: { fields: { source: DEAL.fields['source']! } }, contact: CONTACT });
    expect(await texts(db, without)).toEqual(expect.arrayContaining(['safe: retire deal.title, keeping its values']));
    await upgrade(db, without);
    await insert(db, without, {});
    expect(await db.read(sql`select "title" from "deal" order by "id"`)).toEqual([{ title: 'x' }, { title: null }]);
  });

  it('sets values aside where they would mean something else, and asks before it carries them over', async () => {
    const { db } = await prepared(open, FIRST);
    await insert(db, FIRST, { total: '1.50' });
    expect(await texts(db, withFields({ total: { type: 'decimal', scale: 3 } }))).toEqual([
      'safe: set the values of deal.total aside: 1 column',
      'safe: add deal.total',
      'needs data: deal.total becomes decimal with 2 digits → decimal with 3 digits: 1 value to be carried over',
      'safe: drop what deal.total held before',
      'safe: check deal_title_length_#',
      'safe: check deal_source_options_#',
    ]);
    const other = await planSchema(db, withFields({ total: { type: 'date' } }));
    expect(other.steps.filter((step) => step.safety !== 'safe').map((step) => step.safety)).toEqual(['lossy']);
    await expect(applyPlan(db, other)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('takes a column that nobody noted for what it is, and refuses another type', async () => {
    const { db } = await prepared(open, FIRST);
    await insert(db, FIRST, { total: '1.50' });
    await db.transaction((tx) => tx.run(sql`delete from "_meta" where "key" = 'fields'`));
    expect(await texts(db, FIRST)).toEqual([]);
    const [step] = (await planSchema(db, withFields({ total: { type: 'date' } }))).steps;
    expect(step).toMatchObject({
      safety: 'lossy',
      text: expect.stringContaining('Give the field another key') as string,
    });
  });

  it('makes a value unique only when no two rows have it', async () => {
    const { db } = await prepared(open, FIRST);
    for (const title of ['same', 'same', 'SAME', null]) await insert(db, FIRST, { title });
    const unique = withFields({}, { unique: [['title']] });
    expect(await texts(db, unique)).toEqual([
      'needs data: deal must be unique by title, and 1 value stands in more than one record: "same" ×2. Change these records first',
      'safe: index deal_title_unique_#',
    ]);
    await db.transaction((tx) => tx.run(sql`update "deal" set "deletedAt" = "createdAt" where "title" = 'same'`));
    await upgrade(db, unique);
    await insert(db, unique, { title: 'same' });
    await expect(insert(db, unique, { title: 'same' })).rejects.toMatchObject({
      errors: [{ path: '/title', code: 'unique' }],
    });
    await upgrade(db, FIRST);
    await insert(db, FIRST, { title: 'same' });
  });

  it('lets two processes start on one empty database', async () => {
    const { db, reopen } = await open();
    const other = await reopen();
    const plans = await Promise.all([planSchema(db, FIRST), planSchema(other, FIRST)]);
    await Promise.all([applyPlan(db, plans[0]), applyPlan(other, plans[1])]);
    expect((await planSchema(db, FIRST)).steps).toEqual([]);
  });

  it('makes the search index of an earlier release anew, with all that was found by it', async () => {
    const { db } = await prepared(open, FIRST);
    const old = stamped({ title: 'Bay window' });
    await db.transaction(async (tx) => {
      await insertRecord(tx, FIRST.entity('deal'), old);
      await indexRecord(tx, 'deal', old.id, [{ field: 'title', text: 'Bay window' }]);
      for (const text of OLD_SEARCH[dialect]) await tx.run(sql.raw(text));
    });
    expect(await texts(db, FIRST)).toEqual(['safe: create the search index']);
    await upgrade(db, FIRST);
    const found = async (word: string) => {
      const search = { words: [word], digits: [], fields: ['title'] };
      const rows = await selectRows({ all: (text) => db.read(text) }, selectionOf(FIRST, 'deal', { search }), dialect);
      return rows.length;
    };
    expect([await found('window'), await found('door')]).toEqual([1, 0]);
    await db.transaction((tx) => indexRecord(tx, 'deal', old.id, [{ field: 'title', text: 'Door' }]));
    expect([await found('window'), await found('door')]).toEqual([0, 1]);
  });

  it('uses the index of a view for its first page and for a later one', async () => {
    const model = modelOf({ deal: DEAL, contact: CONTACT }, [
      { entity: 'deal', kind: 'list', filter: { source: 'site' }, sort: ['-title'] },
    ]);
    const { db } = await prepared(open, model);
    const [row] = await db.read<{ count: number }>(
      sql.byDialect({
        sqlite: () =>
          sql`select count(*) as "count" from sqlite_master where type = 'index' and name like 'deal_view_index_%' and sql like '%("source", "title_f" desc, "title" desc, "id" desc) where "deletedAt" is null'`,
        postgres: () =>
          sql`select count(*) as "count" from pg_indexes where indexname like 'deal_view_index_%' and indexdef like '%(source, title_f DESC NULLS LAST, title DESC NULLS LAST, id DESC) WHERE ("deletedAt" IS NULL)'`,
      }),
    );
    expect(row).toEqual({ count: 1 });
  });
});
