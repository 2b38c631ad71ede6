import type { RecordData } from '../../fields/field-type.ts';

export interface MergeCommand {
  readonly entity: string;
  /** The record that stays. */
  readonly id: string;
  /** The records that become a part of it: from 1 to 20. */
  readonly from: readonly string[];
  /** Values chosen by hand; the rest stays as it is, what is empty is filled from the others in their order. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** Of the record that stays. */
  readonly version?: number;
  /** Does everything and takes it back. */
  readonly dryRun?: boolean;
}

export interface MergeReport {
  /** Undone by it; null of a dry run. */
  readonly batch: string | null;
  /** The record that stays, as the caller may see it. */
  readonly record: RecordData;
  readonly merged: readonly string[];
  /** Fields that were filled or joined from the others. */
  readonly filled: readonly string[];
  /** Records that now point to the one that stays, as far as the caller may see them. */
  readonly moved: readonly { readonly entity: string; readonly count: number }[];
}
