import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { idOf, openRecordFirm } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import type { Context } from '../context.ts';
import { sql } from '../storage/sql.ts';
import { verifyLedger } from './verify-ledger.ts';

/** Places where the ledger is broken. */
async function brokenLinks(firm: RecordFirm): Promise<readonly string[]> {
  const { faults } = await verifyLedger(firm.db, firm.model, { values: true });
  return faults.map(({ entity, record, seq }) => `${entity}/${record} ${seq}`);
}

/** Many writers at once lose nothing, and the ledger stays one chain per record. */
describe.each(DIALECTS)('writers at once on %s', (dialect) => {
  let firm: RecordFirm;
  let boss: Context;

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    boss = firm.be('sue', 'boss');
  });

  afterAll(() => firm.close());

  const times = <T>(count: number, work: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, index) => work(index)));
  const create = (entity: string, input: Record<string, unknown>) =>
    firm.records.write(boss, { op: 'create', entity, input });
  const patch = (entity: string, id: string, input: Record<string, unknown>) =>
    firm.records.write(boss, { op: 'update', entity, id, input });

  test('R-16: twenty writers of one record lose nothing', async () => {
    const id = await firm.add('client', { name: 'C', details: {} });
    await times(20, (index) => patch('client', id, { details: { [`w${index}`]: index } }));
    const after = await firm.records.get(boss, { entity: 'client', id });
    expect(after['version']).toBe(21);
    expect(after['details']).toEqual(
      Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`w${index}`, index])),
    );
    const versions = await firm.db.read<{ version: number | string }>(
      sql`select "version" from "_changes" where "record" = ${id} order by "seq"`,
    );
    expect(versions.map((row) => Number(row.version))).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  });

  test('with the version read before, one of twenty gets through and the others are told', async () => {
    const id = await firm.add('client', { name: 'V' });
    const statuses = await times(20, (index) =>
      firm.records.write(boss, { op: 'update', entity: 'client', id, version: 1, input: { rank: index + 1 } }).then(
        () => 200,
        (error: { status: number }) => error.status,
      ),
    );
    expect(statuses.sort()).toEqual([200, ...Array.from({ length: 19 }, () => 412)]);
  });

  test('twenty changes of a list of references are each made on the one before', async () => {
    const tags = await times(20, (index) => firm.add('tag', { name: `t${index}` }));
    const id = await firm.add('deal', { name: 'D' });
    await times(20, (index) => patch('deal', id, { tags: [tags[index]!], name: `D${index}` }));
    const changes = (await firm.ledger(id))
      .slice(1)
      .map(([, fields]) => fields['tags'] as { before: string[]; after: string[] });
    expect(changes).toHaveLength(20);
    for (const [index, change] of changes.entries())
      expect(change.before).toEqual(index === 0 ? [] : changes[index - 1]!.after);
  });

  test('fifty numbers at once have neither gaps nor doubles, refused records give theirs back', async () => {
    const made = await times(60, (index) =>
      create('deal', index % 6 === 0 ? { name: 'x', nope: 1 } : { name: 'x' }).then(
        (deal) => String(deal['number']),
        () => '',
      ),
    );
    const numbers = made
      .filter((number) => number !== '')
      .map((number) => Number(number.split('-')[2]))
      .sort((a, b) => a - b);
    expect(numbers).toHaveLength(50);
    const first = numbers[0]!;
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, index) => first + index));
  });

  test('lines of two deals moved to and fro at once leave exact sums', async () => {
    const client = await firm.add('client', { name: 'Sum' });
    const deals = await times(2, (index) => firm.add('deal', { name: `S${index}`, customer: client }));
    const lines = await times(10, (index) => firm.add('line', { name: 'l', deal: deals[index % 2]!, amount: '1.10' }));
    await times(10, (index) => patch('line', lines[index]!, { deal: deals[(index + 1) % 2]!, amount: '2.20' }));
    const sums = await Promise.all(deals.map((id) => firm.records.get(boss, { entity: 'deal', id })));
    expect(sums.map((deal) => [deal['total'], deal['half'], deal['version']])).toEqual([
      ['11.00', '5.50', 1],
      ['11.00', '5.50', 1],
    ]);
    expect(await firm.records.get(boss, { entity: 'client', id: client })).toMatchObject({
      dealSum: '22.00',
      dealCount: 2,
    });
  });

  test('nobody gets a reference into what is being deleted', async () => {
    const client = idOf(await create('client', { name: 'Race' }));
    const results = await times(10, (index) =>
      (index === 5
        ? firm.records.write(boss, { op: 'delete', entity: 'client', id: client })
        : create('deal', { name: 'r', customer: client })
      ).then(
        () => 'ok',
        (error: { status: number }) => String(error.status),
      ),
    );
    const live = await firm.records.list(boss, { entity: 'deal', filter: { customer: client }, count: 'exact' });
    const isGone = results[5] === 'ok';
    expect(live.total).toBe(isGone ? 0 : 9);
  });

  test('events and changes of one record at once stay one chain; a changed row breaks it', async () => {
    const id = await firm.add('client', { name: 'E' });
    await times<unknown>(12, (index) =>
      index % 2 === 0
        ? firm.records.event(boss, { entity: 'client', id, kind: 'call.ended', data: { index } })
        : patch('client', id, { rank: index }),
    );
    expect(await brokenLinks(firm)).toEqual([]);
    const [row] = await firm.db.read<{ seq: number | string }>(
      sql`select "seq" from "_changes" where "record" = ${id} order by "seq" limit 1`,
    );
    const note = (text: string | null) =>
      firm.db.transaction((tx) => tx.run(sql`update "_changes" set "note" = ${text} where "seq" = ${row!.seq}`));
    await note('forged');
    expect(await brokenLinks(firm)).toEqual([`client/${id} ${row!.seq}`]);
    await note(null);
  });
});
