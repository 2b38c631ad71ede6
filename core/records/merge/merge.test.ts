import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../../tests/support/databases.ts';
import { dumpOf } from '../../../tests/support/record-dump.ts';
import { idOf, openRecordFirm, outcomeOf, statusOf } from '../../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../../tests/support/record-firm.ts';
import type { Context } from '../../context.ts';
import { verifyLedger } from '../verify-ledger.ts';

type Input = Readonly<Record<string, unknown>>;

const UNKNOWN = '018f0000-0000-7000-8000-000000000000';

/** D-8: what a merge joins, and that its undo gives all of it back. */
describe.each(DIALECTS)('merging on %s', (dialect) => {
  let firm: RecordFirm;
  let boss: Context;

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    boss = firm.be('sue', 'boss');
  });
  afterAll(() => firm.close());

  const merge = (ctx: Context, entity: string, id: string, from: readonly string[], more: Input = {}) =>
    firm.records.merge(ctx, { entity, id, from, ...more });
  const get = (entity: string, id: string) => firm.records.get(firm.system, { entity, id, deleted: 'with' });
  const update = (ctx: Context, entity: string, id: string, input: Input) =>
    firm.records.write(ctx, { op: 'update', entity, id, input });

  const dump = () => dumpOf(firm);

  async function timeline(ctx: Context, entity: string, id: string, query: Input = { timeline: true }) {
    const { data } = await firm.records.changes(ctx, { entity, id, limit: 200, ...query });
    return data.map(({ entity: of, kind }) => `${of} ${kind}`);
  }

  /** Two cards with everything that can hang on them. */
  async function twoCards() {
    const tags = [await firm.add('tag', { name: 'a' }), await firm.add('tag', { name: 'b' })];
    const stays = await firm.add('client', { name: 'Ann', assignee: firm.people.mia });
    const goes = await firm.add('client', {
      name: 'Anne',
      phone: '8 (495) 111-22-33',
      email: `${stays.slice(-12)}@example.com`,
      rank: 7,
      details: { a: [1, { b: null }] },
      assignee: firm.people.max,
    });
    const deal = await firm.add('deal', { name: 'D', customer: goes, tags, lines: [{ name: 'l', amount: '10' }] });
    const own = await firm.add('deal', { name: 'own', customer: stays, lines: [{ name: 'l', amount: '5' }] });
    const task = await firm.add('task', { name: 'T', client: goes, about: { entity: 'client', id: goes } });
    return { stays, goes, deal, own, task, tags };
  }

  test('D-8: links, tasks, spellings, unique values, figures and timeline move; the undo restores all of it', async () => {
    const { stays, goes, deal, task, own } = await twoCards();
    await firm.records.event(boss, { entity: 'client', id: goes, kind: 'call.ended', data: { seconds: 5 } });
    const before = await dump();
    const histories = [await timeline(boss, 'client', stays), await timeline(boss, 'client', goes)];
    const report = await merge(boss, 'client', stays, [goes]);
    expect(report).toMatchObject({
      merged: [goes],
      filled: ['phone', 'email', 'rank', 'details'],
      moved: [
        { entity: 'deal', count: 1 },
        { entity: 'task', count: 1 },
      ],
    });
    expect(report.record).toMatchObject({
      id: stays,
      name: 'Ann',
      phone: '+74951112233',
      'phone:typed': '8 (495) 111-22-33',
      email: `${stays.slice(-12)}@example.com`,
      details: { a: [1, { b: null }] },
      assignee: firm.people.mia,
      dealCount: 2,
      dealSum: '15.00',
    });
    expect(await get('deal', deal)).toMatchObject({ customer: stays, total: '10.00' });
    expect(await get('task', task)).toMatchObject({ client: stays, about: { entity: 'client', id: stays } });
    expect(await get('client', goes)).toMatchObject({ name: 'Anne', dealCount: 0, deletedAt: expect.any(String) });
    expect(await statusOf(firm.records.get(boss, { entity: 'client', id: goes }))).toBe(404);
    expect(await firm.records.mergedInto(boss, { entity: 'client', id: goes })).toBe(stays);
    const both = await timeline(boss, 'client', stays);
    for (const told of histories.flat()) expect(both).toContain(told);
    expect(both.filter((told) => told === 'client created')).toHaveLength(2);
    expect(both).toContain('client call.ended');
    expect(both).toContain('client merged');
    expect(both.filter((told) => told === 'deal updated')).toHaveLength(1);
    expect((await firm.records.search(boss, { q: '495 111 22' })).map((hit) => idOf(hit.record))).toEqual([stays]);

    const shown = await firm.records.batches.get(boss, report.batch ?? '');
    expect(shown).toMatchObject({ kind: 'merge', entity: 'client', state: 'done', counts: { merged: 1, updated: 3 } });
    const tried = await firm.records.batches.undo(boss, report.batch ?? '', { dryRun: true });
    const undone = await firm.records.batches.undo(boss, report.batch ?? '');
    expect(undone).toMatchObject({ restored: 4, left: 0, conflicts: [] });
    expect(tried).toEqual({ ...undone, batch: null });
    expect(await dump()).toEqual(before);
    expect(await get('deal', own)).toMatchObject({ customer: stays });
    expect(await firm.records.mergedInto(boss, { entity: 'client', id: goes })).toBeNull();
    expect((await timeline(boss, 'client', goes)).slice(-histories[1]!.length)).toEqual(histories[1]);
    expect(await timeline(boss, 'client', stays)).toContain('client merged');
    const faults = await verifyLedger(firm.db, firm.model);
    expect(faults.faults).toEqual([]);
  });

  test('values chosen by hand win, null leaves empty, and a wrong one refuses all of it (R-07)', async () => {
    const { stays, goes } = await twoCards();
    const before = await firm.digest();
    const wrong = await outcomeOf(
      merge(boss, 'client', stays, [goes], { set: { email: 'no mail', name: null, nix: 1 } }),
    );
    expect(wrong).toMatchObject({ status: 422, errors: ['/email format', '/name required', '/nix unknown'] });
    expect(await firm.digest()).toBe(before);
    const dry = await merge(boss, 'client', stays, [goes], { set: { name: 'Anne' }, dryRun: true });
    expect(dry).toMatchObject({ batch: null, record: { name: 'Anne', phone: '+74951112233' } });
    expect(await firm.digest()).toBe(before);
    const set = { name: 'Anna', phone: null, email: `${stays.slice(-12)}@example.com`, details: { c: 1 } };
    const { record, filled } = await merge(boss, 'client', stays, [goes], { set });
    expect(filled).toEqual(['rank']);
    expect(record).toMatchObject({
      name: 'Anna',
      phone: null,
      'phone:typed': null,
      email: set.email,
      details: { c: 1 },
    });
  });

  test('records that point to one another, lists and references to many lead to the one that stays, once', async () => {
    const tag = await firm.add('tag', { name: 'keeps' });
    const [gone, other] = [await firm.add('tag', { name: 'goes' }), await firm.add('tag', { name: 'other' })];
    const deal = await firm.add('deal', { name: 'both', tags: [gone, other, tag] });
    const only = await firm.add('deal', { name: 'one', tags: [other, gone] });
    const { batch } = await merge(boss, 'tag', tag, [gone]);
    expect([(await get('deal', deal))['tags'], (await get('deal', only))['tags']]).toEqual([
      [tag, other],
      [other, tag],
    ]);
    await firm.records.batches.undo(boss, batch ?? '');
    expect([(await get('deal', deal))['tags'], (await get('deal', only))['tags']]).toEqual([
      [gone, other, tag],
      [other, gone],
    ]);
    const first = await firm.add('deal', { name: 'first', tags: [tag] });
    const second = await firm.add('deal', { name: 'second', origin: first, tags: [other, tag] });
    const third = await firm.add('deal', { name: 'third', origin: second });
    await update(boss, 'deal', first, { origin: second });
    const before = await dump();
    const chain = await merge(boss, 'deal', first, [second]);
    expect(chain.record).toMatchObject({ origin: null, tags: [tag, other] });
    expect(await get('deal', third)).toMatchObject({ origin: first });
    expect(await firm.records.batches.undo(boss, chain.batch ?? '')).toMatchObject({ left: 0 });
    expect(await dump()).toEqual(before);
  });

  test('a file goes with the field it fills, or the one it was chosen for, and comes back', async () => {
    const upload = async () => {
      const content = Readable.from([Buffer.from('x')]);
      return (await firm.files.keep(boss, { name: 'a.png', type: 'image/png', content })).id;
    };
    const [one, two] = [await upload(), await upload()];
    const stays = await firm.add('deal', { name: 'S' });
    const goes = await firm.add('deal', { name: 'G', photo: { id: one } });
    const third = await firm.add('deal', { name: 'H', photo: { id: two } });
    const before = await dump();
    const place = async (id: string) => (await firm.files.find(firm.db, [id]))[0]?.record;
    const filled = await merge(boss, 'deal', stays, [goes, third]);
    expect([filled.record['photo'], await place(one), await place(two)]).toMatchObject([{ id: one }, stays, third]);
    await firm.records.batches.undo(boss, filled.batch ?? '');
    expect(await dump()).toEqual(before);
    const chosen = await merge(boss, 'deal', stays, [goes, third], { set: { photo: { id: two } } });
    expect([chosen.record['photo'], await place(one), await place(two)]).toMatchObject([{ id: two }, goes, stays]);
    await firm.records.batches.undo(boss, chosen.batch ?? '');
    expect(await dump()).toEqual(before);
  });

  test('what was merged into something merged is told of, undone one by one', async () => {
    const ids: string[] = [];
    for (const name of ['A', 'B', 'C']) ids.push(await firm.add('client', { name }));
    const [a = '', b = '', c = ''] = ids;
    const before = await dump();
    const first = await merge(boss, 'client', b, [c]);
    const second = await merge(boss, 'client', a, [b]);
    expect(await firm.records.mergedInto(boss, { entity: 'client', id: c })).toBe(a);
    expect((await timeline(boss, 'client', a, {})).filter((told) => told === 'client created')).toHaveLength(3);
    expect(await firm.records.batches.undo(boss, first.batch ?? '', { dryRun: true })).toMatchObject({ restored: 1 });
    await firm.records.batches.undo(boss, second.batch ?? '');
    await firm.records.batches.undo(boss, first.batch ?? '');
    expect(await dump()).toEqual(before);
  });

  test('an undo leaves what others have changed since, and lists it', async () => {
    const { stays, goes, deal, task } = await twoCards();
    const { batch } = await merge(boss, 'client', stays, [goes]);
    await update(firm.be('max', 'boss'), 'task', task, { name: 'done' });
    const report = await firm.records.batches.undo(boss, batch ?? '');
    expect(report).toMatchObject({ restored: 3, left: 1 });
    expect(report.conflicts).toMatchObject([{ id: task, code: 'CONFLICT', by: { name: 'max' } }]);
    expect([(await get('deal', deal))['customer'], (await get('task', task))['client']]).toEqual([goes, stays]);
  });

  test('the undo of the undo is the merge again', async () => {
    const { stays, goes, deal } = await twoCards();
    const { batch } = await merge(boss, 'client', stays, [goes]);
    const undone = await firm.records.batches.undo(boss, batch ?? '');
    expect(await firm.records.batches.undo(boss, undone.batch ?? '')).toMatchObject({ restored: 4, left: 0 });
    expect(await get('deal', deal)).toMatchObject({ customer: stays });
    expect(await firm.records.mergedInto(boss, { entity: 'client', id: goes })).toBe(stays);
    expect(await get('client', stays)).toMatchObject({ phone: '+74951112233' });
  });

  test('what comes back from the bin follows the merge; a merged card that is taken out by hand is a card of its own', async () => {
    const { stays, goes, task } = await twoCards();
    await firm.records.write(boss, { op: 'delete', entity: 'task', id: task });
    const { batch } = await merge(boss, 'client', stays, [goes], { set: { email: null } });
    await firm.records.write(boss, { op: 'restore', entity: 'task', id: task });
    expect(await get('task', task)).toMatchObject({ client: stays, about: { entity: 'client', id: stays } });
    await firm.records.write(boss, { op: 'restore', entity: 'client', id: goes });
    expect(await firm.records.mergedInto(boss, { entity: 'client', id: goes })).toBeNull();
    expect((await timeline(boss, 'client', stays, {})).filter((told) => told === 'client created')).toHaveLength(1);
    await firm.records.write(boss, { op: 'delete', entity: 'client', id: goes });
    expect(await firm.records.mergedInto(boss, { entity: 'client', id: goes })).toBeNull();
    const left = await firm.records.batches.undo(boss, batch ?? '', { dryRun: true });
    expect(left.conflicts).toContainEqual(expect.objectContaining({ id: goes, code: 'CONFLICT' }));
  });

  describe('rights (R-05, R-06, R-07, R-08)', () => {
    test('to change the one and to delete the others, row by row; what is not seen is not there', async () => {
      const { stays, goes } = await twoCards();
      const hidden = await firm.add('client', { name: 'hidden', assignee: firm.people.sue });
      const before = await firm.digest();
      const seller = firm.be('mia', 'seller');
      const asked = [
        await outcomeOf(merge(seller, 'client', stays, [goes])),
        await outcomeOf(merge(seller, 'client', goes, [stays])),
        await outcomeOf(merge(firm.be('sue', 'reader'), 'client', stays, [goes])),
        await outcomeOf(merge(firm.be('mia', 'clerk'), 'client', stays, [hidden])),
        await outcomeOf(merge(firm.be('mia', 'intern'), 'client', stays, [hidden])),
        await outcomeOf(merge(firm.be('mia', 'intern'), 'client', stays, [UNKNOWN])),
        await outcomeOf(merge(firm.be('mia', 'bareDeals'), 'task', UNKNOWN, [stays])),
        await outcomeOf(merge(boss, 'client', stays, [UNKNOWN])),
        await outcomeOf(merge(boss, 'client', stays, ["' or 1=1"])),
        await outcomeOf(merge(boss, 'client', stays, [])),
        await outcomeOf(merge(boss, 'client', stays, [stays])),
        await outcomeOf(merge(boss, 'client', stays, [goes, goes.toUpperCase()])),
        await outcomeOf(
          merge(
            boss,
            'client',
            stays,
            Array.from({ length: 21 }, (_, i) => `${UNKNOWN.slice(0, -2)}${i + 10}`),
          ),
        ),
        await outcomeOf(merge(boss, 'user', firm.people.mia, [firm.people.max])),
        await outcomeOf(merge(boss, 'client', stays, [goes], { version: 9 })),
      ].map((outcome) => (outcome as { status: number }).status);
      expect(asked).toEqual([403, 403, 403, 403, 403, 403, 404, 404, 404, 400, 400, 400, 400, 409, 412]);
      expect(await firm.digest()).toBe(before);
    });

    test('R-02: what the caller may not read or set is neither shown nor taken over; it stays on the card in the bin', async () => {
      const seller = firm.be('mia', 'seller');
      const stays = await firm.add('client', { name: 'S', assignee: firm.people.mia });
      const goes = await firm.add('client', {
        name: 'G',
        secret: 'x',
        rank: 5,
        phone: '5551234',
        assignee: firm.people.mia,
      });
      const report = await merge(seller, 'client', stays, [goes]);
      expect(report.filled).toEqual(['phone']);
      expect(report.record).not.toHaveProperty('secret');
      expect(await get('client', stays)).toMatchObject({ secret: null, rank: null });
      expect(await get('client', goes)).toMatchObject({ secret: 'x', rank: 5 });
      const read = await outcomeOf(merge(seller, 'client', stays, [goes], { set: { secret: 'y' } }));
      expect(read).toMatchObject({ status: 404 });
    });

    test('what hangs on the cards moves whoever merges, and he learns nothing of it; the undo takes it back', async () => {
      const seller = firm.be('mia', 'seller');
      const stays = await firm.add('client', { name: 'S', assignee: firm.people.mia });
      const goes = await firm.add('client', { name: 'G', assignee: firm.people.mia });
      const theirs = await firm.add('deal', { name: 'of sue', customer: goes, assignee: firm.people.sue });
      const mine = await firm.add('task', { name: 'mine', client: goes, assignee: firm.people.mia });
      const before = await dump();
      const report = await merge(seller, 'client', stays, [goes]);
      expect(report.moved).toEqual([{ entity: 'task', count: 1 }]);
      expect(await get('deal', theirs)).toMatchObject({ customer: stays });
      const [change] = (await firm.records.changes(boss, { entity: 'deal', id: theirs })).data;
      expect(change).toMatchObject({ kind: 'updated', door: 'merge', by: { kind: 'system' }, batch: report.batch });
      const undone = await firm.records.batches.undo(seller, report.batch ?? '');
      expect(undone).toMatchObject({ restored: 2, left: 0, conflicts: [] });
      expect(await get('task', mine)).toMatchObject({ client: goes });
      expect(await dump()).toEqual(before);
    });

    test('R-05, R-12: where a record has gone, and its history, are for who may see the record itself', async () => {
      const stays = await firm.add('client', { name: 'S', assignee: firm.people.mia });
      const goes = await firm.add('client', { name: 'G', assignee: firm.people.sue });
      await merge(boss, 'client', stays, [goes]);
      const clerk = firm.be('mia', 'clerk');
      expect(await firm.records.mergedInto(clerk, { entity: 'client', id: goes })).toBeNull();
      expect(await firm.records.mergedInto(firm.be('sue', 'clerk'), { entity: 'client', id: goes })).toBeNull();
      expect(await firm.records.mergedInto(firm.be('mia', 'noTargets'), { entity: 'client', id: goes })).toBeNull();
      expect(await timeline(clerk, 'client', stays, {})).toEqual(['client created']);
      const { data } = await firm.records.changes(firm.be('sue', 'clerk'), { entity: 'client', id: goes });
      expect(data[0]).toMatchObject({ kind: 'merged' });
      expect(data[0]).not.toHaveProperty('into');
      expect((await firm.records.changes(boss, { entity: 'client', id: goes })).data[0]).toMatchObject({ into: stays });
    });
  });

  describe('at once (R-06)', () => {
    test('two merges that cross have one winner; a third that shares a card, too', async () => {
      const ids: string[] = [];
      for (const name of ['A', 'B', 'C']) ids.push(await firm.add('client', { name }));
      const [a = '', b = '', c = ''] = ids;
      await firm.add('deal', { name: 'of b', customer: b });
      const statuses = await Promise.all([
        statusOf(merge(boss, 'client', a, [b])),
        statusOf(merge(boss, 'client', b, [a])),
        statusOf(merge(boss, 'client', c, [b])),
      ]);
      expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(2);
      const { data } = await firm.records.list(boss, {
        entity: 'client',
        filter: { id: { in: ids } },
        expand: ['deals'],
      });
      expect(data.length).toBe(3 - statuses.filter((status) => status === 200).length);
      expect(data.flatMap((record) => record['deals'])).toHaveLength(1);
    });

    test('writes meanwhile are either moved or refused: nothing is left pointing into the bin', async () => {
      for (let round = 0; round < 4; round += 1) {
        const { stays, goes } = await twoCards();
        const writes = Array.from({ length: 8 }, (_, i) =>
          statusOf(firm.records.write(boss, { op: 'create', entity: 'task', input: { name: `t${i}`, client: goes } })),
        );
        const [merged, ...written] = await Promise.all([statusOf(merge(boss, 'client', stays, [goes])), ...writes]);
        expect(merged).toBe(200);
        expect(written.every((status) => status === 200 || status === 422)).toBe(true);
        const count = async (client: string) =>
          (await firm.records.list(boss, { entity: 'task', filter: { client } })).data.length;
        expect([await count(goes), await count(stays)]).toEqual([
          0,
          1 + written.filter((status) => status === 200).length,
        ]);
      }
    });
  });
});
