import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';

export type Row = Readonly<Record<string, unknown>>;

export interface Reply {
  /** 0 when no answer came. */
  readonly status: number;
  readonly json: Row;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Milliseconds to the whole answer. */
  readonly took: number;
  /** Why no answer came: `ECONNRESET`, `TIMEOUT`. */
  readonly failure?: string;
  /** The connection was new: a server that stops resets those it had not taken yet. */
  readonly isNew?: boolean;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Cuts the connection after so many milliseconds: the answer is lost, the work may be done. */
  readonly cutAfter?: number;
}

export interface Caller {
  (call: Call): Promise<Reply>;
  close(): void;
}

const PATIENCE = 90_000;

/** Sends requests over connections it keeps. Never throws: what fails is status 0. */
export function createCaller(to: { readonly url: string; readonly key?: string; readonly sockets?: number }): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: to.sockets ?? 64, scheduling: 'lifo' });
  const { hostname, port } = new URL(to.url);
  const authorization = to.key === undefined ? {} : { authorization: `Bearer ${to.key}` };
  const call = ({ method, path, body, headers = {}, cutAfter }: Call) =>
    new Promise<Reply>((resolve) => {
      const begun = performance.now();
      const text = body === undefined ? undefined : JSON.stringify(body);
      const typed: Record<string, string> =
        text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
      const fail = (failure: string) =>
        resolve({
          status: 0,
          json: {},
          headers: {},
          took: performance.now() - begun,
          failure,
          isNew: !sent.reusedSocket,
        });
      const sent = request(
        { agent, hostname, port, method, path, headers: { ...authorization, ...typed, ...headers } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', (error) => fail(codeOf(error)));
          response.on('end', () =>
            resolve(replyOf(response, { bytes: Buffer.concat(chunks), took: performance.now() - begun })),
          );
        },
      );
      sent.on('error', (error) => fail(codeOf(error)));
      sent.setTimeout(PATIENCE, () => sent.destroy(Object.assign(new Error('timeout'), { code: 'TIMEOUT' })));
      if (cutAfter !== undefined) setTimeout(() => sent.destroy(), cutAfter);
      sent.end(text);
    });
  return Object.assign(call, { close: () => agent.destroy() });
}

/** The body is parsed when it is looked at: a crowd that reads only the status would cost as much as the server it measures. */
function replyOf(response: IncomingMessage, of: { readonly bytes: Buffer; readonly took: number }): Reply {
  return {
    status: response.statusCode ?? 0,
    get json() {
      return parse(of.bytes.toString());
    },
    headers: response.headers,
    took: of.took,
  };
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}

function parse(text: string): Row {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Row) : {};
  } catch {
    return {};
  }
}
