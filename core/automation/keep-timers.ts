import { AsyncLocalStorage } from 'node:async_hooks';
import { uuidv7 } from 'uuidv7';
import type { Transaction } from '../context.ts';
import type { JobHandler, JobRun } from '../jobs/types.ts';
import { sql } from '../storage/sql.ts';
import { renewPage } from './renew-timers.ts';
import type { RenewDeps } from './renew-timers.ts';
import { differenceOf, holdNotes, isTimer, notesOf, readNotes, writeNotes } from './timer-notes.ts';
import type { TimerDifference, TimerRule } from './timer-notes.ts';

export const TIMERS_KIND = 'timers';

export interface TimerKeeper {
  /**
   * Sets timers anew where they were set by another rule, other hours or another zone than now. To be called at the start and whenever the
   * definitions have changed; the work itself is a job.
   */
  check(): Promise<void>;
  /** The same, for who cannot wait. The organisation's changes are followed by itself. */
  checkSoon(): void;
}

/** How far the job has come. */
interface TimersJob {
  readonly rules: readonly string[];
  readonly hours: readonly string[];
  readonly part: 'waiting' | 'records';
  /** The last timer or record of that part that is done. */
  readonly after: string | null;
}

/** Keeps the timers that wait in step with the rules they come from and with the hours they count by. */
export function createTimerKeeper(deps: RenewDeps): TimerKeeper {
  const { db, records, jobs, log } = deps;
  // Word of a change comes out of work that is still held to the model before it.
  const outside = AsyncLocalStorage.snapshot();
  jobs.handle(TIMERS_KIND, createRenewal(deps));
  async function check(): Promise<void> {
    await records.refreshOrganisation();
    const seen = await readNotes({ all: (fragment) => db.read(fragment) });
    if (seen && isSame(differenceOf(seen, notesOf(records.model(), deps.organisation())))) return;
    await db.transaction(async (tx) => {
      await holdNotes(db, tx);
      const before = await readNotes(tx);
      const after = notesOf(records.model(), deps.organisation());
      // A database without a job has no timers to keep; one from before notes were kept is looked at as a whole.
      const difference = differenceOf(before ?? {}, after);
      await writeNotes(tx, after);
      if (isSame(difference) || (before === undefined && !(await hasJobs(tx)))) return;
      const payload: TimersJob = { ...difference, part: 'waiting', after: null };
      await jobs.enqueue(tx, {
        ...{ kind: TIMERS_KIND, key: `timers:${uuidv7()}`, root: TIMERS_KIND, isOwnDoing: true },
        payload: { ...payload },
      });
    });
  }
  const checkSoon = () => {
    outside(check).catch((error: unknown) =>
      log.error({ err: error }, 'Timers could not be compared with their rules; the next start does it.'),
    );
  };
  records.observe(async (tx, change) => {
    if (change.entity === 'organisation') tx.afterCommit(checkSoon);
  });
  return { check: () => outside(check), checkSoon };
}

function isSame({ rules, hours }: TimerDifference): boolean {
  return rules.length + hours.length === 0;
}

async function hasJobs(tx: Transaction): Promise<boolean> {
  return (await tx.all(sql`select 1 as "one" from "_jobs" limit 1`)).length > 0;
}

/** A page in a transaction, so that writers of the same records wait for moments only; goes on where it was broken off. */
function createRenewal(deps: RenewDeps): JobHandler {
  return async (run) => {
    await deps.records.refreshOrganisation();
    let job: TimersJob | null = run.job.payload as unknown as TimersJob;
    while (job) {
      if (run.signal.aborted) throw new Error('The run was stopped before all timers were set anew.');
      job = await renewNext(deps, run, job);
    }
  };
}

async function renewNext(deps: RenewDeps, run: JobRun, job: TimersJob): Promise<TimersJob | null> {
  const [name] = [...job.rules, ...job.hours];
  let next: TimersJob | null = null;
  await run.commit(
    async (tx) => {
      if (name === undefined) return;
      const rule = deps.records.model().automations.get(name);
      const timer = rule && isTimer(rule) ? rule : undefined;
      const last = await renewPage(deps, tx, { name, rule: timer, part: job.part, after: job.after, key: run.job.id });
      next = last === null ? following(job, timer) : { ...job, after: last };
    },
    () => (next ? { progress: { ...next } } : { done: true }),
  );
  return next;
}

function following(job: TimersJob, rule: TimerRule | undefined): TimersJob | null {
  const [name] = job.rules;
  if (job.part === 'waiting' && rule && name !== undefined) return { ...job, part: 'records', after: null };
  const rest =
    name === undefined ? { rules: [], hours: job.hours.slice(1) } : { rules: job.rules.slice(1), hours: job.hours };
  return rest.rules.length + rest.hours.length === 0 ? null : { ...rest, part: 'waiting', after: null };
}
