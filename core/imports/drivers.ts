import { randomUUID } from 'node:crypto';
import { AsyncLocalStorage } from 'node:async_hooks';
import { sql } from '../storage/sql.ts';
import { drive } from './drive.ts';
import type { DriveDeps } from './drive.ts';
import { claimRun, releaseRun, selectRuns } from './journal.ts';

/** The runs that this process drives. */
export interface Drivers {
  /** Drives a run in the background unless somebody else does. Answers whether it is over. */
  take(id: string): Promise<boolean>;
  /** Lets every run go after the chunk it is at. */
  stop(): Promise<void>;
}

export function createDrivers(deps: DriveDeps): Drivers {
  const { db, clock } = deps;
  const holder = randomUUID();
  const active = new Map<string, Promise<void>>();
  const abort = new AbortController();
  // Taken out of a job's or a request's work, a run must not inherit its async context.
  const outside = AsyncLocalStorage.snapshot();
  const watched = new Map<string, NodeJS.Timeout>();
  /** Another holds the run, or held it and has died: looked at again until it is over. */
  const watch = (id: string) => {
    if (watched.has(id) || abort.signal.aborted) return;
    const look = () => {
      watched.delete(id);
      outside(() => drivers.take(id)).catch((error: unknown) => {
        deps.log.warn({ import: id, err: error }, 'A run could not be looked at; trying again');
        watch(id);
      });
    };
    watched.set(id, setTimeout(look, LOOK_AGAIN).unref());
  };
  const drivers: Drivers = {
    async take(id) {
      if (active.has(id)) return false;
      if (abort.signal.aborted) return false;
      const holding = { id, holder, clock };
      const isClaimed = await db.transaction((tx) => claimRun(tx, holding));
      const [run] = await selectRuns(db, { where: sql`"id" = ${id}`, limit: 1 });
      if (!run || run.finishedAt !== null) return true;
      if (active.has(id)) return false;
      if (!isClaimed) {
        watch(id);
        return false;
      }
      const work = outside(() => drive(deps, run, holding, abort.signal)).finally(() => active.delete(id));
      active.set(id, work);
      return false;
    },
    async stop() {
      abort.abort();
      for (const timer of watched.values()) clearTimeout(timer);
      const ids = [...active.keys()];
      await Promise.all(active.values());
      for (const id of ids) await db.transaction((tx) => releaseRun(tx, { id, holder }));
    },
  };
  return drivers;
}

const LOOK_AGAIN = 1_000;
