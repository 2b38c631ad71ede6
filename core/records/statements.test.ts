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

  async function statementsOf(ctx: Context, work: (ctx: Context) => Promise<unknown>): Promise<readonly string[]> {
    const seen: string[] = [];
    await firm.records.transaction(ctx, async (inside) => {
      const { tx } = inside;
      const counted: Transaction = {
        all: (fragment) => {
          seen.push(fragment.chunks.join('?'));
          return tx.all(fragment);
        },
        run: (fragment) => {
          seen.push(fragment.chunks.join('?'));
          return tx.run(fragment);
        },
        later: (fragment, only) => {
          seen.push(fragment.chunks.join('?'));
          tx.later(fragment, only);
        },
        afterCommit: (task) => tx.afterCommit(task),
        savepoint: (part) => tx.savepoint(part),
      };
      await work({ ...inside, tx: counted });
    });
    // News to other processes is PostgreSQL's own.
    const asked = seen.filter((text) => !text.startsWith('select pg_notify'));
    return asked.map((text) => text.trim().split(/\s+/).slice(0, 3).join(' '));
  }

  test.each([
    ['user', 7],
    ['system', 6],
  ] as const)('creating a client as %s takes %i', async (who, count) => {
    const ctx = who === 'system' ? firm.system : boss;
    const input = { name: 'C', email: `${who}@example.com`, assignee: firm.people.mia };
    const made = await statementsOf(ctx, (inside) =>
      firm.records.write(inside, { op: 'create', entity: 'client', input }),
    );
    expect(made).toHaveLength(count);
  });

  test.each([
    ['user', 8],
    ['system', 7],
  ] as const)('changing the name of a client as %s takes %i', async (who, count) => {
    const ctx = who === 'system' ? firm.system : boss;
    const id = await firm.add('client', { name: 'C' });
    const made = await statementsOf(ctx, (inside) =>
      firm.records.write(inside, { op: 'update', entity: 'client', id, input: { name: 'D' } }),
    );
    expect(made).toHaveLength(count);
  });

  /** Whoever writes a line holds what it is counted in first, from the top down; SQLite has nothing to hold. */
  test('changing what two figures above hang on', async () => {
    const customer = await firm.add('client', { name: 'T' });
    const deal = await firm.add('deal', { name: 'T', customer });
    const id = await firm.add('line', { name: 'l', deal, amount: '1.00' });
    const made = await statementsOf(firm.system, (inside) =>
      firm.records.write(inside, { op: 'update', entity: 'line', id, input: { amount: '2.00' } }),
    );
    expect(made).toHaveLength(dialect === 'sqlite' ? 12 : 16);
  });

  test('a change that no figure hangs on leaves the parents alone', async () => {
    const customer = await firm.add('client', { name: 'P' });
    const deal = await firm.records.write(boss, { op: 'create', entity: 'deal', input: { name: 'D', customer } });
    const made = await statementsOf(firm.system, (inside) =>
      firm.records.write(inside, { op: 'update', entity: 'deal', id: idOf(deal), input: { city: 'Riga' } }),
    );
    // Its list of tags may only be read once the row is held.
    expect(made).toHaveLength(dialect === 'sqlite' ? 7 : 8);
  });

  test('reading one record takes one', async () => {
    const id = await firm.add('client', { name: 'C' });
    expect(await statementsOf(boss, (inside) => firm.records.get(inside, { entity: 'client', id }))).toHaveLength(1);
  });
});
