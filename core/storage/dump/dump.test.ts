import { createReadStream, createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { DIALECTS, eachDatabase, openTestDatabase, silentLog } from '../../../tests/support/databases.ts';
import type { Dialect, TestDatabase } from '../../../tests/support/databases.ts';
import { modelOf } from '../../../tests/support/model.ts';
import { stamped } from '../../../tests/support/selection.ts';
import { EVERYTHING, fillEverything, prepareEverything } from '../../../tests/support/everything.ts';
import { upgradeDatabase } from '../../app/upgrade/apply-plan.ts';
import { systemClock } from '../../context.ts';
import type { Transaction } from '../../context.ts';
import type { RecordData } from '../../fields/field-type.ts';
import type { Database } from '../database.ts';
import { findSchema } from '../introspect.ts';
import { applyPlan, planSchema } from '../plan.ts';
import { insertRecord } from '../rows.ts';
import { searchCondition } from '../search.ts';
import { sql } from '../sql.ts';
import { dumpText } from './dump-text.ts';
import { loadText } from './load-text.ts';
import { copyDatabase, digestDatabase, loadDump, verifyDump, writeDump } from './dump.ts';

const ROWS = 3000;

const read = (bytes: Uint8Array) => Readable.from([bytes]);

eachDatabase((open, dialect) => {
  const filled = async (count = 200) => {
    const test = await open();
    await prepareEverything(test.db);
    await fillEverything(test.db, { count });
    return test;
  };
  const dumpOf = async (test: TestDatabase) => {
    const file = join(test.dir, 'dump');
    const summary = await writeDump(test.db, createWriteStream(file));
    return { file, summary, bytes: await readFile(file) };
  };
  const tableCount = async (test: TestDatabase) => (await findSchema(test.db)).tables.size;

  it('gives every value of every type to the other database and gets it back, with equal counts and hashes (D-14)', async () => {
    const first = await filled(ROWS);
    const otherDialect = DIALECTS.find((one) => one !== dialect)!;
    const second = await openTestDatabase(otherDialect);
    const third = await openTestDatabase(dialect);
    try {
      const { source: there, target } = await copyDatabase(first.db, second.db);
      expect(target).toEqual(there);
      expect(await copyDatabase(second.db, third.db)).toEqual({ source: there, target: there });
      expect(there.tables.get('everything')?.rows).toBe(ROWS);
      expect(await digestDatabase(first.db)).toEqual(there);
      expect(await digestDatabase(second.db)).toEqual(there);
      expect(await digestDatabase(third.db)).toEqual(there);
      for (const { db } of [second, third]) expect((await planSchema(db, EVERYTHING)).steps).toEqual([]);
    } finally {
      await second.remove();
      await third.remove();
    }
  }, 120_000);

  it('writes the same rows, byte for byte, whichever database they come from', async () => {
    const first = await filled();
    const { bytes, summary, file } = await dumpOf(first);
    const second = await open();
    expect(await loadDump(second.db, createReadStream(file))).toEqual(summary);
    expect(await verifyDump(read(bytes))).toEqual(summary);
    const again = await dumpOf(second);
    // Only the header's instant differs.
    expect(textOf(again.bytes).split('\n').slice(1, -2)).toEqual(textOf(bytes).split('\n').slice(1, -2));
  });

  it('makes a database that works on: constraints, next numbers, search', async () => {
    const { bytes } = await dumpOf(await filled());
    const { db } = await open();
    await loadDump(db, read(bytes));
    expect((await planSchema(db, EVERYTHING)).steps).toEqual([]);
    await fillEverything(db, { count: 20, from: 10_000 });
    const [changes] = await db.read<{ rows: number | string; last: number | string }>(
      sql`select count(*) as "rows", max("seq") as "last" from "_changes"`,
    );
    expect([Number(changes?.rows), Number(changes?.last)]).toEqual([220, 220]);
    const stranger = insertInto(db, { one: uuidv7() });
    await expect(stranger).rejects.toMatchObject({ errors: [{ code: 'reference' }] });
    await expect(insertInto(db, { text: 'x'.repeat(51) })).rejects.toMatchObject({ errors: [{ code: 'check' }] });
    await expect(insertInto(db, { number: 'N-3' })).rejects.toMatchObject({ errors: [{ code: 'unique' }] });
    const terms = { words: ['kepa'], digits: [], fields: ['text'] };
    const [found] = await db.read<{ rows: number | string }>(
      sql`select count(*) as "rows" from "everything" t where ${searchCondition('everything', sql.raw('t'), terms)}`,
    );
    expect(Number(found?.rows)).toBeGreaterThan(10);
  });

  it('sees one moment while others write, and holds nobody up (R-77)', async () => {
    const { db, reopen } = await filled();
    const writer = await reopen();
    const end = new AbortController();
    let slowest = 0;
    const load = (async () => {
      for (let from = 1_000_000; !end.signal.aborted; from += 100) {
        const begun = performance.now();
        await fillEverything(writer, { count: 1, from });
        slowest = Math.max(slowest, performance.now() - begun);
      }
    })();
    const target = await open();
    const summary = await db.snapshot(async (tx) => {
      const before = await tx.all(sql`select count(*) as "rows" from "everything"`);
      const copied = await copyFromSnapshot(tx, dialect, target.db);
      expect(await tx.all(sql`select count(*) as "rows" from "everything"`)).toEqual(before);
      return copied;
    });
    end.abort();
    await load;
    expect(await digestDatabase(target.db)).toEqual(summary);
    expect((await digestDatabase(db)).rows).toBeGreaterThan(summary.rows);
    const { tables } = summary;
    expect(tables.get('_changes')?.rows).toBe(tables.get('everything')?.rows);
    expect(tables.get('_subjects')?.rows).toBe(tables.get('everything')?.rows);
    expect(slowest).toBeLessThan(5000);
  });

  it('keeps what no definition speaks of any more', async () => {
    const test = await filled();
    const smaller = modelOf({ other: { fields: { name: { type: 'text', required: true } } } });
    await applyPlan(test.db, await planSchema(test.db, smaller));
    const narrower = modelOf({ everything: { fields: { text: { type: 'text', maxLength: 50 } } } });
    await upgradeDatabase({ ...test, model: narrower, clock: systemClock, log: silentLog, dataDir: test.dir });
    const before = await digestDatabase(test.db);
    const target = await openTestDatabase(DIALECTS.find((one) => one !== dialect)!);
    try {
      expect(await copyDatabase(test.db, target.db)).toEqual({ source: before, target: before });
      expect(before.tables.get('everything_many')?.rows).toBeGreaterThan(10);
      await upgradeDatabase({
        ...target,
        model: EVERYTHING,
        clock: systemClock,
        log: silentLog,
        dataDir: target.dir,
      });
      const rows = sql`select "id", cast("share" as text) as "share", "at", "one", "extra" from "everything" order by "id"`;
      expect(await target.db.read(rows)).toEqual(await test.db.read(rows));
    } finally {
      await target.remove();
    }
  });

  it('refuses a database that is not empty, and leaves it as it is', async () => {
    const { bytes } = await dumpOf(await filled());
    const target = await filled(10);
    const before = await digestDatabase(target.db);
    await expect(loadDump(target.db, read(bytes))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('The database is not empty: it holds the tables _'),
    });
    expect(await digestDatabase(target.db)).toEqual(before);
  });

  it('takes the place of what is there in one transaction, when told so', async () => {
    const first = await filled();
    const { bytes, summary } = await dumpOf(first);
    const broken = Buffer.from(bytes.subarray(0, bytes.length - 20));
    await fillEverything(first.db, { count: 30, from: 5000 });
    const grown = await digestDatabase(first.db);
    await expect(loadDump(first.db, read(broken), { replace: true })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await digestDatabase(first.db)).toEqual(grown);
    expect(await loadDump(first.db, read(bytes), { replace: true })).toEqual(summary);
    expect(await digestDatabase(first.db)).toEqual(summary);
    expect((await planSchema(first.db, EVERYTHING)).steps).toEqual([]);
  });

  it('refuses a dump cut off anywhere or with a flipped bit, and nothing is there afterwards (R-77)', async () => {
    const { bytes } = await dumpOf(await filled(300));
    const target = await open();
    const refused = async (damaged: Buffer) => {
      // Whichever sees it first: the dump's own hashes, or a constraint of the database.
      await expect(loadDump(target.db, read(damaged))).rejects.toMatchObject({
        code: expect.stringMatching(/^(BAD_REQUEST|CONFLICT)$/),
      });
      await expect(verifyDump(read(damaged))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    };
    for (const part of [0, 0.001, 0.1, 0.5, 0.9, 0.999])
      await refused(bytes.subarray(0, Math.floor(bytes.length * part)));
    await refused(bytes.subarray(0, -1));
    // The ten bytes before the data hold a time and the maker's system, which no reader uses.
    for (let part = 0; part < 30; part += 1) {
      const flipped = Buffer.from(bytes);
      const at = 10 + Math.floor(((bytes.length - 11) * part) / 29);
      flipped[at]! ^= 1 << (part % 8);
      await refused(flipped);
    }
    expect(await tableCount(target)).toBe(0);
    await loadDump(target.db, read(bytes));
  });

  it('refuses a dump altered with care: rows, marks, header', async () => {
    const { bytes } = await dumpOf(await filled(20));
    const text = textOf(bytes);
    const target = await open();
    const lines = text.split('\n');
    const row = lines.findIndex((line) => line.startsWith('['));
    const without = (index: number) => lines.toSpliced(index, 1).join('\n');
    const altered: Readonly<Record<string, string>> = {
      'a row less': without(row),
      'a row twice': lines.toSpliced(row, 0, lines[row]!).join('\n'),
      'another value': text.replace('Other 3', 'Other 4'),
      'no trailer': `${lines.slice(0, -2).join('\n')}\n`,
      'something after it': `${text}{"table":"x"}\n`,
      'no header': lines.slice(1).join('\n'),
      'a newer format': text.replace('"formatVersion":1', '"formatVersion":2'),
      'SQL in a rule': text.replace(/length\(\\"text\\"\) <= 50/g, 'pg_sleep(10) is null'),
      'SQL after a rule': text.replace(
        /length\(\\"text\\"\) <= 50/g,
        'length(\\"text\\") <= 50); drop table \\"x\\"; --',
      ),
      'SQL in a name': text.replace('"name":"other"', '"name":"other\\"; drop table x; --"'),
      'a bomb of one line': '['.repeat(70_000_000),
    };
    for (const [what, changed] of Object.entries(altered)) {
      expect(changed === text, what).toBe(false);
      await expect(loadDump(target.db, read(gzipSync(changed, { level: 1 }))), what).rejects.toMatchObject({
        code: expect.stringMatching(/^(BAD_REQUEST|CONFLICT)$/),
      });
      expect(await tableCount(target), what).toBe(0);
    }
    await expect(loadDump(target.db, read(Buffer.from('not a dump')))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('says that a database is none of Casement', async () => {
    const { db, dir } = await open();
    await expect(writeDump(db, createWriteStream(join(dir, 'x')))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('passes on that the disk is full, and what the source says', async () => {
    const { db } = await filled();
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })),
    });
    await expect(writeDump(db, full)).rejects.toThrow('full');
    const target = await open();
    await expect(loadDump(target.db, createReadStream('/nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await tableCount(target)).toBe(0);
  });
});

describe('both databases', () => {
  it('write the same dump of the same model', async () => {
    const texts = await Promise.all(
      DIALECTS.map(async (dialect) => {
        const test = await openTestDatabase(dialect);
        await prepareEverything(test.db);
        const file = join(test.dir, 'dump');
        await writeDump(test.db, createWriteStream(file));
        const bytes = await readFile(file);
        await test.remove();
        return textOf(bytes).split('\n').slice(1, -2);
      }),
    );
    expect(texts[0]).toEqual(texts[1]);
    expect(texts[0]?.length).toBeGreaterThan(30);
  });
});

const textOf = (bytes: Uint8Array) => gunzipSync(bytes).toString('utf8');

const insertInto = (db: Database, values: RecordData) =>
  db.transaction((tx) => insertRecord(tx, EVERYTHING.entity('everything'), stamped(values)));

const copyFromSnapshot = (tx: Transaction, dialect: Dialect, to: Database) =>
  loadText(to, dumpText({ tx, dialect, now: 0 }));
