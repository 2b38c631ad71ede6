import type { Context } from '../context.ts';
import type { RecordData } from '../fields/field-type.ts';
import type { Records } from '../records/types.ts';

/** The record as it stands now, deleted or not; null when there is none. */
export async function loadRecord(
  records: Records,
  ctx: Context,
  of: { readonly entity: string; readonly id: string; readonly expand: readonly string[] },
): Promise<RecordData | null> {
  const { data } = await records.list(ctx, {
    entity: of.entity,
    filter: { id: of.id },
    sort: ['id'],
    limit: 1,
    deleted: 'with',
    ...(of.expand.length > 0 ? { expand: of.expand } : {}),
  });
  return data[0] ?? null;
}
