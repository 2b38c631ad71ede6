import { CasementError, validationError } from '../../errors.ts';
import type { Channel, ChannelHost, ChannelType, InboundRequest, IncomingCall } from '../channel.ts';
import { checkUrl } from '../outbound-request.ts';
import { parseSecrets, signatureHeaders } from '../signature.ts';

/**
 * Telephony over signed JSON, for any exchange that can send and take a request, or a small program beside it. Steps of a call come to
 * `/hooks/telephony` as `{"type": "call.ringing", "data": {"id", "direction": "in", "from", "to", …}}`; a call that is to be made goes to
 * TELEPHONY_URL as `{"type": "call.start", "data": {"reference", "from", "to"}}` and is answered by `{"id"}`.
 */
export const telephonyChannel: ChannelType = {
  name: 'telephony',
  title: 'Calls',
  settings: {
    type: 'object',
    properties: {
      secret: {
        type: 'string',
        title: 'Secret that both sides sign with; the newest first, while it is exchanged',
        'x-env': 'TELEPHONY_SECRET',
        'x-secret': true,
      },
      url: {
        type: 'string',
        title: 'Where calls are started; without it calls only come in',
        'x-env': 'TELEPHONY_URL',
      },
    },
    required: ['secret'],
  },
  open(host): Channel {
    const secrets = parseSecrets(host.settings['secret'] ?? '');
    const { url } = host.settings;
    if (url !== undefined) checkUrl(url);
    return {
      inboundSecrets: secrets,
      receive: (request) => [readStep(request)],
      ...(url === undefined ? {} : { call: (call) => startCall(host, { url, secrets }, call) }),
    };
  },
};

const STATES = {
  'call.ringing': 'ringing',
  'call.answered': 'talking',
  'call.ended': 'ended',
  'call.missed': 'missed',
  'call.failed': 'failed',
} as const;

async function startCall(
  { outbound, clock }: ChannelHost,
  { url, secrets }: { readonly url: string; readonly secrets: readonly string[] },
  call: { readonly key: string; readonly from: string; readonly to: string },
): Promise<{ readonly id: string }> {
  const body = JSON.stringify({ type: 'call.start', data: { reference: call.key, from: call.from, to: call.to } });
  const headers = {
    'Content-Type': 'application/json',
    ...signatureHeaders(secrets, { id: call.key, at: clock.now(), body }),
  };
  const answer = await outbound.send({ method: 'POST', url, headers, body });
  if (answer.status < 200 || answer.status > 299)
    throw new CasementError('UNAVAILABLE', `The telephone exchange refused the call (status ${answer.status}).`);
  return { id: idOf(answer.body) ?? call.key };
}

function idOf(text: string): string | null {
  const answer = parseObject(text);
  const id = answer?.['id'];
  return typeof id === 'string' && id !== '' && id.length <= 200 ? id : null;
}

/** VALIDATION names the member that is wrong, for whoever connects an exchange. */
function readStep({ body }: InboundRequest): IncomingCall {
  const message = parseObject(body.toString('utf8'));
  const data = message && asObject(message['data']);
  if (!message || !data) throw wrong('', 'Must be {"type": …, "data": {…}}.');
  const state = Object.entries(STATES).find(([type]) => type === message['type'])?.[1];
  if (state === undefined) throw wrong('/type', `Must be one of ${Object.keys(STATES).join(', ')}.`);
  const id = textIn(data, 'id');
  if (id === undefined) throw wrong('/data/id', 'Is required.');
  const direction = data['direction'];
  if (direction !== 'in' && direction !== 'out') throw wrong('/data/direction', 'Must be "in" or "out".');
  const [other, own] = direction === 'in' ? (['from', 'to'] as const) : (['to', 'from'] as const);
  const phone = textIn(data, other);
  const seconds = data['seconds'];
  if (seconds !== undefined && !(typeof seconds === 'number' && seconds >= 0 && seconds < 864_000))
    throw wrong('/data/seconds', 'Must be a number of seconds.');
  const at = textIn(data, 'at');
  if (at !== undefined && (!/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(at) || Number.isNaN(Date.parse(at))))
    throw wrong('/data/at', 'Must be an instant with an offset.');
  return {
    is: 'call',
    id,
    state,
    direction,
    with: { ...(phone === undefined ? {} : { phone }), ...defined('name', textIn(data, 'name')) },
    ...defined('user', textIn(data, own)),
    ...defined('reference', textIn(data, 'reference')),
    ...defined('recording', textIn(data, 'recording', 2_000)),
    ...(typeof seconds === 'number' ? { seconds } : {}),
    ...(at === undefined ? {} : { at: Date.parse(at) }),
  };
}

function textIn(data: Readonly<Record<string, unknown>>, key: string, limit = 200): string | undefined {
  const value = data[key];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string' || value.length > limit || /[\p{Cc}\uD800-\uDFFF]/u.test(value))
    throw wrong(`/data/${key}`, `Must be a text of at most ${limit} characters.`);
  return value;
}

function defined<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}

function wrong(path: string, message: string): CasementError {
  return validationError([{ path, code: 'format', message }]);
}
