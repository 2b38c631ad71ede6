import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { idOf, openRecordFirm, outcomeOf } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import type { Context } from '../context.ts';
import type { RecordData } from '../fields/field-type.ts';
import { sql } from '../storage/sql.ts';
import type { BatchContext, UndoReport } from './batch-types.ts';

type Input = Readonly<Record<string, unknown>>;

const ENTITIES = ['client', 'deal', 'line', 'task', 'tag'] as const;

/** D-8: what an undo puts back, what it leaves, and what the ledger says of it. */
describe.each(DIALECTS)('undo on %s', (dialect) => {
  let firm: RecordFirm;
  let boss: Context;
  let seller: Context;

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    boss = firm.be('sue', 'boss');
    seller = firm.be('mia', 'seller');
  });
  afterAll(() => firm.close());

  const update = (ctx: Context, entity: string, id: string, input: Input) =>
    firm.records.write(ctx, { op: 'update', entity, id, input });
  const remove = (ctx: Context, entity: string, id: string) => firm.records.write(ctx, { op: 'delete', entity, id });
  const create = async (ctx: Context, entity: string, input: Input) =>
    idOf(await firm.records.write(ctx, { op: 'create', entity, input }));
  const get = (entity: string, id: string) => firm.records.get(firm.system, { entity, id, deleted: 'with' });

  /** A batch of these writes, and its id. */
  async function batched(ctx: Context, work: (ctx: BatchContext) => Promise<unknown>): Promise<string> {
    return firm.records.batches.run(ctx, { kind: 'import', title: 'test' }, async (inside) => {
      await work({ ...inside, door: 'import' });
      return inside.batch;
    });
  }

  /** Every record, in the bin or not, but for what counts writes. */
  async function dump(): Promise<Readonly<Record<string, RecordData>>> {
    const records: Record<string, RecordData> = {};
    for (const entity of ENTITIES) {
      const { data } = await firm.records.list(firm.system, { entity, limit: 1000, deleted: 'with' });
      for (const { version: _v, updatedAt: _a, updatedBy: _b, deletedAt, ...rest } of data)
        records[String(rest['id'])] = { ...rest, deleted: deletedAt !== null };
    }
    return records;
  }

  const undo = (ctx: Context, batch: string) => firm.records.batches.undo(ctx, batch);
  const brief = ({ restored, conflicts }: UndoReport) => ({
    restored,
    conflicts: conflicts.map(({ id, code, fields }) => ({ id, code, fields })),
  });
  const kinds = async (id: string) =>
    (
      await firm.db.read<{ kind: string; door: string }>(
        sql`select "kind", "door" from "_changes" where "record" = ${id} order by "seq"`,
      )
    ).map(({ kind, door }) => `${kind} ${door}`);

  test('values of every kind come back exactly: spellings, links in their order, objects, references to several, computed', async () => {
    const tags = [await firm.add('tag', { name: 'a' }), await firm.add('tag', { name: 'b' })];
    const client = await firm.add('client', { name: 'Žanna', phone: '8 (495) 111-22-33', details: { a: { b: 1 } } });
    const deal = await firm.add('deal', { name: 'D', customer: client, tags: [tags[1], tags[0]], margin: '10.00' });
    const task = await firm.add('task', { name: 'T', about: { entity: 'deal', id: deal } });
    const before = await dump();
    const batch = await batched(boss, async (ctx) => {
      await update(ctx, 'client', client, { name: 'Jana', phone: '+372 555 1234', details: { a: null, c: [2] } });
      await update(ctx, 'deal', deal, { tags: [tags[0]], margin: '99.99', signedOn: '2020-02-29', remindAt: null });
      await update(ctx, 'deal', deal, { margin: '5', tags: [] });
      await update(ctx, 'task', task, { about: { entity: 'client', id: client } });
    });
    expect((await dump())[deal]).toMatchObject({ markup: '10.00', tags: [] });
    expect(brief(await undo(boss, batch))).toEqual({ restored: 3, conflicts: [] });
    expect(await dump()).toEqual(before);
    expect(await kinds(deal)).toEqual(['created api', 'updated import', 'updated import', 'updated undo']);
    expect((await firm.records.search(boss, { q: '495 111 22' })).map((hit) => idOf(hit.record))).toEqual([client]);
  });

  test('stages go back without asking transitions or gates, and stay gates for everybody else', async () => {
    const deal = await firm.add('deal', { name: 'S', margin: '1', lines: [{ name: 'l', amount: '3' }] });
    await update(boss, 'deal', deal, { stage: 'offer' });
    const batch = await batched(boss, (ctx) => update(ctx, 'deal', deal, { stage: 'won' }));
    const back = { op: 'update', entity: 'deal', id: deal, input: { stage: 'offer' } } as const;
    expect(await outcomeOf(firm.records.write(boss, back))).toMatchObject({ code: 'VALIDATION' });
    expect(brief(await undo(boss, batch))).toEqual({ restored: 1, conflicts: [] });
    expect(await get('deal', deal)).toMatchObject({ stage: 'offer', total: '3.00' });
    expect((await firm.ledger(deal)).at(-1)).toEqual(['moved', { stage: { before: 'won', after: 'offer' } }]);
  });

  test('what was deleted comes back with its children and the references it was cleared from; redone, all goes again', async () => {
    const tag = await firm.add('tag', { name: 'cleared' });
    const deal = await firm.add('deal', { name: 'Gone', tags: [tag], lines: [{ name: 'l', amount: '7' }] });
    const task = await firm.add('task', { name: 'child', deal });
    const follower = await firm.add('deal', { name: 'F', origin: deal, tags: [tag] });
    const number = (await get('deal', deal))['number'];
    const before = await dump();
    const batch = await batched(boss, async (ctx) => {
      await update(ctx, 'task', task, { name: 'renamed' });
      await remove(ctx, 'deal', deal);
      await remove(ctx, 'tag', tag);
    });
    const gone = await dump();
    expect([gone[task]?.['deleted'], gone[follower]?.['origin'], gone[follower]?.['tags']]).toEqual([true, null, []]);
    const report = await undo(boss, batch);
    expect(brief(report)).toEqual({ restored: 5, conflicts: [] });
    expect(await dump()).toEqual(before);
    expect((await get('deal', deal))['number']).toBe(number);
    expect(brief(await undo(boss, report.batch ?? ''))).toEqual({ restored: 5, conflicts: [] });
    expect(await dump()).toEqual(gone);
  });

  test('what was made goes, with what was made in it; but not what others have made of it since', async () => {
    const kept = await firm.add('client', { name: 'kept', rank: 1 });
    const made: Record<string, string> = {};
    const before = await dump();
    const batch = await batched(boss, async (ctx) => {
      await update(ctx, 'client', kept, { rank: 2 });
      for (const name of ['plain', 'withTask', 'withDeal', 'called'])
        made[name] = await create(ctx, 'client', { name });
      made['deal'] = await create(ctx, 'deal', { name: 'in it', customer: made['plain'], lines: [{ name: 'l' }] });
    });
    const task = await create(seller, 'task', { name: 'by hand', client: made['withTask'], assignee: firm.people.mia });
    const deal = await create(boss, 'deal', { name: 'by hand', customer: made['withDeal'] });
    await firm.records.event(boss, { entity: 'client', id: made['called']!, kind: 'call.ended', data: { seconds: 5 } });
    const { restored, conflicts } = await undo(boss, batch);
    expect(restored).toBe(4);
    const reasons = Object.fromEntries(conflicts.map(({ display, code, message }) => [display, `${code} ${message}`]));
    expect(reasons).toEqual({
      withTask: expect.stringMatching(/^CONFLICT Records that others have made or changed hang on this one/),
      withDeal: expect.stringMatching(/^CONFLICT This client is still used by 1 deals/),
      called: 'CONFLICT Changed since by sue.',
    });
    const after = await dump();
    expect(after[kept]).toEqual(before[kept]);
    for (const id of [made['withTask']!, task, deal]) expect(after[id]?.['deleted']).toBe(false);
    for (const id of [made['plain']!, made['deal']!]) expect(after[id]?.['deleted']).toBe(true);
  });

  test('what a rule did to the same record because of the batch is no conflict and goes back, too', async () => {
    const deal = await firm.add('deal', { name: 'ruled', margin: '1' });
    const other = await firm.add('deal', { name: 'not ruled', margin: '1' });
    const before = await dump();
    const batch = await batched(boss, async (ctx) => {
      await update(ctx, 'deal', deal, { city: 'Riga' });
      await update(ctx, 'deal', other, { city: 'Riga' });
    });
    const [change] = (await firm.records.changes(firm.system, { entity: 'deal', id: deal, limit: 1 })).data;
    const cause = { change: change!.id, root: change!.id, depth: 1, rule: 'rule' };
    const ruled = { ...firm.system, door: 'automation', cause } as const;
    await update(ruled, 'deal', deal, { outcome: 'by rule', margin: '2' });
    const unrelated = { ...firm.system, door: 'automation', cause: { ...cause, change: 'x', root: 'x' } } as const;
    await update(unrelated, 'deal', other, { outcome: 'by another rule' });
    expect(brief(await undo(boss, batch))).toEqual({
      restored: 1,
      conflicts: [{ id: other, code: 'CONFLICT', fields: ['outcome'] }],
    });
    expect((await dump())[deal]).toEqual(before[deal]);
  });

  test('R-75: a unique value taken meanwhile is a conflict; one that another record of the batch holds is none', async () => {
    const a = await firm.add('client', { name: 'a', email: 'one@x.ee' });
    const b = await firm.add('client', { name: 'b', email: 'two@x.ee' });
    const before = await dump();
    const chained = await batched(boss, async (ctx) => {
      await update(ctx, 'client', a, { email: 'three@x.ee' });
      await update(ctx, 'client', b, { email: 'one@x.ee' });
      await remove(ctx, 'client', a);
      await create(ctx, 'client', { name: 'c', email: 'three@x.ee' });
    });
    expect(brief(await undo(boss, chained))).toEqual({ restored: 3, conflicts: [] });
    expect(await dump()).toMatchObject(before);
    const freed = await batched(boss, async (ctx) => {
      await update(ctx, 'client', a, { email: 'five@x.ee' });
      await remove(ctx, 'client', b);
    });
    const [one, two] = [
      await create(boss, 'client', { name: 'new', email: 'ONE@x.ee' }),
      await create(boss, 'client', { name: 'new', email: 'two@x.ee' }),
    ];
    const taken = await undo(boss, freed);
    expect(taken).toMatchObject({ batch: null, restored: 0, left: 2 });
    expect(brief(taken).conflicts).toEqual([
      { id: b, code: 'CONFLICT', fields: ['email'] },
      { id: a, code: 'VALIDATION', fields: ['email'] },
    ]);
    // Nothing could be put back, so the undo has not happened: it can once the values are free.
    expect(await firm.records.batches.get(boss, freed)).toMatchObject({ undoneBy: null });
    await remove(boss, 'client', one);
    await remove(boss, 'client', two);
    expect(brief(await undo(boss, freed))).toEqual({ restored: 2, conflicts: [] });
    expect(await dump()).toMatchObject(before);
  });

  test('R-08: what the caller may not change is refused and listed, what he may not see is not told', async () => {
    const own = await firm.add('deal', { name: 'own', assignee: firm.people.mia });
    const lost = await firm.add('deal', { name: 'handed over', assignee: firm.people.mia });
    const client = await firm.add('client', { name: 'shared', assignee: firm.people.mia });
    const batch = await batched(seller, async (ctx) => {
      await update(ctx, 'deal', own, { city: 'Riga' });
      await update(ctx, 'deal', lost, { city: 'Riga', assignee: firm.people.sue });
      await update(ctx, 'client', client, { country: 'LV' });
    });
    await update(firm.system, 'client', client, { assignee: firm.people.sue });
    const untold = await firm.records.batches.undo(seller, batch, { dryRun: true });
    expect(brief(untold)).toEqual({ restored: 1, conflicts: [{ id: client, code: 'CONFLICT', fields: ['assignee'] }] });
    expect(untold.left).toBe(1);
    const secret = await batched(boss, (ctx) => update(ctx, 'deal', own, { margin: '3' }));
    const shown = await batched(boss, (ctx) => update(ctx, 'client', client, { country: 'EE' }));
    const editor = firm.be('mia', 'seller', 'editor', 'operator');
    const weak = firm.be('mia', 'seller', 'operator');
    expect(await outcomeOf(undo(weak, secret))).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect(await outcomeOf(undo(seller, secret))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    const hidden = await undo(firm.be('mia', 'seller', 'editor', 'clerk'), secret);
    expect(hidden).toMatchObject({ restored: 0, left: 1, conflicts: [{ code: 'FORBIDDEN', fields: [] }] });
    expect(JSON.stringify(hidden)).not.toContain('margin');
    const foreign = await undo(editor, shown);
    expect(brief(foreign)).toEqual({ restored: 0, conflicts: [{ id: client, code: 'FORBIDDEN', fields: [] }] });
    expect(brief(await undo(boss, shown)).restored).toBe(1);
  });

  test('an undo that broke off goes on when it is asked for again', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 120; index += 1) ids.push(await firm.add('tag', { name: `before ${index}` }));
    const before = await dump();
    const batch = await batched(boss, async (ctx) => {
      for (const id of ids) await update(ctx, 'tag', id, { name: 'after' });
    });
    let left = 70;
    firm.records.observe(async (_tx, change) => {
      if (change.door === 'undo' && (left -= 1) === 0) throw new Error('The lights went out.');
    });
    await expect(undo(boss, batch)).rejects.toThrow('The lights went out.');
    const { undoneBy } = await firm.records.batches.get(boss, batch);
    expect(await firm.records.batches.get(boss, undoneBy ?? '')).toMatchObject({
      state: 'failed',
      counts: { updated: 50 },
    });
    expect(await undo(boss, batch)).toMatchObject({ batch: undoneBy, restored: 120, left: 0 });
    expect(await dump()).toEqual(before);
    expect(await outcomeOf(undo(boss, batch))).toMatchObject({ status: 409, code: 'CONFLICT' });
  });

  test('a running batch is not undone; one that was cut off is', async () => {
    const running = await firm.records.batches.open(boss, { kind: 'import', entity: 'tag', title: 'cut off' });
    const id = await firm.records.transaction(running.ctx, (ctx) =>
      create({ ...running.ctx, tx: ctx.tx }, 'tag', { name: 'x' }),
    );
    expect(await outcomeOf(undo(boss, running.id))).toMatchObject({ status: 409 });
    firm.at('2026-03-15T11:00:00Z');
    expect(brief(await undo(boss, running.id))).toEqual({ restored: 1, conflicts: [] });
    expect((await dump())[id]?.['deleted']).toBe(true);
  });
});
