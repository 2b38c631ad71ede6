import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { eachDatabase } from '../../tests/support/databases.ts';
import { EDGES, EVERYTHING as MODEL } from '../../tests/support/everything.ts';
import { AT, prepared, selectionOf, stamped } from '../../tests/support/selection.ts';
import type { RecordData } from '../fields/field-type.ts';
import { planSchema } from './plan.ts';
import { lockRecords } from './locks.ts';
import { insertRecord, nextCounter, referencing, updateRecord } from './rows.ts';
import { countRows, selectRows } from './select.ts';

const texts: Record<string, string[]> = {};

eachDatabase((open, dialect) => {
  it('gives every value back as it was written', async () => {
    const { db } = await prepared(open, MODEL);
    const other = stamped({ name: 'Other' });
    const second = stamped({ name: 'Second' });
    const first = stamped({});
    const records = EDGES.map((edge, index) => ({ ...edge, ...stamped(), one: index === 0 ? first.id : null }));
    records.push({
      ...stamped({}),
      one: null,
      several: { entity: 'other', id: other.id },
      many: [second.id, other.id],
    } as never);
    records.push({ ...stamped({}), one: null, several: { entity: 'everything', id: first.id } } as never);
    await db.transaction(async (tx) => {
      await insertRecord(tx, MODEL.entity('other'), other);
      await insertRecord(tx, MODEL.entity('other'), second);
      await insertRecord(tx, MODEL.entity('everything'), first);
      for (const record of records) await insertRecord(tx, MODEL.entity('everything'), record);
    });
    const rows = await selectRows(
      { all: (sql) => db.read(sql) },
      selectionOf(MODEL, 'everything', { order: ['id'] }),
      dialect,
    );
    const empty = Object.fromEntries(
      [...MODEL.entity('everything').fields.keys()].flatMap((key) =>
        key === 'phone'
          ? [
              [key, null],
              ['phone:typed', null],
            ]
          : [[key, key === 'many' ? [] : null]],
      ),
    );
    expect(rows.map((row) => JSON.parse(row.json) as RecordData)).toEqual(
      [first, ...records].map((record) => ({ ...empty, ...record })),
    );
    expect(rows.map((row) => JSON.stringify(JSON.parse(row.json)))).toEqual(rows.map((row) => row.json));
    const ids = [first, other, second, ...records].map((record) => record.id);
    texts[dialect] = rows.map((row) => ids.reduce((text, id, index) => text.replaceAll(id, `id${index}`), row.json));
  });

  it('keeps the order of the projection', async () => {
    const { db } = await prepared(open, MODEL);
    await db.transaction((tx) =>
      insertRecord(tx, MODEL.entity('other'), {
        ...stamped({ name: 'A' }),
        id: '01890000-0000-7000-8000-00000000000a',
      }),
    );
    const [row] = await selectRows(
      { all: (sql) => db.read(sql) },
      selectionOf(MODEL, 'other', { keys: ['name', 'id', 'version', 'deletedAt'] }),
      dialect,
    );
    expect(row?.json).toBe('{"name":"A","id":"01890000-0000-7000-8000-00000000000a","version":1,"deletedAt":null}');
  });

  it('updates only the version expected', async () => {
    const { db } = await prepared(open, MODEL);
    const record = stamped({ text: 'one', phone: '+37251234567', 'phone:typed': '51234567', price: '1.00' });
    const entity = MODEL.entity('everything');
    await db.transaction((tx) => insertRecord(tx, entity, record));
    const change = (expectedVersion: number) =>
      db.transaction((tx) =>
        updateRecord(tx, entity, { id: record.id, changes: { text: 'two', version: 2, price: null }, expectedVersion }),
      );
    expect(await change(1)).toBe(true);
    expect(await change(1)).toBe(false);
    const [row] = await selectRows(
      { all: (sql) => db.read(sql) },
      selectionOf(MODEL, 'everything', { keys: ['text', 'phone', 'price', 'version'] }),
      dialect,
    );
    expect(row?.json).toBe('{"text":"two","price":null,"phone":"+37251234567","phone:typed":"51234567","version":2}');
  });

  it('says which field is taken, too long, of no option, missing, or points nowhere', async () => {
    const { db } = await prepared(open, MODEL);
    const entity = MODEL.entity('everything');
    const insert = (values: RecordData, name = 'everything') =>
      db.transaction((tx) => insertRecord(tx, MODEL.entity(name), stamped(values)));
    await insert({ number: 'N-1' });
    const errors = (path: string, code: string) =>
      expect.objectContaining({ code: 'VALIDATION', errors: [expect.objectContaining({ path, code })] });
    await expect(insert({ number: 'N-1' })).rejects.toEqual(errors('/number', 'unique'));
    await expect(insert({ text: 'x'.repeat(51) })).rejects.toEqual(errors('/text', 'check'));
    await expect(insert({ choice: 'b' })).rejects.toEqual(errors('/choice', 'check'));
    await expect(insert({ name: null }, 'other')).rejects.toEqual(errors('/name', 'required'));
    await expect(insert({ one: uuidv7() })).rejects.toEqual(errors('/one', 'reference'));
    await expect(insert({ several: { entity: 'other', id: uuidv7() } })).rejects.toEqual(
      errors('/several', 'reference'),
    );
    if (dialect === 'sqlite') await expect(insert({ many: [uuidv7()] })).rejects.toEqual(errors('/many', 'reference'));
    const gone = { ...stamped({ number: 'N-1' }), deletedAt: AT };
    await db.transaction((tx) => insertRecord(tx, entity, gone));
    await expect(
      db.transaction((tx) => updateRecord(tx, entity, { id: gone.id, changes: { deletedAt: null } })),
    ).rejects.toEqual(errors('/number', 'unique'));
  });

  it('finds who points to a record, and counts from one', async () => {
    const { db } = await prepared(open, MODEL);
    const other = stamped({ name: 'Other' });
    const a = stamped({ several: { entity: 'other', id: other.id } });
    const b = stamped({ many: [other.id] });
    const gone = { ...stamped({ many: [other.id] }), deletedAt: AT };
    await db.transaction(async (tx) => {
      await insertRecord(tx, MODEL.entity('other'), other);
      for (const record of [a, b, gone]) await insertRecord(tx, MODEL.entity('everything'), record);
      const found = await referencing(tx, MODEL, { entity: 'other', id: other.id });
      expect(found.map(({ entity, field, ids }) => ({ entity, field: field.key, ids }))).toEqual([
        { entity: 'everything', field: 'several', ids: [a.id] },
        { entity: 'everything', field: 'many', ids: [b.id] },
      ]);
      await lockRecords(tx, MODEL.entity('other'), { ids: [other.id], hold: 'remove' });
      expect([await nextCounter(tx, 'k'), await nextCounter(tx, 'k'), await nextCounter(tx, 'other')]).toEqual([
        1, 2, 1,
      ]);
    });
  });

  it('changes the records of a list of references, in their order', async () => {
    const { db } = await prepared(open, MODEL);
    const others = ['A', 'B', 'C'].map((name) => stamped({ name }));
    const record = stamped({ many: [others[0]!.id, others[1]!.id] });
    await db.transaction(async (tx) => {
      for (const other of others) await insertRecord(tx, MODEL.entity('other'), other);
      await insertRecord(tx, MODEL.entity('everything'), record);
      await updateRecord(tx, MODEL.entity('everything'), {
        id: record.id,
        changes: { many: [others[2]!.id, others[0]!.id] },
      });
    });
    const [row] = await selectRows(
      { all: (sql) => db.read(sql) },
      selectionOf(MODEL, 'everything', { keys: ['many'] }),
      dialect,
    );
    expect(row?.json).toBe(`{"many":["${others[2]!.id}","${others[0]!.id}"]}`);
  });

  it('takes the plan of a model once', async () => {
    const { db } = await prepared(open, MODEL);
    expect((await planSchema(db, MODEL)).steps).toEqual([]);
    expect(await countRows({ all: (sql) => db.read(sql) }, selectionOf(MODEL, 'everything'), dialect)).toBe(0);
  });
});

describe('both databases', () => {
  it('give the same text, byte for byte', () => {
    expect(texts['sqlite']).toHaveLength(EDGES.length + 3);
    expect(texts['postgres']).toEqual(texts['sqlite']);
  });
});
