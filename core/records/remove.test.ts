import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { idOf, openRecordFirm, outcomeOf } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import type { Context } from '../context.ts';

/** Deleting and bringing back: children, references, unique values, rights. */
describe.each(DIALECTS)('delete and restore on %s', (dialect) => {
  let firm: RecordFirm;
  let boss: Context;
  let seller: Context;

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    boss = firm.be('sue', 'boss');
    seller = firm.be('mia', 'seller');
  });

  afterAll(() => firm.close());

  const remove = (ctx: Context, entity: string, id: string) => firm.records.write(ctx, { op: 'delete', entity, id });
  const restore = (ctx: Context, entity: string, id: string) => firm.records.write(ctx, { op: 'restore', entity, id });
  const get = (entity: string, id: string) => firm.records.get(boss, { entity, id });
  const isLive = async (entity: string, id: string) =>
    (await firm.records.list(boss, { entity, filter: { id } })).data.length === 1;
  const kinds = async (id: string) => (await firm.ledger(id)).map(([kind]) => kind);

  async function refused(work: () => Promise<unknown>): Promise<{ status: number; code: string; message: string }> {
    const before = await firm.digest();
    const error = await work().then(
      () => {
        throw new Error('It was not refused.');
      },
      (refusal: { status: number; code: string; message: string }) => refusal,
    );
    expect(await firm.digest()).toBe(before);
    return error;
  }

  test('children go along and come back, once each, whichever way they hang on it', async () => {
    const client = await firm.add('client', { name: 'C' });
    const deal = await firm.add('deal', { name: 'D', lines: [{ name: 'l', amount: '2' }] });
    const task = await firm.add('task', { name: 'T', deal, client, about: { entity: 'deal', id: deal } });
    const early = await firm.add('task', { name: 'early', deal });
    await remove(boss, 'task', early);
    expect(await remove(boss, 'deal', deal)).toEqual({ id: deal, version: 2 });
    expect([await isLive('deal', deal), await isLive('task', task)]).toEqual([false, false]);
    expect(await kinds(task)).toEqual(['created', 'deleted']);
    expect(await restore(boss, 'deal', deal)).toMatchObject({ id: deal, version: 3, total: '2.00', half: '1.00' });
    expect([await isLive('task', task), await isLive('task', early)]).toEqual([true, false]);
    expect(await kinds(task)).toEqual(['created', 'deleted', 'restored']);
    expect((await firm.records.list(boss, { entity: 'line', filter: { deal } })).data).toHaveLength(1);
    expect((await firm.records.search(boss, { q: 'T' })).map((hit) => idOf(hit.record))).toContain(task);
  });

  test('R-72: what would go along is told beforehand, cut to what the asker may see, and nothing happens', async () => {
    const client = await firm.add('client', { name: 'P', assignee: firm.people.mia });
    const deal = await firm.add('deal', {
      name: 'P',
      customer: client,
      assignee: firm.people.mia,
      lines: [{ name: 'l1', amount: '2' }, { name: 'l2' }],
    });
    await firm.add('deal', { name: 'follower', origin: deal });
    await firm.add('task', { name: 'seen', deal, assignee: firm.people.mia });
    await firm.add('task', { name: 'unseen', deal, assignee: firm.people.sue });
    const before = await firm.digest();
    const told = (ctx: Context) => firm.records.dependents(ctx, { entity: 'deal', id: deal });
    const all = [
      { entity: 'deal', effect: 'changed', count: 1 },
      { entity: 'line', effect: 'deleted', count: 2 },
      { entity: 'task', effect: 'deleted', count: 2 },
    ];
    expect([...(await told(boss))].sort((a, b) => (a.entity < b.entity ? -1 : 1))).toEqual(all);
    const own = await told(seller);
    expect([...own].sort((a, b) => (a.entity < b.entity ? -1 : 1))).toEqual([all[1], { ...all[2], count: 1 }]);
    expect(await outcomeOf(told(firm.be('mia', 'reader')))).toMatchObject({ status: 403 });
    expect(await outcomeOf(told(firm.be('max', 'seller')))).toMatchObject({ status: 404 });
    const held = firm.records.dependents(boss, { entity: 'client', id: client });
    expect(await outcomeOf(held)).toMatchObject({ status: 409, code: 'CONFLICT' });
    expect(await firm.digest()).toBe(before);
    await remove(boss, 'deal', deal);
  });

  test('a child that came back by itself, or is not alone in the bin, stays as it is', async () => {
    const deal = await firm.add('deal', { name: 'D2' });
    const task = await firm.add('task', { name: 'T2', deal });
    await remove(boss, 'deal', deal);
    const alone = await refused(() => restore(boss, 'task', task));
    expect(alone).toMatchObject({ status: 409, code: 'CONFLICT' });
    expect(alone.message).toBe('It cannot come back: what "Deal" names is in the bin. Restore that first.');
    await restore(boss, 'deal', deal);
    await remove(boss, 'task', task);
    await remove(boss, 'deal', deal);
    await restore(boss, 'deal', deal);
    expect(await isLive('task', task)).toBe(false);
  });

  test('a record and the child that went with it may name each other', async () => {
    const deal = await firm.add('deal', { name: 'D5' });
    const task = await firm.add('task', { name: 'T5', deal });
    await firm.records.write(boss, { op: 'update', entity: 'deal', id: deal, input: { nextTask: task } });
    await remove(boss, 'deal', deal);
    expect(await restore(boss, 'deal', deal)).toMatchObject({ id: deal, nextTask: task });
    expect(await isLive('task', task)).toBe(true);
    await firm.records.write(boss, { op: 'update', entity: 'task', id: task, input: { deal: null } });
    await remove(boss, 'deal', deal);
    await remove(boss, 'task', task);
    const refusal = await refused(() => restore(boss, 'deal', deal));
    expect(refusal.message).toBe('It cannot come back: what "Next task" names is in the bin. Restore that first.');
  });

  test('a reference is cleared: one of several ids only, and also one to itself', async () => {
    const [a, b] = [await firm.add('tag', { name: 'a' }), await firm.add('tag', { name: 'b' })];
    const deal = await firm.add('deal', { name: 'Tagged', tags: [a, b] });
    await remove(boss, 'tag', a);
    expect(await get('deal', deal)).toMatchObject({ tags: [b], version: 2 });
    const follower = await firm.add('deal', { name: 'F', origin: deal });
    await firm.records.write(boss, { op: 'update', entity: 'deal', id: deal, input: { origin: deal } });
    await remove(boss, 'deal', deal);
    expect(await get('deal', follower)).toMatchObject({ origin: null });
  });

  test('R-04: what still holds a record is named only as far as the caller sees it', async () => {
    const client = await firm.add('client', { name: 'Held', assignee: firm.people.mia });
    await firm.add('deal', { name: 'foreign', customer: client, assignee: firm.people.sue });
    expect((await refused(() => remove(seller, 'client', client))).message).toBe(
      'This client is still used by other records. Delete or change those first.',
    );
    await firm.add('deal', { name: 'own', customer: client, assignee: firm.people.mia });
    expect((await refused(() => remove(seller, 'client', client))).message).toContain('still used by 1 deals.');
    expect((await refused(() => remove(boss, 'client', client))).message).toContain('still used by 2 deals.');
  });

  test('a unique value taken meanwhile is CONFLICT, on the way in too', async () => {
    const first = await firm.add('client', { name: 'U', email: 'u@example.com' });
    const twice = { op: 'create', entity: 'client', input: { name: 'V', email: 'U@example.com' } } as const;
    expect(await outcomeOf(firm.records.write(boss, twice))).toEqual({
      status: 422,
      code: 'VALIDATION',
      errors: ['/email unique'],
    });
    await remove(boss, 'client', first);
    await firm.records.write(boss, twice);
    expect(await refused(() => restore(boss, 'client', first))).toMatchObject({ status: 409, code: 'CONFLICT' });
  });

  test('what is in the bin can be neither changed, nor deleted again, nor pointed at', async () => {
    const client = await firm.add('client', { name: 'Bin', assignee: firm.people.mia });
    expect(await outcomeOf(restore(boss, 'client', client))).toEqual({ status: 404, code: 'NOT_FOUND' });
    await remove(seller, 'client', client);
    expect(await outcomeOf(remove(boss, 'client', client))).toEqual({ status: 404, code: 'NOT_FOUND' });
    const change = { op: 'update', entity: 'client', id: client, input: { name: 'x' } } as const;
    expect(await outcomeOf(firm.records.write(boss, change))).toEqual({ status: 404, code: 'NOT_FOUND' });
    const pointing = { op: 'create', entity: 'deal', input: { name: 'x', customer: client } } as const;
    expect(await outcomeOf(firm.records.write(boss, pointing))).toMatchObject({ errors: ['/customer reference'] });
    const bin = await firm.records.list(seller, { entity: 'client', deleted: 'only', filter: { id: client } });
    expect(bin.data.map(idOf)).toEqual([client]);
    const { data } = await firm.records.changes(seller, { entity: 'client', id: client });
    expect(data.map((change) => change.kind)).toEqual(['deleted', 'created']);
  });
});
