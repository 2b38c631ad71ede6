import { CasementError, ERRORS } from '../errors.ts';
import type { ErrorCode, ErrorDetail } from '../errors.ts';
import { COMMAND_HEADER } from '../http/command-identity.ts';
import { settingsOf } from './command.ts';
import type { Call } from './command.ts';
import { findDoor, newControlKey } from './local-door.ts';
import type { LocalDoor } from './local-door.ts';
import { openApp, publicUrl } from './run-server.ts';

/** The doors of HTTP as a command uses them: as the system principal "casement command", every write in the ledger. */
export interface Server {
  /** Sends a JSON body, if any, and answers the JSON of a success (null of none). Throws the refusal as the CasementError it was. */
  send(method: string, path: string, body?: unknown): Promise<unknown>;
  /** The bare request, for streams: an upload, an export. The answer may be a refusal; `refusalOf` reads it. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** The address for links that people get. */
  readonly publicUrl: string;
}

/**
 * Runs the work of a command against the server: over loopback through the one that holds the SQLite file, else through one that this
 * process opens for the time of the work, on a free port of 127.0.0.1 and without workers (what falls due waits for the real server). Either
 * way the command speaks HTTP, so that no second path to the data exists. On PostgreSQL it always opens its own, beside the servers.
 *
 * ```ts
 * await withServer(call, 'user list', async (server) => {
 *   const { data } = (await server.send('GET', '/api/users?limit=1000')) as { data: User[] };
 * });
 * ```
 */
export async function withServer<T>(call: Call, command: string, work: (server: Server) => Promise<T>): Promise<T> {
  const { settings, log } = settingsOf(call);
  const running = await findDoor(settings.databaseUrl);
  if (running) return work(serverAt(running, command, publicUrl(settings, Number(new URL(running.url).port))));
  const { projectDir, plugins } = call;
  const key = newControlKey();
  const app = await openApp({ projectDir, ...(plugins ? { plugins } : {}), settings, log, demo: false }, key);
  try {
    const { local } = await app.listen(0, '127.0.0.1', { workers: false });
    return await work(serverAt({ url: local, key }, command, publicUrl(settings)));
  } finally {
    await app.close();
  }
}

function serverAt(door: LocalDoor, command: string, publicUrl: string): Server {
  const send = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${door.key}`);
    headers.set(COMMAND_HEADER, command);
    try {
      return await fetch(door.url + path, { ...init, headers });
    } catch (error) {
      throw new CasementError('UNAVAILABLE', `The server at ${door.url} does not answer. Is it just stopping?`, {
        cause: error,
      });
    }
  };
  return {
    publicUrl,
    fetch: send,
    async send(method, path, body) {
      const json = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await send(path, { method, headers: { 'Content-Type': 'application/json' }, ...json });
      if (!response.ok) throw await refusalOf(response);
      return response.status === 204 ? null : response.json();
    },
  };
}

/** The error of a refused request, with its details. */
export async function refusalOf(response: Response): Promise<CasementError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<{
    code: string;
    detail: string;
    errors: ErrorDetail[];
  }>;
  const code = (Object.keys(ERRORS) as ErrorCode[]).find((known) => known === problem.code) ?? 'INTERNAL';
  const message = problem.detail ?? `The server answered ${response.status}.`;
  return new CasementError(code, message, { errors: problem.errors ?? [], status: response.status });
}
