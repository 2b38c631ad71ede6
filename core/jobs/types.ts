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

export interface JobRun {
  readonly job: Job;
  /**
   * The job's database effects and its end, or its progress, in one transaction: exactly once. The lease is checked by its fence
   * number inside, so a run that lost its lease rolls back. `done`: the job is finished by this transaction.
   */
  commit<T>(work: (tx: Transaction) => Promise<T>, then: { readonly done: true } | { readonly progress: Value }): Promise<T>;
  /** One line of the run log, readable by people. */
  log(entry: { readonly step?: string; readonly message: string; readonly data?: Value }): void;
  readonly signal: AbortSignal;
}

export type JobHandler = (run: JobRun) => Promise<void>;

export interface Jobs {
  handle(kind: string, handler: JobHandler): void;
  enqueue(tx: Transaction, job: NewJob): Promise<void>;
  cancel(tx: Transaction, group: string): Promise<void>;
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
