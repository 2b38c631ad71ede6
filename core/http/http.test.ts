import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { callerOf, startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp } from '../../tests/support/http-app.ts';

describe.each(DIALECTS)('HTTP on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let clerk: Caller;

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    await firm.addUser({ email: 'carl@example.com', roles: ['clerk'] });
    owner = await firm.login('olga@example.com');
    clerk = await firm.login('carl@example.com');
  });
  afterAll(async () => firm?.close());

  const newContact = async (caller: Caller, input: object = {}) =>
    (await caller('POST', '/api/contacts', { name: 'Ann', ...input })).json;

  describe('records', () => {
    it('creates, reads, changes, deletes and restores one', async () => {
      const made = await owner('POST', '/api/contacts', {
        name: 'Ann Bell',
        phone: '8 (495) 123-45-67',
        birthday: '1980-02-29',
      });
      expect(made.status).toBe(201);
      expect(made.json).toMatchObject({
        name: 'Ann Bell',
        phone: '+74951234567',
        'phone:typed': '8 (495) 123-45-67',
        version: 1,
        email: null,
      });
      const path = `/api/contacts/${String(made.json['id'])}`;
      expect([made.headers.get('location'), made.headers.get('etag')]).toEqual([path, '"1"']);

      const read = await owner('GET', path);
      expect([read.status, read.headers.get('etag'), read.headers.get('cache-control')]).toEqual([
        200,
        '"1"',
        'no-store',
      ]);
      expect(read.json).toEqual(made.json);

      const changed = await owner('PATCH', path, { city: 'Riga' }, { 'If-Match': '"1"' });
      expect([changed.status, changed.headers.get('etag'), changed.json['city']]).toEqual([200, '"2"', 'Riga']);
      const stale = await owner('PATCH', path, { city: 'Tartu' }, { 'If-Match': '"1"' });
      expect([stale.status, stale.json['code']]).toEqual([412, 'CONFLICT']);
      expect(stale.json['current']).toMatchObject({ city: 'Riga', version: 2 });

      expect((await owner('DELETE', path)).status).toBe(204);
      expect((await owner('GET', path)).status).toBe(404);
      expect((await owner('GET', `${path}?deleted=only`)).status).toBe(200);
      const restored = await owner('POST', `${path}/restore`);
      expect([restored.status, restored.json['city']]).toEqual([200, 'Riga']);

      const { json } = await owner('GET', `${path}/changes`);
      expect((json['data'] as { kind: string }[]).map(({ kind }) => kind)).toEqual([
        'restored',
        'deleted',
        'updated',
        'created',
      ]);
    });

    it('shows only the fields asked for, and the ETag without the version', async () => {
      const { id } = await newContact(owner, { name: 'Few Fields' });
      const reply = await owner('GET', `/api/contacts/${String(id)}?fields=id,name`);
      expect(reply.json).toEqual({ id, name: 'Few Fields' });
      expect(reply.headers.get('etag')).toBe('"1"');
    });

    it('lists with filter, sort, pages and total', async () => {
      for (const name of ['Page A', 'Page B', 'Page C']) await newContact(owner, { name, city: 'Pagetown' });
      const first = await owner('GET', '/api/contacts?filter[city]=Pagetown&sort=name&limit=2&count=exact&fields=name');
      expect((first.json['data'] as { name: string }[]).map(({ name }) => name)).toEqual(['Page A', 'Page B']);
      expect(first.json['total']).toBe(3);
      const next = encodeURIComponent(String(first.json['next']));
      const second = await owner(
        'GET',
        `/api/contacts?filter={"city":"Pagetown"}&sort=name&limit=2&after=${next}&fields=name`,
      );
      expect((second.json['data'] as { name: string }[]).map(({ name }) => name)).toEqual(['Page C']);
      expect(second.json['next']).toBeNull();
      const figures = await owner('GET', '/api/contacts/aggregate?group=city&measures=count&filter[city]=Pagetown');
      expect(figures.json).toEqual({ data: [{ city: 'Pagetown', count: 3 }] });
    });

    it('creates many or none, and names the row of an error', async () => {
      const made = await owner('POST', '/api/products', [{ name: 'One' }, { name: 'Two' }]);
      expect([made.status, (made.json['data'] as unknown[]).length]).toEqual([201, 2]);
      const wrong = await owner('POST', '/api/products', [{ name: 'Three' }, { nmae: 'Four' }]);
      expect(wrong.status).toBe(422);
      expect((wrong.json['errors'] as { path: string }[])[0]?.path).toBe('/1/nmae');
      const { json } = await owner('GET', '/api/products?count=exact&limit=1&filter[name]=Three');
      expect(json['total']).toBe(0);
      expect(
        (
          await owner(
            'POST',
            '/api/products',
            Array.from({ length: 1001 }, () => ({ name: 'x' })),
          )
        ).status,
      ).toBe(400);
    });

    it('moves by the pipeline and refuses at the gate', async () => {
      const contact = await newContact(owner);
      const deal = (await owner('POST', '/api/deals', { title: 'D', customer: contact['id'] })).json;
      const path = `/api/deals/${String(deal['id'])}`;
      expect(deal['stage']).toBe('new');
      const refused = await owner('POST', `${path}/move`, { to: 'offer' });
      expect([refused.status, (refused.json['errors'] as { path: string }[])[0]?.path]).toEqual([422, '/expectedOn']);
      const moved = await owner('POST', `${path}/move`, {
        to: 'offer',
        set: { expectedOn: '2026-04-01' },
        note: 'agreed by phone',
      });
      expect([moved.status, moved.json['stage']]).toEqual([200, 'offer']);
      const { json } = await owner('GET', `${path}/changes?limit=1`);
      expect((json['data'] as object[])[0]).toMatchObject({
        kind: 'moved',
        note: 'agreed by phone',
        by: { name: 'olga' },
      });
      expect((await owner('POST', `/api/contacts/${String(contact['id'])}/move`, { to: 'x' })).status).toBe(404);
    });
  });

  describe('refusals', () => {
    const table: readonly [string, string, string, unknown, Record<string, string>, number, string][] = [
      ['unknown parameter', 'GET', '/api/contacts?limt=3', undefined, {}, 400, 'Did you mean \\"limit\\"?'],
      ['repeated parameter', 'GET', '/api/contacts?limit=3&limit=4', undefined, {}, 400, 'stands twice'],
      ['limit too large', 'GET', '/api/contacts?limit=1001', undefined, {}, 400, 'from 1 to 1000'],
      ['broken escape in the query', 'GET', '/api/contacts?search=%E0%A4%A', undefined, {}, 400, '%-escape'],
      ['broken escape in the path', 'GET', '/api/contacts/%E0%A4%A', undefined, {}, 400, 'BAD_REQUEST'],
      ['filter that is no JSON', 'GET', '/api/contacts?filter={', undefined, {}, 400, 'not valid JSON'],
      ['filter on an unknown field', 'GET', '/api/contacts?filter[nmae]=x', undefined, {}, 400, 'Did you mean'],
      ['prototype key in the query', 'GET', '/api/contacts?filter[__proto__]=x', undefined, {}, 400, 'BAD_REQUEST'],
      ['unknown entity', 'GET', '/api/contcts', undefined, {}, 404, 'Did you mean \\"contacts\\"?'],
      ['unknown id', 'GET', '/api/contacts/00000000-0000-7000-8000-000000000000', undefined, {}, 404, 'NOT_FOUND'],
      ['id that is none', 'GET', '/api/contacts/x', undefined, {}, 404, 'NOT_FOUND'],
      ['unknown address', 'GET', '/nothing', undefined, {}, 404, 'NOT_FOUND'],
      ['unknown method', 'PUT', '/api/contacts', { name: 'x' }, {}, 405, 'GET, POST'],
      ['text body', 'POST', '/api/contacts', 'name=x', { 'Content-Type': 'text/plain' }, 415, 'application/json'],
      [
        'form body',
        'POST',
        '/api/contacts',
        'name=x',
        { 'Content-Type': 'application/x-www-form-urlencoded' },
        415,
        'application/json',
      ],
      [
        'body that is no JSON',
        'POST',
        '/api/contacts',
        '{',
        { 'Content-Type': 'application/json' },
        400,
        'not valid JSON',
      ],
      [
        'deep body',
        'POST',
        '/api/contacts',
        '['.repeat(40_000),
        { 'Content-Type': 'application/json' },
        400,
        'nested deeper',
      ],
      [
        'large body',
        'POST',
        '/api/contacts',
        JSON.stringify({ name: 'x'.repeat(1_100_000) }),
        { 'Content-Type': 'application/json' },
        413,
        'TOO_LARGE',
      ],
      [
        'hidden prototype key',
        'POST',
        '/api/contacts',
        '{"name":"x","__prot\\u006f__":{"a":1}}',
        { 'Content-Type': 'application/json' },
        400,
        '__proto__',
      ],
      [
        'inexact number',
        'POST',
        '/api/products',
        '{"name":"x","price":9007199254740993}',
        { 'Content-Type': 'application/json' },
        422,
        '"path":"/price"',
      ],
      [
        'body that is no object',
        'POST',
        '/api/contacts',
        '3',
        { 'Content-Type': 'application/json' },
        400,
        'JSON object',
      ],
      [
        'stale If-Match form',
        'PATCH',
        '/api/contacts/00000000-0000-7000-8000-000000000000',
        { name: 'x' },
        { 'If-Match': '3' },
        400,
        'ETag',
      ],
    ];
    it.each(table)('%s', async (_name, method, path, body, headers, status, text) => {
      const reply = await owner(method, path, body, headers);
      expect(reply.status).toBe(status);
      expect(reply.text).toContain(text);
      expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(reply.json['requestId']).toBe(reply.headers.get('x-request-id'));
      expect(reply.text).not.toMatch(/ at .+\.ts|select |insert |node_modules/i);
    });

    it('answers nothing but 401 to a stranger, whatever he asks (R-01)', async () => {
      const paths = [
        '/api/contacts',
        '/api/nothing',
        '/model',
        '/openapi.json',
        '/files/x',
        '/reports/x',
        '/jobs',
        '/events',
        '/search?q=x',
        '/auth/me',
        '/metrics',
      ];
      const replies = await Promise.all(paths.map((path) => firm.stranger('GET', path)));
      expect(replies.map(({ status }) => status)).toEqual(paths.map(() => 401));
    });

    it('takes a change with the cookie only from its own origin (R-65)', async () => {
      const send = (headers: Record<string, string>) => owner('POST', '/api/products', { name: 'Origin' }, headers);
      expect((await send({ Origin: 'https://evil.example' })).status).toBe(403);
      expect((await send({ Origin: 'null' })).status).toBe(403);
      expect((await send({ Origin: firm.url, 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
      expect((await send({ Origin: firm.url, 'Sec-Fetch-Site': 'same-site' })).status).toBe(403);
      expect((await send({ 'Sec-Fetch-Site': 'same-origin' })).status).toBe(201);
      const login = await firm.stranger('POST', '/auth/login', {
        email: 'carl@example.com',
        password: 'correct horse 42',
      });
      const cookie = { Cookie: login.headers.get('set-cookie')?.split(';')[0] ?? '' };
      expect((await callerOf(firm.url, cookie)('POST', '/api/contacts', { name: 'A program' })).status).toBe(201);
      const form = {
        method: 'POST',
        body: 'name=Form',
        headers: { ...cookie, 'Content-Type': 'application/x-www-form-urlencoded' },
      };
      expect((await fetch(`${firm.url}/api/contacts`, form)).status).toBe(403);
    });

    it('sends the security headers', async () => {
      const { headers } = await owner('GET', '/model');
      expect(headers.get('content-security-policy')).toContain("script-src 'self';");
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-powered-by')).toBeNull();
    });
  });

  describe('rights', () => {
    it('treats what a role may not see as not existing (R-05)', async () => {
      const foreign = await newContact(owner, { name: 'Secret', birthday: '1970-01-01' });
      expect((await clerk('GET', `/api/contacts/${String(foreign['id'])}`)).status).toBe(404);
      expect((await clerk('PATCH', `/api/contacts/${String(foreign['id'])}`, { name: 'x' })).status).toBe(404);
      expect((await clerk('GET', '/api/contacts?filter[birthday][empty]=false')).status).toBe(400);
      expect((await clerk('GET', '/api/contacts?sort=birthday')).status).toBe(400);
      const own = await newContact(clerk, { name: 'Mine' });
      expect(own).not.toHaveProperty('birthday');
      expect((await clerk('GET', '/search?q=Secret')).json).toEqual({ data: [] });
      expect((await clerk('GET', '/api/deals')).status).toBe(403);
      expect((await clerk('GET', '/jobs')).status).toBe(403);
    });

    it('shows of an event only what the reader may know', async () => {
      const { id } = await newContact(clerk, { name: 'Letters' });
      const data = { to: 'ann@example.com', subject: 'Your offer' };
      await firm.app.records.event(firm.app.system('test'), {
        entity: 'contact',
        id: String(id),
        kind: 'mail.sent',
        data,
      });
      const told = async (caller: Caller) => {
        const { json } = await caller('GET', `/api/contacts/${String(id)}/changes?limit=1000`);
        return Object.keys((json['data'] as { fields: object }[])[0]?.fields ?? {});
      };
      expect([await told(owner), await told(clerk)]).toEqual([['subject', 'to'], ['subject']]);
      const me = async (caller: Caller) => ((await caller('GET', '/auth/me')).json['user'] as { id: string }).id;
      const events = async (caller: Caller, user: string) => {
        const { json } = await caller('GET', `/api/users/${user}/changes`);
        return (json['data'] as { kind: string }[]).some(({ kind }) => kind === 'session.opened');
      };
      const [olga, carl] = [await me(owner), await me(clerk)];
      expect([await events(owner, carl), await events(clerk, carl), await events(clerk, olga)]).toEqual([
        true,
        true,
        false,
      ]);
    });

    it('cuts /model and /openapi.json to the caller', async () => {
      const model = (await clerk('GET', '/model')).json as {
        entities: { name: string; can: object; fields: { key: string; readOnly: boolean }[] }[];
        pipelines: unknown[];
      };
      expect(model.entities.map(({ name }) => name).sort()).toEqual(['contact', 'document', 'user']);
      expect(model.pipelines).toEqual([]);
      const contact = model.entities.find(({ name }) => name === 'contact');
      expect(contact?.can).toEqual({ create: true, update: true, delete: false, assign: false, export: false });
      expect(contact?.fields.map(({ key }) => key)).not.toContain('birthday');
      expect(contact?.fields.find(({ key }) => key === 'city')?.readOnly).toBe(true);
      const openapi = await clerk('GET', '/openapi.json');
      expect(openapi.text).not.toContain('birthday');
      expect(openapi.text).not.toContain('/api/deals');
    });

    it('speaks the language asked for', async () => {
      const titleOf = async (headers: Record<string, string>) => {
        const { entities } = (await owner('GET', '/model', undefined, headers)).json as {
          entities: { name: string; title: string }[];
        };
        return entities.find(({ name }) => name === 'deal')?.title;
      };
      expect([
        await titleOf({ 'Accept-Language': 'ru' }),
        await titleOf({ 'Accept-Language': 'et-EE,en;q=0.5' }),
        await titleOf({ 'Accept-Language': '*' }),
      ]).toEqual(['Сделка', 'Tehing', 'Deal']);
    });
  });
});
