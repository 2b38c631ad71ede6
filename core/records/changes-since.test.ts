import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS, openTestDatabase } from '../../tests/support/databases.ts';
import { openRecordFirm, statusOf } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import { sql } from '../storage/sql.ts';
import type { FollowedChange } from './changes-since.ts';

const told = (changes: readonly FollowedChange[]) =>
  changes.map((change) => `${change.kind} ${String(change.fields['name']?.after)}`);

describe.each(DIALECTS)('following the ledger on %s', { timeout: 120_000 }, (dialect) => {
  let firm: RecordFirm;

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
  });

  afterAll(() => firm.close());

  /**
   * Until everything written so far is told. The oldest transaction still running is that of the whole server: tests of other files, with
   * databases of their own, hold it back as well.
   */
  async function settle(): Promise<void> {
    if (dialect === 'sqlite') return;
    const [now] = await firm.db.transaction((tx) =>
      tx.all<{ xid: string }>(sql`select pg_current_xact_id()::text as "xid"`),
    );
    while (BigInt((await firm.records.ledgerPosition()).split('.')[0]!) <= BigInt(now!.xid)) await pause(20);
  }

  async function settledPosition(): Promise<string> {
    await settle();
    return firm.records.ledgerPosition();
  }

  test('every change once, in one order, whatever the size of the pages', async () => {
    const from = await settledPosition();
    for (let index = 0; index < 7; index += 1) await firm.add('tag', { name: `t${index}` });
    await settle();
    const expected = Array.from({ length: 7 }, (_, index) => `created t${index}`);
    for (const limit of [1, 2, 7, 1000]) {
      const found: string[] = [];
      let after = from;
      for (;;) {
        const { changes, next, more } = await firm.records.changesSince({ after, limit });
        found.push(...told(changes));
        after = next;
        if (!more) break;
      }
      expect(found).toEqual(expected);
      expect(await firm.records.changesSince({ after })).toMatchObject({ changes: [], more: false });
    }
  });

  test('from the first change of all', async () => {
    await settle();
    const { changes } = await firm.records.changesSince();
    expect(changes[0]).toMatchObject({ kind: 'created', entity: 'organisation', version: 1 });
  });

  test('the figures of a parent come with the change of its child', async () => {
    const deal = await firm.add('deal', { name: 'D' });
    const after = await settledPosition();
    await firm.add('line', { name: 'l', deal, amount: '3' });
    await settle();
    const { changes } = await firm.records.changesSince({ after });
    expect(changes).toHaveLength(1);
    expect(changes[0]!.derived).toMatchObject([{ entity: 'deal', record: deal, fields: { total: { after: '3.00' } } }]);
  });

  test.each(['', '1', 'x.1', '1.1.1', '-1.0', '99999999999999999.1'])('%j is no position', async (after) => {
    expect(await statusOf(firm.records.changesSince({ after }))).toBe(400);
  });

  /** Starts a write that stays open until told. */
  async function slowTag(name: string): Promise<{ commit(): Promise<void> }> {
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    let written = () => undefined as void;
    const ready = new Promise<void>((resolve) => (written = resolve));
    const done = firm.records.transaction(firm.system, async (ctx) => {
      await firm.records.write(ctx, { op: 'create', entity: 'tag', input: { name } });
      // Nobody waits for what a write does last: it is sent before whatever is asked for next.
      await ctx.tx.all(sql`select 1`);
      written();
      await held;
    });
    await ready;
    return {
      async commit() {
        release();
        await done;
      },
    };
  }

  if (dialect === 'postgres') {
    test('a slow transaction that a sequence would lose is not lost', async () => {
      let after = await settledPosition();
      const slow = await slowTag('slow');
      await firm.add('tag', { name: 'fast' });

      const early = await firm.records.changesSince({ after });
      expect(told(early.changes)).toEqual([]);
      after = early.next;

      await slow.commit();
      await settle();
      const late = await firm.records.changesSince({ after });
      expect(told(late.changes)).toEqual(['created slow', 'created fast']);
      expect(late.changes[0]!.seq).toBeLessThan(late.changes[1]!.seq);
    });

    test('a long transaction of another database of the server holds the follower back, and makes it lose nothing', async () => {
      const other = await openTestDatabase('postgres');
      let after = await settledPosition();
      let release = () => undefined as void;
      const held = new Promise<void>((resolve) => (release = resolve));
      let running: Promise<void> = Promise.resolve();
      await new Promise<void>((begun) => {
        running = other.db.transaction(async (tx) => {
          await tx.all(sql`select pg_current_xact_id()::text`);
          begun();
          await held;
        });
      });
      await firm.add('tag', { name: 'behind' });
      const early = await firm.records.changesSince({ after });
      expect([told(early.changes), early.more]).toEqual([[], false]);
      after = early.next;
      release();
      await running;
      await settle();
      expect(told((await firm.records.changesSince({ after })).changes)).toEqual(['created behind']);
      await other.remove();
    });

    test('a hundred writers and a follower beside them: each change once, none lost', async () => {
      let after = await settledPosition();
      const found: string[] = [];
      const writers = { busy: true };
      const follow = async () => {
        const { changes, next } = await firm.records.changesSince({ after, limit: 7 });
        found.push(...changes.map((change) => String(change.fields['name']?.after)));
        after = next;
        return changes.length;
      };
      const follower = (async () => {
        while (writers.busy) await follow();
        while ((await follow()) > 0);
      })();
      const names = Array.from({ length: 100 }, (_, index) => `w${index}`);
      await Promise.all(
        names.map((name, index) =>
          firm.records.transaction(firm.system, async (ctx) => {
            await firm.records.write(ctx, { op: 'create', entity: 'tag', input: { name } });
            await new Promise((resolve) => setTimeout(resolve, (index * 7) % 20));
          }),
        ),
      );
      await settle();
      writers.busy = false;
      await follower;
      expect([...found].sort()).toEqual([...names].sort());
    });
  }
});
