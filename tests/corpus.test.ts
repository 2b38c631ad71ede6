import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import type { Dialect } from './support/databases.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp, Reply } from './support/http-app.ts';

/** What people and hostile programs type, through every door, on both databases. */

type Row = Readonly<Record<string, unknown>>;

/** One number in twelve spellings and more (D-7). */
const SPELLINGS = [
  '8 (495) 123-45-67',
  '8(495)1234567',
  '84951234567',
  '+7 495 123 45 67',
  '+7 (495) 123-45-67',
  '+74951234567',
  '7 495 123-45-67',
  '74951234567',
  '007 495 123 45 67',
  '8.495.123.45.67',
  '8 495 123–45–67',
  '８ (４９５) １２３-４５-６７',
  '8 (495) 123-45-67 доб. 12',
  '+7 495 123 45 67 ext 5',
  'tel:+7-495-123-45-67',
  '  8 495 1234567  ',
];

describe.each(DIALECTS)('on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    owner = await firm.login('olga@example.com');
  });
  afterAll(() => firm?.close());

  const data = (reply: Reply): readonly Row[] => {
    expect(reply.status, reply.text).toBe(200);
    return reply.json['data'] as readonly Row[];
  };
  const where = (filter: unknown) => `filter=${encodeURIComponent(JSON.stringify(filter))}`;
  const create = async (entity: string, input: Row): Promise<Row> => {
    const reply = await owner('POST', `/api/${entity}`, input);
    expect(reply.status, reply.text).toBe(201);
    return reply.json;
  };

  describe('one phone number in many spellings (D-7)', () => {
    let client: string;

    beforeAll(async () => {
      firm.pass(61_000);
      await firm.stranger('POST', '/forms/ask', { name: 'Ivan', phone: SPELLINGS[0] });
      const [only] = data(await owner('GET', `/api/contacts?${where({ name: 'Ivan' })}`));
      client = String(only?.['id']);
    });

    test.each(SPELLINGS)(
      '%s: by form the same client, by API the same number, found by filter and search',
      async (typed) => {
        firm.pass(1_100);
        expect((await firm.stranger('POST', '/forms/ask', { name: 'Ivan', phone: typed })).status).toBe(201);
        expect(data(await owner('GET', `/api/contacts?${where({ name: 'Ivan' })}`)).map(({ id }) => id)).toEqual([
          client,
        ]);
        const made = await create('companies', { name: typed, phone: typed });
        expect([made['phone'], made['phone:typed']]).toEqual(['+74951234567', typed.trim()]);
        for (const filter of [{ phone: typed }, { phone: { in: [typed] } }, { phone: { startsWith: typed } }]) {
          const found = data(await owner('GET', `/api/contacts?${where(filter)}`));
          expect(
            found.map(({ id }) => id),
            JSON.stringify(filter),
          ).toEqual([client]);
        }
        const searched = data(await owner('GET', `/api/contacts?search=${encodeURIComponent(typed)}`));
        expect(searched.map(({ id }) => id)).toEqual([client]);
        const everywhere = data(await owner('GET', `/search?q=${encodeURIComponent(typed)}`));
        expect(everywhere.map(({ id }) => id)).toContain(client);
      },
    );
  });

  test("a number without its country is read by the record's, else by the organisation's, else kept as typed", async () => {
    const read = async (input: Row) => (await create('contacts', { name: 'x', ...input }))['phone'];
    const [organisation] = data(await owner('GET', '/api/organisation'));
    const path = `/api/organisation/${String(organisation?.['id'])}`;
    expect(await read({ phone: '2612 3456', country: 'LV' })).toBe('+37126123456');
    expect(await read({ phone: '5123 4567' })).toBe('+37251234567');
    expect(await read({ phone: '030 12345678', country: 'DE' })).toBe('+493012345678');
    // A country nobody has numbers of stands for an organisation without one.
    const without = await owner('PATCH', path, { country: 'ZZ' });
    expect(without.status, without.text).toBe(200);
    expect(await read({ phone: '5123 9999' })).toBe('5123 9999');
    expect(await read({ phone: '8 (495) 123-45-67' })).toBe('+74951234567');
    const found = data(await owner('GET', `/api/contacts?${where({ phone: '51-23-99-99' })}`));
    expect(found.map(({ phone }) => phone)).toEqual(['5123 9999']);
    await owner('PATCH', path, { country: 'EE' });
  });

  test('amounts add up exactly: 19.99 and ten times 0.10 are 20.99 (R-22)', async () => {
    const customer = String((await create('contacts', { name: 'Sum' }))['id']);
    const prices = ['19.99', ...Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? '0.10' : 0.1))];
    const deal = await create('deals', { title: 'Sum', customer, lines: prices.map((price) => ({ price })) });
    expect(deal).toMatchObject({ total: '20.99', balance: '20.99' });
    const path = `/api/deal-lines/aggregate?measures=sum(amount),avg(amount)&${where({ deal: deal['id'] })}`;
    expect(data(await owner('GET', path))).toEqual([{ 'sum(amount)': '20.99', 'avg(amount)': '1.91' }]);
  });

  test.each([
    ['{"name":"x","price":9007199254740993}', 422],
    ['{"name":"x","price":0.1000000000000000055}', 422],
    ['{"name":"x","price":1e999}', 422],
    ['{"name":"x","stock":9007199254740993}', 422],
    ['{"name":"x","price":1E2}', 201],
    ['{"name":"x","price":-0.0}', 201],
    ['{"name":"x","price":"92233720368547758.08"}', 422],
    ['{"name":"x","price":"92233720368547758.07"}', 201],
  ])('a number that would lose digits is refused: %s (R-22)', async (body, status) => {
    const reply = await owner('POST', '/api/products', body, { 'Content-Type': 'application/json' });
    expect([reply.status, reply.text]).toEqual([status, expect.any(String)]);
  });

  test('a sum too large to be stored is told, never a broken figure (R-22)', async () => {
    const customer = String((await create('contacts', { name: 'Rich' }))['id']);
    const most = { price: '92233720368547758.07' };
    const reply = await owner('POST', '/api/deals', { title: 'Rich', customer, lines: [most, most] });
    expect([reply.status, reply.json['code']]).toEqual([422, 'VALIDATION']);
    expect(data(await owner('GET', `/api/deals?${where({ title: 'Rich' })}`))).toEqual([]);
    for (const name of ['a', 'b']) await create('products', { name, category: 'rich', ...most });
    const path = `/api/products/aggregate?measures=sum(price),avg(price)&${where({ category: 'rich' })}`;
    expect(data(await owner('GET', path))).toEqual([
      { 'sum(price)': '184467440737095516.14', 'avg(price)': '92233720368547758.07' },
    ]);
  });

  describe('text of any script (R-23)', () => {
    const texts = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), { numRuns: 150, seed: 7 });
    const clean = texts
      .map((text) => text.replaceAll('\u0000', '').replace(/\r\n?/g, '\n'))
      .filter((text) => text !== '');

    test('bytes back equal bytes in, are found by equality, and sort alike', async () => {
      const rows = clean.map((text, index) => ({ name: `text ${index}`, city: text }));
      const reply = await owner('POST', '/api/contacts', rows);
      expect(reply.status, reply.text.slice(0, 300)).toBe(201);
      const made = reply.json['data'] as readonly Row[];
      expect(made.map(({ city }) => city)).toEqual(clean);
      for (const [index, text] of clean.entries()) {
        const found = data(await owner('GET', `/api/contacts?limit=1000&${where({ city: text })}`));
        expect(found.map(({ id }) => id)).toContain(made[index]?.['id']);
        expect(found.every(({ city }) => city === text)).toBe(true);
      }
      sorted[dialect] = data(
        await owner(
          'GET',
          `/api/contacts?limit=1000&sort=city,name&fields=city&${where({ name: { startsWith: 'text ' } })}`,
        ),
      ).map(({ city }) => city);
    });

    test.each([
      ['NUL', 'a\u0000b'],
      ['a lone high surrogate', 'a\ud83d'],
      ['a lone low surrogate', '\ude00b'],
      ['surrogates in the wrong order', '\ude00\ud83d'],
    ])('%s is refused by every door', async (_name, text) => {
      expect((await owner('POST', '/api/contacts', { name: text })).status).toBe(422);
      firm.pass(1_100);
      expect((await firm.stranger('POST', '/forms/ask', { name: text, phone: '+3725123456' })).status).toBe(422);
      expect((await owner('GET', `/api/contacts?${where({ name: text })}`)).status).toBe(400);
      expect((await owner('GET', `/api/contacts?${where({ name: { contains: text } })}`)).status).toBe(400);
    });

    test('length counts characters, not units: 80 pictures fit, 81 do not, in the database too', async () => {
      expect((await owner('POST', '/api/contacts', { name: 'x', city: '👩'.repeat(80) })).status).toBe(201);
      const reply = await owner('POST', '/api/contacts', { name: 'x', city: '👩'.repeat(81) });
      expect(reply.json['errors']).toMatchObject([{ path: '/city', code: 'maxLength', params: { limit: 80 } }]);
    });

    test('composed and decomposed letters stay as they came, and each is found by the other', async () => {
      const [nfc, nfd] = ['Žūrnāls', 'Žūrnāls'.normalize('NFD')];
      for (const name of [nfc, nfd]) expect((await create('companies', { name }))['name']).toBe(name);
      for (const part of [nfc, nfd, 'zurnals']) {
        const found = data(await owner('GET', `/api/companies?sort=id&${where({ name: { contains: part } })}`));
        expect(found.map(({ name }) => name)).toEqual([nfc, nfd]);
      }
    });
  });

  /** Ids, secrets and tokens are texts and nothing else. */
  describe('wrong JSON types in place of ids and secrets (R-19)', () => {
    const WRONG: readonly unknown[] = [{}, { $ne: null }, { eq: 'x' }, [], [null], 5, true, -1, 1.5];

    test.each(WRONG.map((value) => [JSON.stringify(value), value] as const))('%s', async (_text, value) => {
      const refusals: readonly (readonly [string, string, unknown])[] = [
        ['POST', '/api/deals', { title: 'x', customer: value }],
        ['POST', '/api/orders', { customer: value }],
        ['POST', '/api/orders', { customer: { entity: 'company', id: value } }],
        ['POST', '/api/orders', { customer: { entity: value, id: 'x' } }],
        ['POST', '/api/tasks', { title: 'x', assignee: value, about: value }],
        ['POST', '/api/documents', { title: 'x', file: value }],
        ['POST', '/api/users', { name: 'x', email: value, roles: ['owner'] }],
        ['POST', '/auth/login', { email: value, password: 'x' }],
        ['POST', '/auth/login', { email: 'olga@example.com', password: value }],
        ['POST', '/auth/password', { token: value, password: 'a long and honest password' }],
        ['POST', '/auth/password', { token: 'x', password: value }],
        ['POST', '/auth/invites', { user: value }],
        ['POST', '/auth/keys', { name: value, roles: ['owner'] }],
        ['POST', '/api/deals/x/move', { to: value }],
      ];
      for (const [method, path, body] of refusals) {
        const reply = await owner(method, path, body);
        expect([path, reply.status >= 400 && reply.status < 500], reply.text).toEqual([path, true]);
      }
      const filters = [{ id: value }, { customer: value }, { assignee: value }, { id: { in: value } }];
      for (const filter of filters) {
        const reply = await owner('GET', `/api/deals?${where(filter)}`);
        const isEmptyList = Array.isArray(value) && reply.status === 200;
        expect([JSON.stringify(filter), isEmptyList || reply.status === 400], reply.text).toEqual([
          JSON.stringify(filter),
          true,
        ]);
      }
    });
  });
});

const sorted: Partial<Record<Dialect, readonly unknown[]>> = {};

test('both databases sort every script alike (R-23)', () => {
  expect(sorted.sqlite?.length).toBeGreaterThan(100);
  expect(sorted.postgres).toEqual(sorted.sqlite);
});
