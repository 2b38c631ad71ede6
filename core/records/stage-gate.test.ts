import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openRecordFirm, outcomeOf } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import type { Context } from '../context.ts';

type Json = Record<string, unknown>;

/** One gate for every door into a stage: patch, move, creation, change of pipeline. */
describe.each(DIALECTS)('the stage gate on %s', (dialect) => {
  let firm: RecordFirm;
  let boss: Context;
  let maker: Context;

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    boss = firm.be('sue', 'boss');
    maker = firm.be('sue', 'noTargets');
  });

  afterAll(() => firm.close());

  const patch = (ctx: Context, id: string, input: Json) =>
    outcomeOf(firm.records.write(ctx, { op: 'update', entity: 'deal', id, input }));
  const create = (ctx: Context, input: Json) =>
    outcomeOf(firm.records.write(ctx, { op: 'create', entity: 'deal', input }));
  const refusal = (...errors: readonly string[]) => ({ status: 422, code: 'VALIDATION', errors });

  test.each([
    ['a stage that does not follow', 'new', { stage: 'won' }, refusal('/stage transition')],
    ['a stage of another pipeline', 'new', { stage: 'done' }, refusal('/stage option')],
    ['no such stage', 'new', { stage: 'zzz' }, refusal('/stage option')],
    ['no stage', 'new', { stage: null }, refusal('/stage required')],
    ['a role that may not', 'new', { stage: 'lost' }, refusal('/stage transitionRole')],
    ['everything missing at once', 'offer', { stage: 'won', margin: 'x' }, refusal('/lines gate', '/margin type')],
    ['a field and a line missing', 'offer', { stage: 'won' }, refusal('/lines gate', '/margin gate')],
    ['a line missing', 'offer', { stage: 'won', margin: '1' }, refusal('/lines gate')],
  ] as const)('refuses %s and leaves nothing', async (_name, from, input, expected) => {
    const deal = await firm.add('deal', { name: 'D' });
    if (from === 'offer') await patch(boss, deal, { stage: 'offer' });
    const before = await firm.digest();
    const outcome = await patch(maker, deal, input);
    expect(outcome).toEqual(expected);
    expect(await firm.digest()).toBe(before);
  });

  test('a move is one change with its fields', async () => {
    const deal = await firm.add('deal', { name: 'M' });
    await patch(maker, deal, { stage: 'offer' });
    await firm.records.write(maker, { op: 'create', entity: 'line', input: { name: 'l', deal, amount: '1' } });
    expect(await patch(maker, deal, { stage: 'won', margin: '2' })).toMatchObject({ stage: 'won', version: 3 });
    expect((await firm.ledger(deal)).slice(1)).toEqual([
      ['moved', { stage: { before: 'new', after: 'offer' } }],
      [
        'moved',
        {
          stage: { before: 'offer', after: 'won' },
          margin: { before: null, after: '2.00' },
          markup: { before: '0.00', after: '4.00' },
        },
      ],
    ]);
  });

  test('another pipeline starts at its first stage; further on it is a move from there', async () => {
    const deal = await firm.add('deal', { name: 'P' });
    await patch(boss, deal, { stage: 'offer' });
    expect(await patch(maker, deal, { pipeline: 'service' })).toMatchObject({ pipeline: 'service', stage: 'asked' });
    expect((await firm.ledger(deal)).at(-1)?.[0]).toBe('moved');
    expect(await patch(maker, deal, { pipeline: 'sales', stage: 'won' })).toEqual(refusal('/stage transition'));
    expect(await patch(maker, deal, { pipeline: 'nope' })).toEqual(refusal('/pipeline option'));
    expect(await patch(maker, deal, { stage: 'done' })).toMatchObject({ stage: 'done' });
  });

  test('a record may be made at a later stage when it could have been moved there, its lines counted', async () => {
    expect(await create(maker, { name: 'N', stage: 'offer' })).toMatchObject({ stage: 'offer' });
    expect(await create(maker, { name: 'N', stage: 'won' })).toEqual(refusal('/stage transition'));
    expect(await create(maker, { name: 'N', stage: 'lost' })).toEqual(refusal('/stage transitionRole'));
    expect(await create(maker, { name: 'N', pipeline: 'service', stage: 'done' })).toMatchObject({ stage: 'done' });
    expect(await create(firm.system, { name: 'N', stage: 'lost' })).toMatchObject({ stage: 'lost' });
  });
});
