import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import type { Identity } from '../auth/create-auth.ts';
import type { HttpSettings } from './deps.ts';

/** Says which command asks; stands as the reason in the ledger. */
export const COMMAND_HEADER = 'casement-command';

/** A proxy on this machine sends what it got from elsewhere: its requests bear one of these. */
const FORWARDING = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

/**
 * A `casement` command that runs beside the server, known by the control key of this start: a system principal, audited like any other.
 * Null unless the key is right, the peer is this machine itself and nothing has passed the request on.
 */
export function commandIdentity(request: Request, key: string, settings: HttpSettings): Identity | null {
  if (settings.controlKey === undefined || !isSame(key, settings.controlKey)) return null;
  if (!isThisMachine(request.socket) || FORWARDING.some((name) => request.headers[name] !== undefined)) return null;
  const named = request.headers[COMMAND_HEADER];
  const reason = typeof named === 'string' && /^[a-z][a-z -]{0,39}$/.test(named) ? named : 'unnamed';
  return {
    principal: {
      kind: 'system',
      id: null,
      name: 'casement command',
      roles: [],
      teamMates: [],
      reason,
    },
    user: null,
  };
}

/** In constant time, whatever the lengths. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** Loopback, or the machine's own address where the server listens on that alone. Not `request.ip`: a header could set it. */
export function isThisMachine(socket: {
  readonly remoteAddress?: string | undefined;
  readonly localAddress?: string | undefined;
}): boolean {
  const plain = (address = '') => address.replace(/^::ffff:/i, '');
  const peer = plain(socket.remoteAddress);
  return peer === '::1' || peer.startsWith('127.') || (peer !== '' && peer === plain(socket.localAddress));
}
