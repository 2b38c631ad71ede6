import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp, Reply } from '../../tests/support/http-app.ts';
import { accessOf } from '../access/access.ts';
import { sql } from '../storage/sql.ts';
import { describeApi } from './openapi.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const NO_ID = '00000000-0000-7000-8000-000000000000';
/** What an answer must never hold: a stack, a statement, a path of the machine, the version of anything. */
const LEAK =
  /\bat .+\.[jt]s:\d|node_modules|\bselect .+ from\b|insert into|syntax error|sqlite|postgres|sequelize|express|\/(tmp|home|work|root|usr)\//i;

describe.each(DIALECTS)('what a hostile caller sends to %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let contact: string;
  let before: string;

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    owner = await firm.login('olga@example.com');
    contact = String((await owner('POST', '/api/contacts', { name: 'Victim', email: 'v@example.com' })).json['id']);
    before = await digest();
  });
  afterAll(async () => firm?.close());
  // Whatever was refused has changed nothing, and nobody’s prototype.
  afterEach(async () => {
    expect(await digest()).toBe(before);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect((await firm.stranger('GET', '/health')).status).toBe(200);
  });

  async function digest(): Promise<string> {
    const tables = [
      sql`select count(*) as "n", max("seq") as "last" from "_changes" where "entity" <> 'user'`,
      sql`select count(*) as "n", max("version") as "last" from "contact"`,
    ];
    return JSON.stringify(await Promise.all(tables.map((query) => firm.app.db.read(query))));
  }

  /** Refused as a mistake of the caller, in the one form, with a stable code and nothing of the inside. */
  function expectRefused(reply: Reply, what: string): number {
    expect(reply.status, `${what}: ${reply.text.slice(0, 300)}`).toBeGreaterThanOrEqual(400);
    expect(reply.status, `${what}: ${reply.text.slice(0, 300)}`).toBeLessThan(500);
    expect(reply.headers.get('content-type'), what).toBe('application/problem+json; charset=utf-8');
    expect(reply.json['requestId'], what).toBe(reply.headers.get('x-request-id'));
    expect(reply.text, what).not.toMatch(LEAK);
    return reply.status;
  }

  const operations = () => {
    const model = firm.app.model();
    const document = describeApi(model, accessOf(model, firm.app.system('test').principal));
    return Object.entries(document['paths'] as Record<string, Record<string, object>>).flatMap(([path, item]) =>
      Object.keys(item)
        .filter((method) => method !== 'parameters')
        .map((method) => ({
          path: path.replaceAll(/\{\w+\}/g, NO_ID),
          method: method.toUpperCase(),
          operation: item[method]!,
        })),
    );
  };

  it('an unknown parameter is refused at every door (R-03)', async () => {
    for (const { path, method } of operations()) {
      const body = method === 'GET' || method === 'DELETE' ? undefined : {};
      const reply = await owner(method, `${path}?zz_unknown=1`, body);
      expectRefused(reply, `${method} ${path}`);
      expect([400, 404, 415, 422], `${method} ${path}`).toContain(reply.status);
      if (method === 'GET' && !path.includes(NO_ID)) expect(reply.status, path).toBe(400);
    }
  }, 120_000);

  it('an unknown key of a body is refused at every door (R-03)', async () => {
    for (const { path, method, operation } of operations()) {
      if (!('requestBody' in operation)) continue;
      const reply = await owner(method, path, { zz_unknown: 1 });
      expectRefused(reply, `${method} ${path}`);
    }
  }, 120_000);

  it.each([
    ['a text longer than its field', '/api/contacts', { name: 'x'.repeat(500) }, '/name maxLength'],
    ['an option that is none', '/api/contacts', { name: 'x', source: 'root' }, '/source option'],
    ['a text for a number', '/api/tasks', { title: 'x', dueAt: '12abc' }, '/dueAt format'],
    ['a text for yes or no', '/api/users', { name: 'x', email: 'x@example.com', active: 'yes' }, '/active type'],
    ['a day that does not exist', '/api/contacts', { name: 'x', birthday: '2026-02-30' }, '/birthday'],
    ['an instant without an offset', '/api/tasks', { title: 'x', dueAt: '2026-02-01T10:00:00' }, '/dueAt'],
    ['a NUL', '/api/contacts', { name: 'a\u0000b' }, '/name'],
    ['half a character', '/api/contacts', { name: 'a\ud800b' }, '/name'],
    ['an amount with a letter', '/api/products', { name: 'x', price: '1O.00' }, '/price'],
    [
      'what is nobody’s to set',
      '/api/contacts',
      { name: 'x', version: 9, createdAt: '2020-01-01T00:00:00Z', id: NO_ID },
      '',
    ],
  ])('%s is refused alike on both databases (R-16)', async (_what, path, body, place) => {
    const reply = await owner('POST', path, body);
    expectRefused(reply, path);
    expect([403, 422]).toContain(reply.status);
    const places = (reply.json['errors'] as { path: string; code: string }[]).map(
      (error) => `${error.path} ${error.code}`,
    );
    expect(
      places.some((found) => found.startsWith(place)),
      JSON.stringify(places),
    ).toBe(true);
  });

  it.each([
    ['depth', 400, '['.repeat(40_000)],
    ['closed depth', 400, `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`],
    ['keys', 400, `{${Array.from({ length: 1001 }, (_, index) => `"k${index}":1`).join()}}`],
    ['items', 400, `{"name":[${'1,'.repeat(10_000)}1]}`],
    ['bytes', 413, `{"name":"${'x'.repeat(1_048_576)}"}`],
    ['digits', 422, `{"name":${'9'.repeat(400_000)}}`],
    ['rows', 400, `[${'{},'.repeat(1000)}{}]`],
  ])('a bomb of %s is refused before anything looks at it (R-17)', async (_what, status, body) => {
    const started = performance.now();
    const reply = await owner('POST', '/api/contacts', body, JSON_TYPE);
    expectRefused(reply, _what);
    expect(reply.status).toBe(status);
    expect(performance.now() - started).toBeLessThan(2000);
    expectRefused(await owner('GET', `/api/contacts?filter=${encodeURIComponent(body.slice(0, 3000))}`), 'in a filter');
  });

  it('a key that reaches a prototype is refused in every format (R-18)', async () => {
    for (const key of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__', 'const\\u0072uctor']) {
      const bodies = [
        `{"name":"x","${key}":{"polluted":1}}`,
        `{"${key}":{"polluted":1}}`,
        `[{"name":"x","${key}":{"polluted":1}}]`,
        `{"name":"x","address":{"a":{"${key}":{"polluted":1}}}}`,
      ];
      for (const body of bodies) {
        for (const path of ['/api/contacts', `/auth/login`, '/forms/ask', '/documents'])
          expectRefused(await owner('POST', path, body, JSON_TYPE), `${path} ${body}`);
        expectRefused(await owner('PATCH', `/api/contacts/${contact}`, body, JSON_TYPE), `PATCH ${body}`);
      }
      const plain = key.replace('\\u005f', '_').replace('\\u0072', 'r');
      expectRefused(await owner('GET', `/api/contacts?${plain}=1`), plain);
      expectRefused(await owner('GET', `/api/contacts?filter[${plain}][eq]=1`), plain);
      expectRefused(await owner('GET', `/api/contacts?filter={"${plain}":{"polluted":1}}`), plain);
      const form = new URLSearchParams({ name: 'x', phone: '+372 5551 2345', [plain]: 'polluted' });
      expectRefused(await firm.stranger('POST', '/forms/ask', form), plain);
      const upload = new FormData();
      upload.append(plain, 'polluted');
      expectRefused(await owner('POST', '/files', upload), plain);
    }
  });

  it('text never becomes SQL, wherever it stands (R-21)', async () => {
    const attacks = [
      "'",
      '"',
      '";',
      "';drop table contact;--",
      "x' or '1'='1",
      '1;select pg_sleep(5)',
      'name)) union all values (1)--',
      '"contact"."name"',
      '_credentials',
      'id/**/desc',
      'name collate nocase',
      '$1',
      '?',
      ':name',
      '{"$field":"x"}',
      '\\',
      '%00',
      'null',
      '-id,(select 1)',
      'count(*)',
      "createdAt:month'",
      '../../etc/passwd',
      '${7*7}',
      '{{7*7}}',
    ];
    const holes: readonly ((text: string) => string)[] = [
      (text) => `/api/contacts?sort=${text}`,
      (text) => `/api/contacts?fields=${text}`,
      (text) => `/api/contacts?expand=${text}`,
      (text) => `/api/contacts?limit=${text}`,
      (text) => `/api/contacts?after=${text}`,
      (text) => `/api/contacts?filter[${text}]=1`,
      (text) => `/api/contacts?filter[name][${text}]=1`,
      (text) => `/api/contacts/aggregate?group=${text}`,
      (text) => `/api/contacts/aggregate?measures=sum(${text})`,
      (text) => `/api/contacts/${text}`,
      (text) => `/api/contacts/${contact}/changes?after=${text}`,
      (text) => `/reports/${text}`,
      (text) => `/jobs/${text}/log`,
      (text) => `/files/${text}`,
      (text) => `/${text}`,
    ];
    for (const attack of attacks)
      for (const hole of holes)
        expectRefused(await owner('GET', hole(encodeURIComponent(attack))), `${hole('…')} ${attack}`);
    for (const attack of attacks) {
      for (const path of [
        `/api/contacts?search=`,
        `/search?q=`,
        '/api/contacts?filter[name]=',
        '/api/contacts?filter[name][contains]=',
      ]) {
        const reply = await owner('GET', path + encodeURIComponent(attack));
        expect([200, 400], `${path}${attack}: ${reply.text.slice(0, 200)}`).toContain(reply.status);
        expect(reply.text).not.toMatch(LEAK);
      }
    }
  }, 120_000);

  it('what cannot be read is a mistake of the caller, never of the server (R-26, R-27)', async () => {
    const bodies: readonly (readonly [string, string])[] = [
      ['application/json', '{'],
      ['application/json', '{"name":}'],
      ['application/json', 'undefined'],
      ['application/json', '"text"'],
      ['application/json', 'null'],
      ['application/json', 'true'],
      ['application/json', '[[]]'],
      ['application/json', '{"name":NaN}'],
      ['application/json', '{"name":1e999}'],
      ['application/json', "{'name':'x'}"],
      ['application/json', '{"name":"x"}}'],
      ['application/json; charset=utf-16', '{}'],
      ['application/json; charset=latin1', '{}'],
      ['text/plain', '{}'],
      ['text/html', '{}'],
      ['application/xml', '<a/>'],
      ['', '{}'],
      ['application/x-www-form-urlencoded', 'name=x'],
      ['multipart/form-data', 'x'],
      ['application/json-patch+json', '[]'],
      ['image/png', 'x'],
    ];
    for (const [type, body] of bodies) {
      for (const [method, path] of [
        ['POST', '/api/contacts'],
        ['PATCH', `/api/contacts/${contact}`],
        ['POST', '/auth/login'],
        ['POST', '/documents'],
        ['POST', `/api/contacts/${contact}/restore`],
      ] as const) {
        const reply = await owner(method, path, body, { 'Content-Type': type });
        expectRefused(reply, `${method} ${path} ${type} ${body}`);
      }
    }
    for (const encoding of ['gzip', 'br', 'deflate', 'nonsense']) {
      const reply = await owner('POST', '/api/contacts', '{}', { ...JSON_TYPE, 'Content-Encoding': encoding });
      expect([reply.status, reply.json['code']], encoding).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    }
    const addresses = [
      '/api/contacts?limit=1&limit=2',
      '/api/contacts?a=%',
      '/api/contacts?%ff=1',
      '/api/contacts/%c0%ae',
      '/api/contacts/%',
      '/%2e%2e/x',
      '//x',
      '/api//contacts',
      `/api/contacts/${'x'.repeat(5000)}`,
      `/api/contacts?search=${'x'.repeat(9000)}`,
      '/api/contacts?search=%00',
      '/search?q=%ed%a0%80',
      '/api/contacts?filter=%7B%22name%22%3A%22%5Cud800%22%7D',
    ];
    for (const address of addresses) expectRefused(await owner('GET', address), address);
    for (const method of ['PUT', 'OPTIONS', 'TRACE', 'PROPFIND', 'LOCK', 'PURGE']) {
      const reply = method === 'TRACE' ? undefined : await owner(method, '/api/contacts');
      if (reply) expect([reply.status, reply.headers.get('allow')], method).toEqual([405, 'GET, POST']);
    }
    for (const header of ['If-Match', 'Idempotency-Key'])
      for (const value of ['x y', '*x', '"', '"a"', 'x'.repeat(300)]) {
        const reply = await owner('PATCH', `/api/contacts/${NO_ID}`, { name: 'x' }, { [header]: value });
        expectRefused(reply, `${header} ${value}`);
      }
    for (const value of ['Bearer', 'Bearer ', 'Basic eDp5', 'Bearer a b', `Bearer ${'x'.repeat(600)}`, 'csk_x'])
      expect((await firm.stranger('GET', '/api/contacts', undefined, { Authorization: value })).status, value).toBe(
        401,
      );
  }, 120_000);

  it('what is no HTTP is answered and closed, and the server lives on (R-26, R-80)', async () => {
    const { port } = new URL(firm.url);
    const send = (text: string) =>
      new Promise<string>((resolve) => {
        let answer = '';
        const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
        socket.on('data', (chunk) => (answer += chunk.toString()));
        socket.on('close', () => resolve(answer));
        socket.on('error', () => resolve(answer));
        setTimeout(() => socket.end(), 500);
      });
    const garbage = [
      'GARBAGE\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'GET /x y HTTP/1.1\r\nHost: a\r\n\r\n',
      'POST /api/contacts HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n',
      'POST /api/contacts HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
      '\u0000\u0001\u0002\r\n\r\n',
    ];
    for (const text of garbage) {
      const answer = await send(text);
      expect(answer, text.slice(0, 40)).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(answer).toMatch(/"code":"BAD_REQUEST".*"requestId":"[0-9a-f-]{36}"/);
      expect(answer).not.toMatch(LEAK);
    }
  });

  it('every kind of answer carries the headers that keep a browser safe (R-29)', async () => {
    const routes: readonly (readonly [Caller, string, boolean])[] = [
      [firm.stranger, '/', false],
      [firm.stranger, '/app/', false],
      [firm.stranger, '/app/deals', false],
      [firm.stranger, '/app/assets/none.js', false],
      [firm.stranger, '/health', false],
      [firm.stranger, '/forms/ask', true],
      [firm.stranger, '/auth/password?token=x', true],
      [firm.stranger, '/auth/me', true],
      [owner, '/auth/me', true],
      [owner, '/api/contacts', true],
      [owner, `/api/contacts/${contact}`, true],
      [owner, '/model', true],
      [owner, '/openapi.json', true],
      [owner, '/search?q=x', true],
      [owner, '/jobs', true],
      [owner, '/metrics', true],
      [owner, '/nothing', true],
      [owner, `/files/${NO_ID}`, true],
      [owner, '/reports/none', true],
    ];
    for (const [caller, path, isPrivate] of routes) {
      const { headers } = await caller('GET', path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy, path).toMatch(/default-src '(self|none)'/);
      expect(policy, path).not.toMatch(/script-src[^;]*'unsafe-(inline|eval)'/);
      expect(policy, path).toContain("frame-ancestors 'none'");
      expect(policy, path).toContain("base-uri 'none'");
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('referrer-policy'), path).toBe('same-origin');
      expect(headers.get('cross-origin-opener-policy'), path).toBe('same-origin');
      expect(headers.get('x-frame-options'), path).toBe('DENY');
      expect(headers.get('x-powered-by'), path).toBeNull();
      expect(headers.get('server'), path).toBeNull();
      if (isPrivate) expect(headers.get('cache-control'), path).toBe('no-store');
    }
  });

  it('the caps hold: page, filter, depth, groups, names, search (R-79)', async () => {
    const nested = (depth: number): object => (depth === 0 ? { name: 'x' } : { not: nested(depth - 1) });
    const filters = [
      { any: Array.from({ length: 201 }, (_, index) => ({ name: `n${index}` })) },
      nested(31),
      { name: { in: Array.from({ length: 1001 }, (_, index) => `n${index}`) } },
    ];
    for (const filter of filters)
      expectRefused(
        await owner('GET', `/api/contacts?filter=${encodeURIComponent(JSON.stringify(filter))}`),
        JSON.stringify(filter).slice(0, 60),
      );
    const names = (count: number) => Array.from({ length: count }, () => 'name').join();
    for (const address of [
      '/api/contacts?limit=1001',
      '/api/contacts?limit=0',
      '/api/contacts?limit=1.5',
      '/api/contacts?limit=9999999999999999999',
      `/api/contacts?fields=${names(201)}`,
      `/api/contacts?sort=${names(6)}`,
      '/api/tasks?expand=about.about',
      '/api/tasks?expand=about.deal.customer.company.parent.parent.parent',
      `/api/contacts/aggregate?group=${names(6)}`,
      `/api/contacts/aggregate?measures=${Array.from({ length: 21 }, () => 'count').join()}`,
      `/search?q=${'x'.repeat(201)}`,
      `/api/contacts/${contact}/changes?limit=1001`,
      '/jobs?limit=1001',
      `/api/contacts?${Array.from({ length: 101 }, (_, index) => `p${index}=1`).join('&')}`,
    ])
      expectRefused(await owner('GET', address), address.slice(0, 80));
  });
});
