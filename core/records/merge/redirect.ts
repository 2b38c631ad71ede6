import { asSystem } from '../../context.ts';
import type { Field } from '../../definitions/model.ts';
import type { RecordData, Value } from '../../fields/field-type.ts';
import { isPolymorphic } from '../../fields/reference.ts';
import { ALWAYS } from '../../rules/condition.ts';
import { SYSTEM_KEYS } from '../../storage/columns.ts';
import { lockRecords } from '../../storage/locks.ts';
import { liveRecords } from '../check.ts';
import { targetsOf } from '../ledger.ts';
import { changeRecord } from '../write.ts';
import { loadRow, scopeOf } from '../write-scope.ts';
import type { WriteScope } from '../write-scope.ts';
import { survivorOf } from './merged-into.ts';

/** References of one record that lead to what is gone, and where they shall lead. */
export interface Redirected {
  readonly id: string;
  readonly fields: readonly Field[];
  readonly from: ReadonlySet<string>;
  readonly to: string;
}

/** Only the reference is checked, and figures stay as they were: an old offer keeps its price. */
export async function redirect(scope: WriteScope, of: Redirected): Promise<void> {
  // Locked first: on PostgreSQL a statement that has waited sees link tables as they were before.
  await lockRecords(scope.tx, scope.entity, { ids: [of.id], hold: 'change' });
  const current = await loadRow(scope, of.id, { rows: ALWAYS });
  if (!current) return;
  const values = Object.fromEntries(
    of.fields.map((field) => [field.key, redirected(current[field.key] ?? null, field, of)]),
  );
  const record: RecordData = { ...current, ...values };
  await changeRecord(scope, { draft: { values, errors: [], given: [] }, current, record, keepsRest: true });
}

/** Any of three forms: an id, `{entity, id}`, a list of ids, in which the place stays and nobody stands twice. */
function redirected(value: Value, field: Field, { from, to }: Redirected): Value {
  const isGone = (item: Value) => typeof item === 'string' && from.has(item);
  if (Array.isArray(value)) {
    const moved = value.map((item: Value) => (isGone(item) ? to : item));
    return moved.filter((item, index) => moved.indexOf(item) === index);
  }
  if (isGone(value)) return to;
  if (!isPolymorphic(field) || value === null || typeof value !== 'object') return value;
  return { ...value, id: to };
}

/** What comes back from the bin and points to a record that was merged meanwhile points to where that has gone. */
export async function followMerged(scope: WriteScope, record: RecordData): Promise<void> {
  for (const field of scope.entity.fields.values()) {
    if (!field.reference || SYSTEM_KEYS.has(field.key)) continue;
    for (const target of targetsOf(record[field.key] ?? null, field.reference.to)) {
      const to = await survivorOf(scope.tx, { entity: target.entity, id: target.record });
      if (to === null || to === record['id'] || (await liveRecords(scope, target.entity, [to])).length === 0) continue;
      const system = scopeOf(scope.deps, asSystem(scope.ctx, 'moved with what it points to'), scope.entity.name);
      await redirect(system, { id: String(record['id']), fields: [field], from: new Set([target.record]), to });
    }
  }
}
