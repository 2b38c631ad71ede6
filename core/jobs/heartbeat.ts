import type { Clock, Log } from '../context.ts';
import type { Database } from '../storage/database.ts';
import { carryAgain, freeParcels } from './carry.ts';
import { freeExpired, releaseLease, renewLease } from './job-rows.ts';
import type { LeaseClock } from './lease-clock.ts';
import type { Held, Leases } from './leases.ts';

export interface HeartbeatDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseMs: number;
  readonly leaseClock: LeaseClock;
  readonly leases: Leases;
  /** Whether an engine carries the jobs, which then must be told what is free. */
  readonly isCarried: boolean;
  /** Jobs have been freed. */
  readonly freed: () => void;
}

export interface Heartbeat {
  start(): Promise<void>;
  /** Aborts what still runs and gives its jobs back. */
  stop(): Promise<void>;
}

/** A lease is renewed, and another's found to have run out, well before a second one would end. */
const BEATS = 10;

/** Ten times in a lease: renews the leases of this process and frees those of processes that fell silent. */
export function createHeartbeat(deps: HeartbeatDeps): Heartbeat {
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> | undefined;
  return {
    async start() {
      // The server's lock beside the SQLite file says that nobody else can be running its jobs.
      const nobodyElse = deps.db.dialect === 'sqlite' && deps.leases.size === 0;
      await free(deps, nobodyElse ? 'all' : 'expired');
      const steadiness = watchClock(deps);
      timer = setInterval(() => {
        beating ??= beat(deps, steadiness).finally(() => (beating = undefined));
      }, deps.leaseMs / BEATS);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await beating;
      for (const lease of deps.leases.all()) await giveBack(deps, lease);
    },
  };
}

async function beat(deps: HeartbeatDeps, steadiness: Steadiness): Promise<void> {
  try {
    await renew(deps);
    if (steadiness.isSteady()) await free(deps, 'expired');
  } catch (error) {
    deps.log.warn({ err: error }, 'The leases of running jobs could not be renewed; trying again.');
  }
}

interface Steadiness {
  /** Whether the clock has gone at its pace for the length of a lease. */
  isSteady(): boolean;
}

/** After a jump of the clock every lease looks as if it had run out: their holders first get the time to renew them. */
function watchClock({ clock, leaseMs, leaseClock }: HeartbeatDeps): Steadiness {
  if (leaseClock.isShared) return { isSteady: () => true };
  let last = clock.now() - performance.now();
  let jumpedAt = -Infinity;
  return {
    isSteady() {
      const difference = clock.now() - performance.now();
      if (Math.abs(difference - last) > leaseMs / 2) jumpedAt = performance.now();
      last = difference;
      return performance.now() - jumpedAt > leaseMs;
    },
  };
}

async function renew({ db, leaseClock, leaseMs, leases }: HeartbeatDeps): Promise<void> {
  if (leases.size === 0) return;
  const lost = await db.transaction(async (tx) => {
    const lost: Held[] = [];
    for (const lease of leases.all()) {
      if (!(await renewLease(tx, lease.job, leaseClock.until(leaseMs)))) lost.push(lease);
    }
    return lost;
  });
  for (const lease of lost) lease.abort.abort();
}

async function free(deps: HeartbeatDeps, which: 'all' | 'expired'): Promise<void> {
  const { db, clock, log, leaseMs, leaseClock } = deps;
  const expired = which === 'all' ? {} : { expiredAt: leaseClock.now() };
  const freed = await freeExpired(db, { now: clock.now(), ...expired });
  if (freed > 0) log.warn({ jobs: freed }, 'Jobs left behind by a stopped server are taken up again.');
  const workers = deps.isCarried ? await freeParcels(db, clock.now(), leaseMs) : 0;
  if (freed + workers > 0) deps.freed();
}

async function giveBack({ db, log, isCarried }: HeartbeatDeps, { job, abort }: Held): Promise<void> {
  abort.abort();
  try {
    await db.transaction(async (tx) => {
      await releaseLease(tx, job);
      if (isCarried) await carryAgain(tx, job.id);
    });
  } catch (error) {
    log.warn({ job: job.id, err: error }, 'A lease could not be released; it runs out by itself.');
  }
}
