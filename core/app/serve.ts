import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { CasementError } from '../errors.ts';

/** Where a server listens. */
export interface Address {
  readonly port: number;
  /** How this machine itself reaches it: `http://127.0.0.1:3000`. */
  readonly local: string;
}

/** Takes requests. UNAVAILABLE with the remedy when the port is taken or not allowed. */
export async function listen(server: Server, port: number, host: string): Promise<Address> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${code})`;
    throw new CasementError('UNAVAILABLE', `Port ${port} ${why}. Name another one with PORT.`, { cause: error });
  }
  const { port: taken, address } = server.address() as AddressInfo;
  return { port: taken, local: `http://${hostOf(address)}:${taken}` };
}

function hostOf(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return address.includes(':') ? `[${address}]` : address;
}

const DRAIN = 20_000;
/** Milliseconds in which a request that is on its way over a kept connection arrives. */
const GRACE = 300;

/**
 * Takes no new connections and waits for running requests, at most 20 s. A connection is never cut while its client may be sending: the next
 * answer tells it to close, and only what stays silent is closed.
 */
export async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.shouldKeepAlive = false;
  });
  server.keepAliveTimeout = GRACE;
  // Not the close of HTTP: it cuts idle connections at once.
  NetServer.prototype.close.call(server);
  // What arrived while the process was busy is read before the immediate comes, though not before the timer.
  const silent = setTimeout(() => setImmediate(() => server.close()), GRACE);
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN);
  await closed;
  clearTimeout(silent);
  clearTimeout(timer);
}
