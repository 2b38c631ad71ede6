import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from 'graphile-worker';
import type { Runner } from 'graphile-worker';
import type { Clock, Log } from '../context.ts';
import type { Database } from '../storage/database.ts';
import type { PostgresPool } from '../storage/open-pool.ts';
import { CARRIER_SCHEMA, carryAgain, carryDue, TASK } from './carry.ts';
import type { Parcel } from './carry.ts';
import { createLoopEngine } from './engine.ts';
import type { JobEngine } from './engine.ts';
import { engineLogger } from './engine-log.ts';
import { inTime } from './in-time.ts';
import { earliestDue } from './job-rows.ts';

export interface WorkerOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly concurrency: number;
  /** Everything that is due and not with the engine is handed over this often: what it has lost, what came back. */
  readonly sweepMs: number;
  /** Claims this job, or the next one of its chain, and gives the promise of its run (which never rejects). */
  readonly take: (parcel: Parcel) => Promise<{ readonly ended: Promise<void> } | null>;
}

/** The rows are looked at, and the engine is asked, this often though nothing woke them. */
const POLL = 1_000;
/** Connections of the engine: one listens, two ask and finish. */
const CONNECTIONS = 3;
const PATIENCE = 5_000;
const EVER = -1;

interface State {
  isStopping: boolean;
  runner: Runner | undefined;
  readonly claiming: Set<Promise<unknown>>;
  /** Resolves when nobody waits for running jobs any longer. */
  readonly given: { readonly up: Promise<void>; giveUp(): void };
}

/**
 * The engine of PostgreSQL: timers that have become due by our clock are handed to graphile-worker, which carries them to a worker of any
 * process. Here each is claimed by its row; a chain is followed to its end, since its jobs run one after another.
 */
export function createWorkerEngine(options: WorkerOptions, openPool: (size: number) => PostgresPool): JobEngine {
  const outside = AsyncLocalStorage.snapshot();
  const pump = createPump(options);
  let state: State | undefined;
  let pool: PostgresPool | undefined;
  let running: Promise<void> = Promise.resolve();
  return {
    get isStarted() {
      return state !== undefined && !state.isStopping;
    },
    start() {
      const started = openState();
      const connections = openPool(CONNECTIONS);
      [state, pool] = [started, connections];
      running = outside(() => keepRunning(options, started, connections));
      pump.start();
    },
    async stop() {
      if (!state) return;
      state.isStopping = true;
      await pump.stop();
      // Goes on until the running jobs have ended.
      state.runner?.stop().catch(() => undefined);
      await Promise.allSettled(state.claiming);
    },
    async close() {
      state?.given.giveUp();
      await inTime(running, PATIENCE);
      await inTime(pool?.end() ?? Promise.resolve(), PATIENCE);
    },
    wake: () => pump.wake(),
  };
}

function openState(): State {
  let giveUp = () => undefined as void;
  const up = new Promise<void>((resolve) => (giveUp = resolve));
  return { isStopping: false, runner: undefined, claiming: new Set(), given: { up, giveUp } };
}

/** The engine ends when it cannot write that a job is done, as while the database restarts; then another one begins. */
async function keepRunning(options: WorkerOptions, state: State, pgPool: PostgresPool): Promise<void> {
  const { concurrency, log } = options;
  while (!state.isStopping) {
    try {
      const runner = await run({
        pgPool,
        schema: CARRIER_SCHEMA,
        concurrency,
        pollInterval: POLL,
        noHandleSignals: true,
        parsedCronItems: [],
        taskList: { [TASK]: (payload) => deliver(options, state, payload as Parcel) },
        logger: engineLogger(log),
        preset: { worker: { localQueue: { size: concurrency }, completeJobBatchDelay: 20 } },
      });
      state.runner = runner;
      if (state.isStopping) runner.stop().catch(() => undefined);
      await runner.promise;
    } catch (error) {
      if (!state.isStopping) log.warn({ err: error }, 'The job engine has ended; it is started again.');
    }
    if (!state.isStopping) await pause(POLL, undefined, { ref: false });
  }
}

/** Returns when the engine may forget the parcel: the job has ended, is somebody else's, or waits for a later instant. */
async function deliver({ db, take }: WorkerOptions, state: State, parcel: Parcel): Promise<void> {
  do {
    if (state.isStopping) {
      await db.transaction((tx) => carryAgain(tx, parcel.job));
      return;
    }
    const claim = take(parcel);
    state.claiming.add(claim);
    const run = await claim.finally(() => state.claiming.delete(claim));
    if (run === null) return;
    await Promise.race([run.ended, state.given.up]);
  } while (parcel.root !== null);
}

/** The loop that elsewhere runs jobs itself hands them over here. */
function createPump({ db, clock, log, sweepMs }: WorkerOptions): JobEngine {
  let carriedUpTo = EVER;
  let sweptAt = 0;
  const loop = createLoopEngine({
    clock,
    concurrency: 1,
    pollMs: POLL,
    nextDue() {
      if (performance.now() - sweptAt > sweepMs) [carriedUpTo, sweptAt] = [EVER, performance.now()];
      // A clock that was set back.
      carriedUpTo = Math.min(carriedUpTo, clock.now());
      return earliestDue(db, carriedUpTo);
    },
    async take() {
      const now = clock.now();
      await carryDue(db, carriedUpTo, now);
      carriedUpTo = now;
      return null;
    },
    failed: (error) => log.warn({ err: error }, 'The job queue cannot be read; trying again.'),
  });
  const wake = () => {
    carriedUpTo = EVER;
    loop.wake();
  };
  return { ...loop, wake };
}
