import { expect, it } from 'vitest';
import { eachDatabase } from '../../tests/support/databases.ts';
import { measureDatabase } from './measured-database.ts';
import { sharedReads } from './shared-reads.ts';
import { sql } from './sql.ts';

eachDatabase((open) => {
  it('one reading answers all who asked before it began, each with what was committed before he asked', async () => {
    const db = measureDatabase((await open()).db);
    await db.transaction(async (tx) => {
      await tx.run(sql`create table "_meta" ("key" text primary key, "value" text)`);
      await tx.run(sql`insert into "_meta" values ('n', '1')`);
    });
    const shared = sharedReads(db);
    const ask = (key = 'n') => shared.read<{ value: string }>(sql`select "value" from "_meta" where "key" = ${key}`);
    const first = ask();
    await db.transaction((tx) => tx.run(sql`update "_meta" set "value" = '2'`));
    const later = Array.from({ length: 5 }, () => ask());
    await first;
    expect(await Promise.all(later)).toEqual(Array.from({ length: 5 }, () => [{ value: '2' }]));
    expect(db.figures().reads).toBeLessThanOrEqual(3);
    const before = db.figures().reads;
    const many = Array.from({ length: 9 }, () => ask());
    expect(await ask('other')).toEqual([]);
    await Promise.all(many);
    expect(db.figures().reads - before).toBe(3);
    expect(await ask()).toEqual([{ value: '2' }]);
  });

  it('a reading that fails fails those who waited for it, and nobody after them', async () => {
    const { db } = await open();
    const shared = sharedReads(db);
    const ask = () => shared.read(sql`select "value" from "_meta"`);
    expect((await Promise.allSettled([ask(), ask(), ask()])).map(({ status }) => status)).toEqual(
      Array.from({ length: 3 }, () => 'rejected'),
    );
    await db.transaction((tx) => tx.run(sql`create table "_meta" ("value" text)`));
    expect(await ask()).toEqual([]);
  });
});
