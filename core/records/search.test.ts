import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openRecordFirm, outcomeOf } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import type { Context } from '../context.ts';

describe.each(DIALECTS)('search on %s', (dialect) => {
  let firm: RecordFirm;
  let boss: Context;

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    boss = firm.be('sue', 'boss');
    const client = await firm.add('client', { name: 'Müller', phone: '555 12 345', email: 'info@mets.ee' });
    await firm.add('client', { name: 'Kask', secret: 'knows Müller' });
    for (let index = 0; index < 12; index++) await firm.add('deal', { name: `Mets ${index}`, customer: client });
    await firm.add('task', { name: 'Call Müller' });
  });

  afterAll(() => firm.close());

  const found = async (q: string, limit?: number) => {
    const hits = await firm.records.search(boss, { q, ...(limit === undefined ? {} : { limit }) });
    return hits.map(({ entity, record }) => `${entity} ${String(record['name'])}`);
  };

  test('titles come before mentions, whatever the entity; ten of one entity at most', async () => {
    expect(await found('muller')).toEqual(['client Müller', 'task Call Müller', 'client Kask']);
    expect(await found('mets')).toEqual([
      ...Array.from({ length: 10 }, (_, index) => `deal Mets ${11 - index}`),
      'client Müller',
    ]);
    expect(await found('mets', 3)).toEqual(['deal Mets 11', 'deal Mets 10', 'deal Mets 9']);
  });

  test.each(['55512345', '555 12', '+372 555', '00372555', 'mü', 'MULLER info'])('%s finds the client', async (q) => {
    expect(await found(q)).toContain('client Müller');
  });

  test.each(['', '   ', '\u0301', 'zzz', '%', '_', '"', "' or 1=1"])('R-21: %j finds nothing', async (q) => {
    expect(await found(q)).toEqual([]);
  });

  test('R-23: what no text can hold is refused', async () => {
    expect(await outcomeOf(firm.records.search(boss, { q: 'a\u0000b' }))).toEqual({ status: 400, code: 'BAD_REQUEST' });
    expect(await outcomeOf(firm.records.search(boss, { q: 'a\ud800' }))).toEqual({ status: 400, code: 'BAD_REQUEST' });
    expect(await outcomeOf(firm.records.search(boss, { q: 'x'.repeat(201) }))).toEqual({
      status: 400,
      code: 'BAD_REQUEST',
    });
  });

  test('R-04: the pages of a timeline neither shrink nor end by what the caller may not see', async () => {
    const seller = firm.be('mia', 'seller');
    const client = await firm.add('client', { name: 'Timeline', assignee: firm.people.mia });
    const pages = async () => {
      const all: string[] = [];
      const lengths: number[] = [];
      let after: string | undefined;
      do {
        const query = {
          entity: 'client',
          id: client,
          timeline: true,
          limit: 2,
          ...(after === undefined ? {} : { after }),
        };
        const page = await firm.records.changes(seller, query);
        all.push(...page.data.map((change) => `${change.entity} ${change.kind}`));
        lengths.push(page.data.length);
        after = page.next ?? undefined;
      } while (after !== undefined);
      return { all, lengths };
    };
    for (let index = 0; index < 3; index++)
      await firm.add('deal', { name: 'own', customer: client, assignee: firm.people.mia });
    const before = await pages();
    expect(before).toEqual({
      all: ['deal created', 'deal created', 'deal created', 'client created'],
      lengths: [2, 2],
    });
    for (let index = 0; index < 5; index++)
      await firm.add('deal', { name: 'theirs', customer: client, assignee: firm.people.sue });
    expect(await pages()).toEqual(before);
  });
});
