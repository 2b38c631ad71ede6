import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { callerOf, PASSWORD, startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp } from '../../tests/support/http-app.ts';
import { openMailbox } from '../../tests/support/mailbox.ts';
import type { Mailbox } from '../../tests/support/mailbox.ts';
import { sql } from '../storage/sql.ts';

const HOUR = 3_600_000;
const ADDRESS = 'http://crm.example.com';
const NEXT = 'another phrase of mine';

describe.each(DIALECTS)('one’s own account on %s', (dialect) => {
  let firm: HttpTestApp;
  let mailbox: Mailbox;

  beforeAll(async () => {
    mailbox = await openMailbox();
    firm = await startHttpApp(dialect, { url: ADDRESS, smtpUrl: mailbox.url });
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
  });
  afterAll(async () => {
    await firm?.close();
    await mailbox?.close();
  });

  const login = (email: string, password: string) => firm.stranger('POST', '/auth/login', { email, password });
  const errorsOf = (reply: { json: Readonly<Record<string, unknown>> }) =>
    (reply.json['errors'] as { path: string; code: string }[]).map(({ path, code }) => `${path} ${code}`);
  const cookieOf = ({ headers }: { headers: Headers }) => headers.get('set-cookie')?.split(';')[0] ?? '';
  /** A browser with a session. */
  async function signedIn(email: string, password = PASSWORD): Promise<Caller> {
    return callerOf(firm.url, { Cookie: cookieOf(await login(email, password)), Origin: ADDRESS });
  }
  const kindsOf = async (id: string) => {
    const rows = await firm.app.db.read<{ kind: string }>(
      sql`select "kind" from "_changes" where "entity" = 'user' and "record" = ${id} order by "seq"`,
    );
    return rows.map(({ kind }) => kind);
  };

  describe('a new password for the one of now', () => {
    it('ends every session and gives the one who asked a new one (R-62, R-66, R-67)', async () => {
      const id = await firm.addUser({ email: 'pia@example.com', roles: ['clerk'] });
      const [here, elsewhere] = [await signedIn('pia@example.com'), await signedIn('pia@example.com')];
      const change = (current: unknown, password: unknown) => here('POST', '/auth/password', { current, password });
      expect(errorsOf(await change('wrong password 1', NEXT))).toEqual(['/current password']);
      expect(errorsOf(await change(PASSWORD, 'short'))).toEqual(['/password minLength']);
      expect(errorsOf(await change(PASSWORD, 'pia@example.com'))).toEqual(['/password commonPassword']);
      expect((await elsewhere('GET', '/auth/me')).status).toBe(200);
      const done = await change(PASSWORD, NEXT);
      expect([done.status, cookieOf(done)]).toEqual([204, expect.stringMatching(/^casement=[\w-]{43}$/)]);
      expect([(await here('GET', '/auth/me')).status, (await elsewhere('GET', '/auth/me')).status]).toEqual([401, 401]);
      expect((await callerOf(firm.url, { Cookie: cookieOf(done) })('GET', '/auth/me')).status).toBe(200);
      expect((await login('pia@example.com', PASSWORD)).status).toBe(401);
      expect((await login('pia@example.com', NEXT)).status).toBe(200);
      expect(await kindsOf(id)).toContain('password.changed');
    });

    it('is for a person with a session: no stranger, no key, nothing beside it', async () => {
      await firm.addUser({ email: 'kim@example.com', roles: ['clerk'] });
      const kim = await signedIn('kim@example.com');
      const made = await kim('POST', '/auth/keys', { name: 'k', roles: ['clerk'] });
      const key = callerOf(firm.url, { Authorization: `Bearer ${String(made.json['key'])}` });
      const body = { current: PASSWORD, password: NEXT };
      expect((await firm.stranger('POST', '/auth/password', body)).status).toBe(401);
      expect((await key('POST', '/auth/password', body)).status).toBe(403);
      expect((await kim('POST', '/auth/password', { ...body, token: 'x' })).status).toBe(400);
      expect((await kim('POST', '/auth/password', { current: ['x'], password: NEXT })).status).toBe(422);
      expect((await login('kim@example.com', PASSWORD)).status).toBe(200);
    });

    it('lets one of eight at once through (R-61)', async () => {
      await firm.addUser({ email: 'eve@example.com', roles: ['clerk'] });
      const eve = await signedIn('eve@example.com');
      const all = Array.from({ length: 8 }, (_, index) => `a phrase of number ${index}`);
      const replies = await Promise.all(
        all.map((password) => eve('POST', '/auth/password', { current: PASSWORD, password })),
      );
      expect(replies.filter(({ status }) => status === 204)).toHaveLength(1);
    });

    it('is throttled like a log-in, and with it (R-63)', async () => {
      await firm.addUser({ email: 'tom@example.com', roles: ['clerk'] });
      const tom = await signedIn('tom@example.com');
      const statuses: number[] = [];
      for (let i = 0; i < 11; i += 1) {
        const body = { current: `wrong password ${i}`, password: NEXT };
        statuses.push((await tom('POST', '/auth/password', body, { 'X-Forwarded-For': `9.9.9.${i}` })).status);
      }
      expect([statuses[9], statuses[10]]).toEqual([422, 429]);
      expect((await login('tom@example.com', PASSWORD)).status).toBe(429);
      firm.pass(HOUR);
    });
  });

  describe('a link by mail', () => {
    const ask = (email: unknown, headers = {}) => firm.stranger('POST', '/auth/reset', { email }, headers);
    const linkIn = (source: string) => {
      const text = source.replaceAll(/=\r?\n/g, '').replaceAll('=3D', '=');
      return /http:\/\/\S+/.exec(text)?.[0] ?? '';
    };
    const lettersTo = (address: string) => mailbox.letters.filter(({ to }) => to.includes(address));

    it('leads to a new password, once, from the configured address only (R-61, R-62)', async () => {
      const id = await firm.addUser({ email: 'rik@example.com', roles: ['clerk'], rest: {} });
      const rik = await signedIn('rik@example.com');
      const reply = await ask(' RIK@example.com', {
        'X-Forwarded-Host': 'evil.example',
        Forwarded: 'host=evil.example',
      });
      expect([reply.status, reply.text]).toEqual([204, '']);
      await firm.app.jobs.drain();
      const [letter, ...others] = lettersTo('rik@example.com');
      expect(others).toEqual([]);
      const link = new URL(linkIn(letter?.source ?? ''));
      expect(link.origin + link.pathname).toBe(`${ADDRESS}/auth/password`);
      const token = link.searchParams.get('token') ?? '';
      expect(token).toMatch(/^[\w-]{43}$/);
      const body = { token, password: NEXT };
      const replies = await Promise.all(Array.from({ length: 8 }, () => firm.stranger('POST', '/auth/password', body)));
      expect(replies.map(({ status }) => status).sort()).toEqual([204, ...Array.from({ length: 7 }, () => 422)]);
      expect((await rik('GET', '/auth/me')).status).toBe(401);
      expect((await login('rik@example.com', NEXT)).status).toBe(200);
      expect(await kindsOf(id)).toContain('reset.sent');
      const stored = JSON.stringify([
        await firm.app.db.read(sql`select * from "_jobs"`),
        await firm.app.db.read(sql`select * from "_changes"`),
        await firm.app.db.read(sql`select * from "_tokens"`),
      ]);
      expect(stored).not.toContain(token);
    });

    it('tells nobody whether an address is known: one answer, one job, whoever it is (R-64)', async () => {
      const gone = await firm.addUser({ email: 'gus@example.com', roles: ['clerk'] });
      await (
        await signedIn('olga@example.com')
      )('PATCH', `/api/users/${gone}`, { active: false });
      const before = mailbox.letters.length;
      const jobs = async () =>
        (await firm.app.db.read(sql`select "id" from "_jobs" where "kind" = 'passwordReset'`)).length;
      const had = await jobs();
      const replies = [await ask('olga@example.com'), await ask('nobody@example.com'), await ask('gus@example.com')];
      expect(replies.map(({ status, text }) => [status, text])).toEqual([
        [204, ''],
        [204, ''],
        [204, ''],
      ]);
      expect(await jobs()).toBe(had + 3);
      await firm.app.jobs.drain();
      expect(mailbox.letters.slice(before).map(({ to }) => to)).toEqual([['olga@example.com']]);
      const left = await firm.app.jobs.listJobs({ limit: 3 });
      expect(left.map(({ state, lastError }) => [state, lastError])).toEqual([
        ['done', null],
        ['done', null],
        ['done', null],
      ]);
      expect(JSON.stringify(left)).not.toContain('@');
    });

    it('only the last one works, for an hour, and none after the address has changed (R-61)', async () => {
      const id = await firm.addUser({ email: 'lea@example.com', roles: ['clerk'] });
      const links: string[] = [];
      for (let i = 0; i < 2; i += 1) {
        await ask('lea@example.com');
        await firm.app.jobs.drain();
        links.push(new URL(linkIn(lettersTo('lea@example.com')[i]?.source ?? '')).searchParams.get('token') ?? '');
      }
      const choose = (token: string | undefined) => firm.stranger('POST', '/auth/password', { token, password: NEXT });
      expect((await choose(links[0])).status).toBe(422);
      await (
        await signedIn('olga@example.com')
      )('PATCH', `/api/users/${id}`, { email: 'lea@elsewhere.example' });
      expect((await choose(links[1])).status).toBe(422);
      expect((await login('lea@elsewhere.example', PASSWORD)).status).toBe(200);
    });

    it('speaks the person’s language', async () => {
      await firm.addUser({ email: 'eno@example.com', roles: ['clerk'] });
      const olga = await signedIn('olga@example.com');
      const { json } = await olga('GET', '/api/users?filter[email]=eno@example.com');
      const [eno] = json['data'] as { id: string }[];
      expect((await olga('PATCH', `/api/users/${eno?.id}`, { language: 'et' })).status).toBe(200);
      await ask('eno@example.com');
      await firm.app.jobs.drain();
      expect(lettersTo('eno@example.com')[0]?.source).toContain('Subject: Uus parool');
    });

    it('is throttled by account and by address, whatever the request says of itself (R-63)', async () => {
      firm.pass(2 * HOUR);
      const statuses: number[] = [];
      for (let i = 0; i < 6; i += 1)
        statuses.push((await ask('nobody@example.com', { 'X-Forwarded-For': `9.9.9.${i}` })).status);
      expect(statuses).toEqual([204, 204, 204, 204, 204, 429]);
      for (let i = 0; i < 26; i += 1) statuses.push((await ask(`n${i}@example.com`)).status);
      expect(statuses.at(-1)).toBe(429);
      firm.pass(2 * HOUR);
      expect((await ask('nobody@example.com')).status).toBe(204);
    });

    it('takes an address and nothing else', async () => {
      expect((await ask(['olga@example.com'])).status).toBe(422);
      expect((await ask('')).status).toBe(422);
      expect((await firm.stranger('POST', '/auth/reset', { email: 'a@b.example', url: 'x' })).status).toBe(400);
      expect((await firm.stranger('GET', '/auth/reset')).status).toBe(405);
      expect((await ask('a@b.example', { Origin: 'http://evil.example' })).status).toBe(403);
    });
  });

  it('ended sessions and used links are swept, live ones stay', async () => {
    const count = async (table: string) => (await firm.app.db.read(sql`select 1 from ${sql.id(table)}`)).length;
    const olga = await signedIn('olga@example.com');
    const id = await firm.addUser({ email: 'sid@example.com', roles: ['clerk'] });
    const { token } = (await olga('POST', '/auth/invites', { user: id })).json;
    await firm.app.auth.sweep();
    expect([(await olga('GET', '/auth/me')).status, await count('_tokens')]).toEqual([200, 1]);
    expect((await firm.stranger('POST', '/auth/password', { token, password: NEXT })).status).toBe(204);
    await firm.app.auth.sweep();
    expect([(await count('_sessions')) > 0, await count('_tokens')]).toEqual([true, 0]);
    firm.pass(15 * 24 * HOUR);
    await firm.app.auth.sweep();
    expect(await count('_sessions')).toBe(0);
  });
});

it('without an address of its own no link is sent, whoever asks (R-61, R-64)', async () => {
  const mailbox = await openMailbox();
  const firm = await startHttpApp('sqlite', { smtpUrl: mailbox.url });
  await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
  const strip = (text: string) => text.replace(/"requestId":"[^"]+"/, '');
  const replies = [];
  for (const email of ['olga@example.com', 'nobody@example.com'])
    replies.push(await firm.stranger('POST', '/auth/reset', { email }, { 'X-Forwarded-Host': 'evil.example' }));
  expect(replies.map(({ status }) => status)).toEqual([503, 503]);
  expect(strip(replies[0]?.text ?? '')).toBe(strip(replies[1]?.text ?? ''));
  expect(replies[0]?.json['detail']).toContain('CASEMENT_URL');
  await firm.app.jobs.drain();
  expect(mailbox.letters).toEqual([]);
  await firm.close();
  await mailbox.close();
});
