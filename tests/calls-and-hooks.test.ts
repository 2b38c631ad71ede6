import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signatureHeaders } from '../core/channels/signature.ts';
import { DIALECTS } from './support/databases.ts';
import { openEventStream } from './support/event-stream.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp, Reply } from './support/http-app.ts';

type Row = Readonly<Record<string, unknown>>;

const SECRET = 'a secret of the exchange, long enough';
const OLD_SECRET = 'the secret of the year before, still taken';
const HOOK_SECRET = 'a secret of the price portal, long enough';

const PORTAL = {
  name: 'portalLead',
  title: 'Lead of the portal',
  signed: true,
  fields: [
    { key: 'name', like: 'contact.name', from: 'data.client.name', required: true },
    { key: 'phone', like: 'contact.phone', from: 'data.client.phones.0' },
    { key: 'note', like: 'deal.notes', from: 'data.text' },
  ],
  creates: [
    {
      key: 'contact',
      entity: 'contact',
      match: ['phone'],
      set: { name: { $expr: 'form.name' }, phone: { $expr: 'form.phone' } },
    },
    {
      key: 'deal',
      entity: 'deal',
      set: { title: 'Portal: {{form.name}}', customer: { $ref: 'contact' }, notes: { $expr: 'form.note' } },
    },
  ],
};

