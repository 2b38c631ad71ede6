import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openRecordFirm, outcomeOf, statusOf } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import { sql } from '../storage/sql.ts';

describe.each(DIALECTS)('batches on %s', (dialect) => {
  let firm: RecordFirm;

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
  });
  afterAll(() => firm.close());

  const batchOf = async (record: string) =>
    (
      await firm.db.read<{ batch: string | null }>(
        sql`select "batch" from "_changes" where "record" = ${record} order by "seq"`,
      )
    ).map(({ batch }) => batch);
  const create = (name: string) => ({ op: 'create', entity: 'client', input: { name } }) as const;

  test('R-67: every change of a batch names it, and the batch tells what it did', async () => {
    const boss = firm.be('sue', 'boss');
    const made = await firm.records.batches.run(
      boss,
      { kind: 'import', entity: 'client', title: 'a.csv' },
      async (ctx) => {
        const record = await firm.records.write(ctx, create('A'));
        await firm.records.write(ctx, {
          op: 'update',
          entity: 'client',
          id: String(record['id']),
          input: { rank: 1 },
        });
        return { record: String(record['id']), batch: ctx.batch };
      },
    );
    expect(await batchOf(made.record)).toEqual([made.batch, made.batch]);
    expect(await firm.records.batches.get(boss, made.batch)).toEqual({
      id: made.batch,
      kind: 'import',
      entity: 'client',
      title: 'a.csv',
      by: { id: firm.people.sue, name: 'sue' },
      startedAt: '2026-03-15T10:00:00.000Z',
      finishedAt: '2026-03-15T10:00:00.000Z',
      state: 'done',
      counts: { created: 1, updated: 1 },
      undoOf: null,
      undoneBy: null,
    });
  });

  test('R-07: a batch of one transaction leaves nothing of a refusal', async () => {
    const before = await firm.digest();
    const refused = firm.records.batches.run(firm.be('sue', 'boss'), { kind: 'massEdit', title: 'x' }, async (ctx) => {
      await firm.records.write(ctx, create('B'));
      await firm.records.write(ctx, { op: 'create', entity: 'client', input: {} });
    });
    expect(await statusOf(refused)).toBe(422);
    expect(await firm.digest()).toBe(before);
    const { data } = await firm.records.batches.list(firm.system, {});
    expect(data.map(({ title }) => title)).toEqual(['a.csv']);
  });

  test('one that was cut off stays in the list with what it had written, as interrupted', async () => {
    const boss = firm.be('sue', 'boss');
    const batch = await firm.records.batches.open(boss, { kind: 'import', entity: 'client', title: 'long.csv' });
    await firm.records.transaction(batch.ctx, async (ctx) => {
      await firm.records.write(ctx, create('C'));
      await batch.touch(ctx);
    });
    const seen = async () => {
      const { state, counts, finishedAt } = await firm.records.batches.get(boss, batch.id);
      return { state, counts, finishedAt };
    };
    expect(await seen()).toEqual({ state: 'running', counts: { created: 1 }, finishedAt: null });
    firm.at('2026-03-15T10:01:59Z');
    await batch.touch();
    firm.at('2026-03-15T10:03:00Z');
    expect(await seen()).toMatchObject({ state: 'running' });
    firm.at('2026-03-15T10:04:00Z');
    expect(await seen()).toEqual({ state: 'interrupted', counts: { created: 1 }, finishedAt: null });
    await batch.close({ state: 'done', counts: { failed: 2 } });
    expect(await seen()).toEqual({
      state: 'done',
      counts: { created: 1, failed: 2 },
      finishedAt: '2026-03-15T10:04:00.000Z',
    });
  });

  test('after a restart on SQLite a batch that was cut off is told at once, on PostgreSQL after two minutes', async () => {
    const batch = await firm.records.batches.open(firm.system, { kind: 'import', title: 'cut.csv' });
    await firm.records.batches.recover();
    const { state } = await firm.records.batches.get(firm.system, batch.id);
    expect(state).toBe(dialect === 'sqlite' ? 'interrupted' : 'running');
    await firm.db.transaction((tx) => tx.run(sql`delete from "_batches" where "id" = ${batch.id}`));
  });

  test('R-06, R-12: a batch is shown to who made it; to others with the operation, where they may read the entity', async () => {
    const { batches } = firm.records;
    const mia = firm.be('mia', 'seller');
    const id = await batches.run(mia, { kind: 'massEdit', entity: 'deal', title: 'mine' }, async (ctx) => ctx.batch);
    const titles = async (...as: Parameters<RecordFirm['be']>) =>
      (await batches.list(firm.be(...as), {})).data.map(({ title }) => title);
    expect(await titles('mia', 'seller')).toEqual(['mine']);
    expect(await titles('max', 'boss')).toEqual([]);
    expect(await titles('max', 'operator')).toEqual(['mine', 'long.csv', 'a.csv']);
    expect(await titles('max', 'clerk')).toEqual(['long.csv', 'a.csv']);
    const missing = { status: 404, code: 'NOT_FOUND' };
    for (const ctx of [firm.be('max', 'boss'), firm.be('max', 'clerk')])
      expect(await outcomeOf(batches.get(ctx, id))).toEqual(missing);
    for (const wrong of ['018f0000-0000-7000-8000-000000000000', 'x', "' or 1=1"])
      expect(await outcomeOf(batches.get(mia, wrong))).toEqual(missing);
  });

  test('are listed page by page', async () => {
    const { batches } = firm.records;
    const first = await batches.list(firm.system, { limit: 2 });
    expect(first.data.map(({ title }) => title)).toEqual(['mine', 'long.csv']);
    const second = await batches.list(firm.system, { limit: 2, after: first.next ?? '' });
    expect([second.data.map(({ title }) => title), second.next]).toEqual([['a.csv'], null]);
    for (const query of [{ limit: 0 }, { limit: 1001 }, { after: 'x' }])
      expect(await statusOf(batches.list(firm.system, query))).toBe(400);
  });

  test('a part of a transaction is taken back alone, with its news', async () => {
    const heard: string[] = [];
    const stop = firm.records.onCommitted(({ record }) => void heard.push(record));
    const kept = await firm.records.transaction(firm.system, async (ctx) => {
      const one = await firm.records.write(ctx, create('kept'));
      await ctx.tx
        .savepoint(async (tx) => {
          await firm.records.write({ ...ctx, tx }, create('lost'));
          throw new Error('no');
        })
        .catch(() => undefined);
      await ctx.tx.savepoint(async (tx) => {
        await tx.savepoint((inner) => inner.all(sql`select nonsense from nowhere`)).catch(() => undefined);
        await firm.records.write({ ...ctx, tx }, create('inner'));
      });
      return String(one['id']);
    });
    stop();
    const { data } = await firm.records.list(firm.system, {
      entity: 'client',
      filter: { name: { in: ['kept', 'lost', 'inner'] } },
      sort: ['id'],
    });
    expect(data.map(({ name }) => name)).toEqual(['kept', 'inner']);
    expect(heard).toEqual([kept, String(data[1]?.['id'])]);
  });
});
