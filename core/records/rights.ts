import { isNever } from '../access/combine.ts';
import { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { NEVER } from '../rules/condition.ts';
import type { Condition } from '../rules/condition.ts';
import { evaluate, needsDatabase } from '../rules/evaluate.ts';
import { updateRecord } from '../storage/rows.ts';
import { fieldForbidden } from './draft.ts';
import { conditionEnv } from './environment.ts';
import { readOne } from './read.ts';
import { loadRow } from './write-scope.ts';
import type { WriteScope } from './write-scope.ts';

/** Does the stored record, of which `record` is the whole row, lie within these rows? Asks the database only where it must. */
export async function isWithin(scope: WriteScope, record: RecordData, rows: Condition): Promise<boolean> {
  if (rows.kind === 'constant') return rows.value;
  if (!needsDatabase(rows)) return evaluate(rows, record, conditionEnv(scope.ctx, scope.organisation));
  return (await loadRow(scope, String(record['id']), { rows, deleted: 'with' })) !== null;
}

/** CONFLICT 412 when the caller has read another version; `current` is the record as he may see it. */
export async function refuseStale(scope: WriteScope, current: RecordData, version: number | undefined): Promise<void> {
  if (version === undefined || version === Number(current['version'])) return;
  const deleted = current['deletedAt'] === null ? {} : ({ deleted: 'only' } as const);
  const seen = await readOne(scope.deps, scope.ctx, {
    entity: scope.entity.name,
    id: String(current['id']),
    ...deleted,
  });
  throw new CasementError('CONFLICT', 'Somebody else changed this record after you read it.', {
    status: 412,
    extra: { current: seen },
  });
}

/** Fields that the caller may set on some rows only: is this one of them? */
export async function refuseUnsettable(
  scope: WriteScope,
  record: RecordData,
  of: { readonly given: readonly string[]; readonly action: 'create' | 'update' },
): Promise<void> {
  const verdicts = new Map<Condition, boolean>();
  const refused: string[] = [];
  for (const key of of.given) {
    const rows = scope.entity.fields.has(key) ? scope.access.settable(scope.entity.name, key, of.action) : NEVER;
    // What may be set nowhere was refused, or called unknown, by the draft.
    if (isNever(rows)) continue;
    if (!verdicts.has(rows)) verdicts.set(rows, await isWithin(scope, record, rows));
    if (!verdicts.get(rows)) refused.push(key);
  }
  if (refused.length > 0) throw fieldForbidden(refused);
}

/** Only who holds `assign` for the record as it is may hand it over. */
export async function refuseUnlessAssigner(scope: WriteScope, current: RecordData): Promise<void> {
  if (await isWithin(scope, current, scope.access.rows(scope.entity.name, 'assign'))) return;
  const message = 'You may not hand this record over to somebody else.';
  throw new CasementError('FIELD_FORBIDDEN', message, {
    errors: [{ path: `/${scope.entity.owner}`, code: 'forbidden', message }],
  });
}

/** Would the caller still be allowed to make or change the record as it is now? Otherwise he could write himself out of his rights. */
export async function refuseOutside(scope: WriteScope, record: RecordData, action: 'create' | 'update'): Promise<void> {
  if (await isWithin(scope, record, scope.access.rows(scope.entity.name, action))) return;
  throw new CasementError('FORBIDDEN', `You may not ${action} a ${scope.entity.title.toLowerCase()} like this.`);
}

/** The same of a record that was handed over: asked as if its owner had stayed, since only the owner may leave the caller's rows. */
export async function refuseOutsideButOwner(scope: WriteScope, current: RecordData, after: RecordData): Promise<void> {
  const owner = scope.entity.owner ?? '';
  const id = String(after['id']);
  const stayed = { ...after, [owner]: current[owner] ?? null };
  const rows = scope.access.rows(scope.entity.name, 'update');
  if (!needsDatabase(rows)) return refuseOutside(scope, stayed, 'update');
  await updateRecord(scope.tx, scope.entity, { id, changes: { [owner]: stayed[owner] ?? null } });
  await refuseOutside(scope, stayed, 'update');
  await updateRecord(scope.tx, scope.entity, { id, changes: { [owner]: after[owner] ?? null } });
}
