import type { Transaction } from '../context.ts';
import type { Value } from '../fields/field-type.ts';

/** Everything that happens after a commit is a job row inserted in that transaction; a timer is a job with a due instant. */
export interface NewJob {
  /** Which handler runs it: `automation`, `mail`, … */
  readonly kind: string;
  /** Unique: a second enqueue with the same key does nothing. Per (change, rule, step). */
  readonly key: string;
  readonly payload: Value;
  /** Milliseconds; default now. */
  readonly due?: number;
  /** Set for what follows from no change, such as timers set anew by a start: while jobs are held after a restore it is held with them. */
  readonly isOwnDoing?: boolean;
  /** The first change of the chain, so that a door can wait for all that follows from it. */
  readonly root?: string;
  /** Timers of one record and rule share a group and can be cancelled together. */
  readonly group?: string;
  /** Attempts before the dead-letter list; default 10. */
  readonly attempts?: number;
}

export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly payload: Value;
  readonly due: number;
  readonly root: string | null;
  readonly attempt: number;
}

/**
 * What a commit leaves of the job. `progress` takes the place of the payload: the next attempt starts there, its attempts counted anew, unless it is
 * the payload that was there already.
 */
export type JobEnd = { readonly done: true } | { readonly progress: Value };

export interface JobRun {
  readonly job: Job;
  /**
   * The job's database effects and its end, or its progress, in one transaction: exactly once. The lease is checked by its fence
   * number inside, so a run that lost its lease rolls back. The work may be asked for again when the database refuses the transaction;
   * `then`, as a function, is asked after the work.
   */
  commit<T>(work: (tx: Transaction) => Promise<T>, then: JobEnd | (() => JobEnd)): Promise<T>;
  /** One line of the run log, readable by people. */
  log(entry: { readonly step?: string; readonly message: string; readonly data?: Value }): void;
  /** Aborted when the lease is lost, the run takes too long or the server will not wait for it any more. */
  readonly signal: AbortSignal;
}

/** In the transaction that drops the job. */
export type DroppedHandler = (tx: Transaction, payload: Value) => Promise<void>;

export type JobHandler = (run: JobRun) => Promise<void>;

/** A job that is not running and not over. */
export interface WaitingJob {
  readonly id: string;
  readonly group: string;
  readonly due: number;
  readonly payload: Value;
}

export type WaitingQuery =
  | { readonly groups: readonly string[] }
  | { readonly prefix: string; readonly after: string | null; readonly limit: number };

export interface Jobs {
  /** `dropped`: what becomes of a held job that shall not run, such as the next time of something that recurs. */
  handle(kind: string, handler: JobHandler, dropped?: DroppedHandler): void;
  enqueue(tx: Transaction, job: NewJob): Promise<void>;
  cancel(tx: Transaction, group: string): Promise<void>;
  /** Waiting jobs of these groups, or of all groups that begin so (by id, a page at a time). */
  waiting(tx: Transaction, of: WaitingQuery): Promise<readonly WaitingJob[]>;
  /** Moves a waiting job to another instant, with another payload, or ends it. Does nothing to one that is no longer waiting. */
  reset(
    tx: Transaction,
    id: string,
    to: { readonly due: number; readonly payload: Value } | 'cancelled',
  ): Promise<void>;
  start(): Promise<void>;
  /** Stops taking jobs and waits for the running ones, at most 20 s. */
  stop(): Promise<void>;
  /** Runs everything that is due by the clock until nothing is left; for tests, scenarios and doors that wait. */
  drain(): Promise<void>;
  /** Waits until no due job of this chain is left, at most `timeout` ms; answers whether that was reached. */
  settle(root: string, timeout: number): Promise<boolean>;
  /** Looks at the queue now instead of at the next tick. */
  wake(): void;
}

/** `held`: came back with a restore, and waits until somebody decides whether it shall still run. */
export const JOB_STATES = ['ready', 'running', 'done', 'dead', 'cancelled', 'held'] as const;

export type JobState = (typeof JOB_STATES)[number];

/** What shall become of held jobs: of those named, of those whose instant has passed or lies ahead, else of all. */
export interface HeldChoice {
  readonly action: 'run' | 'drop';
  readonly ids?: readonly string[];
  readonly due?: 'past' | 'ahead';
  /** Who decides, for the log of each job. */
  readonly by: string;
}

/** A job as people see it. Instants are texts. */
export interface JobInfo {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly state: JobState;
  readonly due: string;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly lastError: string | null;
  readonly payload: Value;
  readonly root: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

export interface JobLogLine {
  readonly at: string;
  readonly step: string | null;
  readonly message: string;
  readonly data: Value;
}

export interface JobListQuery {
  readonly state?: JobState;
  /** Jobs of one chain. */
  readonly root?: string;
  readonly limit?: number;
}

/** The queue with its lists for people: dead letters, "run again", the run log. Who may look is checked by the door. */
export interface JobQueue extends Jobs {
  /** Newest first, held ones in the order in which they would run; at most `limit` (default 50, 1,000 at most). */
  listJobs(query: JobListQuery): Promise<readonly JobInfo[]>;
  /** Makes a dead job ready again, its attempts counted anew, in the transaction given or one of its own. NOT_FOUND; CONFLICT when it is not dead. */
  retryJob(id: string, tx?: Transaction): Promise<JobInfo>;
  /** Runs held jobs when they are due, or drops them; answers how many, and how many are still held. */
  decideHeld(choice: HeldChoice, tx?: Transaction): Promise<{ readonly changed: number; readonly left: number }>;
  /** How many jobs there are by state, and for how many seconds the most overdue one has been due. */
  figures(): Promise<{ readonly states: Readonly<Record<JobState, number>>; readonly late: number }>;
  /**
   * Forgets what is over, with its log: done and cancelled jobs after 30 days, dead ones after a year. Their keys are then free again. Answers how
   * many.
   */
  prune(): Promise<number>;
  /** The run log, oldest first. NOT_FOUND. */
  jobLog(id: string): Promise<readonly JobLogLine[]>;
}
