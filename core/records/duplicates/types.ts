import type { Context } from '../../context.ts';
import type { RecordData } from '../../fields/field-type.ts';
import type { Evidence } from './weigh.ts';

export interface DraftQuery {
  readonly entity: string;
  /** Fields as they are typed; those that tell no duplicates are not looked at. */
  readonly draft: Readonly<Record<string, unknown>>;
  /** The record that is being edited. */
  readonly except?: string;
  /** Default 10, at most 50. */
  readonly limit?: number;
}

/** A record that may be of the same thing: its title and what was compared, as the caller may see it. */
export interface Candidate extends Evidence {
  readonly record: RecordData;
}

export interface Pair extends Evidence {
  readonly one: string;
  readonly other: string;
}

/** Records that may all be of one thing; at most as many as one merge takes. */
export interface DuplicateGroup {
  /** Of its strongest pair. */
  readonly score: number;
  readonly records: readonly RecordData[];
  readonly pairs: readonly Pair[];
}

export interface GroupQuery {
  readonly entity: string;
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface DistinctCommand {
  readonly entity: string;
  /** From 2 to 21 records. */
  readonly ids: readonly string[];
  /** False takes the mark off again. */
  readonly distinct: boolean;
}

export interface Duplicates {
  /** While it is typed: what the thing may be already. */
  find(ctx: Context, query: DraftQuery): Promise<readonly Candidate[]>;
  /** In the whole base, the strongest first. */
  groups(ctx: Context, query: GroupQuery): Promise<{ data: readonly DuplicateGroup[]; next: string | null }>;
  /** Says that these are not of one thing, so that nobody is asked again. Needs the right to change every one of them. */
  mark(ctx: Context, command: DistinctCommand): Promise<void>;
  /** Makes the index of duplicates anew where the definitions have changed; called at start, before anybody asks. */
  prepare(): Promise<void>;
}
