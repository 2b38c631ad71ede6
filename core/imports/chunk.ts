import type { Context, Transaction } from '../context.ts';
import type { RecordData } from '../fields/field-type.ts';
import type { ErrorDetail } from '../errors.ts';
import type { Records } from '../records/types.ts';
import type { LinkedTable } from './link-table.ts';

export type RowStatus = 'created' | 'updated' | 'skipped' | 'failed';

/** What became of one row. */
export interface RowReport {
  /** As spreadsheets count: the head is row 1. */
  readonly row: number;
  readonly status: RowStatus;
  readonly record?: string;
  readonly errors?: readonly ErrorDetail[];
}

/** Everything the rows of one chunk are imported with, inside one transaction. */
export interface Chunk {
  readonly records: Records;
  readonly ctx: Context & { readonly tx: Transaction };
  readonly table: LinkedTable;
  readonly source: string;
  readonly zone: string;
  readonly currency: string;
  readonly country: string | null;
}

/** Records of an entity that have one of these values in a field, in order of their age, through the caller's rights. */
export async function findBy(
  chunk: Chunk,
  of: { readonly entity: string; readonly field: string },
  values: readonly unknown[],
): Promise<readonly RecordData[]> {
  if (values.length === 0) return [];
  const { data } = await chunk.records.list(chunk.ctx, {
    entity: of.entity,
    filter: { [of.field]: { in: values } },
    fields: of.field === 'id' ? ['id'] : ['id', of.field],
    sort: ['id'],
    limit: 1000,
  });
  return data;
}

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
