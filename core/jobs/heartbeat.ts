import type { Clock, Log } from '../context.ts';
import type { Database } from '../storage/database.ts';
import { freeExpired, releaseLease, renewLease } from './job-rows.ts';
import type { Held, Leases } from './leases.ts';

export interface HeartbeatDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseMs: number;
  readonly leases: Leases;
}

export interface Heartbeat {
  start(): Promise<void>;
  /** Aborts what still runs and gives its jobs back. */
  stop(): Promise<void>;
}

/** Three times in a lease: renews the leases of this process and frees those of processes that fell silent. */
export function createHeartbeat(deps: HeartbeatDeps): Heartbeat {
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> | undefined;
  return {
    async start() {
      // The server's lock beside the SQLite file says that nobody else can be running its jobs.
      const nobodyElse = deps.db.dialect === 'sqlite' && deps.leases.size === 0;
      await free(deps, nobodyElse ? 'all' : 'expired');
      timer = setInterval(() => {
        beating ??= beat(deps).finally(() => (beating = undefined));
      }, deps.leaseMs / 3);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await beating;
      for (const lease of deps.leases.all()) await giveBack(deps, lease);
    },
  };
}

async function beat(deps: HeartbeatDeps): Promise<void> {
  try {
    await renew(deps);
    await free(deps, 'expired');
  } catch (error) {
    deps.log.warn({ err: error }, 'The leases of running jobs could not be renewed; trying again.');
  }
}

async function renew({ db, clock, leaseMs, leases }: HeartbeatDeps): Promise<void> {
  if (leases.size === 0) return;
  const lost = await db.transaction(async (tx) => {
    const lost: Held[] = [];
    for (const lease of leases.all()) {
      if (!(await renewLease(tx, lease.job, clock.now() + leaseMs))) lost.push(lease);
    }
    return lost;
  });
  for (const lease of lost) lease.abort.abort();
}

async function free({ db, clock, log }: HeartbeatDeps, which: 'all' | 'expired'): Promise<void> {
  const freed = await freeExpired(db, { now: clock.now(), all: which === 'all' });
  if (freed > 0) log.warn({ jobs: freed }, 'Jobs left behind by a stopped server are taken up again.');
}

async function giveBack({ db, log }: HeartbeatDeps, { job, abort }: Held): Promise<void> {
  abort.abort();
  try {
    await db.transaction((tx) => releaseLease(tx, job));
  } catch (error) {
    log.warn({ job: job.id, err: error }, 'A lease could not be released; it runs out by itself.');
  }
}
