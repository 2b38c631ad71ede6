import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { idOf, openRecordFirm, outcomeOf } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import type { Context } from '../context.ts';
import type { RecordData } from '../fields/field-type.ts';

type Json = Record<string, unknown>;

const UNKNOWN = '018f0000-0000-7000-8000-000000000000';

/** The one write: what is answered, what is refused, and exactly what stands in the ledger. */
describe.each(DIALECTS)('the write on %s', (dialect) => {
  let firm: RecordFirm;
  let seller: Context;
  let boss: Context;

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    seller = firm.be('mia', 'seller');
    boss = firm.be('sue', 'boss');
  });

  afterAll(() => firm.close());

  const create = (ctx: Context, entity: string, input: Json) =>
    firm.records.write(ctx, { op: 'create', entity, input });
  const patch = (
    ctx: Context,
    entity: string,
    id: string,
    input: Json,
    more: { version?: number; note?: string } = {},
  ) => firm.records.write(ctx, { op: 'update', entity, id, input, ...more });
  const remove = (ctx: Context, entity: string, id: string) => firm.records.write(ctx, { op: 'delete', entity, id });
  const restore = (ctx: Context, entity: string, id: string) => firm.records.write(ctx, { op: 'restore', entity, id });
  const get = (entity: string, id: string) => firm.records.get(firm.system, { entity, id });
  const refused = async (work: () => Promise<unknown>) => {
    const before = await firm.digest();
    const outcome = await outcomeOf(work());
    expect(await firm.digest()).toBe(before);
    return outcome;
  };

  test('a new record: defaults of the day in the zone of the organisation, number, owner, first stage', async () => {
    firm.at('2026-12-31T19:00:00Z');
    const deal = await create(seller, 'deal', { name: 'Eve' });
    expect(deal).toMatchObject({
      version: 1,
      number: 'D-2027-001',
      signedOn: '2027-01-01',
      remindAt: '2027-01-01T19:00:00.000Z',
      assignee: firm.people.mia,
      createdBy: firm.people.mia,
      pipeline: 'sales',
      stage: 'new',
      tags: [],
    });
    expect(deal).not.toHaveProperty('margin');
    expect(deal).not.toHaveProperty('markup');
    expect(await firm.ledger(idOf(deal))).toEqual([
      [
        'created',
        Object.fromEntries(
          Object.entries({
            name: 'Eve',
            number: 'D-2027-001',
            signedOn: '2027-01-01',
            remindAt: '2027-01-01T19:00:00.000Z',
            assignee: firm.people.mia,
            pipeline: 'sales',
            stage: 'new',
            half: '0.00',
            markup: '0.00',
          }).map(([key, after]) => [key, { before: null, after }]),
        ),
      ],
    ]);
    firm.at('2026-03-15T10:00:00Z');
  });

  test('the system gets the very record that a read gives', async () => {
    const tag = await firm.add('tag', { name: 'T' });
    const made = await create(firm.system, 'deal', { name: 'Whole', tags: [tag], margin: '3' });
    expect(JSON.stringify(made)).toBe(JSON.stringify(await get('deal', idOf(made))));
    const input = { name: 'Phone', phone: '55 512 345', details: { b: [1, { c: null }], a: 1.5 } };
    const client = await create(firm.system, 'client', input);
    expect(JSON.stringify(client)).toBe(JSON.stringify(await get('client', idOf(client))));
    const changed = await patch(firm.system, 'client', idOf(client), { phone: null });
    expect(JSON.stringify(changed)).toBe(JSON.stringify(await get('client', idOf(client))));
  });

  test('R-03, R-09: unknown, system, computed, rollup and read-only fields are refused by name', async () => {
    const input = {
      name: 'x',
      id: UNKNOWN,
      version: 7,
      createdAt: '2020-01-01T00:00:00Z',
      deletedAt: null,
      half: '1',
      total: '1',
      number: 'D-1',
      outcome: 'won',
      nmae: 'x',
      'phone:typed': '1',
    };
    expect(await refused(() => create(boss, 'deal', input))).toEqual({
      status: 422,
      code: 'VALIDATION',
      errors: [
        ...['createdAt', 'deletedAt', 'half', 'id', 'number', 'outcome', 'total', 'version'].map(
          (key) => `/${key} readOnly`,
        ),
        '/nmae unknown',
        '/phone:typed unknown',
      ].sort(),
    });
    const deal = await create(firm.system, 'deal', { name: 'x', outcome: 'won', number: 'OLD-7' });
    expect(deal).toMatchObject({ outcome: 'won', number: 'OLD-7' });
    expect(await refused(() => create(firm.system, 'deal', { name: 'x', half: '1' }))).toMatchObject({ status: 422 });
  });

  test('R-02, R-09: a hidden field is an unknown one, a readable one is forbidden', async () => {
    const client = await firm.add('client', { name: 'C', assignee: firm.people.mia });
    const hidden = await refused(() => patch(seller, 'client', client, { secret: 'x' }));
    const unknown = await refused(() => patch(seller, 'client', client, { zzz: 'x' }));
    expect(hidden).toEqual({ status: 422, code: 'VALIDATION', errors: ['/secret unknown'] });
    expect(unknown).toEqual({ status: 422, code: 'VALIDATION', errors: ['/zzz unknown'] });
    expect(await refused(() => patch(seller, 'client', client, { rank: 1 }))).toEqual({
      status: 403,
      code: 'FIELD_FORBIDDEN',
      errors: ['/rank forbidden'],
    });
  });

  test('R-10: a role that only reads lends no right to set a field, a conditional one only its own rows', async () => {
    const mine = await firm.add('client', { name: 'Mine', assignee: firm.people.mia });
    const open = await firm.add('client', { name: 'Open', assignee: firm.people.mia });
    const both = firm.be('mia', 'seller', 'reader');
    expect(await refused(() => patch(both, 'client', mine, { rank: 1 }))).toMatchObject({ code: 'FIELD_FORBIDDEN' });
    const two = firm.be('mia', 'seller', 'bookkeeper');
    expect(await refused(() => patch(two, 'client', mine, { rank: 1 }))).toMatchObject({ code: 'FIELD_FORBIDDEN' });
    expect(await patch(two, 'client', open, { rank: 1 })).toMatchObject({ rank: 1 });
  });

  test('the spelling of a phone follows the phone', async () => {
    const client = await create(boss, 'client', { name: 'P', phone: '555 12 345' });
    const id = idOf(client);
    expect(client).toMatchObject({ phone: '+37255512345', 'phone:typed': '555 12 345' });
    expect(await patch(boss, 'client', id, { phone: '+37255512345' })).toMatchObject({
      version: 1,
      'phone:typed': '555 12 345',
    });
    expect(await patch(boss, 'client', id, { phone: '5551-2345' })).toMatchObject({
      version: 2,
      phone: '+37255512345',
      'phone:typed': '5551-2345',
    });
    expect(await patch(boss, 'client', id, { phone: '' })).toMatchObject({ phone: null, 'phone:typed': null });
    expect((await firm.ledger(id)).slice(1)).toEqual([
      ['updated', { 'phone:typed': { before: '555 12 345', after: '5551-2345' } }],
      [
        'updated',
        { phone: { before: '+37255512345', after: null }, 'phone:typed': { before: '5551-2345', after: null } },
      ],
    ]);
  });

  test('a patch is a merge patch inside a value too, and changes only what differs', async () => {
    const client = await create(boss, 'client', { name: 'J', details: { a: 1, b: { c: 2, d: 3 } } });
    const id = idOf(client);
    const changed = await patch(boss, 'client', id, { details: { a: null, b: { c: 4 } }, name: 'J' });
    expect(changed).toMatchObject({ version: 2, details: { b: { c: 4, d: 3 } } });
    expect(await patch(boss, 'client', id, { details: { b: { c: 4 } } })).toMatchObject({ version: 2 });
    await patch(boss, 'client', id, { details: null });
    expect(await patch(boss, 'client', id, { details: { n: null, m: 1 } })).toMatchObject({ details: { m: 1 } });
    expect(await firm.ledger(id)).toHaveLength(4);
  });

  test('R-02: a stale version is CONFLICT 412 with the record as the caller may see it, of a delete and a restore too', async () => {
    const client = await firm.add('client', { name: 'S', secret: 'canary', assignee: firm.people.mia });
    await patch(boss, 'client', client, { name: 'S2' });
    const ops = ['update', 'delete', 'restore'] as const;
    for (const op of ops) {
      if (op === 'restore') await remove(seller, 'client', client);
      const stale = { op, entity: 'client', id: client, version: 1, input: { name: 'mine' } } as const;
      const error = await firm.records.write(seller, stale).then(
        () => undefined,
        (refusal: { status: number; code: string; extra: { current: RecordData } }) => refusal,
      );
      expect(error).toMatchObject({ status: 412, code: 'CONFLICT', extra: { current: { name: 'S2' } } });
      expect(JSON.stringify(error!.extra)).not.toContain('canary');
    }
  });

  test('R-04, R-05: a reference to an invisible record is refused in the words of one that does not exist', async () => {
    const foreign = await firm.add('deal', { name: 'Foreign', assignee: firm.people.sue });
    const gone = await firm.add('deal', { name: 'Gone', assignee: firm.people.mia });
    await remove(boss, 'deal', gone);
    const probe = (deal: string) =>
      create(seller, 'task', { name: 'T', deal }).then(
        () => 'created',
        (error: { message: string; status: number; errors: readonly object[] }) =>
          JSON.stringify([error.status, error.message, error.errors]).replaceAll(deal, 'ID'),
      );
    const answers = [await probe(foreign), await probe(gone), await probe(UNKNOWN)];
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('There is no such deal.');
  });

  test('R-05: what the write settles by itself needs no right to read it', async () => {
    const intern = firm.be('mia', 'intern');
    const made = await create(intern, 'client', { name: 'I' });
    expect(made).toMatchObject({ assignee: firm.people.mia });
    expect(await refused(() => create(intern, 'client', { name: 'I', assignee: firm.people.max }))).toMatchObject({
      errors: ['/assignee reference'],
    });
  });

  test('a note that no database keeps is refused', async () => {
    const client = await firm.add('client', { name: 'N' });
    expect(await refused(() => patch(boss, 'client', client, { name: 'M' }, { note: 'a\u0000b' }))).toEqual({
      status: 422,
      code: 'VALIDATION',
      errors: ['/note text'],
    });
  });

  test('children are made inside their parent, after it; a wrong one undoes everything', async () => {
    const lines = [
      { name: 'a', amount: '1.50' },
      { name: 'b', amount: '2' },
    ];
    const deal = await create(seller, 'deal', { name: 'With lines', lines });
    expect(deal).toMatchObject({ total: '3.50', half: '1.75', version: 1 });
    const { data } = await firm.records.changes(boss, { entity: 'deal', id: idOf(deal), timeline: true });
    expect(data.map((change) => [change.entity, change.kind]).reverse()).toEqual([
      ['deal', 'created'],
      ['line', 'created'],
      ['line', 'created'],
    ]);
    const bad = { name: 'Bad', lines: [{ name: 'a' }, { nmae: 'b' }, 5] };
    expect(await refused(() => create(seller, 'deal', bad))).toMatchObject({
      status: 422,
      errors: ['/lines/1/name required', '/lines/1/nmae unknown', '/lines/2 type'],
    });
    const own = { name: 'Bad', lines: [{ name: 'a', deal: idOf(deal) }] };
    expect(await refused(() => create(seller, 'deal', own))).toMatchObject({ errors: ['/lines/0/deal readOnly'] });
  });

  test('children of a `many` reference are made with it', async () => {
    const tag = await create(boss, 'tag', { name: 'Hot', deals: [{ name: 'Tagged' }] });
    const { data } = await firm.records.list(boss, { entity: 'deal', filter: { tags: { contains: idOf(tag) } } });
    expect(data.map(({ name, tags }) => ({ name, tags }))).toEqual([{ name: 'Tagged', tags: [idOf(tag)] }]);
    const some = await firm.records.list(boss, { entity: 'deal', filter: { id: idOf(data[0]!) }, fields: ['tags'] });
    expect(some.data).toEqual([{ id: idOf(data[0]!), tags: [idOf(tag)] }]);
  });

  test('figures move between two parents, through two levels, without a new version of either', async () => {
    const [from, into] = [await firm.add('client', { name: 'From' }), await firm.add('client', { name: 'Into' })];
    const deal = await create(boss, 'deal', { name: 'D', customer: from, lines: [{ name: 'l', amount: '10' }] });
    expect(await get('client', from)).toMatchObject({ dealCount: 1, dealSum: '10.00', version: 1 });
    await patch(boss, 'deal', idOf(deal), { customer: into });
    expect(await get('client', from)).toMatchObject({ dealCount: 0, version: 1 });
    expect(await get('client', into)).toMatchObject({ dealCount: 1, dealSum: '10.00', version: 1 });
    const other = await create(boss, 'deal', { name: 'E', customer: into });
    const [line] = (await firm.records.list(boss, { entity: 'line', filter: { deal: idOf(deal) } })).data;
    await patch(boss, 'line', idOf(line!), { deal: idOf(other) });
    expect(await get('deal', idOf(deal))).toMatchObject({ half: '0.00', version: 2 });
    expect(await get('deal', idOf(other))).toMatchObject({ total: '10.00', half: '5.00', version: 1 });
    expect(await get('client', into)).toMatchObject({ dealCount: 2, dealSum: '10.00' });
    await remove(boss, 'deal', idOf(other));
    expect(await get('client', into)).toMatchObject({ dealCount: 1 });
  });

  test('a hand-over needs `assign`, and lets only the owner leave the rows of the caller', async () => {
    const deal = await create(seller, 'deal', { name: 'H' });
    expect(await patch(seller, 'deal', idOf(deal), { assignee: firm.people.max })).toEqual({
      id: deal['id'],
      version: 2,
    });
    expect(await refused(() => patch(seller, 'deal', idOf(deal), { assignee: firm.people.mia }))).toMatchObject({
      status: 404,
    });
    const client = await create(seller, 'client', { name: 'H' });
    expect(await refused(() => patch(seller, 'client', idOf(client), { assignee: firm.people.max }))).toEqual({
      status: 403,
      code: 'FIELD_FORBIDDEN',
      errors: ['/assignee forbidden'],
    });
    const rows = firm.be('mia', 'updateCondition');
    const riga = await firm.add('deal', { name: 'R', city: 'Riga', assignee: firm.people.mia });
    const away = { assignee: firm.people.sue, city: 'Tartu' };
    expect(await refused(() => patch(rows, 'deal', riga, away))).toEqual({ status: 403, code: 'FORBIDDEN' });
    expect(await patch(rows, 'deal', riga, { assignee: firm.people.sue })).toMatchObject({ assignee: firm.people.sue });
  });

  test('there is one organisation, and it stays', async () => {
    const [one] = (await firm.records.list(boss, { entity: 'organisation' })).data;
    expect(await refused(() => create(boss, 'organisation', { name: 'Two' }))).toEqual({
      status: 409,
      code: 'CONFLICT',
    });
    expect(await refused(() => remove(boss, 'organisation', idOf(one!)))).toEqual({ status: 409, code: 'CONFLICT' });
    expect(await refused(() => restore(boss, 'organisation', idOf(one!)))).toEqual({ status: 404, code: 'NOT_FOUND' });
  });
});
