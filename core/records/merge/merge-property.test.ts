import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../../tests/support/databases.ts';
import { dumpOf } from '../../../tests/support/record-dump.ts';
import { openRecordFirm } from '../../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../../tests/support/record-firm.ts';
import type { Context } from '../../context.ts';

/** D-8, whatever hangs on whatever. */
describe.each(DIALECTS)('merge and undo on %s', (dialect) => {
  let firm: RecordFirm;
  let boss: Context;

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    boss = firm.be('sue', 'boss');
  });
  afterAll(() => firm.close());

  const dump = () => dumpOf(firm);

  test('any graph of references: merged and undone, everything is as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          deals: fc.array(fc.tuple(fc.nat(3), fc.option(fc.nat(3)), fc.subarray([0, 1, 2, 3])), {
            minLength: 4,
            maxLength: 6,
          }),
          tasks: fc.array(fc.tuple(fc.option(fc.nat(3)), fc.option(fc.nat(3)), fc.boolean()), { maxLength: 5 }),
          from: fc.subarray([1, 2, 3], { minLength: 1 }),
          which: fc.constantFrom('client', 'deal', 'tag'),
        }),
        async ({ deals, tasks, from, which }) => {
          const made: Record<string, string[]> = { client: [], tag: [], deal: [] };
          for (let i = 0; i < 4; i += 1) {
            made['client']!.push(
              await firm.add('client', { name: `c${i}`, ...(i % 2 ? { phone: `555100${i}` } : {}) }),
            );
            made['tag']!.push(await firm.add('tag', { name: `t${i}` }));
          }
          for (const [customer, origin, tags] of deals) {
            const earlier = origin === null ? undefined : made['deal']![origin];
            made['deal']!.push(
              await firm.add('deal', {
                name: 'd',
                customer: made['client']![customer],
                origin: earlier ?? null,
                tags: tags.map((tag) => made['tag']![tag]),
                lines: [{ name: 'l', amount: '1.5' }],
              }),
            );
          }
          for (const [client, about, isDeal] of tasks) {
            const target = isDeal
              ? { entity: 'deal', id: made['deal']![about ?? 0] }
              : { entity: 'client', id: made['client']![about ?? 0] };
            await firm.add('task', {
              name: 't',
              client: made['client']![client ?? -1] ?? null,
              about: about === null ? null : target,
            });
          }
          const input = { origin: made['deal']![3] };
          await firm.records.write(boss, { op: 'update', entity: 'deal', id: made['deal']![0]!, input });
          const before = await dump();
          const ids = made[which]!;
          const gone = from.map((index) => ids[index]!);
          const { batch } = await firm.records.merge(boss, { entity: which, id: ids[0]!, from: gone });
          const dangling = JSON.stringify(
            Object.values((await dump()).records).filter((record) => record['deleted'] === false),
          );
          for (const id of gone) expect(dangling).not.toContain(id);
          expect(await firm.records.batches.undo(boss, batch ?? '')).toMatchObject({ left: 0, conflicts: [] });
          expect(await dump()).toEqual(before);
        },
      ),
      { numRuns: 12 },
    );
  }, 60_000);
});
