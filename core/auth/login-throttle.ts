import type { Clock } from '../context.ts';
import { createThrottle, peerKey } from './throttle.ts';

export interface LoginLimits {
  /** Wrong log-ins of one account from one address before it must wait; default 10. */
  readonly failuresPerAccount?: number;
  /** Wrong log-ins from one address, whatever the account; default 50. */
  readonly failuresPerPeer?: number;
}

interface Keys {
  readonly account: string;
  readonly peer: string;
}

export type LoginThrottle = ReturnType<typeof createLoginThrottle>;

const QUARTER_HOUR = 900_000;

/** Two counters of failures: one account from one address, and one address whatever it tries. */
export function createLoginThrottle(clock: Clock, limits: LoginLimits = {}) {
  const shared = { window: QUARTER_HOUR, message: 'Too many wrong log-ins.' };
  const account = createThrottle(clock, { ...shared, limit: limits.failuresPerAccount ?? 10 });
  const peer = createThrottle(clock, { ...shared, limit: limits.failuresPerPeer ?? 50 });
  return {
    keysOf: (email: string, address: string | undefined): Keys => accountKeys(email, address),
    check(keys: Keys) {
      account.check(keys.account);
      peer.check(keys.peer);
    },
    count(keys: Keys) {
      account.count(keys.account);
      peer.count(keys.peer);
    },
    succeed: (keys: Keys) => account.clear(keys.account),
  };
}

/** An account as somebody at one address names it, and that address alone. */
export function accountKeys(email: string, address: string | undefined): Keys {
  const network = peerKey(address);
  return { account: `${email.trim().toLowerCase().slice(0, 320)} ${network}`, peer: network };
}
