import fc from 'fast-check';
import { expect, it } from 'vitest';
import { eachDatabase } from '../../tests/support/databases.ts';
import { modelOf } from '../../tests/support/model.ts';
import { ENV, prepared, projectionOf, selectionOf, stamped } from '../../tests/support/selection.ts';
import type { SelectionSketch } from '../../tests/support/selection.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { fold } from '../fields/fold.ts';
import { ALWAYS } from '../rules/condition.ts';
import { parseCondition } from '../rules/parse-condition.ts';
import type { Database } from './database.ts';
import type { NestedProjection, Projection } from './query.ts';
import { insertRecord } from './rows.ts';
import { indexNewRecords, indexRecord, unindexRecord } from './search.ts';
import { countRows, selectRows } from './select.ts';

const MODEL = modelOf(
  {
    deal: {
      fields: {
        title: { type: 'text', required: true },
        nick: { type: 'text' },
        total: { type: 'money' },
        weight: { type: 'number' },
        urgent: { type: 'boolean' },
        day: { type: 'date' },
        customer: { type: 'reference', to: 'contact', inverse: 'deals' },
        lead: { type: 'reference', to: 'contact' },
      },
    },
    line: { fields: { deal: { type: 'reference', to: 'deal', inverse: 'lines' }, price: { type: 'money' } } },
    contact: {
      fields: {
        name: { type: 'text' },
        phone: { type: 'phone' },
        tags: { type: 'reference', to: 'tag', many: true, inverse: 'contacts' },
      },
    },
    tag: { fields: { name: { type: 'text' } } },
    task: { fields: { about: { type: 'reference', to: ['deal', 'contact'], inverse: 'tasks' } } },
  },
  [{ entity: 'deal', kind: 'list', sort: ['-total', 'nick'] }],
);

const list = (entity: string, key: string) => MODEL.list(entity, key)!;

async function insertAll(db: Database, records: Readonly<Record<string, readonly RecordData[]>>): Promise<void> {
  await db.transaction(async (tx) => {
    for (const [entity, all] of Object.entries(records))
      for (const record of all) await insertRecord(tx, MODEL.entity(entity), record);
  });
}

