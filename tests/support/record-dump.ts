import type { RecordData } from '../../core/fields/field-type.ts';
import { sql } from '../../core/storage/sql.ts';
import type { RecordFirm } from './record-firm.ts';

const ENTITIES = ['client', 'deal', 'line', 'task', 'tag'] as const;

export interface RecordDump {
  readonly records: Readonly<Record<string, RecordData>>;
  readonly files: readonly unknown[];
  readonly search: readonly unknown[];
  readonly merged: readonly unknown[];
}

/** Every record, in the bin or not, but for what counts writes; where files are; what a search finds; what has become a part of what. */
export async function dumpOf(firm: RecordFirm): Promise<RecordDump> {
  const records: Record<string, RecordData> = {};
  for (const entity of ENTITIES) {
    const { data } = await firm.records.list(firm.system, { entity, limit: 1000, deleted: 'with' });
    for (const { version: _v, updatedAt: _a, updatedBy: _b, deletedAt, ...rest } of data)
      records[String(rest['id'])] = { ...rest, ...figures(rest), deleted: deletedAt !== null };
  }
  const files = await firm.db.read(sql`select "id", "entity", "record", "field" from "_files" order by "id"`);
  const search = await firm.db.read(sql`select "entity", "record", "field", "body" from "_search" order by 1, 2, 3`);
  return { records, files, search, merged: await firm.db.read(sql`select * from "_merged"`) };
}

/** A figure nobody has worked out yet says nothing, one of no children says nought. */
function figures({ dealCount, dealSum }: RecordData): RecordData {
  return dealCount === null ? { dealCount: 0, dealSum: dealSum ?? '0.00' } : {};
}
