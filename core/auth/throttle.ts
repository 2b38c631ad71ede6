import type { Clock } from '../context.ts';
import { CasementError } from '../errors.ts';

/** Counts events by key in a window and refuses when there were too many. In the memory of this process. */
export interface Throttle {
  /** Throws RATE_LIMITED (with `retryAfter` in seconds) while the key is over its limit. */
  check(key: string): void;
  /** Counts one event. */
  count(key: string): void;
  clear(key: string): void;
}

export interface ThrottleOptions {
  readonly limit: number;
  /** Milliseconds. */
  readonly window: number;
  readonly message: string;
}

const MAX_KEYS = 20_000;

export function createThrottle(clock: Clock, options: ThrottleOptions): Throttle {
  const entries = new Map<string, { count: number; until: number }>();

  function current(key: string) {
    const entry = entries.get(key);
    if (entry && entry.until <= clock.now()) {
      entries.delete(key);
      return undefined;
    }
    return entry;
  }

  return {
    check(key) {
      const entry = current(key);
      if (!entry || entry.count < options.limit) return;
      const retryAfter = Math.max(1, Math.ceil((entry.until - clock.now()) / 1000));
      throw new CasementError('RATE_LIMITED', `${options.message} Try again in ${describeWait(retryAfter)}.`, {
        extra: { retryAfter },
      });
    },
    count(key) {
      const entry = current(key);
      if (entry) entry.count += 1;
      else {
        if (entries.size >= MAX_KEYS) dropOldest(entries);
        entries.set(key, { count: 1, until: clock.now() + options.window });
      }
    },
    clear: (key) => void entries.delete(key),
  };
}

/** The network a peer stands for: an IPv4 address, or the /64 of an IPv6 one (one household has that many addresses). */
export function peerKey(address: string | undefined): string {
  const plain = (address ?? 'unknown').replace(/^::ffff:(?=\d+\.)/i, '');
  return plain.includes(':') ? expandIpv6(plain).slice(0, 4).join(':') : plain;
}

function expandIpv6(address: string): readonly string[] {
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const left = head ? head.split(':') : [];
  const right = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(zeros).fill('0'), ...right];
}

function dropOldest(entries: Map<string, unknown>): void {
  for (const key of [...entries.keys()].slice(0, MAX_KEYS / 10)) entries.delete(key);
}

function describeWait(seconds: number): string {
  return seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}
