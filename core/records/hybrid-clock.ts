import type { Clock } from '../context.ts';

/** A hybrid logical clock: `<ms, 13 digits>-<counter, 4 hex>-<node>`. Texts sort as the changes happened, also when the wall clock jumps back. */
export interface HybridClock {
  next(): string;
}

/** `latest`: what this node wrote last, so that a restart or a restore on a machine whose clock is behind goes on after it. */
export function createHybridClock(clock: Clock, node: string, latest = ''): HybridClock {
  const [, milliseconds = '0', count = '0'] = /^(\d{13})-([0-9a-f]{4})-/.exec(latest) ?? [];
  let last = Number(milliseconds);
  let counter = parseInt(count, 16);
  return {
    next() {
      const now = clock.now();
      if (now > last) {
        last = now;
        counter = 0;
      } else {
        counter += 1;
        // A counter of more digits would sort wrongly: time is borrowed from the next millisecond.
        if (counter > 0xffff) {
          last += 1;
          counter = 0;
        }
      }
      return `${String(last).padStart(13, '0')}-${counter.toString(16).padStart(4, '0')}-${node}`;
    },
  };
}
