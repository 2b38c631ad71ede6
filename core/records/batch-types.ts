import type { Context, Transaction } from '../context.ts';

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
  /** Newest first: the caller's own; with the operation `jobs` also those of others about entities he may read. */
  list(
    ctx: Context,
    query: { readonly limit?: number; readonly after?: string },
  ): Promise<{ data: readonly Batch[]; next: string | null }>;
  /** NOT_FOUND for a batch the caller may not see. */
  get(ctx: Context, id: string): Promise<Batch>;
}
