import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSignature } from '../core/channels/signature.ts';
import { DIALECTS } from './support/databases.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp } from './support/http-app.ts';
import { openReceiver } from './support/webhook-receiver.ts';
import type { Delivered, WebhookReceiver } from './support/webhook-receiver.ts';

type Row = Readonly<Record<string, unknown>>;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** May manage channels, and sees only his own contacts, without their birthdays. */
const MEEK = {
  name: 'meek',
  title: 'Meek',
  entities: { contact: { read: 'own', create: 'all', fields: { birthday: 'hidden' } } },
  operations: ['channels'],
};

/** A rule that tells another program by itself. */
const tellPortal = (url: string) => ({
  name: 'tellPortal',
  title: 'Tell the portal',
  on: { trigger: 'created', entity: 'product' },
  do: [{ key: 'tell', action: 'webhook', with: { url: `${url}?a=1`, body: { name: { $expr: 'record.name' } } } }],
  as: 'system',
});

describe.each(DIALECTS)('webhooks on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let meek: Caller;
  let meekId: string;
  let receiver: WebhookReceiver;
  let now = Date.UTC(2026, 2, 16, 9);

  beforeAll(async () => {
    receiver = await openReceiver();
    firm = await startHttpApp(dialect, {
      workers: false,
      environment: { OUTBOUND_ALLOW: '127.0.0.1' },
      files: { 'schemas/roles/meek.json': MEEK, 'schemas/automations/tellPortal.json': tellPortal(receiver.url) },
    });
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    meekId = await firm.addUser({ email: 'mel@example.com', roles: ['meek'] });
    await firm.addUser({ email: 'carl@example.com', roles: ['clerk'] });
    owner = await firm.login('olga@example.com');
    meek = await firm.login('mel@example.com');
  });
  afterAll(async () => {
    await firm?.close();
    await receiver?.close();
  });

  const pass = (ms: number) => {
    now += ms;
    firm.pass(ms);
  };
  const drain = () => firm.app.jobs.drain();
  const make = async (input: Row = {}, as = owner) => {
    const { status, json } = await as('POST', '/webhooks', {
      url: receiver.url,
      entities: ['contact'],
      kinds: ['created'],
      ...input,
    });
    expect(status, JSON.stringify(json)).toBe(201);
    return {
      id: String(json['id']),
      secret: String(json['secret']),
      remove: () => owner('DELETE', `/webhooks/${String(json['id'])}`),
    };
  };
  const addContact = async (values: Row = {}, as = owner) =>
    String((await as('POST', '/api/contacts', { name: 'Ivan', ...values })).json['id']);
  const isBy = (secret: string, { header, body }: Delivered) => {
    try {
      return checkSignature([secret], { header, body: Buffer.from(body) }, now).id;
    } catch {
      return null;
    }
  };
  /** What came from now on, once all is run. */
  const since = async (work: () => Promise<unknown>) => {
    const before = receiver.deliveries.length;
    await work();
    await drain();
    return receiver.deliveries.slice(before);
  };

  it('tell a change once it is committed, signed, with the record as it is', async () => {
    const hook = await make();
    const [delivered, ...more] = await since(() => addContact({ name: 'Õie', phone: '8 (495) 111-22-33' }));
    expect(more).toEqual([]);
    expect(delivered?.json).toMatchObject({
      type: 'contact.created',
      data: { entity: 'contact', kind: 'created', record: { name: 'Õie', phone: '+74951112233' } },
    });
    expect(delivered && isBy(hook.secret, delivered)).toMatch(/^[0-9a-f-]{36}\.[0-9a-f-]{36}$/);
    expect(delivered?.header('content-type')).toBe('application/json');
    // Refused writes, other kinds and other entities tell nothing.
    const none = await since(async () => {
      await owner('POST', '/api/contacts', { name: '' });
      const id = await owner('POST', '/api/tasks', { title: 'x' });
      await owner('DELETE', `/api/tasks/${String(id.json['id'])}`);
    });
    expect(none).toEqual([]);
    await hook.remove();
    expect(await since(() => addContact())).toEqual([]);
  });

  it('fail and come again with the same id, until they are taken (R-47); a redirect is a failure', async () => {
    const hook = await make();
    receiver.answer(302);
    const first = await since(() => addContact());
    receiver.answer(500);
    pass(10_000);
    const second = await since(async () => undefined);
    expect((await owner('GET', '/webhooks')).json['data']).toMatchObject([
      { id: hook.id, state: 'failing', lastError: expect.stringContaining('answered 500') as string },
    ]);
    receiver.answer(200);
    pass(60_000);
    const third = await since(async () => undefined);
    pass(DAY);
    expect(await since(async () => undefined)).toEqual([]);
    const ids = [...first, ...second, ...third].map((delivered) => delivered.header('webhook-id'));
    expect([first.length, second.length, third.length, new Set(ids).size]).toEqual([1, 1, 1, 1]);
    expect(first[0]?.header('webhook-timestamp')).not.toBe(third[0]?.header('webhook-timestamp'));
    expect((await owner('GET', '/webhooks')).json['data']).toMatchObject([
      { state: 'on', lastError: null, failingSince: null },
    ]);
    await hook.remove();
  });

  it('tell what their maker may see, as long as he may (R-02, R-13)', async () => {
    const hook = await make({ kinds: [] }, meek);
    const foreign = await since(() => addContact({ name: 'Secret client', birthday: '1980-01-01' }));
    expect(foreign).toEqual([]);
    const [own] = await since(() => addContact({ name: 'Own client', assignee: meekId, birthday: '1980-01-01' }));
    expect(own?.json['data']).toMatchObject({ record: { name: 'Own client' } });
    expect(own?.body).not.toContain('1980');
    expect((await meek('POST', '/webhooks', { url: receiver.url, entities: ['deal'] })).json['errors']).toMatchObject([
      { path: '/entities' },
    ]);
    await owner('PATCH', `/api/users/${meekId}`, { active: false });
    expect(await since(() => addContact({ assignee: meekId }))).toEqual([]);
    await owner('PATCH', `/api/users/${meekId}`, { active: true });
    await hook.remove();
  });

  it('a secret belongs to one address: another address has another one, an exchange overlaps for a day (R-57)', async () => {
    const hook = await make();
    const other = await make();
    expect(other.secret).not.toBe(hook.secret);
    await other.remove();
    const rotated = await owner('POST', `/webhooks/${hook.id}/rotate`);
    const secret = String(rotated.json['secret']);
    const [both] = await since(() => addContact());
    expect(both && [isBy(secret, both) !== null, isBy(hook.secret, both) !== null]).toEqual([true, true]);
    pass(DAY + 1);
    const [one] = await since(() => addContact());
    expect(one && [isBy(secret, one) !== null, isBy(hook.secret, one)]).toEqual([true, null]);
    const moved = await owner('PATCH', `/webhooks/${hook.id}`, { url: `${receiver.url}/elsewhere` });
    const [elsewhere] = await since(() => addContact());
    expect(elsewhere && [isBy(String(moved.json['secret']), elsewhere) !== null, isBy(secret, elsewhere)]).toEqual([
      true,
      null,
    ]);
    for (const { text } of [
      await owner('GET', '/webhooks'),
      await owner('PATCH', `/webhooks/${hook.id}`, { kinds: [] }),
    ])
      expect(text).not.toContain('whsec_');
    await hook.remove();
  });

  it('an endpoint that fails for three days is switched off, its maker is told, and it can be switched on again (R-59)', async () => {
    const hook = await make();
    receiver.answer(503);
    await addContact();
    for (let hours = 0; hours < 80; hours += 1) {
      pass(HOUR);
      await drain();
    }
    const state = async () =>
      ((await owner('GET', '/webhooks')).json['data'] as Row[]).find(({ id }) => id === hook.id);
    expect(await state()).toMatchObject({ state: 'off', lastError: expect.stringContaining('503') as string });
    const notes = (await owner('GET', '/api/notifications')).json['data'] as Row[];
    expect(notes.filter(({ title }) => String(title).includes('is switched off'))).toHaveLength(1);
    expect(await since(() => addContact())).toEqual([]);
    const dead = (await firm.app.jobs.listJobs({ state: 'dead' })).filter(({ kind }) => kind === 'webhook');
    expect(dead).toHaveLength(1);
    receiver.answer(200);
    await owner('PATCH', `/webhooks/${hook.id}`, { isOn: true });
    expect(await state()).toMatchObject({ state: 'on' });
    // Nothing was lost: what could not be told is run again by hand.
    const again = await since(() => owner('POST', `/jobs/${dead[0]?.id ?? ''}/retry`));
    expect(again).toHaveLength(1);
    await hook.remove();
  });

  it('an endpoint that says it is gone is switched off at once', async () => {
    const hook = await make();
    receiver.answer(410);
    await since(() => addContact());
    receiver.answer(200);
    expect(((await owner('GET', '/webhooks')).json['data'] as Row[])[0]).toMatchObject({ state: 'off' });
    await hook.remove();
  });

  it('what a rule sends is signed, too, with the secret of its address', async () => {
    const { json } = await owner('POST', '/webhooks/secret', { url: receiver.url });
    const [told] = await since(() => owner('POST', '/api/products', { name: 'Handle' }));
    expect(told?.json).toEqual({ name: 'Handle' });
    expect(told && isBy(String(json['secret']), told)).toBe(told?.header('idempotency-key'));
    const other = await owner('POST', '/webhooks/secret', { url: `${receiver.url}/other` });
    expect(told && isBy(String(other.json['secret']), told)).toBeNull();
    const clerk = await firm.login('carl@example.com');
    expect((await clerk('POST', '/webhooks/secret', { url: receiver.url })).status).toBe(403);
  });

  it('who may not, and what is wrong, is refused', async () => {
    const clerk = await firm.login('carl@example.com');
    expect((await clerk('GET', '/webhooks')).status).toBe(403);
    expect((await firm.stranger('POST', '/webhooks', { url: receiver.url })).status).toBe(401);
    for (const url of ['ftp://a', 'http://a b', 'http://u:p@example.com', 'x', ''])
      expect((await owner('POST', '/webhooks', { url })).status).toBe(422);
    for (const body of [
      { url: receiver.url, x: 1 },
      { url: receiver.url, isOn: 'yes' },
    ])
      expect((await owner('POST', '/webhooks', body)).status).toBe(400);
    expect((await owner('POST', '/webhooks', { url: receiver.url, kinds: ['Created!'] })).status).toBe(422);
    expect((await owner('PATCH', '/webhooks/01890000-0000-7000-8000-000000000000', {})).status).toBe(404);
    // A key has no person who sees: what it could tell would never end.
    const { json } = await owner('POST', '/auth/keys', { name: 'k', roles: ['owner'] });
    const byKey = await firm.stranger(
      'POST',
      '/webhooks',
      { url: receiver.url },
      { Authorization: `Bearer ${String(json['key'])}` },
    );
    expect(byKey.status).toBe(403);
  });
});

