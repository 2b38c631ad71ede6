import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../../tests/support/databases.ts';
import { outcomeOf } from '../../../tests/support/record-firm.ts';
import { openSmallFirm } from '../../../tests/support/small-firm.ts';
import type { SmallFirm } from '../../../tests/support/small-firm.ts';
import type { Context } from '../../context.ts';

type Json = Readonly<Record<string, unknown>>;

const entity = (id: string, properties: Json, about: Json = {}): Json => ({
  [`schemas/entities/${id}.json`]: {
    $schema: 'x',
    $id: id,
    title: id,
    type: 'object',
    additionalProperties: false,
    'x-entity': { plural: `${id}s`, display: '{{name}}', ...about },
    required: ['name'],
    properties: { name: { type: 'string', maxLength: 40 }, ...properties },
  },
});
const to = (target: string, more: Json = {}): Json => ({ 'x-field': { type: 'reference', to: target, ...more } });

const DOCUMENTS: Json = {
  ...entity('person', {
    code: { type: 'string', maxLength: 20, 'x-field': { unique: true } },
    kinds: { type: 'array', items: { enum: ['a', 'b', 'c'] } },
    head: to('person', { inverse: 'below' }),
    discount: { type: 'integer' },
  }),
  ...entity('campaign', {}),
  ...entity(
    'membership',
    { person: to('person', { inverse: 'memberships' }), campaign: to('campaign'), locker: to('locker') },
    { unique: [['person', 'campaign']] },
  ),
  ...entity('locker', { membership: to('membership') }),
  ...entity('offer', {
    person: to('person'),
    price: { 'x-field': { type: 'integer', computed: 'coalesce(person.discount, 0) * 2' } },
  }),
  'schemas/roles/boss.json': {
    $schema: 'x',
    name: 'boss',
    title: 'Boss',
    entities: { '*': { read: 'all', create: 'all', update: 'all', delete: 'all', assign: 'all' } },
  },
  'schemas/roles/outsider.json': {
    $schema: 'x',
    name: 'outsider',
    title: 'Outsider',
    entities: { person: { read: 'all', create: 'all', update: 'all', delete: 'all', assign: 'all' } },
  },
};

describe.each(DIALECTS)('merging what may stand once only, on %s', (dialect) => {
  let firm: SmallFirm;
  let boss: Context;
  let outsider: Context;

  beforeAll(async () => {
    firm = await openSmallFirm(dialect, JSON.parse(JSON.stringify(DOCUMENTS)) as Json);
    boss = firm.as({ id: '018f0000-0000-7000-8000-00000000000a', roles: ['boss'] });
    outsider = firm.as({ id: '018f0000-0000-7000-8000-00000000000b', roles: ['outsider'] });
  });
  afterAll(() => firm.close());

  const get = (of: string, id: string) => firm.records.get(boss, { entity: of, id, deleted: 'with' });
  const merge = (ctx: Context, id: string, from: readonly string[], more: Json = {}) =>
    firm.records.merge(ctx, { entity: 'person', id, from, ...more });

  test('a link that both have is kept once; the other goes into the bin and comes back with the undo', async () => {
    const [stays, goes] = [await firm.add('person', { name: 'S' }), await firm.add('person', { name: 'G', code: 'X' })];
    const [one, two] = [await firm.add('campaign', { name: '1' }), await firm.add('campaign', { name: '2' })];
    const kept = await firm.add('membership', { name: 'kept', person: stays, campaign: one });
    const twice = await firm.add('membership', { name: 'twice', person: goes, campaign: one });
    const moved = await firm.add('membership', { name: 'moved', person: goes, campaign: two });
    for (const ctx of [boss, outsider]) {
      const { batch, record } = await merge(ctx, stays, [goes]);
      expect(record['code']).toBe('X');
      expect((await get('membership', moved))['person']).toBe(stays);
      expect((await get('membership', twice))['deletedAt']).not.toBeNull();
      expect((await firm.records.batches.undo(ctx, batch ?? '')).left).toBe(0);
      expect(await get('membership', twice)).toMatchObject({ person: goes, deletedAt: null });
      expect(await get('membership', moved)).toMatchObject({ person: goes, deletedAt: null });
      expect(await get('membership', kept)).toMatchObject({ person: stays, deletedAt: null });
      expect([(await get('person', goes))['code'], (await get('person', stays))['code']]).toEqual(['X', null]);
    }
    await firm.add('locker', { name: 'L', membership: twice });
    const refused = await outcomeOf(merge(boss, stays, [goes]));
    expect(refused).toMatchObject({ status: 409, code: 'CONFLICT' });
    expect((await get('membership', moved))['person']).toBe(goes);
  });

  test('lists are joined in the order of their definition; who headed himself heads himself no more', async () => {
    const stays = await firm.add('person', { name: 'S', kinds: ['c'] });
    const goes = await firm.add('person', { name: 'G', kinds: ['b', 'c'], head: stays });
    const below = await firm.add('person', { name: 'B', head: goes });
    const more = await firm.add('person', { name: 'H', kinds: ['a'], head: below });
    const { record, filled, batch } = await merge(boss, stays, [goes, more]);
    expect(record).toMatchObject({ kinds: ['a', 'b', 'c'], head: below });
    expect(filled).toEqual(['kinds', 'head']);
    expect((await get('person', below))['head']).toBe(stays);
    expect(await firm.records.batches.undo(boss, batch ?? '')).toMatchObject({ restored: 4, left: 0 });
    expect(await get('person', more)).toMatchObject({ kinds: ['a'], head: below, deletedAt: null });
  });

  test('an old offer keeps its price, and one that today’s rules would refuse moves all the same', async () => {
    const stays = await firm.add('person', { name: 'S', discount: 50 });
    const goes = await firm.add('person', { name: 'G', discount: 10 });
    const offer = await firm.add('offer', { name: 'O', person: goes });
    const { batch } = await merge(boss, stays, [goes]);
    expect(await get('offer', offer)).toMatchObject({ person: stays, price: 20 });
    await firm.records.batches.undo(boss, batch ?? '');
    expect(await get('offer', offer)).toMatchObject({ person: goes, price: 20 });
  });

  test('a unique value goes over to the one that stays, whoever has it; chosen by hand, too', async () => {
    const stays = await firm.add('person', { name: 'S', code: 'S1' });
    const [goes, last] = [
      await firm.add('person', { name: 'G', code: 'G1' }),
      await firm.add('person', { name: 'L', code: 'L1' }),
    ];
    const { batch, record } = await merge(boss, stays, [goes, last], { set: { code: 'L1' } });
    expect(record['code']).toBe('L1');
    expect(await firm.records.batches.undo(boss, batch ?? '')).toMatchObject({ restored: 3, left: 0 });
    const taken = await firm.add('person', { name: 'T', code: 'T1' });
    expect(await outcomeOf(merge(boss, stays, [goes], { set: { code: 'T1' } }))).toMatchObject({
      errors: ['/code unique'],
    });
    const again = await merge(boss, stays, [taken], { set: { code: null } });
    await firm.add('person', { name: 'N', code: 'T1' });
    const report = await firm.records.batches.undo(boss, again.batch ?? '');
    expect(report).toMatchObject({ restored: 1, left: 1, conflicts: [{ id: taken, code: 'CONFLICT' }] });
  });
});
