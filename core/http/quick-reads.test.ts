import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { callerOf, startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp } from '../../tests/support/http-app.ts';

const watcher = (fields: Readonly<Record<string, string>> = {}, read: unknown = 'all') => ({
  name: 'watcher',
  title: 'Watcher',
  entities: { contact: { read, fields }, user: { read: 'all' } },
  operations: [],
});

/** Whoever is known, and whatever is compiled, is believed only as long as it holds. */
describe.each(DIALECTS)('reads by a caller who is in memory, on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let contact: string;
  let turn = 0;

  beforeAll(async () => {
    firm = await startHttpApp(dialect, { files: { 'schemas/roles/watcher.json': watcher() } });
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    owner = await firm.login('olga@example.com');
    contact = String((await owner('POST', '/api/contacts', { name: 'Ann', city: 'Riga' })).json['id']);
  });

  afterAll(() => firm?.close());

  /** Somebody new with a session and a key, both of which have read already. */
  async function somebody(): Promise<{ id: string; session: Caller; key: Caller; keyId: string }> {
    turn += 1;
    const email = `reader${turn}@example.com`;
    const id = await firm.addUser({ email, roles: ['watcher'] });
    const session = await firm.login(email);
    const made = (await session('POST', '/auth/keys', { name: 'k', roles: ['watcher'] })).json;
    const key = callerOf(firm.url, { Authorization: `Bearer ${String(made['key'])}` });
    for (const caller of [session, key, session, key]) expect(await read(caller)).toEqual([200, 200]);
    return { id, session, key, keyId: String(made['id']) };
  }

  const read = async (caller: Caller) => [
    (await caller('GET', `/api/contacts/${contact}`)).status,
    (await caller('GET', '/api/contacts?limit=1')).status,
  ];

  test('R-11: a revoked key reads nothing more, at once', async () => {
    const { session, key, keyId } = await somebody();
    expect((await session('DELETE', `/auth/keys/${keyId}`)).status).toBe(204);
    expect(await read(key)).toEqual([401, 401]);
    expect(await read(session)).toEqual([200, 200]);
  });

  test('R-11: who logs out, or is no longer active, reads nothing more, at once', async () => {
    const one = await somebody();
    expect((await one.session('POST', '/auth/logout')).status).toBe(204);
    expect(await read(one.session)).toEqual([401, 401]);
    const other = await somebody();
    expect((await owner('PATCH', `/api/users/${other.id}`, { active: false })).status).toBe(200);
    expect(await read(other.session)).toEqual([401, 401]);
    expect(await read(other.key)).toEqual([401, 401]);
  });

  test('R-11: a role taken from its holder is lost to his key at once', async () => {
    const { id, key } = await somebody();
    await owner('PATCH', `/api/users/${id}`, { roles: ['nobody'] });
    expect(await read(key)).toEqual([404, 403]);
  });

  test('addresses are spelt exactly, whoever is known; ids in either case', async () => {
    await read(owner);
    expect((await owner('GET', '/API/contacts?limit=1')).status).toBe(404);
    expect((await owner('GET', '/api/Contacts?limit=1')).status).toBe(404);
    expect((await owner('GET', `/api/contacts/${contact.toUpperCase()}`)).json['id']).toBe(contact);
  });

  test('a key ends at its hour', async () => {
    const { session } = await somebody();
    const expiresAt = new Date(Date.UTC(2026, 2, 16, 9) + 3_600_000).toISOString();
    const made = await session('POST', '/auth/keys', { name: 'short', roles: ['watcher'], expiresAt });
    const key = callerOf(firm.url, { Authorization: `Bearer ${String(made.json['key'])}` });
    expect(await read(key)).toEqual([200, 200]);
    firm.pass(3_600_001);
    expect(await read(key)).toEqual([401, 401]);
  });

  test('R-11: a changed role is seen by the next read, though it is spelt the same', async () => {
    const { session, key } = await somebody();
    const save = (json: ReturnType<typeof watcher> | null) =>
      firm.app.definitions.save(firm.app.system('test'), { kind: 'role', name: 'watcher', json });
    const cities = async () => {
      const texts = await Promise.all(
        [session, key].flatMap((caller) => [
          caller('GET', `/api/contacts/${contact}`),
          caller('GET', '/api/contacts?limit=1'),
        ]),
      );
      return texts.map(({ text }) => text.includes('Riga'));
    };
    expect(await cities()).toEqual([true, true, true, true]);
    await save(watcher({ city: 'hidden' }));
    expect(await cities()).toEqual([false, false, false, false]);
    await save(watcher({}, { city: 'Oslo' }));
    expect(await read(session)).toEqual([404, 200]);
    expect((await key('GET', '/api/contacts?limit=1')).json['data']).toEqual([]);
    await save(null);
    expect(await cities()).toEqual([true, true, true, true]);
  });

  test('the short way answers like the long one, headers and all', async () => {
    const { key } = await somebody();
    const odd = new Set(['x-request-id', 'date']);
    const told = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
      const { status, text, headers: all } = await key('GET', path, undefined, headers);
      const json = JSON.parse(text) as Record<string, unknown>;
      delete json['requestId'];
      return { status, json, headers: [...all].filter(([name]) => !odd.has(name)).sort() };
    };
    // A slash at the end is taken, but only by the router.
    for (const [short, long] of [
      ['/api/contacts?limit=1', '/api/contacts/?limit=1'],
      [`/api/contacts/${contact}?fields=name`, `/api/contacts/${contact}/?fields=name`],
      [`/api/contacts/${contact.toUpperCase()}`, `/api/contacts/${contact}/`],
      [`/api/contacts/${contact.replace(/^./, 'f')}`, `/api/contacts/${contact.replace(/^./, 'f')}/`],
      ['/api/contact?limit=1', '/api/contact/?limit=1'],
      ['/api/contacts?limit=0', '/api/contacts/?limit=0'],
      ['/api/contacts?colour=red', '/api/contacts/?colour=red'],
      ['/api/deals', '/api/deals/'],
    ] as const) {
      expect(await told(short), short).toEqual(await told(long));
    }
  });
});