describe('many endpoints (R-59)', () => {
  it('one black hole delays twenty others by nothing, and an inner address is refused', async () => {
    const firm = await startHttpApp('sqlite', { environment: { OUTBOUND_ALLOW: '127.0.0.1' } });
    const [hole, well] = await Promise.all([openReceiver(), openReceiver()]);
    try {
      hole.answer(null);
      await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
      const owner = await firm.login('olga@example.com');
      const urls = [
        hole.url,
        ...Array.from({ length: 20 }, (_, index) => `${well.url}/${index}`),
        'http://169.254.169.254/latest',
      ];
      for (const url of urls) await owner('POST', '/webhooks', { url, entities: ['contact'] });
      const began = Date.now();
      for (let index = 0; index < 5; index += 1) await owner('POST', '/api/contacts', { name: `No ${index}` });
      // Some wait a second for their turn; the clock of the server is ours.
      while (well.deliveries.length < 100 && Date.now() - began < 9_000) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        firm.pass(1_000);
        firm.app.jobs.wake();
      }
      expect(
        new Set(
          well.deliveries.map(({ header, json }) => `${header('webhook-id') ?? ''} ${JSON.stringify(json['data'])}`),
        ).size,
      ).toBe(5);
      expect(well.deliveries).toHaveLength(100);
      const states = (await owner('GET', '/webhooks')).json['data'] as Row[];
      expect(states.find(({ url }) => String(url).includes('169.254'))).toMatchObject({
        state: 'failing',
        lastError: expect.stringContaining('inner network') as string,
      });
    } finally {
      await Promise.all([hole.close(), well.close()]);
      await firm.close();
    }
  });
});
