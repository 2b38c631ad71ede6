import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { callerOf, PASSWORD, startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp } from '../../tests/support/http-app.ts';
import { sql } from '../storage/sql.ts';

const DAY = 86_400_000;

describe.each(DIALECTS)('log-in and accounts on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let ownerId: string;

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    ownerId = await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    owner = await firm.login('olga@example.com');
  });
  afterAll(async () => firm?.close());

  const login = (email: unknown, password: unknown) => firm.stranger('POST', '/auth/login', { email, password });
  const errorsOf = (reply: { json: Readonly<Record<string, unknown>> }) =>
    (reply.json['errors'] as { path: string; code: string }[]).map(({ path, code }) => `${path} ${code}`);

  describe('sessions', () => {
    it('opens one with a cookie scripts cannot read, and ends it (R-65)', async () => {
      const reply = await login('OLGA@example.com', PASSWORD);
      expect(reply.status).toBe(200);
      expect(reply.json).toEqual({
        user: { id: ownerId, name: 'olga', email: 'olga@example.com', language: null, roles: ['owner'] },
      });
      const cookie = reply.headers.get('set-cookie') ?? '';
      expect(cookie).toMatch(/^casement=[\w-]{43}; Path=\/; Max-Age=1209600; HttpOnly; SameSite=Lax$/);
      const caller = callerOf(firm.url, { Cookie: cookie.split(';')[0] ?? '', Origin: firm.url });
      expect((await caller('GET', '/auth/me')).status).toBe(200);
      expect((await caller('POST', '/auth/logout')).status).toBe(204);
      expect((await caller('GET', '/auth/me')).status).toBe(401);
      expect((await owner('GET', '/auth/me')).json['operations']).toContain('users');
    });

    it('keeps it for 14 days after the last use, no longer', async () => {
      const caller = await firm.login('olga@example.com');
      firm.pass(13 * DAY);
      expect((await caller('GET', '/auth/me')).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 200));
      firm.pass(13 * DAY);
      expect((await caller('GET', '/auth/me')).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 200));
      firm.pass(15 * DAY);
      expect((await caller('GET', '/auth/me')).status).toBe(401);
      owner = await firm.login('olga@example.com');
    });

    it('answers the same for a wrong password and an unknown address (R-64)', async () => {
      const strip = (text: string) => text.replace(/"requestId":"[^"]+"/, '');
      const wrong = await login('olga@example.com', 'wrong password 1');
      const unknown = await login('nobody@example.com', 'wrong password 1');
      expect([wrong.status, unknown.status]).toEqual([401, 401]);
      expect(strip(wrong.text)).toBe(strip(unknown.text));
    });

    it('gives a new session at each log-in and ends the one the browser held (R-62)', async () => {
      const first = (await login('olga@example.com', PASSWORD)).headers.get('set-cookie')?.split(';')[0] ?? '';
      const browser = callerOf(firm.url, { Cookie: first, Origin: firm.url });
      const again = await browser('POST', '/auth/login', { email: 'olga@example.com', password: PASSWORD });
      const second = again.headers.get('set-cookie')?.split(';')[0] ?? '';
      expect(second).not.toBe(first);
      expect((await browser('GET', '/auth/me')).status).toBe(401);
      expect((await callerOf(firm.url, { Cookie: second })('GET', '/auth/me')).status).toBe(200);
    });

    it('takes texts only, wherever a secret, an id or a token stands (R-19)', async () => {
      const doors: readonly [Caller, string, Record<string, unknown>][] = [
        [firm.stranger, '/auth/login', { email: 'olga@example.com', password: PASSWORD }],
        [firm.stranger, '/auth/password', { token: 'x'.repeat(43), password: 'a phrase of mine' }],
        [firm.stranger, '/auth/setup', { token: 'x', name: 'n', email: 'n@example.com', password: 'a phrase of mine' }],
        [owner, '/auth/invites', { user: ownerId }],
        [owner, '/auth/keys', { name: 'k', roles: ['owner'] }],
        [owner, '/documents', { template: 'invoice', entity: 'deal', id: ownerId }],
      ];
      for (const [caller, path, body] of doors) {
        for (const key of Object.keys(body)) {
          for (const value of [{}, { ne: '' }, [], [body[key]], 1, true, null, `a\u0000b`, '\ud800']) {
            if (key === 'roles' && Array.isArray(value)) continue;
            const { status } = await caller('POST', path, { ...body, [key]: value });
            expect([400, 403, 404, 422], `${path} ${key} ${JSON.stringify(value)}`).toContain(status);
          }
        }
        expect((await caller('POST', path, { ...body, admin: true })).status, path).toBe(400);
      }
      expect((await owner('POST', '/auth/keys', { name: 'k', roles: [{}] })).status).toBe(422);
      expect((await owner('GET', '/auth/me')).status).toBe(200);
    });

    it('makes one account wait after ten failures, and the address after fifty, whatever it sends (R-63)', async () => {
      await firm.addUser({ email: 'tina@example.com', roles: ['clerk'] });
      for (let i = 0; i < 10; i += 1) expect((await login('tina@example.com', 'wrong password 1')).status).toBe(401);
      const refused = await login('Tina@example.com', PASSWORD);
      expect([refused.status, refused.json['code']]).toEqual([429, 'RATE_LIMITED']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(800);
      const forged = await firm.stranger(
        'POST',
        '/auth/login',
        { email: 'tina@example.com', password: PASSWORD },
        { 'X-Forwarded-For': '9.9.9.9' },
      );
      expect(forged.status).toBe(429);
      expect((await login('olga@example.com', PASSWORD)).status).toBe(200);
      const statuses: number[] = [];
      for (let i = 0; i < 45; i += 1) statuses.push((await login(`n${i}@example.com`, 'wrong password 1')).status);
      expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
      firm.pass(16 * 60_000);
      expect((await login('tina@example.com', PASSWORD)).status).toBe(200);
    });

    it('ends at once when the user is disabled, loses a role or is deleted (R-11, R-62)', async () => {
      const cases: readonly [string, string, object | undefined][] = [
        ['d1@example.com', 'PATCH', { active: false }],
        ['d2@example.com', 'PATCH', { roles: ['nobody'] }],
        ['d3@example.com', 'DELETE', undefined],
      ];
      for (const [email, method, body] of cases) {
        const id = await firm.addUser({ email, roles: ['clerk'] });
        const caller = await firm.login(email);
        expect((await caller('GET', '/auth/me')).status).toBe(200);
        expect((await owner(method, `/api/users/${id}`, body)).status).toBeLessThan(300);
        expect((await caller('GET', '/auth/me')).status).toBe(401);
      }
      expect((await login('d1@example.com', PASSWORD)).status).toBe(401);
      expect((await login('d2@example.com', PASSWORD)).status).toBe(200);
      expect((await login('d3@example.com', PASSWORD)).status).toBe(401);
    });

    it('writes log-ins, passwords, invites, grants and keys into the ledger of the user (R-67)', async () => {
      const id = await firm.addUser({ email: 'lena@example.com', roles: ['clerk'] });
      const lena = await firm.login('lena@example.com');
      const key = (await lena('POST', '/auth/keys', { name: 'k', roles: ['clerk'] })).json;
      await lena('DELETE', `/auth/keys/${String(key['id'])}`);
      await lena('POST', '/auth/logout');
      await owner('POST', '/auth/invites', { user: id });
      await owner('PATCH', `/api/users/${id}`, { roles: ['nobody'] });
      const { json } = await owner('GET', `/api/users/${id}/changes?limit=200`);
      const data = json['data'] as { kind: string; by: { name: string }; fields: Record<string, unknown> }[];
      expect(data.map(({ kind }) => kind).reverse()).toEqual([
        'created',
        'password.set',
        'session.opened',
        'key.created',
        'key.revoked',
        'session.closed',
        'invite.created',
        'updated',
      ]);
      expect(data[0]).toMatchObject({
        by: { name: 'olga' },
        fields: { roles: { before: ['clerk'], after: ['nobody'] } },
      });
      expect(JSON.stringify(data)).not.toMatch(/argon2|csk_/);
    });
  });

  describe('invites and passwords', () => {
    it('invites a person, who chooses a password once', async () => {
      const made = await owner('POST', '/api/users', { name: 'Ivo', email: 'ivo@example.com', roles: ['clerk'] });
      const { token, url } = (await owner('POST', '/auth/invites', { user: made.json['id'] })).json as {
        token: string;
        url: string;
      };
      expect(url).toBe(`/auth/password?token=${token}`);
      const choose = (password: string) => firm.stranger('POST', '/auth/password', { token, password });
      expect(errorsOf(await choose('short'))).toEqual(['/password minLength']);
      expect(errorsOf(await choose('password123'))).toEqual(['/password commonPassword']);
      expect(errorsOf(await choose('ivo@example.com'))).toEqual(['/password commonPassword']);
      const replies = await Promise.all(Array.from({ length: 8 }, () => choose('a phrase of mine')));
      expect(replies.map(({ status }) => status).sort()).toEqual([204, ...Array.from({ length: 7 }, () => 422)]);
      expect((await login('ivo@example.com', 'a phrase of mine')).status).toBe(200);
    });

    it('resets a password within the hour and ends the sessions (R-61, R-62)', async () => {
      const id = await firm.addUser({ email: 'rita@example.com', roles: ['clerk'] });
      const caller = await firm.login('rita@example.com');
      const late = (await owner('POST', '/auth/invites', { user: id })).json as { token: string };
      firm.pass(61 * 60_000);
      expect(
        (await firm.stranger('POST', '/auth/password', { token: late.token, password: 'another phrase' })).status,
      ).toBe(422);
      const { token } = (await owner('POST', '/auth/invites', { user: id })).json as { token: string };
      expect((await firm.stranger('POST', '/auth/password', { token, password: 'another phrase' })).status).toBe(204);
      expect((await caller('GET', '/auth/me')).status).toBe(401);
      expect((await login('rita@example.com', PASSWORD)).status).toBe(401);
      expect((await login('rita@example.com', 'another phrase')).status).toBe(200);
    });

    it('lets one of fifty uses at once through, and keeps no token readable (R-61)', async () => {
      const made = await owner('POST', '/api/users', { name: 'Uno', email: 'uno@example.com', roles: ['clerk'] });
      const { token } = (await owner('POST', '/auth/invites', { user: made.json['id'] })).json as { token: string };
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
      const stored = JSON.stringify(await firm.app.db.read(sql`select * from "_tokens"`));
      expect(stored).not.toContain(token);
      const replies = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          firm.stranger('POST', '/auth/password', { token, password: `a phrase of mine ${index}` }),
        ),
      );
      const won = replies.flatMap(({ status }, index) => (status === 204 ? [index] : []));
      expect(won).toHaveLength(1);
      expect(replies.filter(({ status }) => status === 422)).toHaveLength(49);
      expect((await login('uno@example.com', `a phrase of mine ${won[0]}`)).status).toBe(200);
    });

    it('makes the link before worthless, and no link good for more than an hour (R-61)', async () => {
      const made = await owner('POST', '/api/users', { name: 'Duo', email: 'duo@example.com', roles: ['clerk'] });
      const invite = async () =>
        String((await owner('POST', '/auth/invites', { user: made.json['id'] })).json['token']);
      const choose = async (token: string) =>
        (await firm.stranger('POST', '/auth/password', { token, password: 'a phrase of mine' })).status;
      const [old, late] = [await invite(), await invite()];
      expect(await choose(old)).toBe(422);
      firm.pass(61 * 60_000);
      expect(await choose(late)).toBe(422);
      expect(await choose(await invite())).toBe(204);
    });

    it('shows a page without a script and takes its form', async () => {
      const id = await firm.addUser({ email: 'pia@example.com', roles: ['clerk'] });
      const { url, token } = (await owner('POST', '/auth/invites', { user: id })).json as {
        url: string;
        token: string;
      };
      const page = await firm.stranger('GET', url);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(page.text).toContain(`value="${token}"`);
      const wrong = await firm.stranger('POST', '/auth/password', new URLSearchParams({ token, password: 'x' }), {
        Origin: firm.url,
      });
      expect([wrong.status, wrong.text.includes('at least 8 characters')]).toEqual([422, true]);
      const done = await firm.stranger(
        'POST',
        '/auth/password',
        new URLSearchParams({ token, password: 'page phrase 1' }),
        { Origin: firm.url },
      );
      expect([done.status, done.headers.get('location')]).toEqual([303, '/app/login']);
      expect((await login('pia@example.com', 'page phrase 1')).status).toBe(200);
    });

    it('lets nobody invite or raise above his own rights (R-10)', async () => {
      const clerkId = await firm.addUser({ email: 'cleo@example.com', roles: ['clerk'] });
      const clerk = await firm.login('cleo@example.com');
      expect((await clerk('POST', '/auth/invites', { user: ownerId })).status).toBe(403);
      expect((await clerk('PATCH', `/api/users/${clerkId}`, { roles: ['owner'] })).status).toBe(403);
      expect((await owner('PATCH', `/api/users/${clerkId}`, { roles: ['owner'] })).status).toBe(200);
    });
  });

  describe('API keys', () => {
    it('act for their maker with no more than his roles, until revoked (R-10, R-11, R-66)', async () => {
      const clerkId = await firm.addUser({ email: 'kim@example.com', roles: ['clerk'] });
      const kim = await firm.login('kim@example.com');
      expect((await kim('POST', '/auth/keys', { name: 'x', roles: ['owner'] })).status).toBe(403);
      expect((await kim('POST', '/auth/keys', { name: 'x', roles: ['clerk'], expiresAt: '2020-01-01' })).status).toBe(
        422,
      );
      const made = await kim('POST', '/auth/keys', {
        name: 'robot',
        roles: ['clerk'],
        expiresAt: '2030-01-01T00:00:00Z',
      });
      expect(made.status).toBe(201);
      const { id, key } = made.json as { id: string; key: string };
      const robot = callerOf(firm.url, { Authorization: `Bearer ${key}` });
      const contact = await robot('POST', '/api/contacts', { name: 'By a robot' });
      expect(contact.status).toBe(201);
      const { json } = await owner('GET', `/api/contacts/${String(contact.json['id'])}/changes`);
      expect((json['data'] as { by: object }[])[0]?.by).toMatchObject({
        id: clerkId,
        kind: 'key',
        name: 'kim (robot)',
      });
      expect((await robot('POST', '/auth/keys', { name: 'child', roles: ['clerk'] })).status).toBe(403);
      for (const name of ['key', 'api_key', 'access_token', 'token']) {
        expect((await firm.stranger('GET', `/api/contacts?${name}=${key}`)).status).toBe(401);
        expect((await kim('GET', `/api/contacts?${name}=${key}`)).status).toBe(400);
      }
      const stored = JSON.stringify(await firm.app.db.read(sql`select * from "_keys"`));
      expect(stored).not.toContain(key.slice(4));
      expect((await kim('GET', '/auth/keys')).text).not.toContain(key);
      expect((await owner('DELETE', `/auth/keys/${id}`)).status).toBe(404);
      expect((await kim('DELETE', `/auth/keys/${id}`)).status).toBe(204);
      const revoked = await robot('GET', '/api/contacts');
      expect([revoked.status, revoked.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    });

    it('may hold a narrower role than their maker, for as long as he may give it', async () => {
      const id = await firm.addUser({ email: 'otto@example.com', roles: ['owner'] });
      const otto = await firm.login('otto@example.com');
      const unknown = await otto('POST', '/auth/keys', { name: 'site', roles: ['readonly'] });
      expect([unknown.status, unknown.json['errors']]).toMatchObject([
        422,
        [{ path: '/roles', message: 'There is no role "readonly". Did you mean "readOnly"?' }],
      ]);
      const { key } = (await otto('POST', '/auth/keys', { name: 'site', roles: ['readOnly'] })).json as { key: string };
      const robot = callerOf(firm.url, { Authorization: `Bearer ${key}` });
      expect((await robot('GET', '/api/contacts')).status).toBe(200);
      expect((await robot('POST', '/api/contacts', { name: 'x' })).status).toBe(403);
      await owner('PATCH', `/api/users/${id}`, { roles: ['clerk'] });
      expect((await robot('GET', '/api/contacts')).status).toBe(403);
    });

    it('lose what the maker loses, and end in time', async () => {
      const id = await firm.addUser({ email: 'lea@example.com', roles: ['clerk'] });
      const lea = await firm.login('lea@example.com');
      const { key } = (await lea('POST', '/auth/keys', { name: 'k', roles: ['clerk'] })).json as { key: string };
      const robot = callerOf(firm.url, { Authorization: `Bearer ${key}` });
      expect((await robot('GET', '/api/contacts')).status).toBe(200);
      await owner('PATCH', `/api/users/${id}`, { roles: ['nobody'] });
      expect((await robot('GET', '/api/contacts')).status).toBe(403);
      firm.pass(91 * DAY);
      expect((await robot('GET', '/api/contacts')).status).toBe(401);
      owner = await firm.login('olga@example.com');
    });
  });

  it('knows the team mates: teams he is in or leads, with their sub-teams', async () => {
    const system = firm.app.system('test');
    const create = async (entity: string, input: object) =>
      String((await firm.app.records.write(system, { op: 'create', entity, input: { ...input } }))['id']);
    const head = await firm.addUser({ email: 'hana@example.com', roles: ['head'] });
    const top = await create('team', { name: 'Top', head });
    const sub = await create('team', { name: 'Sub', parent: top });
    const other = await create('team', { name: 'Other' });
    const ann = await firm.addUser({ email: 'ann@example.com', roles: ['clerk'], rest: { teams: [top] } });
    const bob = await firm.addUser({ email: 'bob@example.com', roles: ['clerk'], rest: { teams: [sub] } });
    await firm.addUser({ email: 'eve@example.com', roles: ['clerk'], rest: { teams: [other] } });
    const mates = async (user: string) => (await firm.app.auth.principalOf(user)).teamMates;
    expect(await mates(head)).toEqual([head, ann, bob].sort());
    expect(await mates(ann)).toEqual([ann, bob].sort());
    expect(await mates(bob)).toEqual([bob]);
    await expect(firm.app.auth.principalOf('00000000-0000-7000-8000-000000000000')).rejects.toThrow('not active');
  });
});

