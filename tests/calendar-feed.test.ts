import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp } from './support/http-app.ts';

/** Sees his own tasks without their notes, and no activities. */
const GUEST = {
  name: 'guest',
  title: 'Guest',
  entities: { task: { read: 'own', fields: { notes: 'hidden' } } },
  operations: [],
};

describe.each(DIALECTS)('calendar feeds on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let anna: Caller;
  let annaId: string;
  let guest: Caller;
  let guestId: string;

  beforeAll(async () => {
    firm = await startHttpApp(dialect, { url: 'http://crm.example', files: { 'schemas/roles/guest.json': GUEST } });
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    annaId = await firm.addUser({ email: 'anna@example.com', roles: ['manager'] });
    guestId = await firm.addUser({ email: 'gus@example.com', roles: ['guest'] });
    const login = async (email: string): Promise<Caller> => {
      const reply = await firm.stranger('POST', '/auth/login', { email, password: 'correct horse 42' });
      const cookie = reply.headers.get('set-cookie')?.split(';')[0] ?? '';
      return (method, path, body, headers = {}) =>
        firm.stranger(method, path, body, { Cookie: cookie, Origin: 'http://crm.example', ...headers });
    };
    [owner, anna, guest] = await Promise.all([
      login('olga@example.com'),
      login('anna@example.com'),
      login('gus@example.com'),
    ]);
  });
  afterAll(async () => firm?.close());

  const addressOf = async (who: Caller) => {
    const { status, json } = await who('POST', '/auth/calendar');
    expect([status, json['url']]).toEqual([201, `http://crm.example${String(json['path'])}`]);
    return String(json['path']);
  };
  /** Events by title, each as its properties; folded lines are joined. */
  const eventsAt = async (path: string) => {
    const { status, text, headers } = await firm.stranger('GET', path);
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      200,
      'text/calendar; charset=utf-8',
      'no-store',
    ]);
    const blocks = text.replaceAll('\r\n ', '').split('BEGIN:VEVENT').slice(1);
    return new Map(
      blocks.map((block) => {
        const properties = Object.fromEntries(
          block
            .split('\r\n')
            .map((line): [string, string] => [line.split(/[:;]/)[0] ?? '', line.slice(line.indexOf(':') + 1)]),
        );
        return [properties['SUMMARY'] ?? '', properties];
      }),
    );
  };
  const addTask = async (input: Readonly<Record<string, unknown>>) =>
    String((await owner('POST', '/api/tasks', { assignee: annaId, ...input })).json['id']);

  it('hold the tasks and visits of their owner and of nobody else, at the right instants', async () => {
    const task = await addTask({
      title: 'Call Ivan',
      dueAt: '2026-03-29T02:30:00+02:00',
      notes: 'about the windows; soon, please',
    });
    await addTask({ title: 'Of somebody else', dueAt: '2026-03-20T10:00:00Z', assignee: guestId });
    await addTask({ title: 'Without a time' });
    await addTask({ title: 'Long ago', dueAt: '2025-12-01T10:00:00Z' });
    await addTask({ title: 'Done', dueAt: '2026-03-15T10:00:00Z', doneAt: '2026-03-15T11:00:00Z' });
    const contact = await owner('POST', '/api/contacts', {
      name: 'Mari',
      address: 'Pikk 1\nTallinn',
      assignee: annaId,
    });
    const visit = {
      kind: 'visit',
      subject: 'Measure',
      at: '2026-03-19T14:00:00+02:00',
      duration: '1h30m',
      contact: contact.json['id'],
      assignee: annaId,
    };
    await owner('POST', '/api/activities', visit);
    await owner('POST', '/api/activities', { ...visit, kind: 'call', subject: 'A call' });
    const events = await eventsAt(await addressOf(anna));
    expect([...events.keys()].sort()).toEqual(['Call Ivan', 'Measure · Mari', '✓ Done']);
    expect(events.get('Call Ivan')).toMatchObject({
      DTSTART: '20260329T003000Z',
      DTEND: '20260329T010000Z',
      UID: `${task}@casement`,
      DESCRIPTION: 'about the windows\\; soon\\, please',
      URL: `http://crm.example/app/tasks/${task}`,
    });
    expect(events.get('Measure · Mari')).toMatchObject({
      DTSTART: '20260319T120000Z',
      DTEND: '20260319T133000Z',
      LOCATION: 'Pikk 1\\nTallinn',
    });
  });

  it('change with the record, under the same id', async () => {
    const id = await addTask({ title: 'Moving', dueAt: '2026-03-20T10:00:00Z' });
    const path = await addressOf(anna);
    const before = (await eventsAt(path)).get('Moving');
    expect((await firm.stranger('GET', path)).text).toBe((await firm.stranger('GET', path)).text);
    firm.pass(1_000);
    await owner('PATCH', `/api/tasks/${id}`, { dueAt: '2026-03-21T10:00:00Z' });
    const after = (await eventsAt(path)).get('Moving');
    expect([after?.['UID'], after?.['DTSTART']]).toEqual([before?.['UID'], '20260321T100000Z']);
    expect(Number(after?.['SEQUENCE'])).toBeGreaterThan(Number(before?.['SEQUENCE']));
  });

  it('hold only what their owner may read now (R-02, R-11)', async () => {
    await addTask({ title: 'Guest task', dueAt: '2026-03-20T10:00:00Z', assignee: guestId, notes: 'not for guests' });
    const path = await addressOf(guest);
    const { text } = await firm.stranger('GET', path);
    expect([text.includes('Guest task'), text.includes('not for guests')]).toEqual([true, false]);
    await owner('PATCH', `/api/users/${guestId}`, { roles: [] });
    expect((await firm.stranger('GET', path)).text).not.toContain('Guest task');
    await owner('PATCH', `/api/users/${guestId}`, { roles: ['guest'], active: false });
    const gone = await firm.stranger('GET', path);
    const unknown = await firm.stranger('GET', `/calendar/${'x'.repeat(43)}.ics`);
    expect([gone.status, gone.json['detail']]).toEqual([404, unknown.json['detail']]);
  });

  it('have an address that is secret, one at a time, and ends when it is revoked', async () => {
    const first = await addressOf(anna);
    const second = await addressOf(anna);
    expect((await firm.stranger('GET', first)).status).toBe(404);
    expect((await firm.stranger('GET', second)).status).toBe(200);
    expect((await anna('GET', '/auth/calendar')).json['createdAt']).toEqual(expect.any(String));
    expect((await anna('DELETE', '/auth/calendar')).status).toBe(204);
    expect((await firm.stranger('GET', second)).status).toBe(404);
    expect((await anna('GET', '/auth/calendar')).json).toEqual({ createdAt: null });
    expect((await firm.stranger('POST', '/auth/calendar')).status).toBe(401);
    for (const path of ['/calendar/', '/calendar/x', '/calendar/.ics', `${second}?a=1`, second.replace('.ics', '')])
      expect((await firm.stranger('GET', path)).status).toBeGreaterThanOrEqual(400);
    const { json } = await owner('POST', '/auth/keys', { name: 'k', roles: ['owner'] });
    expect(
      (await firm.stranger('POST', '/auth/calendar', undefined, { Authorization: `Bearer ${String(json['key'])}` }))
        .status,
    ).toBe(403);
  });

  it('no text of a record adds a line of its own (R-31)', async () => {
    await addTask({
      title: 'a\r\nEND:VEVENT\r\nX-EVIL:1',
      notes: 'b\nATTACH:file:///etc/passwd\u0007',
      dueAt: '2026-03-20T10:00:00Z',
    });
    const { text } = await firm.stranger('GET', await addressOf(anna));
    expect(text.split('\r\n').filter((line) => /^(X-EVIL|ATTACH)/.test(line))).toEqual([]);
    expect(text.match(/BEGIN:VEVENT/g)).toHaveLength((text.match(/END:VEVENT\r\n/g) ?? []).length);
    expect(text).not.toContain('\u0007');
  });
});
