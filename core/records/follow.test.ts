import { expect, it } from 'vitest';
import { eachDatabase } from '../../tests/support/databases.ts';
import { modelOf } from '../../tests/support/model.ts';
import type { Transaction } from '../context.ts';
import { applyPlan, planSchema } from '../storage/plan.ts';
import { sql } from '../storage/sql.ts';
import { followLedger } from './follow.ts';

eachDatabase((open, dialect) => {
  const model = modelOf({ boat: { fields: { name: { type: 'text' } } } });

  async function openLedger() {
    const { db } = await open();
    await applyPlan(db, await planSchema(db, model));
    return db;
  }

  let count = 0;
  const append = (tx: Transaction, record: string, data = '{"fields":{}}') =>
    tx.run(sql`insert into "_changes" ("id", "at", "entity", "record", "kind", "data", "principalKind", "principalName", "door", "depth", "node", "hlc", "version", "payloadHash", "salt", "hash")
      values (${`c${(count += 1)}`}, '', 'boat', ${record}, 'created', ${data}, 'system', '', 'api', 0, '', '', 1, '', '', '')`);
  const records = ({ changes }: { changes: readonly { record: string }[] }) => changes.map(({ record }) => record);

  it('tells each change once, in order, from mark to mark', async () => {
    const db = await openLedger();
    await db.transaction((tx) => append(tx, 'old'));
    const start = await followLedger(db);
    expect([records(start), start.isWhole]).toEqual([[], true]);
    expect(records(await followLedger(db, start.mark))).toEqual([]);
    await db.transaction(async (tx) => {
      await append(tx, 'a');
      await append(tx, 'b');
    });
    await db.transaction((tx) => append(tx, 'c'));
    const next = await followLedger(db, start.mark);
    expect([records(next), next.isWhole]).toEqual([['a', 'b', 'c'], true]);
    expect(records(await followLedger(db, next.mark))).toEqual([]);
    expect(records(await followLedger(db, String(next.changes[0]?.seq)))).toEqual(['b', 'c']);
  });

  it('tells the parents whose figures moved', async () => {
    const db = await openLedger();
    const { mark } = await followLedger(db);
    const data = '{"derived":[{"entity":"fleet","fields":{},"record":"f"}],"fields":{}}';
    await db.transaction((tx) => append(tx, 'a', data));
    const { changes } = await followLedger(db, mark);
    expect(changes.map(({ entity, record, kind }) => [entity, record, kind])).toEqual([
      ['boat', 'a', 'created'],
      ['fleet', 'f', 'updated'],
    ]);
    expect(changes[0]?.seq).toBe(changes[1]?.seq);
  });

  it('says so when there is more than can be told', async () => {
    const db = await openLedger();
    const { mark } = await followLedger(db);
    await db.transaction(async (tx) => {
      for (let i = 0; i < 501; i += 1) await append(tx, `r${i}`);
    });
    const much = await followLedger(db, mark);
    expect(much.isWhole).toBe(false);
    expect((await followLedger(db, much.mark)).isWhole).toBe(true);
  });

  it.each(['', 'x', '1e5', '1:2', '5:4:', '1:2:99', '999999999999', '9'.repeat(40), "1'; drop table _changes"])(
    'takes the mark %j for what it is: nothing to go on from',
    async (mark) => {
      const db = await openLedger();
      const { isWhole, mark: now } = await followLedger(db, mark);
      expect(isWhole).toBe(false);
      expect((await followLedger(db, now)).isWhole).toBe(true);
    },
  );

  // SQLite has one writer, so nothing there is overtaken.
  if (dialect === 'postgres') {
    it('tells a slower transaction that was overtaken, and holds nobody up for it', async () => {
      const db = await openLedger();
      const { mark } = await followLedger(db);
      let goOn: () => void = () => undefined;
      let begun: () => void = () => undefined;
      const started = new Promise<void>((resolve) => (begun = resolve));
      const slow = db.transaction(async (tx) => {
        await append(tx, 'slow');
        begun();
        await new Promise<void>((resolve) => (goOn = resolve));
      });
      await started;
      await db.transaction((tx) => append(tx, 'quick'));
      const first = await followLedger(db, mark);
      expect(records(first)).toEqual(['quick']);
      goOn();
      await slow;
      expect(records(await followLedger(db, first.mark))).toEqual(['slow']);
    });

    it('gives up rather than lose what lies before the rows it looks at', async () => {
      const db = await openLedger();
      const { mark } = await followLedger(db);
      await db.transaction(async (tx) => {
        for (let i = 0; i < 2000; i += 1) await append(tx, `r${i}`);
      });
      expect((await followLedger(db, mark)).isWhole).toBe(false);
    });
  }
});
