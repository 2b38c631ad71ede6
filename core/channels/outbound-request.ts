import { request as requestHttp } from 'node:http';
import type { IncomingMessage, ClientRequest } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import type { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { CasementError, validationError } from '../errors.ts';

/**
 * The only way out to an address that somebody wrote into a definition, a setting or a record. The address that is connected to is the one that was
 * checked; inner networks are refused unless the operator allows them; nothing is followed, waited for or read without an end.
 */
export interface Outbound {
  /**
   * Answers whatever status comes, redirects included: nobody follows them. VALIDATION at `/url`: never to be sent, such as an address of the
   * inner network. UNAVAILABLE: not reached, not in time.
   */
  send(request: OutboundRequest): Promise<OutboundAnswer>;
}

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface OutboundAnswer {
  readonly status: number;
  /** At most 64 KiB of it. */
  readonly body: string;
}

export interface OutboundOptions {
  /** Addresses or networks (`10.0.0.5`, `10.0.0.0/8`, `::1`) that may be reached though they are not public. */
  readonly allow?: readonly string[];
  /** In place of the system's resolver. */
  readonly lookup?: LookupFunction;
  /** Milliseconds. */
  readonly connectMs?: number;
  readonly totalMs?: number;
}

const CONNECT_MS = 3_000;
const TOTAL_MS = 10_000;
const MAX_READ = 65_536;
const MAX_HEADERS = 16_384;

export function createOutbound(options: OutboundOptions = {}): Outbound {
  let agents: Promise<Agents> | undefined;
  return {
    async send(asked) {
      const url = checkUrl(asked.url);
      agents ??= openAgents(options);
      const { connectMs = CONNECT_MS, totalMs = TOTAL_MS } = options;
      return exchange(asked, { url, agents: await agents, connectMs, totalMs });
    },
  };
}

interface Agents {
  readonly 'http:': RequestFilteringHttpAgent;
  readonly 'https:': RequestFilteringHttpsAgent;
}

/** The library is loaded with the first request, not at boot. */
async function openAgents({ allow = [], lookup }: OutboundOptions): Promise<Agents> {
  const library = await import('request-filtering-agent');
  const options = { allowIPAddressList: [...allow], keepAlive: false, ...(lookup ? { lookup } : {}) };
  return {
    'http:': new library.RequestFilteringHttpAgent(options),
    'https:': new library.RequestFilteringHttpsAgent(options),
  };
}

/** The networks of the setting; throws a sentence about the first that is none. */
export function parseAllowed(text: string): readonly string[] {
  const networks = text.split(/[\s,]+/).filter((part) => part !== '');
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const most = isIP(address) === 6 ? 128 : 32;
    const isNetwork = isIP(address) !== 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
    if (!isNetwork) throw new Error(`"${network}" is neither an address nor a network such as 10.0.0.0/8.`);
  }
  return networks;
}

/** What may be asked at all: http or https, no name and password, no line ends. */
export function checkUrl(text: string): URL {
  const url = !/[\s\p{C}]/u.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url === null || text.length > 2_000)
    throw refusedUrl('format', 'Must be an address such as https://example.com/hook.');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refusedUrl('scheme', 'The address must start with https:// or http://.');
  if (url.username !== '' || url.password !== '')
    throw refusedUrl('credentials', 'The address must not hold a name or password.');
  return url;
}

function refusedUrl(code: string, message: string): CasementError {
  return validationError([{ path: '/url', code, message }]);
}

interface Line {
  readonly url: URL;
  readonly agents: Agents;
  readonly connectMs: number;
  readonly totalMs: number;
}

function exchange(asked: OutboundRequest, line: Line): Promise<OutboundAnswer> {
  return new Promise((resolve, reject) => {
    const sent = open(asked, line);
    const timers = [
      setTimeout(() => sent.destroy(new SlowError(`no connection within ${line.connectMs / 1000} s`)), line.connectMs),
      setTimeout(() => sent.destroy(new SlowError(`no answer within ${line.totalMs / 1000} s`)), line.totalMs),
    ];
    const end = () => timers.forEach((timer) => clearTimeout(timer));
    const fail = (error: unknown) => {
      end();
      reject(failureOf(error, line.url));
    };
    const isSecure = line.url.protocol === 'https:';
    sent.once('socket', (socket) => {
      socket.once(isSecure ? 'secureConnect' : 'connect', () => clearTimeout(timers[0]));
    });
    sent.once('error', fail);
    sent.once('response', (response) => {
      readSome(response).then((body) => {
        end();
        sent.destroy();
        resolve({ status: response.statusCode ?? 0, body });
      }, fail);
    });
    sent.end(asked.body);
  });
}

function open({ method, headers = {}, body }: OutboundRequest, { url, agents }: Line): ClientRequest {
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const settings = { method, headers: { 'User-Agent': 'Casement', ...headers, ...length }, maxHeaderSize: MAX_HEADERS };
  try {
    return url.protocol === 'https:'
      ? requestHttps(url, { ...settings, agent: agents['https:'] })
      : requestHttp(url, { ...settings, agent: agents['http:'] });
  } catch (error) {
    throw failureOf(error, url);
  }
}

/** Reads up to the limit and leaves the rest unread. */
async function readSome(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const piece of response) {
    const chunk = Buffer.from(piece as Uint8Array).subarray(0, MAX_READ - size);
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_READ) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

class SlowError extends Error {}

/** What a failure means to the sender. Which inner address a name leads to is told to nobody. */
function failureOf(error: unknown, url: URL): CasementError {
  if (error instanceof CasementError) return error;
  const failure: Error & { readonly code?: string } = error instanceof Error ? error : new Error(String(error));
  if (/is not allowed\. Because/.test(failure.message)) {
    const message = `${url.host} leads into an inner network, where nothing is sent. OUTBOUND_ALLOW can name addresses that are meant.`;
    return new CasementError('VALIDATION', message, {
      errors: [{ path: '/url', code: 'innerAddress', message }],
      cause: error,
    });
  }
  if (failure.code === 'ERR_INVALID_CHAR' || failure.code === 'ERR_INVALID_HTTP_TOKEN')
    return validationError([
      { path: '/headers', code: 'format', message: 'A header holds a character it may not hold.' },
    ]);
  const why = failure instanceof SlowError ? failure.message : (failure.code ?? 'the connection broke');
  return new CasementError('UNAVAILABLE', `${url.host} cannot be reached (${why}).`, { cause: error });
}
