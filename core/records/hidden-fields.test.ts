import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openRecordFirm } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import type { Context } from '../context.ts';
import { sql } from '../storage/sql.ts';

/** R-02: the hidden value is flipped in the database; whatever is asked, the answer stays the same to the byte. */
describe.each(DIALECTS)('hidden values on %s', (dialect) => {
  let firm: RecordFirm;
  const clients: string[] = [];
  const deals: string[] = [];

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    const owners = [firm.people.mia, firm.people.sue];
    for (const [index, name] of ['Open', 'Shut', 'Open', 'Late'].entries()) {
      const assignee = owners[index % 2]!;
      const client = await firm.add('client', { name, secret: `s${index}`, rank: index, assignee });
      clients.push(client);
      deals.push(await firm.add('deal', { name: `deal ${index}`, customer: client, margin: `${index}`, assignee }));
      await firm.add('task', { name: `task ${index}`, client, assignee: firm.people.mia });
    }
  });

  afterAll(() => firm.close());

  /** Writes past the one write: only the hidden values differ afterwards, in the rows and in the search index. */
  async function flip(which: (index: number) => boolean): Promise<void> {
    await firm.db.transaction(async (tx) => {
      for (const [index, id] of clients.entries()) {
        if (!which(index)) continue;
        const text = `flipped ${9 - index} open`;
        await tx.run(sql`update "client" set "secret" = ${text}, "secret_f" = ${text} where "id" = ${id}`);
        await tx.run(
          sql`update "_search" set "body" = ${` ${text}`} where "record" = ${id} and "entity" = 'client' and "field" = 'secret'`,
        );
      }
      for (const [index, id] of deals.entries()) {
        if (!which(index)) continue;
        await tx.run(sql`update "deal" set "margin" = ${900 - index}, "markup" = ${1800 - index} where "id" = ${id}`);
      }
    });
  }

  const text = async (work: () => Promise<unknown>): Promise<string> => {
    try {
      return JSON.stringify(await work());
    } catch (error) {
      const { code, message, errors } = error as { code: string; message: string; errors: unknown };
      return JSON.stringify({ code, message, errors });
    }
  };

  function questions(ctx: Context): readonly (() => Promise<unknown>)[] {
    const hidden = ['secret', 'customer.secret', 'client.secret', 'margin', 'markup', 'deal.margin', 'deals'] as const;
    const entities = ['client', 'deal', 'task'] as const;
    const { records } = firm;
    return entities.flatMap((entity) => [
      () => records.list(ctx, { entity, count: 'exact', limit: 2 }),
      () => records.list(ctx, { entity, search: 'flipped' }),
      () => records.list(ctx, { entity, search: 's1', sort: ['-name'] }),
      () =>
        records.list(ctx, {
          entity,
          expand: entity === 'client' ? ['deals', 'tasks'] : [entity === 'deal' ? 'customer' : 'client'],
        }),
      () => records.aggregate(ctx, { entity, group: ['name'], measures: ['count'] }),
      ...hidden.flatMap((path) => [
        () => records.list(ctx, { entity, filter: { [path]: 's1' } }),
        () => records.list(ctx, { entity, filter: { [path]: { gte: '1' } } }),
        () => records.list(ctx, { entity, filter: { [path]: { empty: false } } }),
        () => records.list(ctx, { entity, filter: { not: { [path]: { startsWith: 'fl' } } } }),
        () => records.list(ctx, { entity, filter: { name: { $field: path } } }),
        () => records.list(ctx, { entity, filter: { deals: { some: { [path]: { ne: '1' } } } } }),
        () => records.list(ctx, { entity, filter: { tasks: { every: { [path]: 's1' } } } }),
        () => records.list(ctx, { entity, sort: [path, '-name'], limit: 1 }),
        () => records.list(ctx, { entity, fields: ['name', path] }),
        () => records.aggregate(ctx, { entity, group: [path], measures: ['count'] }),
        () => records.aggregate(ctx, { entity, group: [], measures: [`sum(${path})`, `max(${path})`] }),
        () => records.aggregate(ctx, { entity, group: [], measures: ['count'], filter: { [path]: { ne: null } } }),
      ]),
      ...[...clients, ...deals].flatMap((id) => [
        () => records.get(ctx, { entity, id }),
        () => records.changes(ctx, { entity, id, timeline: true }),
      ]),
    ]);
  }

  /** The answers that are not what they were before the change. */
  async function differing(
    asked: readonly (() => Promise<unknown>)[],
    change: () => Promise<void>,
  ): Promise<readonly (readonly [string, string | undefined])[]> {
    const before = await Promise.all(asked.map(text));
    if (before.filter((answer) => answer.includes('"data"')).length < 12) throw new Error('Too little was answered.');
    await change();
    const after = await Promise.all(asked.map(text));
    return before.map((answer, index) => [answer, after[index]] as const).filter(([was, is]) => was !== is);
  }

  test('R-02: no answer hangs on the value of a row on which the field is hidden', async () => {
    // The intern sees his own clients whole; the bookkeeper every client, but no secrets.
    const ctx = firm.be('mia', 'intern', 'bookkeeper');
    expect(await differing(questions(ctx), () => flip((index) => index % 2 === 1))).toEqual([]);
  });

  test('R-04, R-12: no answer tells where a hidden reference leads', async () => {
    // Of deals of others it is hidden whose they are and how they are tagged.
    const ctx = firm.be('mia', 'ownDeals', 'bareDeals');
    const [red, blue] = [await firm.add('tag', { name: 'red' }), await firm.add('tag', { name: 'blue' })];
    const lists = ['customer.name', 'customer.rank', 'customer', 'name'] as const;
    const { records } = firm;
    const asked = [
      ...questions(ctx),
      ...lists.flatMap((path) => [
        () => records.list(ctx, { entity: 'deal', sort: [path, 'id'] }),
        () => records.list(ctx, { entity: 'deal', filter: { [path]: { empty: true } } }),
        () => records.list(ctx, { entity: 'deal', filter: { [path]: { ne: null } } }),
        () => records.list(ctx, { entity: 'deal', fields: [path, 'customer.id'] }),
        () => records.aggregate(ctx, { entity: 'deal', group: [path], measures: ['count'] }),
      ]),
      ...(['some', 'none', 'every'] as const).flatMap((quantifier) => [
        () => records.list(ctx, { entity: 'client', filter: { deals: { [quantifier]: { name: 'deal 1' } } } }),
        () => records.list(ctx, { entity: 'client', filter: { deals: { [quantifier]: {} } } }),
        () => records.list(ctx, { entity: 'deal', filter: { tags: { [quantifier]: { name: 'red' } } } }),
        () => records.list(ctx, { entity: 'deal', filter: { 'origin.tags': { [quantifier]: { name: 'red' } } } }),
        () => records.list(ctx, { entity: 'tag', filter: { deals: { [quantifier]: { name: 'deal 1' } } } }),
      ]),
      () => records.list(ctx, { entity: 'deal', filter: { tags: { contains: red } }, expand: ['tags', 'customer'] }),
      () => records.list(ctx, { entity: 'deal', filter: { tags: { empty: true } } }),
      () => records.list(ctx, { entity: 'tag', expand: ['deals'] }),
      () => records.list(ctx, { entity: 'client', expand: ['deals'] }),
    ];
    const retag = (tag: string) => (id: string) =>
      firm.records.write(firm.system, { op: 'update', entity: 'deal', id, input: { tags: [tag] } });
    for (const id of deals) await retag(red)(id);
    const moved = await differing(asked, () =>
      firm.db.transaction(async (tx) => {
        for (const [index, id] of deals.entries()) {
          if (index % 2 === 0) continue;
          await tx.run(sql`update "deal" set "customer" = ${clients[0]!} where "id" = ${id}`);
          await tx.run(sql`update "deal_tags" set "target" = ${blue} where "source" = ${id}`);
        }
      }),
    );
    expect(moved).toEqual([]);
  });

  test('R-02, R-04, R-12: no answer hangs on a hidden value', async () => {
    const alone = firm.be('mia', 'seller');
    const two = firm.be('mia', 'seller', 'bookkeeper');
    const asked = [...questions(alone), ...questions(two), () => firm.records.search(alone, { q: 'flipped' })];
    expect(await differing(asked, () => flip(() => true))).toEqual([]);
    const boss = firm.be('sue', 'boss');
    expect((await firm.records.search(boss, { q: 'flipped' })).length).toBe(4);
  });

  test('R-02: a field shown on some rows is empty on the others in filter, sort, group and figures', async () => {
    const ctx = firm.be('mia', 'intern', 'bookkeeper');
    const own = (row: { assignee?: unknown }) => row.assignee === firm.people.mia;
    const { data } = await firm.records.list(ctx, { entity: 'client', sort: ['secret', 'id'], limit: 100 });
    expect(data.map((row) => [own(row), typeof row['secret']])).toEqual([
      [true, 'string'],
      [true, 'string'],
      [false, 'object'],
      [false, 'object'],
    ]);
    const filled = await firm.records.list(ctx, { entity: 'client', filter: { secret: { empty: false } } });
    expect(filled.data.every(own)).toBe(true);
    expect(filled.data).toHaveLength(2);
    const groups = await firm.records.aggregate(ctx, { entity: 'client', group: ['secret'], measures: ['count'] });
    expect(groups.at(-1)).toEqual({ secret: null, count: 2 });
    expect(await firm.records.list(ctx, { entity: 'client', search: 'flipped' })).toMatchObject({ data: [] });
  });

  test('R-04: a reference to what the caller may not read expands to nothing', async () => {
    const ctx = firm.be('mia', 'noTargets');
    const { data } = await firm.records.list(ctx, {
      entity: 'deal',
      expand: ['customer', 'tags', 'assignee'],
      fields: ['name'],
    });
    expect(data.map(({ customer, tags, assignee }) => ({ customer, tags, assignee }))).toEqual(
      deals.map(() => ({ customer: null, tags: [], assignee: null })),
    );
  });
});
