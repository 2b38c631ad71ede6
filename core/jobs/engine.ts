import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../context.ts';

/** What carries ready jobs to their handlers. The rows are the truth; an engine only decides when to look at them. */
export interface JobEngine {
  readonly isStarted: boolean;
  start(): void;
  /** Takes no further job once this resolves. */
  stop(): Promise<void>;
  /** After the running jobs have ended or been given back. */
  close(): Promise<void>;
  wake(): void;
}

export interface LoopOptions {
  readonly clock: Clock;
  readonly concurrency: number;
  /** The rows are looked at after this many ms even when nothing woke the loop. */
  readonly pollMs: number;
  /** Instant of the earliest ready job, whether due or not. */
  readonly nextDue: () => Promise<number | null>;
  /** Claims one due job and gives the promise of its run (which never rejects); null when there is none. */
  readonly take: () => Promise<{ readonly ended: Promise<void> } | null>;
  readonly failed: (error: unknown) => void;
}

/** The clock is read again at least this often: a long `setTimeout` would miss a changed wall clock and overflows after 24 days. */
const LOOK_AT_CLOCK = 1_000;

interface LoopState {
  started: boolean;
  running: number;
  looking: Promise<void> | undefined;
  again: boolean;
  sleptFor: number;
  /** When the rows are worth a look; null = unknown, or no job waits. */
  next: number | null;
  timer: NodeJS.Timeout | undefined;
}

/** The embedded engine: one loop in this process that sleeps until the next due instant or until it is woken. */
export function createLoopEngine(options: LoopOptions): JobEngine {
  // Woken out of a transaction's commit, the loop must not inherit that transaction's async context.
  const outside = AsyncLocalStorage.snapshot();
  const state: LoopState = {
    started: false,
    running: 0,
    looking: undefined,
    again: false,
    sleptFor: 0,
    next: null,
    timer: undefined,
  };
  const wake = () => {
    if (state.started) outside(() => look(options, state));
  };
  return {
    get isStarted() {
      return state.started;
    },
    start() {
      state.started = true;
      wake();
    },
    async stop() {
      state.started = false;
      clearTimeout(state.timer);
      await state.looking;
    },
    close: () => Promise.resolve(),
    wake,
  };
}

/** One look at a time; one that is asked for meanwhile follows. */
function look(options: LoopOptions, state: LoopState): void {
  if (state.looking) {
    state.again = true;
    return;
  }
  state.sleptFor = 0;
  state.looking = lookOnce(options, state).finally(() => {
    state.looking = undefined;
    if (state.again && state.started) look(options, state);
    else sleep(options, state);
  });
}

async function lookOnce(options: LoopOptions, state: LoopState): Promise<void> {
  try {
    do {
      state.again = false;
      await takeAll(options, state);
    } while (state.again && state.started);
  } catch (error) {
    options.failed(error);
    state.sleptFor = options.pollMs;
    state.next = null;
  }
}

async function takeAll(options: LoopOptions, state: LoopState): Promise<void> {
  while (state.started && state.running < options.concurrency) {
    state.next = await options.nextDue();
    if (!state.started || state.next === null || state.next > options.clock.now()) return;
    const run = await options.take();
    if (run === null) {
      // Due but not ours: another process is at it, or its chain has a job running.
      state.next = options.clock.now() + LOOK_AT_CLOCK;
      return;
    }
    state.running += 1;
    void run.ended.then(() => {
      state.running -= 1;
      look(options, state);
    });
  }
  // Full: the end of a run wakes the loop.
  state.next = null;
}

function sleep(options: LoopOptions, state: LoopState): void {
  clearTimeout(state.timer);
  if (!state.started) return;
  const untilDue = state.next === null ? LOOK_AT_CLOCK : state.next - options.clock.now();
  const delay = Math.max(1, Math.min(LOOK_AT_CLOCK, untilDue));
  state.timer = setTimeout(() => {
    state.sleptFor += delay;
    const isDue = state.next !== null && state.next <= options.clock.now();
    if (isDue || state.sleptFor >= options.pollMs) look(options, state);
    else sleep(options, state);
  }, delay);
  state.timer.unref();
}
