import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { idOf, openRecordFirm } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import type { Context, Transaction } from '../context.ts';

/** What one write costs the database: a statement more is a decision, not an accident. */
describe.each(DIALECTS)('statements of a write on %s', (dialect) => {
  let firm: RecordFirm;
  let boss: Context;

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    boss = firm.be('sue', 'boss');
  });

  afterAll(() => firm.close());

  interface Cost {
    readonly statements: readonly string[];
    /** How often the write waits for the database; the commit comes on top. */
    readonly waits: number;
  }

  async function costOf(ctx: Context, work: (ctx: Context) => Promise<unknown>): Promise<Cost> {
    const seen: string[] = [];
    let waits = 0;
    let isAsking = false;
    /** What is asked for in one turn goes together. */
    const wait = () => {
      if (isAsking) return;
      isAsking = true;
      waits += 1;
      process.nextTick(() => (isAsking = false));
    };
    await firm.records.transaction(ctx, async (inside) => {
      const { tx } = inside;
      const counted: Transaction = {
        all: (fragment) => {
          seen.push(fragment.chunks.join('?'));
          wait();
          return tx.all(fragment);
        },
        run: (fragment) => {
          seen.push(fragment.chunks.join('?'));
          wait();
          return tx.run(fragment);
        },
        later: (fragment, only) => {
          seen.push(fragment.chunks.join('?'));
          tx.later(fragment, only);
        },
        define: (fragment) => tx.define(fragment),
        afterCommit: (task) => tx.afterCommit(task),
        savepoint: (part) => tx.savepoint(part),
      };
      await work({ ...inside, tx: counted });
    });
    // News to other processes is PostgreSQL's own.
    const asked = seen.filter((text) => !text.startsWith('select pg_notify'));
    return { statements: asked.map((text) => text.trim().split(/\s+/).slice(0, 3).join(' ')), waits };
  }

  test.each([['user'], ['system']] as const)(
    'creating a client as %s waits for what it points to and for who has its values, at once',
    async (who) => {
      const ctx = who === 'system' ? firm.system : boss;
      const input = { name: 'C', email: `${who}@example.com`, assignee: firm.people.mia };
      const { statements, waits } = await costOf(ctx, (inside) =>
        firm.records.write(inside, { op: 'create', entity: 'client', input }),
      );
      expect({ statements: statements.length, waits }).toEqual(
        dialect === 'sqlite' ? { statements: 6, waits: 2 } : { statements: 7, waits: 1 },
      );
    },
  );

  test.each([['user'], ['system']] as const)('changing the name of a client as %s waits for its row', async (who) => {
    const ctx = who === 'system' ? firm.system : boss;
    const id = await firm.add('client', { name: 'C' });
    const { statements, waits } = await costOf(ctx, (inside) =>
      firm.records.write(inside, { op: 'update', entity: 'client', id, input: { name: 'D' } }),
    );
    expect({ statements: statements.length, waits }).toEqual(
      dialect === 'sqlite' ? { statements: 7, waits: 2 } : { statements: 8, waits: 1 },
    );
  });

  /** Whoever writes a line holds what it is counted in first, from the top down; SQLite has nothing to hold. */
  test('changing what two figures above hang on', async () => {
    const customer = await firm.add('client', { name: 'T' });
    const deal = await firm.add('deal', { name: 'T', customer });
    const id = await firm.add('line', { name: 'l', deal, amount: '1.00' });
    const { statements, waits } = await costOf(firm.system, (inside) =>
      firm.records.write(inside, { op: 'update', entity: 'line', id, input: { amount: '2.00' } }),
    );
    expect({ statements: statements.length, waits }).toEqual(
      dialect === 'sqlite' ? { statements: 12, waits: 7 } : { statements: 17, waits: 10 },
    );
  });

  test('a change that no figure hangs on leaves the parents alone', async () => {
    const customer = await firm.add('client', { name: 'P' });
    const deal = await firm.records.write(boss, { op: 'create', entity: 'deal', input: { name: 'D', customer } });
    const { statements, waits } = await costOf(firm.system, (inside) =>
      firm.records.write(inside, { op: 'update', entity: 'deal', id: idOf(deal), input: { city: 'Riga' } }),
    );
    // Its list of tags may only be read once the row is held.
    expect({ statements: statements.length, waits }).toEqual(
      dialect === 'sqlite' ? { statements: 7, waits: 2 } : { statements: 9, waits: 1 },
    );
  });

  test('reading one record takes one', async () => {
    const id = await firm.add('client', { name: 'C' });
    expect(await costOf(boss, (inside) => firm.records.get(inside, { entity: 'client', id }))).toMatchObject({
      waits: 1,
    });
  });
});
