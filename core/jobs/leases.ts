import type { ClaimedJob } from './job-rows.ts';

/** A job this process has claimed and not ended. */
export interface Held {
  readonly job: ClaimedJob;
  /** Fires when the lease is lost or the server will wait no longer. */
  readonly abort: AbortController;
}

export interface Leases {
  readonly size: number;
  all(): readonly Held[];
  hold(job: ClaimedJob): Held;
  drop(lease: Held): void;
  /** Resolves when any lease is dropped, at once when there is none. */
  oneDropped(): Promise<void>;
  allDropped(): Promise<void>;
}

/** The leases this process holds. */
export function createLeases(): Leases {
  const held = new Set<Held>();
  let waiting: (() => void)[] = [];

  function oneDropped(): Promise<void> {
    return new Promise((resolve) => {
      if (held.size === 0) resolve();
      else waiting.push(resolve);
    });
  }

  return {
    get size() {
      return held.size;
    },
    all: () => [...held],
    hold(job) {
      const lease: Held = { job, abort: new AbortController() };
      held.add(lease);
      return lease;
    },
    drop(lease) {
      held.delete(lease);
      const resolved = waiting;
      waiting = [];
      for (const resolve of resolved) resolve();
    },
    oneDropped,
    async allDropped() {
      while (held.size > 0) await oneDropped();
    },
  };
}
