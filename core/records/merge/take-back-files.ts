import type { RecordData, Value } from '../../fields/field-type.ts';
import { ALWAYS } from '../../rules/condition.ts';
import { sql } from '../../storage/sql.ts';
import { loadRow } from '../write-scope.ts';
import type { WriteScope } from '../write-scope.ts';

/** What comes back from a merge takes back its files, unless the record that took them in still shows them. */
export async function takeBackFiles(scope: WriteScope, record: RecordData): Promise<void> {
  const fields = [...scope.entity.fields.values()].filter((field) => field.type.file && record[field.key] !== null);
  if (fields.length === 0) return;
  const [entity, id] = [scope.entity.name, String(record['id'])];
  const [merged] = await scope.tx.all<{ into: string }>(
    sql`select "into" from "_merged" where "entity" = ${entity} and "record" = ${id}`,
  );
  const holder = merged ? await loadRow(scope, merged.into, { rows: ALWAYS, deleted: 'with' }) : null;
  if (!holder) return;
  for (const { key } of fields) {
    const file = fileId(record[key] ?? null);
    if (file === null || file === fileId(holder[key] ?? null)) continue;
    await scope.deps.files?.hand(scope.tx, file, { entity, field: key, from: String(holder['id']), to: id });
  }
}

function fileId(value: Value): string | null {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null;
  return typeof id === 'string' ? id : null;
}
