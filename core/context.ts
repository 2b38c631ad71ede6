/** What travels with every call: who asks, through which door, at what time, inside which transaction. */

/** Milliseconds since the epoch. The only source of time; the test kit drives it. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** The instant as stored and sent: UTC, milliseconds, `Z`. */
export function instant(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How a write came in. Written to the ledger. */
export type Door =
  'api' | 'form' | 'import' | 'batch' | 'merge' | 'undo' | 'automation' | 'plugin' | 'mail' | 'branch' | 'seed' | 'cli';

export interface Principal {
  readonly kind: 'user' | 'key' | 'public' | 'system';
  /** The user's id; null for `public` and `system`. */
  readonly id: string | null;
  readonly name: string;
  /** Names of role definitions. Roles add up. */
  readonly roles: readonly string[];
  /** Ids of the users in the teams this user belongs to or leads, himself included: what `$myTeam` means. */
  readonly teamMates: readonly string[];
  /** Why system rights were taken; written to the ledger. */
  readonly reason?: string;
}

/** The chain behind a write made by automation: the change that led to it, the first change of all, and the depth. */
export interface Cause {
  readonly change: string;
  readonly root: string;
  readonly depth: number;
  readonly rule?: string;
}

/** SQL text cut at its parameters: `chunks.length === values.length + 1`. Built only by `storage/sql.ts`. */
export interface SqlFragment {
  readonly chunks: readonly string[];
  readonly values: readonly unknown[];
}

/** An open transaction. Implemented by storage; everything inside one piece of work goes through the same one. */
export interface Transaction {
  all<Row = Record<string, unknown>>(sql: SqlFragment): Promise<Row[]>;
  /** Answers the number of rows changed. */
  run(sql: SqlFragment): Promise<number>;
  /**
   * Nobody waits for this one: it is sent with whatever is asked for next, or with the commit, in the order of the calls. What goes wrong is thrown
   * there. `only`: it must change exactly one row, else CONFLICT.
   */
  later(sql: SqlFragment, only?: 'one row'): void;
  /** A statement that changes the tables, without values. */
  define(sql: SqlFragment): Promise<void>;
  /** Runs once the commit has really happened; a failure there never undoes the write. */
  afterCommit(task: () => void): void;
  /** Work that is taken back alone when it throws; the transaction goes on. The work must use the transaction it is given. */
  savepoint<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

export interface Context {
  readonly principal: Principal;
  readonly door: Door;
  readonly clock: Clock;
  readonly log: Log;
  /** Language of texts made for this caller, such as `et`. */
  readonly locale: string;
  readonly requestId?: string;
  readonly cause?: Cause;
  readonly batch?: string;
  /** Rules stay silent, but for timers still ahead: history that is carried over is not news. */
  readonly isQuiet?: boolean;
  readonly tx?: Transaction;
}

/** The one loud bypass of roles and row filters. The reason stands in the ledger. */
export function asSystem<C extends Context>(ctx: C, reason: string): C {
  return { ...ctx, principal: { kind: 'system', id: null, name: 'system', roles: [], teamMates: [], reason } };
}
