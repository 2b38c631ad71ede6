import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOf, openRecordFirm } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import type { Context, Transaction } from '../context.ts';

/** What one write costs the database: a statement more is a decision, not an accident. */
describe('statements of a write', () => {
  let firm: RecordFirm;
  let boss: Context;

  beforeAll(async () => {
    firm = await openRecordFirm('sqlite');
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
        afterCommit: (task) => tx.afterCommit(task),
        savepoint: (part) => tx.savepoint(part),
      };
      await work({ ...inside, tx: counted });
    });
    return seen.map((text) => text.trim().split(/\s+/).slice(0, 3).join(' '));
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

  test('a change that no figure hangs on leaves the parents alone', async () => {
    const customer = await firm.add('client', { name: 'P' });
    const deal = await firm.records.write(boss, { op: 'create', entity: 'deal', input: { name: 'D', customer } });
    const made = await statementsOf(firm.system, (inside) =>
      firm.records.write(inside, { op: 'update', entity: 'deal', id: idOf(deal), input: { city: 'Riga' } }),
    );
    expect(made).toHaveLength(7);
  });

  test('reading one record takes one', async () => {
    const id = await firm.add('client', { name: 'C' });
    expect(await statementsOf(boss, (inside) => firm.records.get(inside, { entity: 'client', id }))).toHaveLength(1);
  });
});
