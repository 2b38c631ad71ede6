import type { Clock, Log, Transaction } from '../context.ts';
import type { Database } from '../storage/database.ts';
import type { Carrier } from './carrier.ts';
import type { Parcel } from './carry.ts';
import { createLoopEngine } from './engine.ts';
import type { JobEngine } from './engine.ts';
import { createHeartbeat } from './heartbeat.ts';
import { decideHeld } from './held-jobs.ts';
import { inTime } from './in-time.ts';
import { countJobs, listJobs, readJobLog, reviveJob } from './job-list.ts';
import { cancelGroup, claimJob, earliestDue, insertJob, isChainBusy } from './job-rows.ts';
import { leaseClock } from './lease-clock.ts';
import { createLeases } from './leases.ts';
import type { Leases } from './leases.ts';
import { pruneJobs } from './prune.ts';
import { runJob } from './run-job.ts';
import type { DroppedHandler, HeldChoice, JobHandler, JobListQuery, JobQueue } from './types.ts';
import { findWaiting, resetJob } from './waiting-jobs.ts';

export interface JobsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings?: Partial<JobSettings>;
  /** Holds what a run sees of the application still up to its end, such as the model. */
  readonly pin?: <T>(work: () => Promise<T>) => Promise<T>;
  /** The engine of PostgreSQL (`prepareCarrier`); without one the loop of this process runs the jobs. */
  readonly carrier?: Carrier | undefined;
  /** Other processes run the jobs: this one never does, even while it waits for one. */
  readonly isRunElsewhere?: boolean;
}

/** Milliseconds, but for `concurrency`. */
export interface JobSettings {
  /** Jobs run at once by this process. */
  readonly concurrency: number;
  /** The rows are looked at this often though nothing woke the loop. */
  readonly pollMs: number;
  /** A job whose holder has not been heard of for so long is given to another. */
  readonly leaseMs: number;
  /** A handler that runs longer counts as hung. */
  readonly runMs: number;
  /** How long `stop` waits for running jobs. */
  readonly stopMs: number;
}

const DEFAULTS: JobSettings = { concurrency: 4, pollMs: 5_000, leaseMs: 15_000, runMs: 300_000, stopMs: 20_000 };
const TOPIC = 'jobs';
const SETTLE_STEP = 25;

/** One process's part of the queue. */
interface Parts {
  readonly deps: JobsDeps;
  readonly leases: Leases;
  /** Claims under way: a job may come of each. */
  readonly claims: ReadonlySet<Promise<unknown>>;
  readonly engine: JobEngine;
  readonly take: Take;
}

/** Claims a job: the earliest due, or the one meant. */
type Take = (of?: Parcel) => Promise<{ readonly ended: Promise<void> } | null>;

/**
 * The durable queue over `_jobs`, the same on both databases. A job is enqueued in the transaction of the change it follows from, is never
 * run before its due instant by the clock, and its database effects happen exactly once (`JobRun.commit`).
 */
export function createJobs(deps: JobsDeps): JobQueue {
  const { db, clock, carrier } = deps;
  const settings = { ...DEFAULTS, ...deps.settings };
  const handlers = new Map<string, JobHandler>();
  const dropped = new Map<string, DroppedHandler>();
  const parts = openParts(deps, settings, handlers);
  const { engine, leases } = parts;
  const { leaseMs } = settings;
  const isCarried = carrier !== undefined;
  const heartbeat = createHeartbeat({
    ...{ ...deps, leaseMs, leases, isCarried },
    leaseClock: leaseClock(db, clock),
    freed: () => engine.wake(),
  });
  const announce = createAnnouncer(parts);
  let unsubscribe: (() => void) | undefined;

  return {
    handle(kind, handler, whenDropped) {
      if (handlers.has(kind)) throw new Error(`Jobs of kind "${kind}" already have a handler.`);
      handlers.set(kind, handler);
      if (whenDropped) dropped.set(kind, whenDropped);
    },
    async enqueue(tx, job) {
      insertJob(tx, job, { now: clock.now(), isCarried });
      await announce(tx);
    },
    cancel: async (tx, group) => cancelGroup(tx, group, clock.now()),
    waiting: findWaiting,
    reset: (tx, id, to) => resetJob(tx, id, { to, now: clock.now() }),
    async start() {
      if (engine.isStarted) return;
      await heartbeat.start();
      await tellHeld(deps);
      unsubscribe = db.subscribe(TOPIC, () => engine.wake());
      engine.start();
    },
    async stop() {
      unsubscribe?.();
      await engine.stop();
      await inTime(leases.allDropped(), settings.stopMs);
      await heartbeat.stop();
      await engine.close();
    },
    drain: () => drain(parts),
    settle: (root, timeout) => settle(parts, root, timeout),
    wake: () => engine.wake(),
    ...createLists(parts, dropped),
  };
}

