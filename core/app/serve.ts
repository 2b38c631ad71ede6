import { once } from 'node:events';
import type { Server } from 'node:http';
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

/** Waits for running requests, at most 20 s; idle connections are closed at once, the others as soon as they have their answer. */
export async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN);
  await closed;
  clearInterval(sweep);
  clearTimeout(timer);
}
