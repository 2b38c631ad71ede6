import type { Clock, Log } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Database } from '../storage/database.ts';
import { backOff } from './back-off.ts';
import { holdLease, LeaseLostError, markDone, markFailed, saveProgress, writeLog } from './job-rows.ts';
import type { ClaimedJob, LogLine } from './job-rows.ts';
import { PermanentJobError } from './permanent-error.ts';
import type { JobHandler, JobRun } from './types.ts';

export interface RunDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly handlers: ReadonlyMap<string, JobHandler>;
  /** A handler that has not settled after this many ms counts as hung. */
  readonly runMs: number;
}

/** Runs one claimed job to its end, its next try or its death. Never rejects. */
export async function runJob(deps: RunDeps, job: ClaimedJob, abort: AbortController): Promise<void> {
  const lines: LogLine[] = [];
  const state: RunState = { isDone: false, attempt: job.attempt, payload: JSON.stringify(job.payload) };
  const run = openRun(deps, { job, lines, state, signal: abort.signal });
  try {
    const handler = deps.handlers.get(job.kind);
    if (!handler) {
      throw new PermanentJobError(
        `Nothing here runs jobs of kind "${job.kind}". Was a package removed? Bring it back and run the job again.`,
      );
    }
    await settleInTime(handler(run), deps.runMs);
    if (!state.isDone) await run.commit(async () => {}, { done: true });
  } catch (error) {
    abort.abort();
    await endFailed(deps, { ...job, attempt: state.attempt }, { error, lines });
  }
}

interface RunState {
  isDone: boolean;
  /** Counted anew by progress. */
  attempt: number;
  /** As it stands in the row. */
  payload: string;
}

interface OpenRun {
  readonly job: ClaimedJob;
  readonly lines: LogLine[];
  readonly state: RunState;
  readonly signal: AbortSignal;
}

function openRun(deps: RunDeps, { job, lines, state, signal }: OpenRun): JobRun {
  return {
    job,
    signal,
    log: (entry) => {
      lines.push({ at: deps.clock.now(), ...entry });
    },
    async commit(work, then) {
      const before = lines.length;
      const committed = await deps.db.transaction(async (tx) => {
        // The database may ask for the work again.
        lines.length = before;
        await holdLease(tx, job);
        const result = await work(tx);
        const end = typeof then === 'function' ? then() : then;
        // A try that stands where the one before stood is no progress: its attempts go on.
        const payload = 'done' in end ? state.payload : JSON.stringify(end.progress);
        if ('done' in end) await markDone(tx, job, deps.clock.now());
        else if (payload !== state.payload) await saveProgress(tx, job, end.progress);
        await writeLog(tx, job.id, lines);
        return { result, isDone: 'done' in end, payload };
      });
      lines.length = 0;
      state.isDone = committed.isDone;
      if (committed.payload !== state.payload) Object.assign(state, { attempt: 1, payload: committed.payload });
      return committed.result;
    },
  };
}

/** The promise's answer, or an error when it does not settle in time. What it does later changes nothing: the fence refuses it. */
async function settleInTime(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It did not end within ${Math.round(ms / 1000)} s.`)), ms);
    timer.unref();
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

interface Failure {
  readonly error: unknown;
  readonly lines: readonly LogLine[];
}

async function endFailed(deps: RunDeps, job: ClaimedJob, { error, lines }: Failure): Promise<void> {
  if (error instanceof LeaseLostError) {
    deps.log.info({ job: job.id, kind: job.kind }, error.message);
    return;
  }
  const now = deps.clock.now();
  const isLast = error instanceof PermanentJobError || job.attempt >= job.maxAttempts;
  const again = isLast ? null : now + backOff(job.attempt);
  const message = describe(error);
  const verdict =
    again === null
      ? `Given up after attempt ${job.attempt}: ${message}`
      : `Attempt ${job.attempt} of ${job.maxAttempts} failed, next one at ${new Date(again).toISOString()}: ${message}`;
  const fields = { job: job.id, kind: job.kind, key: job.key, err: error };
  if (again === null) deps.log.error(fields, verdict);
  else deps.log.warn(fields, verdict);
  try {
    await deps.db.transaction(async (tx) => {
      if (await markFailed(tx, job, { message, again, now })) {
        await writeLog(tx, job.id, [...lines, { at: now, message: verdict }]);
      }
    });
  } catch (failure) {
    // The lease runs out, then the job is taken again.
    deps.log.error({ job: job.id, err: failure }, 'The end of a failed job could not be written.');
  }
}

/** One sentence for people: the message and, of a validation, its places. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof CasementError) || error.errors.length === 0) return error.message;
  const places = error.errors.map((detail) => `${detail.path} ${detail.message}`);
  return `${error.message} [${places.join('; ')}]`;
}