/** The queue as people see it, and what they may decide about it. */
function createLists({ deps: { db, clock }, engine }: Parts, dropped: ReadonlyMap<string, DroppedHandler>) {
  const inside = <T>(tx: Transaction | undefined, work: (tx: Transaction) => Promise<T>): Promise<T> => {
    const run = (open: Transaction) => {
      open.afterCommit(() => engine.wake());
      return work(open);
    };
    return tx ? run(tx) : db.transaction(run);
  };
  return {
    listJobs: (query: JobListQuery) => listJobs(db, query),
    retryJob: (id: string, tx?: Transaction) => inside(tx, (open) => reviveJob(open, id, clock.now())),
    decideHeld: (choice: HeldChoice, tx?: Transaction) =>
      inside(tx, (open) => decideHeld(open, choice, { now: clock.now(), dropped })),
    async figures() {
      const due = await earliestDue(db);
      return { states: await countJobs(db), late: due === null ? 0 : Math.max(0, clock.now() - due) / 1000 };
    },
    prune: () => pruneJobs(db, clock.now()),
    jobLog: (id: string) => readJobLog(db, id),
  };
}

/** Nobody should wonder for long why nothing is sent. */
async function tellHeld({ db, log }: JobsDeps): Promise<void> {
  const { held } = await countJobs(db);
  if (held > 0)
    log.warn(
      { jobs: held },
      'Jobs that came with a restore are paused: "casement jobs held" lists them, "casement jobs run" and "casement jobs drop" decide.',
    );
}

/** Tells the loops of all processes of a new job, once a transaction. The engine of PostgreSQL tells its workers itself, and finds timers by looking. */
function createAnnouncer({ deps, engine }: Parts): (tx: Transaction) => Promise<void> {
  const announced = new WeakSet<Transaction>();
  return async (tx) => {
    if (deps.carrier !== undefined || announced.has(tx)) return;
    announced.add(tx);
    tx.afterCommit(() => engine.wake());
    await deps.db.publish(tx, TOPIC, '');
  };
}

function openParts(deps: JobsDeps, settings: JobSettings, handlers: ReadonlyMap<string, JobHandler>): Parts {
  const { db, clock, log, carrier, pin = (work) => work() } = deps;
  const { concurrency, leaseMs, pollMs, runMs } = settings;
  const leases = createLeases();
  const claims = new Set<Promise<unknown>>();
  const lease = leaseClock(db, clock);
  const claim = (of: Parcel | undefined) => {
    const choice = { now: clock.now(), leaseUntil: lease.until(leaseMs), ...(of ? { of } : {}) };
    const asked = claimJob(db, choice).finally(() => claims.delete(asked));
    claims.add(asked);
    return asked;
  };
  const take: Take = async (of) => {
    const job = await claim(of);
    if (job === null) return null;
    const held = leases.hold(job);
    const run = pin(() => runJob({ db, clock, log, handlers, runMs }, job, held.abort));
    return { ended: run.finally(() => leases.drop(held)) };
  };
  const engine = carrier
    ? carrier.createEngine({ db, clock, log, concurrency, sweepMs: pollMs, take })
    : createLoopEngine({
        ...{ clock, concurrency, pollMs },
        nextDue: () => earliestDue(db),
        take: () => take(),
        failed: (error) => log.warn({ err: error }, 'The job queue cannot be read; trying again.'),
      });
  return { deps, leases, claims, engine, take };
}

/** One after another, so that tests and scenarios play the same every time. */
async function drain({ deps, leases, claims, take }: Parts): Promise<void> {
  for (;;) {
    const due = await earliestDue(deps.db);
    const run = due !== null && due <= deps.clock.now() ? await take() : null;
    if (run) await run.ended;
    else if (leases.size > 0) await leases.oneDropped();
    // The loop has asked for a job and does not hold it yet.
    else if (claims.size > 0) await Promise.allSettled(claims);
    else return;
  }
}

async function settle(parts: Parts, root: string, timeout: number): Promise<boolean> {
  const { deps, engine } = parts;
  for (let waited = 0; ; waited += SETTLE_STEP) {
    // Nobody else would run them.
    if (!engine.isStarted && !deps.isRunElsewhere) await drain(parts);
    if (!(await isChainBusy(deps.db, root, deps.clock.now()))) return true;
    if (waited >= timeout) return false;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_STEP));
  }
}