describe.each(DIALECTS)('the first administrator on %s (R-60)', (dialect) => {
  it('is made by a one-time link, once', async () => {
    const firm = await startHttpApp(dialect);
    try {
      expect(await firm.app.auth.hasUsers()).toBe(false);
      const first = await firm.app.auth.setupToken();
      const token = await firm.app.auth.setupToken();
      const setUp = (with_: string, email: string) =>
        firm.stranger('POST', '/auth/setup', { token: with_, name: 'Olga', email, password: PASSWORD });
      expect((await setUp(first, 'a@example.com')).status).toBe(422);
      const replies = await Promise.all(
        ['b@example.com', 'c@example.com', 'd@example.com'].map((email) => setUp(token, email)),
      );
      expect(replies.map(({ status }) => status).sort()).toEqual([201, 422, 422]);
      expect(await firm.app.auth.hasUsers()).toBe(true);
      await expect(firm.app.auth.setupToken()).rejects.toThrow('administrator already');
    } finally {
      await firm.close();
    }
  });
});

it('protects the cookie over https, and builds links from the configured address only (R-61, R-65)', async () => {
  const firm = await startHttpApp('sqlite', { url: 'https://crm.example.com' });
  try {
    const id = await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    const body = { email: 'olga@example.com', password: PASSWORD };
    const reply = await firm.stranger('POST', '/auth/login', body, { Origin: 'https://crm.example.com' });
    const cookie = reply.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^__Host-casement=[\w-]{43}; Path=\/; Max-Age=1209600; HttpOnly; SameSite=Lax; Secure$/);
    expect(reply.headers.get('strict-transport-security')).toContain('max-age=');
    const owner = callerOf(firm.url, { Cookie: cookie.split(';')[0] ?? '', Origin: 'https://crm.example.com' });
    const plain = callerOf(firm.url, { Cookie: (cookie.split(';')[0] ?? '').replace('__Host-', '') });
    expect([(await owner('GET', '/auth/me')).status, (await plain('GET', '/auth/me')).status]).toEqual([200, 401]);
    const invite = await owner('POST', '/auth/invites', { user: id }, { 'X-Forwarded-Host': 'evil.example' });
    expect(String(invite.json['url'])).toMatch(/^https:\/\/crm\.example\.com\/auth\/password\?token=/);
    const own = await owner('POST', '/auth/invites', { user: id }, { Origin: firm.url });
    expect(own.status).toBe(403);
  } finally {
    await firm.close();
  }
});
