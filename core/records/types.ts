import type { Context, Transaction } from '../context.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { Model } from '../definitions/model.ts';
import type { Dependents } from './dependents.ts';
import type { Followed } from './follow.ts';
import type { Batches } from './batch-types.ts';
import type { Duplicates } from './duplicates/types.ts';
import type { MergeCommand, MergeReport } from './merge/types.ts';
import type { MatchTerm } from '../storage/query.ts';
import type { FollowQuery, FollowedChanges } from './changes-since.ts';
import type { StageHistory, StageQuery } from './stage-history.ts';

/** A read, as the API and every internal caller state it. Names are checked against the model and the caller's rights inside. */
export interface ReadQuery {
  readonly entity: string;
  /** One record; NOT_FOUND when the caller may not see it. */
  readonly id?: string;
  /** Condition as JSON (`rules/condition.ts`). */
  readonly filter?: unknown;
  /** `['-createdAt', 'title']`; default `['-id']`. */
  readonly sort?: readonly string[];
  readonly limit?: number;
  readonly after?: string;
  /** Paths such as `title`, `customer.name`; every readable field when absent. */
  readonly fields?: readonly string[];
  /** References and child lists to expand: `customer`, `lines`, `lines.product`. */
  readonly expand?: readonly string[];
  readonly search?: string;
  /** Only records that share a key with these in the index of duplicates, in fields the caller reads on every row. */
  readonly match?: readonly MatchTerm[];
  readonly count?: 'exact';
  readonly deleted?: 'only' | 'with';
}

export interface ListResult {
  readonly data: readonly RecordData[];
  readonly next: string | null;
  readonly total?: number;
}

/** The same as `ListResult`, the records as JSON text built by the database, with commas between: `recordTexts` takes them apart. */
export interface ListText {
  readonly text: string;
  readonly next: string | null;
  readonly total?: number;
}

export interface AggregateQuery {
  readonly entity: string;
  readonly filter?: unknown;
  /** `source`, `createdAt:month`, `assignee`. */
  readonly group: readonly string[];
  /** `count`, `sum(total)`, `avg(total)`, `min(total)`, `max(total)`. */
  readonly measures: readonly string[];
}

export type WriteCommand =
  | { readonly op: 'create'; readonly entity: string; readonly input: Readonly<Record<string, unknown>> }
  /** JSON Merge Patch. A changed `stage` is a move. */
  | {
      readonly op: 'update';
      readonly entity: string;
      readonly id: string;
      readonly input: Readonly<Record<string, unknown>>;
      readonly version?: number;
      readonly note?: string;
    }
  | { readonly op: 'delete' | 'restore'; readonly entity: string; readonly id: string; readonly version?: number };

export type ChangeKind = 'created' | 'updated' | 'moved' | 'deleted' | 'restored' | 'merged';

/** After it the record is in the bin: deleted, or merged into another. */
export function isGone(kind: string): boolean {
  return kind === 'deleted' || kind === 'merged';
}

/** One row of the ledger as observers and the API see it. */
export interface Change {
  readonly seq: number;
  readonly id: string;
  readonly at: string;
  readonly entity: string;
  readonly record: string;
  /** A ChangeKind, or a named event such as `document.generated`. */
  readonly kind: string;
  /** Changed fields, before and after; of an event its data under `after`. */
  readonly fields: Readonly<Record<string, { readonly before: Value; readonly after: Value }>>;
  readonly note?: string;
  readonly by: { readonly id: string | null; readonly name: string; readonly kind: string };
  readonly door: string;
  readonly cause?: { readonly change: string; readonly root: string; readonly depth: number; readonly rule?: string };
  readonly batch?: string;
  /** Only timers follow from it; not kept. */
  readonly isQuiet?: boolean;
  readonly version: number;
  /** Of `merged`: the record of the same entity that this one has become a part of. */
  readonly into?: string;
}

/** Runs inside the transaction of every change: search index, automation, timers. Throwing rolls the write back. */
export type ChangeObserver = (
  tx: Transaction,
  change: Change,
  record: RecordData,
  before: RecordData | null,
) => Promise<void>;

