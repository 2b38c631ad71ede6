import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openRecordFirm, outcomeOf } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import type { Context } from '../context.ts';
import type { ReadQuery } from './types.ts';

const DAY = 86_400_000;

/** A statement is compiled once for its shape: whatever is asked in that shape afterwards must be answered as if it had been compiled for it. */
describe.each(DIALECTS)('reads of one shape on %s', (dialect) => {
  let firm: RecordFirm;
  let boss: Context;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    boss = firm.be('sue', 'boss');
    const { mia, max, sue } = firm.people;
    for (const [name, rank, phone, secret, assignee] of [
      ['Anna', 1, '+37251111111', 'red', mia],
      ['Boris', 2, '+37252222222', 'blue', max],
      ['Carla', 3, null, 'red', sue],
      ['Dora 100%', null, '+37254444444', null, null],
    ] as const) {
      ids[name] = await firm.add('client', { name, rank, phone, secret, assignee });
    }
    for (const [name, customer, assignee, margin] of [
      ['one', 'Anna', mia, '10.00'],
      ['two', 'Boris', max, '20.50'],
      ['three', 'Boris', sue, null],
    ] as const) {
      ids[name] = await firm.add('deal', { name, customer: ids[customer]!, assignee, margin, city: name });
    }
    await firm.add('task', { name: 'call', about: { entity: 'client', id: ids['Anna']! }, assignee: mia });
    await firm.add('task', { name: 'write', about: { entity: 'deal', id: ids['two']! }, assignee: mia });
  });

  afterAll(() => firm.close());

  const names = async (ctx: Context, query: Partial<ReadQuery>) => {
    const asked = { entity: 'client', sort: ['name'], fields: ['name'], ...query };
    return (await firm.records.list(ctx, asked)).data.map((record) => record['name']);
  };

  /** The same question in a shape of its own: fields in another order are another text, and the same answer. */
  let turns = 0;
  const afresh = (query: Partial<ReadQuery>): Partial<ReadQuery> => {
    turns += 1;
    return { ...query, fields: ['name', ...Array.from({ length: turns }, () => 'name')] };
  };

  test.each<[string, Partial<ReadQuery>, readonly unknown[]]>([
    ['texts', {}, [{ secret: 'red' }, { secret: 'blue' }, { secret: 'green' }]],
    ['numbers', {}, [{ rank: { gte: 2 } }, { rank: { gte: 1 } }, { rank: { gte: 9_007_199_254_740_991 } }]],
    ['numbers as texts', {}, [{ rank: '1' }, { rank: '3' }]],
    [
      'a part of a text',
      {},
      [{ name: { contains: 'a' } }, { name: { contains: '100%' } }, { name: { contains: '_' } }],
    ],
    ['a beginning', {}, [{ name: { startsWith: 'B' } }, { name: { startsWith: 'd' } }, { name: { startsWith: '%' } }]],
    [
      'phones as people type them',
      {},
      [{ phone: '5111 1111' }, { phone: '+372 5222-2222' }, { phone: '00372 51111111' }],
    ],
    [
      'lists',
      {},
      [{ secret: { in: ['red', 'blue'] } }, { secret: { in: ['blue', 'none'] } }, { rank: [1, 3] }, { rank: [2, 3] }],
    ],
    ['nothing', {}, [{ secret: null }, { secret: 'red' }, { secret: { ne: 'red' } }, { secret: { ne: null } }]],
    ['groups', {}, [{ any: [{ secret: 'red' }, { rank: 2 }] }, { any: [{ secret: 'blue' }, { rank: 3 }] }]],
    ['sides changed', {}, [{ not: { rank: { lt: 2 } } }, { not: { rank: { lt: 3 } } }]],
    ['children', {}, [{ deals: { some: { city: 'one' } } }, { deals: { some: { city: 'three' } } }]],
    ['money', { entity: 'deal' }, [{ margin: { gt: 10 } }, { margin: { gt: 20 } }, { margin: { gt: '9.99' } }]],
    ['what a reference shows', { entity: 'deal' }, [{ 'customer.name': 'Anna' }, { 'customer.name': 'Boris' }]],
  ])('R-02: %s differ', async (_what, query, filters) => {
    const seen = [];
    for (const filter of [...filters, ...filters]) seen.push(await names(boss, { ...query, filter }));
    for (const [index, filter] of filters.entries()) {
      const fresh = await names(boss, afresh({ ...query, filter }));
      expect(seen[index], JSON.stringify(filter)).toEqual(fresh);
      expect(seen[index + filters.length], JSON.stringify(filter)).toEqual(fresh);
    }
    expect(new Set(seen.map((list) => list.join())).size).toBeGreaterThan(1);
  });

  test('references differ, plain and with several targets', async () => {
    const dealsOf = (id: string) => names(boss, { entity: 'deal', filter: { customer: id } });
    expect(await dealsOf(ids['Anna']!)).toEqual(['one']);
    expect(await dealsOf(ids['Boris']!)).toEqual(['three', 'two']);
    const about = (entity: string, id: string) =>
      names(boss, { entity: 'task', filter: { about: { entity, id: ids[id]! } } });
    expect(await about('client', 'Anna')).toEqual(['call']);
    expect(await about('deal', 'two')).toEqual(['write']);
    expect(await about('client', 'Boris')).toEqual([]);
  });

  test('a value that the field refuses is refused as it is the first time', async () => {
    const refusal = (query: Partial<ReadQuery>) => outcomeOf(names(boss, query));
    for (const [good, bad] of [
      [{ rank: 1 }, { rank: 1.5 }],
      [{ rank: '1' }, { rank: 'one' }],
      [{ name: { contains: 'a' } }, { name: { contains: '' } }],
      [{ assignee: firm.people.mia }, { assignee: 'nobody' }],
    ]) {
      await names(boss, { filter: good });
      const told = await refusal({ filter: bad });
      expect(told).toMatchObject({ code: 'BAD_REQUEST' });
      expect(told).toEqual(await refusal(afresh({ filter: bad })));
      expect(await names(boss, { filter: good })).toEqual(await names(boss, afresh({ filter: good })));
    }
  });

  test('R-02: each caller has his own rows and mates', async () => {
    const own = (person: 'mia' | 'max' | 'sue') => names(firm.be(person, 'seller'), { entity: 'deal' });
    for (let round = 0; round < 2; round += 1) {
      expect(await own('mia')).toEqual(['one']);
      expect(await own('max')).toEqual(['two']);
      expect(await own('sue')).toEqual(['three']);
    }
    const team = (person: 'mia' | 'sue', mates: readonly string[]) => {
      const ctx = firm.be(person, 'readTeam');
      return names({ ...ctx, principal: { ...ctx.principal, teamMates: mates } }, { entity: 'deal' });
    };
    const { mia, max, sue } = firm.people;
    for (let round = 0; round < 2; round += 1) {
      expect(await team('mia', [mia, max])).toEqual(['one', 'two']);
      expect(await team('mia', [mia, sue])).toEqual(['one', 'three']);
      expect(await team('sue', [sue])).toEqual(['three']);
      expect(await team('sue', [mia])).toEqual(['one']);
      expect(await team('sue', [])).toEqual([]);
    }
  });

  test('R-02: the same question by other roles has other fields and rows', async () => {
    const ask = (ctx: Context) => outcomeOf(firm.records.list(ctx, { entity: 'client', sort: ['name'], limit: 1 }));
    const asBoss = await ask(boss);
    expect(asBoss).toMatchObject({ data: [{ name: 'Anna', secret: 'red' }] });
    const asSeller = await ask(firm.be('mia', 'seller'));
    expect(asSeller).toMatchObject({ data: [{ name: 'Anna' }] });
    expect(JSON.stringify(asSeller)).not.toContain('secret');
    expect(await ask(firm.be('sue', 'intern'))).toMatchObject({ data: [{ name: 'Carla' }] });
    expect(await ask(firm.be('mia'))).toMatchObject({ code: 'FORBIDDEN' });
    expect(await ask(boss)).toEqual(asBoss);
  });

  test('one record: another id, one that is hidden, one that is none', async () => {
    const mia = firm.be('mia', 'seller');
    const get = (id: string) => outcomeOf(firm.records.get(mia, { entity: 'deal', id, fields: ['name'] }));
    expect(await get(ids['one']!)).toEqual({ id: ids['one'], name: 'one' });
    expect(await get(ids['two']!)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await get('no-id')).toMatchObject({ code: 'NOT_FOUND' });
    expect(await get(ids['one']!.toUpperCase())).toEqual({ id: ids['one'], name: 'one' });
  });

  test.each([['name'], ['-rank', 'name'], ['phone'], ['-secret'], ['rank', '-secret']])(
    'page after page by %s and more',
    async (...sort) => {
      const whole = await names(boss, { sort });
      for (const limit of [1, 2, 3]) {
        const found: unknown[] = [];
        let after: string | undefined;
        do {
          const query = { entity: 'client', sort, limit, ...(after === undefined ? {} : { after }) };
          const page = await firm.records.list(boss, query);
          expect(page.data.length).toBeLessThanOrEqual(limit);
          found.push(...page.data.map((record) => record['name']));
          after = page.next ?? undefined;
        } while (after !== undefined);
        expect(found).toEqual(whole);
      }
    },
  );

  test('a cursor is refused as it is the first time', async () => {
    const sort = ['rank'];
    const { next } = await firm.records.list(boss, { entity: 'client', sort, limit: 1 });
    const ask = (after: string, limit: number) =>
      outcomeOf(firm.records.list(boss, { entity: 'client', sort, limit, after }));
    const cursor = (...key: unknown[]) => Buffer.from(JSON.stringify(key)).toString('base64url');
    await ask(next!, 1);
    for (const wrong of [
      'x',
      cursor('name', '1', ids['Anna']),
      cursor('rank', '1'),
      cursor('rank', 'one', ids['Anna']!),
    ]) {
      const told = await ask(wrong, 1);
      expect(told).toMatchObject({ code: 'BAD_REQUEST' });
      expect(told).toEqual(await ask(wrong, 7));
    }
  });

  test('the time of now is that of the question', async () => {
    const at = (days: number) => ({ ...boss, clock: { now: () => boss.clock.now() + days * DAY } });
    const due = (days: number) =>
      firm.records.list(at(days), { entity: 'deal', filter: { remindAt: { lt: { $now: '0d' } } }, count: 'exact' });
    expect(await due(0)).toMatchObject({ total: 0 });
    expect(await due(2)).toMatchObject({ total: 3 });
    expect(await due(0)).toMatchObject({ total: 0 });
  });

  test('a changed organisation is seen at once', async () => {
    const local = { filter: { phone: '29111111' } };
    const latvian = await firm.add('client', { name: 'Ilze', phone: '+37129111111' });
    expect(await names(boss, local)).toEqual([]);
    const [{ id: organisation } = { id: '' }] = (await firm.records.list(boss, { entity: 'organisation' })).data;
    const change = (country: string) =>
      firm.records.write(firm.system, {
        op: 'update',
        entity: 'organisation',
        id: String(organisation),
        input: { country },
      });
    await change('LV');
    await firm.records.refreshOrganisation();
    expect(await names(boss, local)).toEqual(['Ilze']);
    await change('EE');
    await firm.records.refreshOrganisation();
    expect(await names(boss, local)).toEqual([]);
    await firm.records.write(firm.system, { op: 'delete', entity: 'client', id: latvian });
  });

  test('a total is that of the values asked for', async () => {
    const total = async (secret: string) =>
      (await firm.records.list(boss, { entity: 'client', filter: { secret }, limit: 1, count: 'exact' })).total;
    expect([await total('red'), await total('blue'), await total('none'), await total('red')]).toEqual([2, 1, 0, 2]);
  });

  test('more shapes than are kept are all answered', async () => {
    for (let limit = 1; limit <= 250; limit += 1) {
      const { data } = await firm.records.list(boss, { entity: 'client', sort: ['name'], limit });
      expect(data).toHaveLength(Math.min(limit, 4));
    }
    expect(await names(boss, { limit: 1 })).toEqual(['Anna']);
  });
});
