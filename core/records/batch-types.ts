import type { Context, Transaction } from '../context.ts';
import type { ErrorCode, ErrorDetail } from '../errors.ts';

export type BatchKind = 'massEdit' | 'import' | 'merge' | 'undo' | 'apply';

/** What a batch is, said when it begins. */
export interface NewBatch {
  readonly kind: BatchKind;
  /** The entity it is about; absent when it is about several. */
  readonly entity?: string;
  /** A line for the list of batches, such as the name of an imported file. */
  readonly title: string;
}

/** `interrupted`: it says it is running, yet nothing was heard of it for two minutes. Seen so by the reader, never stored. */
export type BatchState = 'running' | 'done' | 'failed' | 'interrupted';

export interface Batch {
  readonly id: string;
  readonly kind: BatchKind;
  readonly entity: string | null;
  readonly title: string;
  readonly by: { readonly id: string | null; readonly name: string };
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly state: BatchState;
  /** Changes by kind (`created`, `updated`, `moved`, `deleted`, `restored`), and what the batch itself has counted, such as `failed`. */
  readonly counts: Readonly<Record<string, number>>;
  /** The batch this one takes back. */
  readonly undoOf: string | null;
  /** The batch that took this one back. */
  readonly undoneBy: string | null;
}

export type BatchContext = Context & { readonly batch: string };

/** A batch of several transactions. What its writes have committed is in the list of batches and can be undone, also after a crash. */
export interface OpenBatch {
  readonly id: string;
  /** For every write of the batch: the change then names it. */
  readonly ctx: BatchContext;
  /** Says that the batch is still at work: at least once a minute, best inside the transaction of each part. Joins `ctx.tx`. */
  touch(ctx?: Context): Promise<void>;
  /** The end. Counts of changes are taken from the ledger; `counts` adds what only the batch knows, such as `failed` or `skipped`. */
  close(outcome: {
    readonly state: 'done' | 'failed';
    readonly counts?: Readonly<Record<string, number>>;
  }): Promise<Batch>;
}

export interface UndoConflict {
  readonly entity: string;
  readonly id: string;
  /** As people call it; null when there is nothing to call it by. */
  readonly display: string | null;
  /**
   * `CONFLICT`: changed since, or its value is taken, or others hang on it. Else the code of the refusal: `FORBIDDEN`, `FIELD_FORBIDDEN`,
   * `VALIDATION`.
   */
  readonly code: string;
  readonly message: string;
  /** Fields changed since, as far as the caller may read them; or those a refusal names. */
  readonly fields: readonly string[];
  /** Who changed it since, and when; null when nobody did and the record was refused for another reason. */
  readonly by: { readonly id: string | null; readonly name: string } | null;
  readonly at: string | null;
}

export interface UndoReport {
  /** The undo is a batch itself; null of a dry run. */
  readonly batch: string | null;
  readonly restored: number;
  /** How many records were left as they are; the first 1,000 are listed. What the caller may not see is neither counted nor listed. */
  readonly left: number;
  readonly conflicts: readonly UndoConflict[];
}

export type MassChange =
  | { readonly kind: 'patch'; readonly input: Readonly<Record<string, unknown>>; readonly note?: string }
  | { readonly kind: 'delete' | 'restore' };

export interface MassEdit {
  readonly entity: string;
  /** Exactly one of `filter` (a condition as JSON) and `ids`. */
  readonly filter?: unknown;
  readonly ids?: readonly string[];
  readonly change: MassChange;
  /** `stop` (default): the first refusal takes everything back. `skip`: what can be written is, the rest is listed. */
  readonly onError?: 'stop' | 'skip';
  /** Does everything and takes it back. */
  readonly dryRun?: boolean;
}

export interface MassFailure {
  readonly id: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly errors: readonly ErrorDetail[];
}

export interface MassReport {
  /** Null of a dry run, and when nothing was changed. */
  readonly batch: string | null;
  /** Records found by the filter, or named. */
  readonly matched: number;
  readonly changed: number;
  /** Were already as the edit wants them. */
  readonly unchanged: number;
  readonly failed: readonly MassFailure[];
}

/** The open work of one person for another. */
export interface HandOver {
  /** Ids of users. */
  readonly from: string;
  readonly to: string;
  /** Only records of these; absent = of all that can be handed over. */
  readonly entities?: readonly string[];
  /** Stands with each change. */
  readonly note?: string;
  readonly dryRun?: boolean;
}

export interface HandOverPart {
  readonly entity: string;
  readonly matched: number;
  readonly changed: number;
  readonly failed: readonly MassFailure[];
}

export interface HandOverReport {
  /** Null of a dry run, and when nothing was changed. */
  readonly batch: string | null;
  /** Entities of which there was something. */
  readonly entities: readonly HandOverPart[];
}

/** Many changes made and undone as one. */
export interface Batches {
  /** A batch in one transaction: all of it or nothing. Joins `ctx.tx`. */
  run<T>(
    ctx: Context,
    about: NewBatch,
    work: (ctx: BatchContext & { readonly tx: Transaction }) => Promise<T>,
  ): Promise<T>;
  /** A batch of several transactions; begun at once, outside of any. */
  open(ctx: Context, about: NewBatch): Promise<OpenBatch>;
  /** One that was begun before and cut off goes on, by whoever drives the work now. */
  resume(ctx: Context, id: string): Promise<OpenBatch>;
  /** Newest first: the caller's own; with the operation `jobs` also those of others about entities he may read. */
  list(
    ctx: Context,
    query: { readonly limit?: number; readonly after?: string },
  ): Promise<{ data: readonly Batch[]; next: string | null }>;
  /** NOT_FOUND for a batch the caller may not see. */
  get(ctx: Context, id: string): Promise<Batch>;
  /** The same change on many records, each through the one write with the caller's rights. Needs the operation `massEdit`. */
  edit(ctx: Context, edit: MassEdit): Promise<MassReport>;
  /** Gives the open work of one person to another as one batch. Needs the operation `massEdit` and, for each entity, `assign`. */
  handOver(ctx: Context, of: HandOver): Promise<HandOverReport>;
  /**
   * Puts back what the batch has changed and nobody else has touched since; lists the rest. Once: a second undo is CONFLICT. Undoing
   * somebody else's batch needs the operation `massEdit`; every record is asked for with the caller's rights.
   */
  undo(ctx: Context, id: string, options?: { readonly dryRun?: boolean }): Promise<UndoReport>;
  /** Whether a record's changes by this batch were taken back. For what was put off until after the commit. */
  isUndone(
    ctx: Context,
    of: { readonly batch: string; readonly entity: string; readonly record: string },
  ): Promise<boolean>;
  /**
   * At the start of a server. On SQLite it alone has the file, so whatever still says it is running has lost its process; on PostgreSQL another
   * process may be at it, and two minutes of silence must tell.
   */
  recover(): Promise<void>;
}