export interface Records {
  model(): Model;
  read(ctx: Context, query: ReadQuery): Promise<ListText>;
  list(ctx: Context, query: ReadQuery): Promise<ListResult>;
  /** NOT_FOUND when absent, deleted or invisible. */
  get(ctx: Context, query: ReadQuery & { readonly id: string }): Promise<RecordData>;
  /** The same as JSON text built by the database. */
  getText(ctx: Context, query: ReadQuery & { readonly id: string }): Promise<string>;
  /** Finds across entities what the caller may see, best entity first; any spelling of a phone. */
  search(
    ctx: Context,
    query: { readonly q: string; readonly limit?: number },
  ): Promise<readonly { readonly entity: string; readonly record: RecordData }[]>;
  aggregate(ctx: Context, query: AggregateQuery): Promise<readonly RecordData[]>;
  /** Newest first; the caller sees only fields he may read. `timeline`: also changes of records whose timeline reference points here. */
  changes(
    ctx: Context,
    query: { entity: string; id: string; limit?: number; after?: string; timeline?: boolean },
  ): Promise<{ data: readonly Change[]; next: string | null }>;
  /** Where the records have been, stage by stage, as far as the caller may see them (`stage-history.ts`). */
  stageHistory(ctx: Context, query: StageQuery): Promise<readonly StageHistory[]>;
  /**
   * The ledger from a position on, for whatever follows it, with nobody's rights (`changes-since.ts`). To follow without a loss: take the position,
   * read, keep `next` beside what was made of the changes.
   */
  changesSince(query?: FollowQuery): Promise<FollowedChanges>;
  /** The present end of the ledger, to follow it from now on. */
  ledgerPosition(): Promise<string>;
  /** What deleting a record would do to others the caller may see. Refused as the deletion would be. */
  dependents(ctx: Context, of: { readonly entity: string; readonly id: string }): Promise<readonly Dependents[]>;
  /** The one write. Answers the record as this caller may see it (of a delete: `{id, version}`). */
  write(ctx: Context, command: WriteCommand): Promise<RecordData>;
  /**
   * Makes records of one entity, all or none, by the same steps as one. Answers each as JSON text as this caller may see it, in the order
   * given. The places of errors start with the record's number: `/3/email`.
   */
  createAll(
    ctx: Context,
    of: { readonly entity: string; readonly inputs: readonly unknown[] },
  ): Promise<readonly string[]>;
  /** The same for who wants nothing but their ids. */
  createIds(
    ctx: Context,
    of: { readonly entity: string; readonly inputs: readonly unknown[] },
  ): Promise<readonly string[]>;
  /** Several in one transaction; joins `ctx.tx`. */
  transaction<T>(ctx: Context, work: (ctx: Context & { readonly tx: Transaction }) => Promise<T>): Promise<T>;
  /** A named event in the ledger, without a change of fields. */
  event(ctx: Context, event: { entity: string; id: string; kind: string; data: RecordData }): Promise<Change>;
  /** What was committed since a mark (`follow.ts`). Whose rights it meets is for the door to ask. */
  follow(since?: string): Promise<Followed>;
  /** Many changes made and undone as one. */
  readonly batches: Batches;
  /** Records that may be of one thing. */
  readonly duplicates: Duplicates;
  /** Makes one record of several: a batch of kind `merge`. */
  merge(ctx: Context, command: MergeCommand): Promise<MergeReport>;
  /** Where a merged record has gone, for who may see both; null otherwise. */
  mergedInto(ctx: Context, of: { readonly entity: string; readonly id: string }): Promise<string | null>;
  observe(observer: ChangeObserver): void;
  /** After commit, in this process or another: which record changed. For live screens. */
  onCommitted(listener: (change: { seq: number; entity: string; record: string; kind: string }) => void): () => void;
  /** Word from other processes was lost for a while: whoever followed them reads anew. */
  onMissed(listener: () => void): () => void;
}