describe.each(DIALECTS)('calls and requests of other programs on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let anna: Caller;
  let annaId: string;
  let exchange: Server;
  const asked: { body: Row; headers: Row }[] = [];
  let answerOfExchange: { status: number; body: string } = { status: 200, body: '{"id":"ex-77"}' };
  let now = Date.UTC(2026, 2, 16, 9);

  beforeAll(async () => {
    exchange = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        asked.push({ body: JSON.parse(Buffer.concat(chunks).toString()) as Row, headers: request.headers });
        response.writeHead(answerOfExchange.status).end(answerOfExchange.body);
      });
    });
    await new Promise<void>((resolve) => exchange.listen(0, '127.0.0.1', resolve));
    const { port } = exchange.address() as AddressInfo;
    firm = await startHttpApp(dialect, {
      workers: false,
      files: { 'schemas/forms/portalLead.json': PORTAL },
      environment: {
        TELEPHONY_SECRET: `${SECRET.replaceAll(' ', '_')} ${OLD_SECRET.replaceAll(' ', '_')}`,
        TELEPHONY_URL: `http://127.0.0.1:${port}/start`,
        OUTBOUND_ALLOW: '127.0.0.1',
        HOOK_SECRET_PORTAL_LEAD: HOOK_SECRET.replaceAll(' ', '_'),
      },
    });
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    annaId = await firm.addUser({ email: 'anna@example.com', roles: ['manager'], rest: { phone: '+372 5555 0001' } });
    owner = await firm.login('olga@example.com');
    anna = await firm.login('anna@example.com');
  });
  afterAll(async () => {
    await firm?.close();
    await new Promise((resolve) => exchange?.close(resolve));
  });

  const pass = (ms: number) => {
    now += ms;
    firm.pass(ms);
  };
  let count = 0;
  const signed = (
    name: string,
    body: unknown,
    of: { secret?: string; id?: string; at?: number } = {},
  ): Promise<Reply> => {
    count += 1;
    const text = JSON.stringify(body);
    const { secret = SECRET, id = `m${count}`, at = now } = of;
    const headers = signatureHeaders([secret.replaceAll(' ', '_')], { id, at, body: text });
    return firm.stranger('POST', `/hooks/${name}`, text, { 'Content-Type': 'application/json', ...headers });
  };
  const step = (type: string, data: Row) =>
    signed('telephony', { type, data: { direction: 'in', to: '+37255550001', ...data } });
  const list = async (plural: string, query = '') =>
    (await (plural === 'notifications' ? anna : owner)('GET', `/api/${plural}?limit=100&sort=id${query}`)).json[
      'data'
    ] as Row[];
  const last = async (plural: string) => (await list(plural)).at(-1) ?? {};

  it('an inbound call pops the card of the caller, in any spelling of the number, while it rings (S-05, D-7)', async () => {
    const contact = await owner('POST', '/api/contacts', {
      name: 'Ivan',
      phone: '8 (495) 111-22-33',
      assignee: annaId,
    });
    const cookie = await firm.stranger('POST', '/auth/login', {
      email: 'anna@example.com',
      password: 'correct horse 42',
    });
    const stream = await openEventStream(firm.url, { Cookie: cookie.headers.get('set-cookie')?.split(';')[0] ?? '' });
    expect((await step('call.ringing', { id: 'c1', from: '+7 495 111 22 33' })).status).toBe(200);
    const isTold = (entity: string, kind: string) =>
      stream.events().some(({ data }) => data['entity'] === entity && data['kind'] === kind);
    await stream.until(() => isTold('activity', 'call.ringing') && isTold('notification', 'created'));
    stream.cut();
    expect(await last('notifications')).toMatchObject({
      user: annaId,
      title: '☎ Ivan',
      about: { entity: 'contact', id: contact.json['id'] },
    });
    expect(await last('activities')).toMatchObject({
      kind: 'call',
      direction: 'in',
      state: 'ringing',
      assignee: annaId,
      contact: contact.json['id'],
    });
  });

  it('the same activity goes on: talk, end, recording; what comes late turns nothing back', async () => {
    const before = await list('activities');
    await step('call.answered', { id: 'c1', from: '+74951112233' });
    await step('call.ended', { id: 'c1', from: '+74951112233', seconds: 65 });
    await step('call.ringing', { id: 'c1', from: '+74951112233' });
    await step('call.ended', { id: 'c1', from: '+74951112233', recording: 'https://pbx.example/r/1.mp3' });
    await step('call.ended', { id: 'c1', from: '+74951112233', recording: 'javascript:alert(1)' });
    expect(await list('activities')).toHaveLength(before.length);
    expect(await last('activities')).toMatchObject({
      state: 'ended',
      duration: 'PT1M5S',
      recording: 'https://pbx.example/r/1.mp3',
    });
    expect((await list('notifications')).filter(({ title }) => title === '☎ Ivan')).toHaveLength(1);
  });

  it('a missed call becomes a task for who should have answered; a stranger becomes a lead', async () => {
    await step('call.ringing', { id: 'c2', from: '+372 600 1234' });
    await step('call.missed', { id: 'c2', from: '+372 600 1234' });
    await firm.app.jobs.drain();
    const contact = await last('contacts');
    expect(contact).toMatchObject({ name: '+372 600 1234', phone: '+3726001234', source: 'phone' });
    const activity = await last('activities');
    expect(activity).toMatchObject({ state: 'missed', contact: contact['id'] });
    expect(await last('tasks')).toMatchObject({
      title: 'Call back: +372 600 1234',
      assignee: annaId,
      about: activity['about'],
      doneAt: null,
    });
    await step('call.missed', { id: 'c2', from: '+372 600 1234' });
    await step('call.missed', { id: 'hidden' });
    await firm.app.jobs.drain();
    expect((await list('tasks')).filter(({ title }) => title === 'Call back: +372 600 1234')).toHaveLength(1);
    expect((await list('tasks')).some(({ title }) => title === 'Call back: –')).toBe(true);
  });

  it('a click calls: the exchange is asked once, and what it tells goes on with the same activity', async () => {
    const [contact] = await list('contacts', '&filter={"name":"Ivan"}');
    const key = { 'Idempotency-Key': 'click-1' };
    const made = await anna('POST', '/calls', { entity: 'contact', id: contact?.['id'] }, key);
    expect([made.status, made.json['state']]).toEqual([201, 'ringing']);
    expect((await anna('POST', '/calls', { entity: 'contact', id: contact?.['id'] }, key)).text).toBe(made.text);
    await firm.app.jobs.drain();
    expect(asked).toHaveLength(1);
    expect(asked[0]?.body).toEqual({
      type: 'call.start',
      data: { reference: made.json['id'], from: '+37255550001', to: '+74951112233' },
    });
    expect(asked[0]?.headers['webhook-id']).toBe(made.json['id']);
    await step('call.ended', { id: 'ex-77', direction: 'out', from: '+37255550001', to: '+74951112233', seconds: 5 });
    expect(await last('activities')).toMatchObject({ id: made.json['id'], state: 'ended', duration: 'PT5S' });
    // An exchange that uses its own number and only repeats our reference.
    const second = await anna('POST', '/calls', { entity: 'contact', id: contact?.['id'] });
    await step('call.missed', {
      id: 'other',
      reference: String(second.json['id']),
      direction: 'out',
      to: '+74951112233',
    });
    expect(await last('activities')).toMatchObject({ id: second.json['id'], state: 'missed' });
    await firm.app.jobs.drain();
  });

  it('who may not see a card cannot call it, and an exchange that refuses leaves a failed call, not a later one', async () => {
    const hidden = await owner('POST', '/api/contacts', {
      name: 'Key client',
      phone: '+372 600 9999',
      assignee: (await owner('GET', '/auth/me')).json['id'] ?? null,
    });
    const other = await owner('POST', '/api/users', { name: 'Boss', email: 'boss@example.com', roles: ['owner'] });
    await owner('PATCH', `/api/contacts/${String(hidden.json['id'])}`, { assignee: other.json['id'] });
    const reply = await anna('POST', '/calls', { entity: 'contact', id: hidden.json['id'] });
    const none = await anna('POST', '/calls', { entity: 'contact', id: '01890000-0000-7000-8000-000000000000' });
    expect([reply.status, reply.json['detail']]).toEqual([404, none.json['detail']]);
    expect((await owner('POST', '/calls', { entity: 'contact', id: hidden.json['id'] })).json['errors']).toMatchObject([
      { path: '/from' },
    ]);
    expect((await anna('POST', '/calls', { entity: 'contact', id: hidden.json['id'], field: 'name' })).status).toBe(
      422,
    );
    answerOfExchange = { status: 500, body: '' };
    const [contact] = await list('contacts', '&filter={"name":"Ivan"}');
    const before = asked.length;
    const made = await anna('POST', '/calls', { entity: 'contact', id: contact?.['id'] });
    await firm.app.jobs.drain();
    pass(3_600_000);
    await firm.app.jobs.drain();
    expect(asked).toHaveLength(before + 1);
    expect(await last('activities')).toMatchObject({
      id: made.json['id'],
      state: 'failed',
      outcome: expect.stringContaining('status 500') as string,
    });
    const telephony = ((await owner('GET', '/channels')).json['data'] as Row[]).find(
      ({ name }) => name === 'telephony',
    );
    expect(telephony).toMatchObject({ state: 'failing' });
    answerOfExchange = { status: 200, body: '{}' };
  });

  it('forged, stale, replayed and unknown are one and the same refusal; a repeated try is taken once (R-58)', async () => {
    const body = {
      type: 'call.ringing',
      data: { id: 'r1', direction: 'in', from: '+372 600 5555', to: '+37255550001' },
    };
    const refusals = [
      await signed('telephony', body, { secret: 'another secret, also long enough' }),
      await signed('telephony', body, { at: now - 301_000 }),
      await signed('telephony', body, { at: now + 301_000 }),
      await firm.stranger('POST', '/hooks/telephony', body),
      await signed('nothing', body),
      await signed('ask', body),
    ];
    expect(new Set(refusals.map(({ status, json }) => `${status} ${String(json['detail'])}`)).size).toBe(1);
    expect(refusals[0]?.status).toBe(401);
    const calls = (await list('activities')).length;
    expect((await signed('telephony', body, { id: 'same' })).status).toBe(200);
    expect((await signed('telephony', body, { id: 'same' })).status).toBe(401);
    expect((await signed('telephony', body, { id: 'same', at: now + 1000 })).status).toBe(200);
    expect(await list('activities')).toHaveLength(calls + 1);
    expect((await signed('telephony', body, { secret: OLD_SECRET })).status).toBe(200);
    const race = await Promise.all(
      [1, 2, 3, 4].map(() =>
        signed(
          'telephony',
          { type: 'call.ringing', data: { id: 'r2', direction: 'in', from: '+372 600 5556' } },
          { id: 'race' },
        ),
      ),
    );
    expect(race.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
    expect(await list('activities')).toHaveLength(calls + 2);
  });

  it('what an exchange says wrongly is told to it, and nothing is kept', async () => {
    const wrong = await step('call.flying', { id: 'w' });
    expect([wrong.status, wrong.json['errors']]).toMatchObject([422, [{ path: '/type' }]]);
    for (const data of [
      {},
      { id: 1 },
      { id: 'x'.repeat(300) },
      { id: 'w', seconds: -1 },
      { id: 'w', at: '9999-99-99T99:99:99Z' },
      { id: 'w', from: 'a\r\nb' },
    ]) {
      expect((await step('call.ringing', { from: '+372 600 0000', ...data })).status).toBe(422);
    }
    expect((await signed('telephony', [1])).status).toBe(422);
    expect(
      (await signed('telephony', { type: 'call.ringing', data: { id: 'w', direction: 'in', from: 'not a phone' } }))
        .status,
    ).toBe(200);
  });

  it('a signed form of the definitions takes requests of a portal, finds the values and makes its records', async () => {
    const body = {
      event: 'lead',
      data: { client: { name: 'Mari', phones: ['+372 700 1111'] }, text: 'two doors', secret: 1 },
    };
    const hook = (of: { id?: string; at?: number } = {}) => signed('portalLead', body, { secret: HOOK_SECRET, ...of });
    expect((await hook({ id: 'p1' })).json).toEqual({ ok: true });
    expect(await last('deals')).toMatchObject({ title: 'Portal: Mari', notes: 'two doors' });
    const deals = (await list('deals')).length;
    expect((await hook({ id: 'p1', at: now + 1000 })).status).toBe(200);
    expect(await list('deals')).toHaveLength(deals);
    const nameless = await signed('portalLead', { data: { client: {} } }, { secret: HOOK_SECRET });
    expect([nameless.status, nameless.json['errors']]).toMatchObject([422, [{ path: '/name', code: 'required' }]]);
    for (const reply of [
      await firm.stranger('GET', '/forms/portalLead'),
      await firm.stranger('POST', '/forms/portalLead', { name: 'x' }),
    ])
      expect(reply.status).toBe(404);
    expect((await owner('GET', '/model')).text).not.toContain('/forms/portalLead');
  });

  it('channels are listed with their state for who may, and no secret is told', async () => {
    const { status, text, json } = await owner('GET', '/channels');
    expect(status).toBe(200);
    expect((json['data'] as Row[]).map(({ name, state }) => `${String(name)} ${String(state)}`)).toEqual([
      'mail off',
      'mailbox off',
      expect.stringMatching(/^telephony /) as string,
    ]);
    for (const secret of [SECRET, OLD_SECRET, HOOK_SECRET]) expect(text).not.toContain(secret.replaceAll(' ', '_'));
    expect((await anna('GET', '/channels')).status).toBe(403);
    expect((await firm.stranger('GET', '/channels')).status).toBe(401);
    expect((await owner('POST', '/channels/mail/probe')).status).toBe(404);
  });
});
