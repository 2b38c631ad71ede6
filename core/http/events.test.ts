import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openEventStream } from '../../tests/support/event-stream.ts';
import type { EventStream } from '../../tests/support/event-stream.ts';
import { callerOf, PASSWORD, startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp } from '../../tests/support/http-app.ts';
import { sql } from '../storage/sql.ts';

describe.each(DIALECTS)('live events on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let count = 0;

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    owner = await firm.login('olga@example.com');
  });
  afterAll(async () => firm?.close());

  /** A clerk of his own for each test, with the headers of his session. */
  async function newClerk() {
    const email = `clerk${(count += 1)}@example.com`;
    const id = await firm.addUser({ email, roles: ['clerk'] });
    const login = await firm.stranger('POST', '/auth/login', { email, password: PASSWORD });
    const headers = { Cookie: login.headers.get('set-cookie')?.split(';')[0] ?? '' };
    return { id, headers, open: (more = {}) => openEventStream(firm.url, { ...headers, ...more }) };
  }

  const newContact = async (name: string, assignee: string | null) =>
    String((await owner('POST', '/api/contacts', { name, assignee })).json['id']);
  const told = (stream: EventStream) => stream.events().map(({ data }) => data['id']);

  it('tell of changes the caller may see, and of no others, until he is shut out (R-02, R-11)', async () => {
    const clerk = await newClerk();
    const stream = await clerk.open({ 'Accept-Encoding': 'gzip' });
    const { response } = stream;
    expect([response.status, response.headers.get('content-type'), response.headers.get('content-encoding')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      null,
    ]);
    const hidden = await newContact('Hidden', null);
    const shown = await newContact('Shown', clerk.id);
    await stream.until(() => told(stream).includes(shown));
    expect(stream.text()).not.toContain(hidden);
    expect(stream.events()).toMatchObject([
      { event: 'change', data: { entity: 'contact', id: shown, kind: 'created', seq: expect.any(Number) } },
    ]);
    await owner('PATCH', `/api/users/${clerk.id}`, { active: false });
    await stream.ended;
  });

  it('tell a parent whose figures moved with a child', async () => {
    const stream = await openEventStream(firm.url, await ownerHeaders());
    const contact = await newContact('Buyer', null);
    const deal = (await owner('POST', '/api/deals', { title: 'D', customer: contact })).json;
    const line = { deal: deal['id'], title: 'Line', quantity: 1, price: '5' };
    await owner('POST', `/api/${firm.app.model().entity('dealLine').plural}`, line);
    await stream.until(() => stream.events().filter(({ data }) => data['id'] === deal['id']).length >= 2);
    expect(
      stream
        .events()
        .filter(({ data }) => data['id'] === deal['id'])
        .map(({ data }) => data['kind']),
    ).toEqual(['created', 'updated']);
    stream.cut();
  });

  async function ownerHeaders() {
    const login = await firm.stranger('POST', '/auth/login', { email: 'olga@example.com', password: PASSWORD });
    return { Cookie: login.headers.get('set-cookie')?.split(';')[0] ?? '' };
  }

  it('go on where a lost line ended: what was missed is told once, and nothing else', async () => {
    const clerk = await newClerk();
    const first = await clerk.open();
    const before = await newContact('Before', clerk.id);
    await first.until(() => told(first).includes(before));
    first.cut();
    const missed = await newContact('Missed', clerk.id);
    const second = await newContact('Missed too', clerk.id);
    const hidden = await newContact('Missed and hidden', null);
    const again = await clerk.open({ 'Last-Event-ID': first.lastId() });
    const after = await newContact('After', clerk.id);
    await again.until(() => told(again).includes(after));
    expect(told(again)).toEqual([missed, second, after]);
    // One that is cut off between the two is told both again.
    expect(again.events()[0]?.id).toBe(first.lastId());
    expect(again.events()[1]?.id).not.toBe(first.lastId());
    expect(again.text()).not.toContain(hidden);
    // The mark moves on with the line, though nothing of it was for him to see.
    again.cut();
    const third = await clerk.open({ 'Last-Event-ID': again.lastId() });
    const last = await newContact('Last', clerk.id);
    await third.until(() => told(third).includes(last));
    expect(told(third)).toEqual([last]);
    third.cut();
  });

  it('say "reset" when too much was missed, or the mark is not of this database', async () => {
    const clerk = await newClerk();
    const first = await clerk.open();
    first.cut();
    const rows = Array.from({ length: 501 }, (_, index) => ({ name: `Many ${index}` }));
    expect((await owner('POST', '/api/contacts', rows)).status).toBe(201);
    for (const mark of [first.lastId(), 'garbage', '999999999', `${'9'.repeat(18)}:${'9'.repeat(18)}:`, '5:4:', '0']) {
      const again = await clerk.open({ 'Last-Event-ID': mark });
      await again.until(() => again.events().length > 0);
      expect(again.events()[0], mark).toMatchObject({ event: 'reset', data: {} });
      const live = await newContact('Live', clerk.id);
      await again.until(() => told(again).includes(live));
      again.cut();
    }
  });

  it('end within a second with the session, the key, the role or the time (R-11)', async () => {
    type End = (clerk: { id: string; session: Caller }) => Promise<unknown>;
    const ends: readonly [string, End][] = [
      ['the log-out', async ({ session }) => session('POST', '/auth/logout')],
      ['another role', async ({ id }) => owner('PATCH', `/api/users/${id}`, { roles: ['nobody'] })],
      ['a new password', async ({ id }) => firm.app.auth.setPassword(id, 'another phrase of mine')],
      ['the end of the account', async ({ id }) => owner('DELETE', `/api/users/${id}`)],
    ];
    for (const [what, end] of ends) {
      const clerk = await newClerk();
      const session = callerOf(firm.url, clerk.headers);
      const stream = await clerk.open();
      const started = Date.now();
      await end({ id: clerk.id, session });
      await stream.ended;
      // At once: the next heartbeat, which would end it as well, is 15 s away.
      expect(Date.now() - started, what).toBeLessThan(8000);
    }
    const keeper = await newClerk();
    const { id, key } = (
      await callerOf(firm.url, keeper.headers)('POST', '/auth/keys', { name: 'k', roles: ['clerk'] })
    ).json as { id: string; key: string };
    const stream = await openEventStream(firm.url, { Authorization: `Bearer ${key}` });
    await callerOf(firm.url, keeper.headers)('DELETE', `/auth/keys/${id}`);
    await stream.ended;
  });

  it('are refused to nobody’s key and take no parameter', async () => {
    expect((await firm.stranger('GET', '/events')).status).toBe(401);
    expect((await owner('GET', '/events?since=1')).status).toBe(400);
    expect((await owner('HEAD', '/events')).status).toBe(200);
  });

  // Several processes share only a PostgreSQL.
  if (dialect === 'postgres') {
    it('reach a screen at another process, and end there within a second too (R-11)', async () => {
      const other = await firm.another();
      const clerk = await newClerk();
      const stream = await openEventStream(other.url, clerk.headers);
      const shown = await newContact('From afar', clerk.id);
      await stream.until(() => told(stream).includes(shown));
      const caller = callerOf(other.url, clerk.headers);
      expect((await caller('GET', '/auth/me')).status).toBe(200);
      const started = Date.now();
      await owner('PATCH', `/api/users/${clerk.id}`, { active: false });
      await stream.ended;
      expect(Date.now() - started).toBeLessThan(8000);
      expect((await caller('GET', '/auth/me')).status).toBe(401);
    });

    it('lose nothing of a slower transaction, nor while the line between processes is cut', async () => {
      const other = await firm.another();
      const clerk = await newClerk();
      const stream = await openEventStream(other.url, clerk.headers);
      const system = firm.app.system('test');
      let slow = '';
      await firm.app.records.transaction(system, async (ctx) => {
        const input = { name: 'Slow', assignee: clerk.id };
        slow = String((await firm.app.records.write(ctx, { op: 'create', entity: 'contact', input }))['id']);
        const quick = await fetch(`${other.url}/api/contacts`, {
          method: 'POST',
          headers: { ...clerk.headers, 'Content-Type': 'application/json' },
          body: JSON.stringify({ name: 'Quick' }),
        });
        const { id } = (await quick.json()) as { id: string };
        // Its number is higher, it is there first, and its mark must not hide the slower one.
        await stream.until(() => told(stream).includes(id));
        stream.cut();
      });
      const again = await openEventStream(other.url, { ...clerk.headers, 'Last-Event-ID': stream.lastId() });
      await again.until(() => told(again).length > 0);
      expect(told(again)).toEqual([slow]);
      await other.app.db.transaction((tx) =>
        tx.all(
          sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'`,
        ),
      );
      const dark = await newContact('In the dark', clerk.id);
      await again.until(() => told(again).includes(dark));
      expect(told(again)).toEqual([slow, dark]);
      again.cut();
    });
  }
});
