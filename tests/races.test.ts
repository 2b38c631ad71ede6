import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import { login, startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp, Reply } from './support/http-app.ts';

/** Many callers at once, through HTTP; on PostgreSQL through two servers of one database. */

type Row = Readonly<Record<string, unknown>>;

const WRITERS = 50;

describe.each(DIALECTS)('at once on %s', (dialect) => {
  let firm: HttpTestApp;
  let doors: readonly Caller[];
  let customer: string;

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    const urls = dialect === 'postgres' ? [firm.url, (await firm.another()).url] : [firm.url];
    doors = await Promise.all(urls.map((url) => login(url, 'olga@example.com')));
    customer = String((await post('/api/contacts', { name: 'Anna' })).json['id']);
  });
  afterAll(() => firm?.close());

  const post = (path: string, body: Row) => doors[0]!('POST', path, body);
  /** Callers in turn, all at the same moment. */
  const race = (count: number, send: (owner: Caller, index: number) => Promise<Reply>) =>
    Promise.all(Array.from({ length: count }, (_, index) => send(doors[index % doors.length]!, index)));
  const statuses = (replies: readonly Reply[]) => replies.map(({ status }) => status).sort((a, b) => a - b);

  test('fifty numbers have neither gaps nor doubles, refused orders in between give theirs back (R-75)', async () => {
    const replies = await race(WRITERS + 10, (owner, index) =>
      owner('POST', '/api/orders', index % 6 === 5 ? { customer, lines: [{ quantity: -1 }] } : { customer }),
    );
    expect(replies.filter(({ status }) => status === 422)).toHaveLength(10);
    const made = replies.filter(({ status }) => status === 201).map(({ json }) => String(json['number']));
    const expected = Array.from({ length: WRITERS }, (_, index) => `ORD-2026-${String(index + 1).padStart(4, '0')}`);
    expect(made.sort()).toEqual(expected);
  });

  test('of fifty who want one unique value one gets it, the others are told (R-75)', async () => {
    const replies = await race(WRITERS, (owner, index) =>
      owner('POST', '/api/products', { name: `P${index}`, sku: 'SKU-1' }),
    );
    expect(statuses(replies)).toEqual([201, ...lost(replies)]);
    for (const { status, json } of replies.filter((reply) => reply.status !== 201)) {
      expect([409, 422]).toContain(status);
      expect(['CONFLICT', 'VALIDATION']).toContain(json['code']);
    }
    const list = await doors[0]!('GET', '/api/products?filter[sku]=SKU-1&count=exact');
    expect(list.json['total']).toBe(1);
  });

  /** Statuses of those who came too late. */
  function lost(replies: readonly Reply[]): readonly number[] {
    return statuses(replies).slice(1);
  }

  test('of fifty who move a deal on one moves it: the gate holds once (R-75)', async () => {
    const deal = await post('/api/deals', { title: 'Race', customer, expectedOn: '2026-05-01' });
    const path = `/api/deals/${String(deal.json['id'])}`;
    const replies = await race(WRITERS, (owner) =>
      owner('POST', `${path}/move`, { to: 'offer' }, { 'If-Match': '"1"' }),
    );
    expect(statuses(replies)).toEqual([200, ...Array.from({ length: WRITERS - 1 }, () => 412)]);
    const changes = (await doors[0]!('GET', `${path}/changes`)).json['data'] as readonly Row[];
    expect(changes.filter(({ kind }) => kind === 'moved')).toHaveLength(1);
  });

  test('of moves to different stages only those the gate allows from where the deal stands get through', async () => {
    const deal = await post('/api/deals', { title: 'Race', customer, expectedOn: '2026-05-01' });
    const path = `/api/deals/${String(deal.json['id'])}`;
    const replies = await race(WRITERS, (owner, index) =>
      owner('POST', `${path}/move`, index % 2 === 0 ? { to: 'offer' } : { to: 'won' }),
    );
    for (const { status } of replies) expect([200, 422, 409]).toContain(status);
    const moves = ((await doors[0]!('GET', `${path}/changes`)).json['data'] as readonly Row[])
      .filter(({ kind }) => kind === 'moved')
      .map(({ fields }) => (fields as { stage: { before: string; after: string } }).stage);
    for (const { before, after } of moves)
      expect([
        ['new', 'offer'],
        ['offer', 'won'],
      ]).toContainEqual([before, after]);
    expect(moves.length).toBeLessThanOrEqual(2);
  });

  test('twenty writers of different fields of one record lose nothing (R-73)', async () => {
    const order = await post('/api/orders', { customer });
    const path = `/api/orders/${String(order.json['id'])}`;
    const fields = [
      'notes',
      'terms',
      'requirements',
      'shipName',
      'shipCity',
      'shipRegion',
      'shipCountry',
      'shipAddress',
      'shipPostalCode',
      'shippingMethod',
    ];
    const replies = await race(20, (owner, index) => owner('PATCH', path, { [fields[index % 10]!]: `w${index}` }));
    expect(statuses(replies)).toEqual(Array.from({ length: 20 }, () => 200));
    const after = (await doors[0]!('GET', path)).json;
    expect(after['version']).toBe(21);
    for (const [index, field] of fields.entries()) expect([`w${index}`, `w${index + 10}`]).toContain(after[field]);
    const changes = (await doors[0]!('GET', `${path}/changes?limit=100`)).json['data'] as readonly Row[];
    expect(changes.map(({ version }) => version)).toEqual(Array.from({ length: 21 }, (_, index) => 21 - index));
  });

  test('two saves one after the other work with the ETag of the first (R-73)', async () => {
    const order = await post('/api/orders', { customer });
    const path = `/api/orders/${String(order.json['id'])}`;
    let etag = order.headers.get('etag') ?? '';
    for (const notes of ['one', 'two', 'three']) {
      const saved = await doors.at(-1)!('PATCH', path, { notes }, { 'If-Match': etag });
      expect([saved.status, saved.json['notes']]).toEqual([200, notes]);
      etag = saved.headers.get('etag') ?? '';
    }
    const stale = await doors[0]!('PATCH', path, { notes: 'late' }, { 'If-Match': '"1"' });
    expect([stale.status, stale.json['code'], stale.json['current']]).toMatchObject([
      412,
      'CONFLICT',
      { notes: 'three' },
    ]);
  });

  test('fifty lines and payments of one order at once leave exact sums', async () => {
    const product = String((await post('/api/products', { name: 'Chai', price: '0.10' })).json['id']);
    const order = String((await post('/api/orders', { customer, freight: '19.99' })).json['id']);
    const replies = await race(WRITERS, (owner, index) =>
      index % 2 === 0
        ? owner('POST', '/api/order-lines', { order, product, quantity: 1 })
        : owner('POST', '/api/payments', { about: order, amount: '0.01' }),
    );
    expect(statuses(replies)).toEqual(Array.from({ length: WRITERS }, () => 201));
    expect((await doors[0]!('GET', `/api/orders/${order}`)).json).toMatchObject({
      total: '2.50',
      payable: '22.49',
      paid: '0.25',
      balance: '22.24',
      version: 1,
    });
  });

  test('a customer deleted while orders point to it leaves none pointing to nothing', async () => {
    const gone = String((await post('/api/contacts', { name: 'Gone' })).json['id']);
    const replies = await race(20, (owner, index) =>
      index === 10 ? owner('DELETE', `/api/contacts/${gone}`) : owner('POST', '/api/orders', { customer: gone }),
    );
    for (const { status } of replies) expect([201, 204, 409, 422]).toContain(status);
    const orders = await doors[0]!('GET', `/api/orders?filter[customer]=${gone}&count=exact`);
    const isGone = replies[10]?.status === 204;
    expect(orders.json['total']).toBe(isGone ? 0 : replies.filter(({ status }) => status === 201).length);
  });
});
