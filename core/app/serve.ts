import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CasementError } from '../errors.ts';

/** Takes requests. UNAVAILABLE with the remedy when the port is taken or not allowed. */
export async function listen(server: Server, port: number, host: string): Promise<{ port: number }> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${code})`;
    throw new CasementError('UNAVAILABLE', `Port ${port} ${why}. Name another one with PORT.`, { cause: error });
  }
  return { port: (server.address() as AddressInfo).port };
}

const DRAIN = 20_000;

/** Waits for running requests, at most 20 s; idle and open streams are closed at once. */
export async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN);
  await closed;
  clearTimeout(timer);
}
