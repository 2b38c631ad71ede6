import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS, silentLog } from '../../tests/support/databases.ts';
import { createRandom } from '../../tests/support/random.ts';
import { idOf, openRecordFirm } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { verifyLedger } from './verify-ledger.ts';

const WRITERS = 50;

/** Fifty writers, five connections: nothing is lost, nobody waits for ever, and who cannot be served is told so (G7, G13). */
describe.each(DIALECTS)('contention on %s', (dialect) => {
  let firm: RecordFirm;
  let boss: Context;
  /** Messages of transactions that were run again. */
  const repeated: string[] = [];

  beforeAll(async () => {
    const log = { ...silentLog, warn: (_fields: object, message: string) => void repeated.push(message) };
    firm = await openRecordFirm(dialect, { poolSize: 5, log });
    boss = firm.be('sue', 'boss');
  });

  afterAll(() => firm.close());

  const all = <T>(count: number, work: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, index) => work(index)));
  const get = (id: string) => firm.records.get(boss, { entity: 'client', id });
  const patch = (id: string, input: RecordData, version?: number) =>
    firm.records.write(boss, {
      op: 'update',
      entity: 'client',
      id,
      input,
      ...(version === undefined ? {} : { version }),
    });

  /** Reads, changes and writes with the version read, again and again until nobody was faster. Answers how often somebody was. */
  async function change(id: string, next: (record: RecordData) => RecordData): Promise<number> {
    for (let lost = 0; ; lost += 1) {
      const record = await get(id);
      try {
        await patch(id, next(record), Number(record['version']));
        return lost;
      } catch (error) {
        if (!(error instanceof CasementError) || error.status !== 412) throw error;
        expect(Number((error.extra['current'] as RecordData)['version'])).toBeGreaterThan(Number(record['version']));
        await pause(Math.random() * 20);
      }
    }
  }

  test(
    'R-73: fifty counters and lists, read, changed and written with their version, lose nothing',
    { timeout: 120_000 },
    async () => {
      const id = await firm.add('client', { name: 'count', rank: 0, details: { list: [] } });
      await all(WRITERS, (index) =>
        change(id, (record) => {
          const { list } = record['details'] as { list: readonly number[] };
          return { rank: Number(record['rank']) + 1, details: { list: [...list, index] } };
        }),
      );
      const after = await get(id);
      expect([after['rank'], after['version']]).toEqual([WRITERS, WRITERS + 1]);
      const { list } = after['details'] as { list: readonly number[] };
      expect([...list].sort((a, b) => a - b)).toEqual(Array.from({ length: WRITERS }, (_, index) => index));
    },
  );

  test(
    'R-73: without a version fifty writers of other fields all get through, one after another',
    { timeout: 120_000 },
    async () => {
      const id = await firm.add('client', { name: 'set', details: {} });
      await all(WRITERS, (index) => patch(id, { details: { [`w${index}`]: index } }));
      const after = await get(id);
      expect(Object.keys(after['details'] as object)).toHaveLength(WRITERS);
      expect(after['version']).toBe(WRITERS + 1);
    },
  );

  test('R-73: who writes one after another with the version answered is never told of a conflict', async () => {
    const id = await firm.add('client', { name: 'alone', rank: 0 });
    let version = 1;
    for (let rank = 1; rank <= 30; rank += 1) version = Number((await patch(id, { rank }, version))['version']);
    expect([version, (await get(id))['rank']]).toEqual([31, 30]);
  });

  test(
    'G13: fifty transactions on five connections all end, or are told that there is no room',
    { timeout: 120_000 },
    async () => {
      const client = await firm.add('client', { name: 'pool' });
      const started = Date.now();
      const statuses = await all(WRITERS, (index) =>
        firm.records
          .transaction(boss, async (ctx) => {
            await firm.records.list(ctx, { entity: 'client', limit: 1 });
            const deal = await firm.records.write(ctx, {
              op: 'create',
              entity: 'deal',
              input: { name: `p${index}`, customer: client },
            });
            await pause(20);
            await firm.records.write(ctx, {
              op: 'create',
              entity: 'line',
              input: { name: 'l', deal: idOf(deal), amount: '1.00' },
            });
          })
          .then(
            () => 200,
            (error: CasementError) => error.status,
          ),
      );
      const done = statuses.filter((status) => status === 200).length;
      expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
      expect(done).toBeGreaterThan(0);
      expect(Date.now() - started).toBeLessThan(60_000);
      expect(await get(client)).toMatchObject({ dealCount: done, dealSum: `${done}.00` });
    },
  );

  test(
    'R-76: random writes of children and parents with figures over two steps wait for each other in no circle, and the figures stay exact',
    { timeout: 180_000 },
    async () => {
      const clients = await all(3, (index) => firm.add('client', { name: `s${index}` }));
      const deals = await all(6, (index) => firm.add('deal', { name: `s${index}`, customer: clients[index % 3]! }));
      const lines = await all(18, (index) => firm.add('line', { name: 's', deal: deals[index % 6]!, amount: '1.00' }));
      const statuses = new Map<number, number>();
      repeated.length = 0;
      await all(40, async (worker) => {
        const random = createRandom(worker + 1);
        for (let turn = 0; turn < 8; turn += 1) {
          const write = (op: 'update' | 'delete' | 'restore', entity: string, id: string, input: RecordData = {}) =>
            firm.records.write(boss, op === 'update' ? { op, entity, id, input } : { op, entity, id });
          const works = [
            () => write('update', 'line', random.pick(lines), { amount: `${random.below(50)}.50` }),
            () => write('update', 'line', random.pick(lines), { deal: random.pick(deals), amount: '2.00' }),
            () => write('update', 'deal', random.pick(deals), { customer: random.pick(clients) }),
            () => write('update', 'client', random.pick(clients), { rank: random.below(9) }),
            () =>
              firm.records.write(boss, {
                op: 'create',
                entity: 'line',
                input: { name: 'n', deal: random.pick(deals) },
              }),
            () => write('delete', 'line', random.pick(lines)),
            () => write('restore', 'line', random.pick(lines)),
            () => write('delete', 'deal', random.pick(deals)),
            () => write('restore', 'deal', random.pick(deals)),
          ];
          const status = await random
            .pick(works)()
            .then(
              () => 200,
              (error: unknown) => {
                if (error instanceof CasementError) return error.status;
                throw error;
              },
            );
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      });
      const allowed = [200, 404, 409, 422, 503];
      expect([...statuses.keys()].filter((status) => !allowed.includes(status))).toEqual([]);
      expect(statuses.get(200)).toBeGreaterThan(80);
      expect(repeated, 'deadlocks').toEqual([]);
      await figuresAreExact({ clients, deals });
      expect((await verifyLedger(firm.db, firm.model, { values: true })).faults).toEqual([]);
    },
  );

  async function figuresAreExact({
    clients,
    deals,
  }: {
    clients: readonly string[];
    deals: readonly string[];
  }): Promise<void> {
    const cents = (value: unknown) => Math.round(Number(value ?? 0) * 100);
    const live = async (entity: string, filter: object) =>
      (await firm.records.list(boss, { entity, filter, limit: 1000 })).data;
    for (const id of deals) {
      const [deal] = (await firm.records.list(boss, { entity: 'deal', filter: { id }, deleted: 'with' })).data;
      const sum = (await live('line', { deal: id })).reduce((total, line) => total + cents(line['amount']), 0);
      expect([id, cents(deal!['total'])]).toEqual([id, sum]);
    }
    for (const id of clients) {
      const own = await live('deal', { customer: id });
      const client = await get(id);
      const sum = own.reduce((total, deal) => total + cents(deal['total']), 0);
      expect([client['dealCount'], cents(client['dealSum'])]).toEqual([own.length, sum]);
    }
  }
});
