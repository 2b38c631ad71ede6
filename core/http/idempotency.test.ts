import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp, Reply } from '../../tests/support/http-app.ts';
import { sql } from '../storage/sql.ts';
import { forgetOldKeys } from './idempotency.ts';

const HOUR = 3_600_000;

describe.each(DIALECTS)('Idempotency-Key on %s (R-74)', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let clerk: Caller;
  let count = 0;

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    await firm.addUser({ email: 'carl@example.com', roles: ['clerk'] });
    owner = await firm.login('olga@example.com');
    clerk = await firm.login('carl@example.com');
  });
  afterAll(async () => firm?.close());

  const newKey = () => ({ 'Idempotency-Key': `key-${(count += 1)}` });
  const total = async (plural: string, name: string) =>
    (await owner('GET', `/api/${plural}?filter[name]=${name}&count=exact&limit=1`)).json['total'];
  /** All of an answer but the date. */
  const wholeOf = ({ status, headers, text }: Reply) =>
    [status, headers.get('location'), headers.get('etag'), headers.get('content-type'), text].join('\n');

  it('runs once, and answers the same to each of ten at once', async () => {
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const key = newKey();
        const send = () => owner('POST', '/api/products', { name: `Once${index}` }, key);
        const replies = await Promise.all(Array.from({ length: 10 }, send));
        expect(new Set(replies.map(wholeOf)).size).toBe(1);
        expect(replies[0]?.status).toBe(201);
        expect(await total('products', `Once${index}`)).toBe(1);
      }),
    );
  });

  it('gives the first answer a day later, though the record has changed', async () => {
    const key = newKey();
    const first = await owner('POST', '/api/products', { name: 'Keep' }, key);
    await owner('PATCH', `/api/products/${String(first.json['id'])}`, { name: 'Changed' });
    firm.pass(24 * HOUR);
    expect(wholeOf(await owner('POST', '/api/products', { name: 'Keep' }, key))).toBe(wholeOf(first));
  });

  it('keeps a refusal as well, to the letter, and leaves nothing of the work', async () => {
    const key = newKey();
    const rows = [{ name: 'HalfDone' }, { nmae: 'wrong' }];
    const replies = await Promise.all(Array.from({ length: 5 }, () => owner('POST', '/api/products', rows, key)));
    expect(new Set(replies.map(wholeOf)).size).toBe(1);
    expect([replies[0]?.status, replies[0]?.json['code']]).toEqual([422, 'VALIDATION']);
    expect(await total('products', 'HalfDone')).toBe(0);
    const corrected = await owner('POST', '/api/products', [{ name: 'HalfDone' }], key);
    expect([corrected.status, corrected.json['detail']]).toEqual([
      422,
      'This Idempotency-Key was used for another request. Use a new one.',
    ]);
  });

  it('holds for changes, moves, deletes and restores, with their preconditions', async () => {
    const made = (await owner('POST', '/api/contacts', { name: 'Acts' })).json;
    const path = `/api/contacts/${String(made['id'])}`;
    const acts: readonly [string, string, unknown, Record<string, string>][] = [
      ['PATCH', path, { city: 'Riga' }, { 'If-Match': '"1"' }],
      ['PATCH', path, { city: 'Tartu' }, { 'If-Match': '"1"' }],
      ['DELETE', path, undefined, {}],
      ['DELETE', path, undefined, { 'If-Match': '"9"' }],
      ['POST', `${path}/restore`, undefined, {}],
    ];
    const statuses: number[] = [];
    for (const [method, address, body, headers] of acts) {
      const key = { ...newKey(), ...headers };
      const first = await owner(method, address, body, key);
      expect(wholeOf(await owner(method, address, body, key))).toBe(wholeOf(first));
      statuses.push(first.status);
      if (method === 'PATCH') expect((await owner(method, address, { city: 'Other' }, key)).status).toBe(422);
    }
    expect(statuses).toEqual([200, 412, 204, 404, 200]);
    const kinds = ((await owner('GET', `${path}/changes`)).json['data'] as { kind: string }[]).map(({ kind }) => kind);
    expect(kinds).toEqual(['restored', 'deleted', 'updated', 'created']);
  });

  it('is each caller’s own, and each stranger network’s', async () => {
    const key = newKey();
    const own = await owner('POST', '/api/contacts', { name: 'Same key' }, key);
    const other = await clerk('POST', '/api/contacts', { name: 'Same key' }, key);
    expect([own.status, other.status, own.json['id'] === other.json['id']]).toEqual([201, 201, false]);
    const ask = (name: string) => firm.stranger('POST', '/forms/ask', { name, phone: '+372 5551 2345' }, key);
    expect([(await ask('Ivan')).status, (await ask('Ivan')).status, (await ask('Piotr')).status]).toEqual([
      201, 201, 422,
    ]);
    const deals = await owner('GET', '/api/deals?count=exact&limit=1&search=Ivan');
    expect(deals.json['total']).toBe(1);
  });

  it('binds a document’s key to its request as well', async () => {
    const key = newKey();
    const wanted = { template: 'nothing', entity: 'deal', id: '00000000-0000-7000-8000-000000000000' };
    expect((await owner('POST', '/documents', wanted, key)).status).toBe(404);
    expect((await owner('POST', '/api/products', { name: 'x' }, { 'Idempotency-Key': 'a b' })).status).toBe(400);
    expect((await owner('POST', '/api/products', { name: 'x' }, { 'Idempotency-Key': 'k'.repeat(256) })).status).toBe(
      400,
    );
  });

  it('keeps the first of uploads that are the same to the byte, and nothing of the others', async () => {
    const key = newKey();
    const send = (text: string, name = 'a.txt') => {
      const form = new FormData();
      form.append('file', new Blob([text], { type: 'text/plain' }), name);
      return owner('POST', '/files', form, key);
    };
    const files = async () => (await firm.app.db.read(sql`select "id" from "_files"`)).length;
    const before = await files();
    const replies = await Promise.all(Array.from({ length: 5 }, () => send('the same')));
    expect(replies[0]?.status, replies[0]?.text).toBe(201);
    expect(new Set(replies.map(wholeOf)).size).toBe(1);
    expect([(await send('something else')).status, (await send('the same', 'b.txt')).status]).toEqual([422, 422]);
    expect(await files()).toBe(before + 1);
    expect((await owner('GET', `/files/${String(replies[0]?.json['id'])}`)).text).toBe('the same');
  });

  it('runs a dead job again once', async () => {
    await firm.app.db.transaction((tx) =>
      firm.app.jobs.enqueue(tx, { kind: 'nothing', key: `dead-${dialect}`, payload: {}, attempts: 1 }),
    );
    await firm.app.jobs.drain();
    const [dead] = await firm.app.jobs.listJobs({ state: 'dead' });
    const key = newKey();
    const again = () => owner('POST', `/jobs/${String(dead?.id)}/retry`, undefined, key);
    const first = await again();
    expect([first.status, first.json['state']]).toEqual([200, 'ready']);
    await firm.app.jobs.drain();
    expect(wholeOf(await again())).toBe(wholeOf(first));
    expect((await firm.app.jobs.listJobs({ state: 'dead' })).map(({ id }) => id)).toEqual([dead?.id]);
    expect((await owner('POST', '/jobs/nothing/retry', undefined, newKey())).status).toBe(404);
  });

  it('forgets by a sweep, not while requests wait', async () => {
    const rows = async () => {
      const [row] = await firm.app.db.read<{ n: number | string }>(sql`select count(*) as "n" from "_idempotency"`);
      return Number(row?.n);
    };
    const before = await rows();
    expect(before).toBeGreaterThan(0);
    let now = 0;
    const [newest] = await firm.app.db.read<{ at: string }>(sql`select max("createdAt") as "at" from "_idempotency"`);
    now = Date.parse(newest?.at ?? '') + 25 * HOUR;
    await forgetOldKeys(firm.app.db, { now: () => now });
    const kept = await rows();
    now += 24 * HOUR;
    await forgetOldKeys(firm.app.db, { now: () => now });
    expect([kept > 0, await rows()]).toEqual([true, 0]);
  });
});
