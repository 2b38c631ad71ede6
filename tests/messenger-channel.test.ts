import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelType, InboundRequest } from '../core/channels/channel.ts';
import { CasementError } from '../core/errors.ts';
import { DIALECTS } from './support/databases.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp } from './support/http-app.ts';
import { openReceiver } from './support/webhook-receiver.ts';
import type { WebhookReceiver } from './support/webhook-receiver.ts';

type Row = Readonly<Record<string, unknown>>;

const TOKEN = 'the token of the messenger';
const sign = (body: string | Buffer) => createHmac('sha256', TOKEN).update(body).digest('hex');

/** A messenger as a plugin would bring it: a signature of its own, and a door to send through. */
const MESSENGER: ChannelType = {
  name: 'chat.messenger',
  title: 'Messenger',
  settings: {
    type: 'object',
    properties: {
      token: { type: 'string', title: 'Token', 'x-env': 'CHAT_TOKEN', 'x-secret': true },
      url: { type: 'string', title: 'Server', 'x-env': 'CHAT_URL' },
    },
    required: ['token', 'url'],
  },
  open: ({ settings, outbound, clock }) => ({
    verify(request: InboundRequest) {
      const id = request.header('x-chat-id') ?? '';
      if (id === '' || request.header('x-chat-signature') !== sign(request.body))
        throw new CasementError('UNAUTHENTICATED', 'Not signed by the messenger.');
      return { id, at: clock.now() };
    },
    receive(request) {
      const { id, phone, name, text } = JSON.parse(request.body.toString('utf8')) as Record<string, string>;
      const from = { ...(phone === undefined ? {} : { phone }), ...(name === undefined ? {} : { name }) };
      return [{ is: 'message', id: id ?? '', from, text: text ?? '', at: clock.now() }];
    },
    async send({ key, to, text }) {
      const body = JSON.stringify({ key, to, text });
      const { status } = await outbound.send({ method: 'POST', url: settings['url'] ?? '', body });
      if (status !== 200) throw new CasementError('UNAVAILABLE', `The messenger answered ${status}.`);
      return { id: key };
    },
  }),
};

describe.each(DIALECTS)('a channel that is not core’s own on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let server: WebhookReceiver;

  beforeAll(async () => {
    server = await openReceiver();
    firm = await startHttpApp(dialect, {
      workers: false,
      channels: [MESSENGER],
      environment: { CHAT_TOKEN: TOKEN, CHAT_URL: server.url, OUTBOUND_ALLOW: '127.0.0.0/8' },
    });
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    owner = await firm.login('olga@example.com');
  });
  afterAll(async () => {
    await firm?.close();
    await server?.close();
  });

  const list = async (plural: string) => (await owner('GET', `/api/${plural}?sort=id`)).json['data'] as Row[];
  const says = (message: Row, request = `r-${String(message['id'])}`) => {
    const body = JSON.stringify(message);
    const headers = { 'Content-Type': 'application/json', 'x-chat-id': request, 'x-chat-signature': sign(body) };
    return firm.stranger('POST', '/hooks/chat.messenger', body, headers);
  };

  it('takes messages: a stranger becomes a lead, a known client is found by his phone, each message once', async () => {
    expect((await says({ id: '1', phone: '8 (495) 111-22-33', name: 'Ivan', text: 'Hello' })).status).toBe(200);
    const [contact] = await list('contacts');
    const [deal] = await list('deals');
    expect([contact?.['name'], contact?.['phone'], deal?.['customer']]).toEqual([
      'Ivan',
      '+74951112233',
      contact?.['id'],
    ]);
    expect((await says({ id: '2', phone: '+7 495 111 22 33', text: 'And?' })).status).toBe(200);
    // The same message by another request.
    expect((await says({ id: '2', phone: '+7 495 111 22 33', text: 'And?' }, 'another')).status).toBe(200);
    const messages = await list('activities');
    expect(messages.map(({ kind, body, about }) => [kind, body, about])).toEqual([
      ['message', 'Hello', { entity: 'deal', id: deal?.['id'] }],
      ['message', 'And?', { entity: 'deal', id: deal?.['id'] }],
    ]);
    expect(await list('contacts')).toHaveLength(1);
  });

  it('refuses in its own way, sends through the one way out, and is listed with its state and without its token', async () => {
    const body = JSON.stringify({ id: '9', text: 'x' });
    const headers = { 'Content-Type': 'application/json', 'x-chat-id': 'r', 'x-chat-signature': 'wrong' };
    expect((await firm.stranger('POST', '/hooks/chat.messenger', body, headers)).status).toBe(401);
    const { channels } = firm.app.ways;
    const send = (text: string) =>
      channels.watch('chat.messenger', async () =>
        channels.get('chat.messenger')?.send?.({ key: 'k', to: '+7495', text }),
      );
    expect(await send('hi')).toEqual({ id: 'k' });
    expect(server.deliveries.at(-1)?.json).toEqual({ key: 'k', to: '+7495', text: 'hi' });
    server.answer(500);
    await expect(send('hi')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const { text, json } = await owner('GET', '/channels');
    expect((json['data'] as Row[]).find(({ name }) => name === 'chat.messenger')).toMatchObject({
      state: 'failing',
      detail: 'The messenger answered 500.',
      settings: [
        { env: 'CHAT_TOKEN', required: true, isSet: true },
        { env: 'CHAT_URL', required: true, isSet: true },
      ],
    });
    expect(text).not.toContain(TOKEN);
  });
});