eachDatabase((open, dialect) => {
  const select = (db: Database, entity: string, sketch: SelectionSketch) =>
    selectRows({ all: (sql) => db.read(sql) }, selectionOf(MODEL, entity, sketch), dialect);
  const jsons = async (db: Database, entity: string, sketch: SelectionSketch) =>
    (await select(db, entity, sketch)).map((row) => row.json);

  it('puts references and child lists inside, cut to the caller’s rows', async () => {
    const { db } = await prepared(open, MODEL);
    const tags = ['vip', 'late'].map((name) => stamped({ name }));
    const anna = stamped({ name: 'Anna', phone: '+37251234567', tags: [tags[1]!.id, tags[0]!.id] });
    const gone = { ...stamped({ name: 'Gone', tags: [] }), deletedAt: '2026-01-01T00:00:00.000Z' };
    const deal = stamped({ title: 'D', weight: 0.1, customer: anna.id, lead: gone.id });
    const lines = [
      stamped({ deal: deal.id, price: '1.00' }),
      stamped({ deal: deal.id, price: '2.00' }),
      stamped({ deal: deal.id, price: '30.00' }),
    ];
    const task = stamped({ about: { entity: 'deal', id: deal.id } });
    await insertAll(db, {
      tag: tags,
      contact: [anna, gone],
      deal: [deal],
      line: lines,
      task: [task, stamped({ about: null })],
    });

    const nested = (entity: string, keys: readonly string[], rest: Partial<Projection> = {}): NestedProjection => ({
      projection: { ...projectionOf(MODEL, entity, keys), ...rest },
      rows: ALWAYS,
    });
    const contact = nested('contact', ['name', 'phone', 'tags'], {
      references: new Map([['tags', new Map([['tag', nested('tag', ['name'])]])]]),
    });
    const cheap = { ...nested('line', ['price']), rows: parseCondition({ price: { lt: 10 } }, 'line', MODEL) };
    const projection: Projection = {
      ...projectionOf(MODEL, 'deal', ['title', 'weight', 'customer', 'lead']),
      references: new Map([
        ['customer', new Map([['contact', contact]])],
        ['lead', new Map([['contact', contact]])],
      ]),
      lists: new Map([
        ['lines', { ...cheap, list: list('deal', 'lines'), limit: 10 }],
        ['tasks', { ...nested('task', ['id']), list: list('deal', 'tasks'), limit: 10 }],
      ]),
    };
    expect(await jsons(db, 'deal', { projection })).toEqual([
      `{"title":"D","weight":0.1,"customer":{"name":"Anna","phone":"+37251234567","phone:typed":null,"tags":[{"name":"late"},{"name":"vip"}]},"lead":null,` +
        `"lines":[{"price":"1.00"},{"price":"2.00"}],"tasks":[{"id":"${task.id}"}]}`,
    ]);
    const about: Projection = {
      ...projectionOf(MODEL, 'task', ['about']),
      references: new Map([
        [
          'about',
          new Map([
            ['deal', nested('deal', ['title'])],
            ['contact', nested('contact', ['name'])],
          ]),
        ],
      ]),
    };
    expect(await jsons(db, 'task', { projection: about })).toEqual([
      '{"about":{"entity":"deal","title":"D"}}',
      '{"about":null}',
    ]);
    const members: Projection = {
      ...projectionOf(MODEL, 'tag', ['name']),
      lists: new Map([['contacts', { ...nested('contact', ['name']), list: list('tag', 'contacts'), limit: 1 }]]),
    };
    expect(await jsons(db, 'tag', { projection: members, order: ['name'] })).toEqual([
      '{"name":"late","contacts":[{"name":"Anna"}]}',
      '{"name":"vip","contacts":[{"name":"Anna"}]}',
    ]);
    expect(await jsons(db, 'line', { keys: ['price'], limit: 2, order: ['-price'] })).toEqual([
      '{"price":"30.00"}',
      '{"price":"2.00"}',
    ]);
  });

  it('shows a masked field as null where the caller may not read it, and sorts by what he sees', async () => {
    const { db } = await prepared(open, MODEL);
    await insertAll(db, {
      deal: [
        stamped({ title: 'a', total: '3.00' }),
        stamped({ title: 'b', total: '2.00', urgent: true }),
        stamped({ title: 'c', total: '1.00' }),
      ],
    });
    const visible = parseCondition({ urgent: null }, 'deal', MODEL);
    const projection = projectionOf(MODEL, 'deal', ['title', 'total']);
    const fields = projection.fields.map((field) => (field.field.key === 'total' ? { ...field, visible } : field));
    const path = { entity: 'deal', hops: [], field: MODEL.field('deal', 'total')!, visible };
    const id = { entity: 'deal', hops: [], field: MODEL.field('deal', 'id')! };
    const sort = [
      { path, descending: false },
      { path: id, descending: false },
    ];
    expect(await jsons(db, 'deal', { projection: { ...projection, fields }, sort })).toEqual([
      '{"title":"c","total":"1.00"}',
      '{"title":"a","total":"3.00"}',
      '{"title":"b","total":null}',
    ]);
  });

  it('reads every row once, page by page, in any order', async () => {
    const { db } = await prepared(open, MODEL);
    const values: readonly RecordData[] = [
      'Õun',
      'oun',
      'OUN',
      'Aed',
      'žurnāls',
      'zurnals',
      'Б',
      '🪟',
      '\uFFFD',
      'a b',
      'ab',
      'A B',
    ].map((nick, i) => ({
      nick: i % 5 === 4 ? null : nick,
      title: nick,
      total: [null, '9007199254740993.01', '9007199254740993.02', '-1.00'][i % 4]!,
      weight: [null, 0.1, -3, 1e300, 0.30000000000000004][i % 5]!,
      urgent: [true, null, false][i % 3]!,
      day: ['2026-01-01', null][i % 2]!,
    }));
    const contacts = [stamped({ name: 'Bruno', tags: [] }), stamped({ name: 'anna', tags: [] })];
    const deals = [...values, ...values].map((value, i) =>
      stamped({ ...value, customer: [contacts[0]!.id, contacts[1]!.id, null][i % 3]! }),
    );
    await insertAll(db, { contact: contacts, deal: deals });
    const orders = [
      ['id'],
      ['-id'],
      ['nick', 'id'],
      ['-nick', '-id'],
      ['title', 'id'],
      ['-title', '-id'],
      ['total', '-nick', 'id'],
      ['-total', 'id'],
      ['weight', 'id'],
      ['-urgent', 'day', '-id'],
      ['customer.name', '-createdAt', 'id'],
      ['-createdAt', '-id'],
    ];
    for (const order of orders) {
      const whole = await select(db, 'deal', { order, keys: ['id'] });
      expect(whole).toHaveLength(deals.length);
      const paged: string[] = [];
      let after: readonly (string | number | null)[] | undefined;
      for (let page = 0; page < 10; page += 1) {
        const rows = await select(db, 'deal', { order, keys: ['id'], limit: 5, ...(after ? { after } : {}) });
        paged.push(...rows.map((row) => row.id));
        after = rows.at(-1)?.key ?? after;
        expect(rows.every((row) => row.key.length === order.length)).toBe(true);
      }
      expect(paged, order.join()).toEqual(whole.map((row) => row.id));
    }
    const nicks = (await jsons(db, 'deal', { order: ['nick', 'id'], keys: ['nick'] })).map(
      (json) => (JSON.parse(json) as { nick: string | null }).nick,
    );
    const filled = deals.map((deal) => deal['nick'] as string | null).filter((nick) => nick !== null);
    const expected = filled.sort(
      (a, b) =>
        Buffer.compare(Buffer.from(fold(a)), Buffer.from(fold(b))) || Buffer.compare(Buffer.from(a), Buffer.from(b)),
    );
    expect(nicks).toEqual([...expected, ...deals.filter((deal) => deal['nick'] === null).map(() => null)]);
  });

  it('refuses a cursor that was tampered with', async () => {
    const { db } = await prepared(open, MODEL);
    for (const after of [
      ['x', 'y'],
      [1, 'nonsense'],
      ['1); drop table "deal"; --', null],
    ] as const) {
      await expect(select(db, 'deal', { order: ['total', 'id'], after })).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      });
    }
  });

  it('counts, and shows the bin only when asked', async () => {
    const { db } = await prepared(open, MODEL);
    await insertAll(db, {
      deal: [
        stamped({ title: 'a' }),
        stamped({ title: 'b' }),
        { ...stamped({ title: 'c' }), deletedAt: '2026-01-01T00:00:00.000Z' },
      ],
    });
    const count = (sketch: SelectionSketch) =>
      countRows({ all: (sql) => db.read(sql) }, selectionOf(MODEL, 'deal', sketch), dialect);
    expect([
      await count({}),
      await count({ limit: 1 }),
      await count({ deleted: 'only' }),
      await count({ deleted: 'with' }),
      await count({ filter: { title: 'a' } }),
    ]).toEqual([2, 2, 1, 3, 1]);
  });

  it('locks the rows it reads for a transaction', async () => {
    const { db } = await prepared(open, MODEL);
    await insertAll(db, { deal: [stamped({ title: 'a', total: '0.00' })] });
    const read = await db.transaction((tx) =>
      selectRows(tx, selectionOf(MODEL, 'deal', { keys: ['title'], order: ['title', 'id'], lock: 'change' }), dialect),
    );
    expect(read.map((row) => row.json)).toEqual(['{"title":"a"}']);
  });

  it('finds words anywhere, any spelling of a phone, and beginnings of words by two letters', async () => {
    const { db } = await prepared(open, MODEL);
    const people: readonly [string, string][] = [
      ['Anna-Liisa Õunapuu', '+37251234567'],
      ['Jānis Kļaviņš', '+37126543210'],
      ['Annabel "50%" O_x', '+79161234567'],
    ];
    const contacts = people.map(([name, phone]) => stamped({ name, phone, tags: [] }));
    await insertAll(db, { contact: contacts });
    const name = (id: string) => contacts.find((contact) => contact.id === id)!['name'];
    await db.transaction(async (tx) => {
      for (const contact of contacts) {
        const phone = String(contact['phone']);
        await indexRecord(tx, 'contact', contact.id, [
          { field: 'name', text: String(contact['name']) },
          { field: 'phone', text: phone.slice(1) },
          { field: 'phone', text: `typed ${phone}` },
        ]);
      }
    });
    const search = async (text: string, rest: { digits?: readonly string[]; fields?: readonly string[] } = {}) => {
      const terms = {
        words: fold(text).split(' ').filter(Boolean),
        digits: rest.digits ?? [],
        fields: rest.fields ?? ['name', 'phone'],
      };
      return (await select(db, 'contact', { keys: ['id'], search: terms })).map((row) => name(row.id));
    };
    expect(await search('ounapuu')).toEqual(['Anna-Liisa Õunapuu']);
    expect(await search('KĻAV')).toEqual(['Jānis Kļaviņš']);
    expect(await search('nna')).toEqual(['Anna-Liisa Õunapuu', 'Annabel "50%" O_x']);
    expect(await search('anna 1234')).toEqual(['Anna-Liisa Õunapuu', 'Annabel "50%" O_x']);
    expect(await search('anna 512')).toEqual(['Anna-Liisa Õunapuu']);
    expect(await search('an')).toEqual(['Anna-Liisa Õunapuu', 'Annabel "50%" O_x']);
    expect(await search('nn')).toEqual([]);
    expect(await search('"50%"')).toEqual(['Annabel "50%" O_x']);
    expect(await search('o_x')).toEqual(['Annabel "50%" O_x']);
    expect(await search('8916', { digits: ['8916', '7916'] })).toEqual(['Annabel "50%" O_x']);
    expect(await search('51234567', { fields: ['name'] })).toEqual([]);
    expect(await search('anna', { fields: [] })).toEqual([]);
    expect(await search('')).toHaveLength(3);
    expect(await search('na'.repeat(99))).toEqual([]);
    expect(await search('anna 00372', { digits: ['00372', '372'] })).toEqual(['Anna-Liisa Õunapuu']);
    await db.transaction(async (tx) => {
      await unindexRecord(tx, 'contact', contacts[0]!.id);
      await indexRecord(tx, 'contact', contacts[1]!.id, [{ field: 'name', text: 'Peeter' }]);
    });
    expect([await search('ounapuu'), await search('janis'), await search('eete'), await search('2654')]).toEqual([
      [],
      [],
      ['Jānis Kļaviņš'],
      [],
    ]);
  });

  it('finds whatever part of whatever text, and nothing that lacks it', async () => {
    const { db } = await prepared(open, MODEL);
    const letter = fc.constantFrom(...'ab"%_\\\'*-é日𝒳 ');
    const text = fc.array(letter, { minLength: 1, maxLength: 12 }).map((letters) => letters.join(''));
    const contacts = fc.sample(text, { numRuns: 60, seed: 7 }).map((name) => stamped({ name, tags: [] }));
    await insertAll(db, { contact: contacts });
    const bodies = contacts.map(({ id, name }) => ({ id, body: ` ${fold(String(name))}` }));
    await db.transaction((tx) =>
      indexNewRecords(
        tx,
        'contact',
        contacts.map(({ id, name }) => ({ record: id, texts: [{ field: 'name', text: String(name) }] })),
      ),
    );
    for (const words of fc.sample(text, { numRuns: 150, seed: 8 }).map((one) => fold(one).split(' ').filter(Boolean))) {
      if (words.length === 0) continue;
      const parts = words.map((word) => ([...word].length < 3 ? ` ${word}` : word));
      const expected = bodies.filter(({ body }) => parts.every((part) => body.includes(part))).map(({ id }) => id);
      const found = await select(db, 'contact', { keys: ['id'], search: { words, digits: [], fields: ['name'] } });
      expect({ words, found: found.map(({ id }) => id).sort() }).toEqual({ words, found: expected.sort() });
    }
  });

  it('answers more than 400 fields as one object', async () => {
    const fields = Object.fromEntries(Array.from({ length: 450 }, (_, i) => [`f${i}`, { type: 'boolean' }]));
    const wide = modelOf({ wide: { fields } });
    const { db } = await prepared(open, wide);
    const record = stamped(
      Object.fromEntries(Object.keys(fields).map((key, i): [string, Value] => [key, i % 2 === 0])),
    );
    await db.transaction((tx) => insertRecord(tx, wide.entity('wide'), record));
    const [row] = await selectRows({ all: (sql) => db.read(sql) }, selectionOf(wide, 'wide', { env: ENV }), dialect);
    expect(JSON.parse(row!.json)).toEqual(record);
  });
});
