import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp, Reply } from '../../tests/support/http-app.ts';
import { sql } from '../storage/sql.ts';

type Json = Record<string, unknown>;

const UNKNOWN = '018f0000-0000-7000-8000-000000000000';

const FILES = {
  'schemas/entities/boat.json': {
    $id: 'boat',
    title: 'Boat',
    type: 'object',
    'x-entity': { plural: 'boats', display: '{{name}}', owner: 'skipper' },
    required: ['name'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', maxLength: 10 },
      sign: { type: 'string', maxLength: 20, 'x-field': { unique: true } },
      mail: { type: 'string', format: 'email' },
      crew: { type: 'integer', minimum: 1 },
      price: { 'x-field': { type: 'money' } },
      built: { type: 'string', format: 'date' },
      owner: { 'x-field': { to: 'contact' } },
      skipper: { 'x-field': { to: 'user' } },
    },
  },
  'schemas/roles/mate.json': {
    name: 'mate',
    title: 'Mate',
    entities: {
      boat: { read: { crew: { gt: 1 } }, update: { crew: { gt: 2 } }, fields: { price: 'hidden', mail: 'read' } },
      contact: { read: 'own' },
    },
    operations: ['massEdit'],
  },
};

describe.each(DIALECTS)('the doors of batches on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let mate: Caller;

  beforeAll(async () => {
    firm = await startHttpApp(dialect, { files: FILES });
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    await firm.addUser({ email: 'mat@example.com', roles: ['mate'] });
    owner = await firm.login('olga@example.com');
    mate = await firm.login('mat@example.com');
  });
  afterAll(async () => firm?.close());

  const add = async (...boats: readonly Json[]) => {
    const made = await owner('POST', '/api/boats', boats);
    expect(made.status, made.text).toBe(201);
    return (made.json['data'] as Json[]).map(({ id }) => String(id));
  };
  const edit = (caller: Caller, body: Json, headers: Readonly<Record<string, string>> = {}) =>
    caller('POST', '/api/boats/batch', body, headers);
  const crews = async (ids: readonly string[]) =>
    Promise.all(ids.map(async (id) => (await owner('GET', `/api/boats/${id}`)).json['crew']));
  /** Number and kinds of all changes there are, so that "and no others" can be said. */
  const ledger = async () =>
    (
      await firm.app.db.read<{ kind: string; n: number | string }>(
        sql`select "kind", count(*) as n from "_changes" where "entity" = 'boat' group by "kind" order by "kind"`,
      )
    ).map(({ kind, n }) => `${kind} ${n}`);
  const refusalOf = ({ status, json }: Pick<Reply, 'status' | 'json'>) => ({
    status,
    code: json['code'],
    errors: ((json['errors'] ?? []) as Json[]).map(({ path, code }) => `${String(path)} ${String(code)}`),
  });

  it('R-03, R-72: take only what is known, and no edit of everything', async () => {
    await add({ name: 'a', crew: 1 });
    const before = await ledger();
    const patch = { crew: 9 };
    const wrong: readonly Json[] = [
      {},
      { patch },
      { filter: {}, patch },
      { filter: { all: [] }, patch },
      { filter: { not: { any: [] } }, patch },
      { filter: { crew: 1 }, ids: [UNKNOWN], patch },
      { ids: [], patch },
      { ids: 'x', patch },
      { ids: [1], patch },
      { ids: [UNKNOWN] },
      { ids: [UNKNOWN], patch: {} },
      { ids: [UNKNOWN], patch, delete: true },
      { ids: [UNKNOWN], delete: false },
      { ids: [UNKNOWN], patch, dryRun: 'yes' },
      { ids: [UNKNOWN], patch, onError: 'ignore' },
      { ids: [UNKNOWN], patch, wherever: 1 },
      { filter: { nonsense: 1 }, patch },
      { filter: { crew: { near: 1 } }, patch },
      { filter: 'crew = 1', patch },
      { filter: null, patch },
    ];
    for (const body of wrong) expect([body, (await edit(owner, body)).status]).toEqual([body, 400]);
    expect((await edit(owner, { ids: [UNKNOWN], move: { to: 'won' } })).status).toBe(404);
    expect((await owner('POST', '/api/boats/batch?all=1', { ids: [UNKNOWN], patch })).status).toBe(400);
    expect((await owner('GET', '/api/boats/batch')).status).toBe(405);
    expect((await owner('POST', '/api/nothing/batch', { ids: [UNKNOWN], patch })).status).toBe(404);
    expect((await firm.stranger('POST', '/api/boats/batch', { ids: [UNKNOWN], patch })).status).toBe(401);
    expect(await ledger()).toEqual(before);
  });

  it('D-5: an invalid record has one code and one place, by whichever door', async () => {
    const contact = await owner('POST', '/api/contacts', { name: 'Away' });
    await owner('DELETE', `/api/contacts/${String(contact.json['id'])}`);
    const [id = ''] = await add({ name: 'b', crew: 3, sign: 'ES 1' });
    await add({ name: 'c', sign: 'ES 2' });
    const before = await ledger();
    const wrong: readonly Json[] = [
      { name: null },
      { name: 'longer than ten' },
      { mail: 'no mail' },
      { crew: 0 },
      { crew: 'many' },
      { built: '2026-02-30' },
      { price: '1.234' },
      { sign: 'es 2', crew: 0, name: '' },
      { owner: UNKNOWN },
      { owner: contact.json['id'] },
      { nmae: 'x' },
      { version: 7 },
      { createdBy: null },
    ];
    for (const patch of wrong) {
      const single = refusalOf(await owner('PATCH', `/api/boats/${id}`, patch));
      expect(single.status).toBe(422);
      for (const more of [{}, { dryRun: true }]) {
        const many = await edit(owner, { ids: [id], patch, ...more });
        expect([patch, refusalOf(many)]).toEqual([patch, single]);
        expect(many.json['record']).toBe(id);
      }
      const [failure] = (await edit(owner, { ids: [id], patch, onError: 'skip' })).json['failed'] as Json[];
      expect(refusalOf({ status: 422, json: failure ?? {} })).toEqual(single);
    }
    expect(await ledger()).toEqual(before);
  });

  it('D-5: the undo refuses what became invalid meanwhile, in the words of a single change', async () => {
    const [id = ''] = await add({ name: 'd', sign: 'ES 9' });
    const { json } = await edit(owner, { ids: [id], patch: { sign: 'ES 10' } });
    await add({ name: 'e', sign: 'ES 9' });
    const single = await owner('PATCH', `/api/boats/${id}`, { sign: 'ES 9' });
    const undone = await owner('POST', `/batches/${String(json['batch'])}/undo`);
    const [conflict] = undone.json['conflicts'] as Json[];
    expect(undone.status).toBe(200);
    expect(conflict).toMatchObject({ id, code: single.json['code'], message: single.json['detail'], fields: ['sign'] });
  });

  it('write all or nothing, or skip what is refused, or only try', async () => {
    const ids = await add({ name: 'f', crew: 5 }, { name: 'g', crew: 6 }, { name: 'h', crew: 7, sign: 'X' });
    const [first = '', second = '', third = ''] = ids;
    const before = await ledger();
    const stopped = await edit(owner, { ids: [...ids, UNKNOWN], patch: { crew: 8 } });
    expect([stopped.status, stopped.json['code'], stopped.json['record']]).toEqual([404, 'NOT_FOUND', UNKNOWN]);
    expect([await crews(ids), await ledger()]).toEqual([[5, 6, 7], before]);
    const body = { ids: [...ids, UNKNOWN, first.toUpperCase()], patch: { crew: 6 }, onError: 'skip' };
    const report = {
      matched: 4,
      changed: 2,
      unchanged: 1,
      failed: [{ id: UNKNOWN, code: 'NOT_FOUND', message: 'There is no such record.', errors: [] }],
    };
    expect((await edit(owner, { ...body, dryRun: true })).json).toEqual({ batch: null, ...report });
    expect([await crews(ids), await ledger()]).toEqual([[5, 6, 7], before]);
    const skipped = await edit(owner, body);
    expect(skipped.json).toEqual({ batch: expect.any(String), ...report });
    expect(await crews(ids)).toEqual([6, 6, 6]);
    const nothing = await edit(owner, { ids: [second], patch: { crew: 6 } });
    expect(nothing.json).toEqual({ batch: null, matched: 1, changed: 0, unchanged: 1, failed: [] });
    const [change] = (await owner('GET', `/api/boats/${third}/changes?limit=1`)).json['data'] as Json[];
    expect(change).toMatchObject({
      kind: 'updated',
      door: 'batch',
      batch: skipped.json['batch'],
      by: { name: 'olga' },
      fields: { crew: { before: 7, after: 6 } },
    });
    const shown = await owner('GET', `/batches/${String(skipped.json['batch'])}`);
    expect(shown.json).toMatchObject({ title: 'Boats: change', counts: { updated: 2, failed: 1 }, state: 'done' });
  });

  it('delete and restore many, and refuse an owner nobody may be', async () => {
    const ids = await add({ name: 'i', crew: 20 }, { name: 'j', crew: 21 });
    const gone = await edit(owner, { filter: { crew: { gte: 20 } }, delete: true });
    expect(gone.json).toMatchObject({ matched: 2, changed: 2 });
    expect((await owner('GET', `/api/boats/${ids[0]}`)).status).toBe(404);
    const back = await edit(owner, { filter: { crew: { gte: 20 } }, restore: true });
    expect(back.json).toMatchObject({ matched: 2, changed: 2 });
    expect(await crews(ids)).toEqual([20, 21]);
  });

  it('move many through the gate, and back', async () => {
    const contact = await owner('POST', '/api/contacts', { name: 'Mover' });
    const made = await owner('POST', '/api/deals', [
      { title: 'M1', customer: contact.json['id'] },
      { title: 'M2', customer: contact.json['id'] },
    ]);
    const ids = (made.json['data'] as Json[]).map(({ id }) => String(id));
    const move = (body: Json) => owner('POST', '/api/deals/batch', { ids, ...body });
    const single = refusalOf(await owner('POST', `/api/deals/${ids[0]}/move`, { to: 'offer' }));
    expect(refusalOf(await move({ move: { to: 'offer' } }))).toEqual(single);
    const done = await move({ move: { to: 'offer', set: { expectedOn: '2026-05-01' }, note: 'All at once' } });
    expect(done.json).toMatchObject({ matched: 2, changed: 2 });
    const [change] = (await owner('GET', `/api/deals/${ids[1]}/changes?limit=1`)).json['data'] as Json[];
    expect(change).toMatchObject({ kind: 'moved', note: 'All at once', batch: done.json['batch'] });
    const undone = await owner('POST', `/batches/${String(done.json['batch'])}/undo`, {});
    expect(undone.json).toMatchObject({ restored: 2, left: 0 });
    const deal = await owner('GET', `/api/deals/${ids[0]}`);
    expect(deal.json).toMatchObject({ stage: 'new', expectedOn: null });
  });

  it('R-02, R-05, R-08: rights hold record by record and field by field, hidden ones as if they were not there', async () => {
    const ids = await add(
      { name: 'k', crew: 1, price: '5.00' },
      { name: 'l', crew: 2, price: '5.00' },
      { name: 'm', crew: 3, price: '5.00' },
    );
    const [unseen = '', readable = '', writable = ''] = ids;
    const of = (id: string, patch: Json = { built: '2020-01-01' }) => edit(mate, { ids: [id], patch });
    const strip = (reply: Reply) => ({ ...refusalOf(reply), detail: reply.json['detail'] });
    expect(strip(await of(unseen))).toEqual(strip(await of(UNKNOWN)));
    expect(strip(await of('no-id'))).toEqual(strip(await of(UNKNOWN)));
    expect((await of(readable)).status).toBe(403);
    expect((await of(writable)).json).toMatchObject({ changed: 1 });
    expect(refusalOf(await of(writable, { mail: 'a@b.ee' }))).toEqual({
      status: 403,
      code: 'FIELD_FORBIDDEN',
      errors: ['/mail forbidden'],
    });
    expect(refusalOf(await of(writable, { price: '1' })).errors).toEqual(['/price unknown']);
    const byHidden = await edit(mate, { filter: { price: '5.00' }, patch: { built: '2021-01-01' } });
    const byUnknown = await edit(mate, { filter: { prize: '5.00' }, patch: { built: '2021-01-01' } });
    expect([byHidden.status, byUnknown.status]).toEqual([400, 400]);
    const skipped = await edit(mate, { ids, patch: { built: '2022-01-01' }, onError: 'skip' });
    expect(skipped.json).toMatchObject({ matched: 3, changed: 1 });
    expect((skipped.json['failed'] as Json[]).map(({ code }) => code)).toEqual(['NOT_FOUND', 'FORBIDDEN']);
    expect((await edit(mate, { ids, delete: true })).status).toBe(403);
    await firm.addUser({ email: 'carl@example.com', roles: ['clerk'] });
    const clerk = await firm.login('carl@example.com');
    const patch = { city: 'Riga' };
    expect((await clerk('POST', '/api/contacts/batch', { ids: [UNKNOWN], patch })).status).toBe(403);
    const own = await mate('GET', '/batches');
    expect((own.json['data'] as Json[]).map(({ kind }) => kind)).toEqual(['massEdit', 'massEdit']);
    for (const path of [`/batches/${UNKNOWN}`, '/batches/x']) expect((await mate('GET', path)).status).toBe(404);
    const [foreign] = (await owner('GET', '/batches?limit=1')).json['data'] as Json[];
    expect(foreign?.['by']).toMatchObject({ name: 'mat' });
    expect((await clerk('GET', `/batches/${String(foreign?.['id'])}`)).status).toBe(404);
    expect((await clerk('POST', `/batches/${String(foreign?.['id'])}/undo`)).status).toBe(404);
    expect((await firm.stranger('GET', '/batches')).status).toBe(401);
    expect((await owner('GET', '/batches?state=done')).status).toBe(400);
    expect((await owner('POST', `/batches/${String(foreign?.['id'])}/undo`, { dryrun: true })).status).toBe(400);
  });

  it('do a keyed edit and a keyed undo once, and answer them again', async () => {
    const ids = await add({ name: 'n', crew: 30 }, { name: 'o', crew: 30 });
    const key = { 'Idempotency-Key': 'edit-1' };
    const one = await edit(owner, { ids, patch: { crew: 31 }, onError: 'skip' }, key);
    const again = await edit(owner, { ids, patch: { crew: 31 }, onError: 'skip' }, key);
    expect([one.status, again.text]).toEqual([200, one.text]);
    const undo = () => owner('POST', `/batches/${String(one.json['batch'])}/undo`, {}, { 'Idempotency-Key': 'undo-1' });
    const [first, second] = [await undo(), await undo()];
    expect([first.status, second.text]).toEqual([200, first.text]);
    expect(await crews(ids)).toEqual([30, 30]);
    expect((await edit(owner, { ids, patch: { crew: 32 } }, key)).status).toBe(422);
  });

  it('refuse more than can be done at once, and say how', async () => {
    const ids = Array.from({ length: 10_001 }, (_, index) => `${index}`);
    expect((await edit(owner, { ids, patch: { crew: 5 } })).status).toBe(400);
    const change = { kind: 'delete' } as const;
    await expect(
      firm.app.records.batches.edit(firm.app.system('test'), { entity: 'boat', ids, change }),
    ).rejects.toThrow('"ids" names 10,001 records; at most 10,000 are changed at once. Send them in parts.');
  });
});
