import type { Field } from '../definitions/model.ts';
import { validationError } from '../errors.ts';
import type { CasementError, ErrorDetail } from '../errors.ts';
import { FieldError } from '../fields/field-type.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { ALWAYS } from '../rules/condition.ts';
import { computeRollup, updateHeldRecord } from '../storage/rows.ts';
import { canonicalJson } from '../definitions/canonical-json.ts';
import { computeFields } from './compute.ts';
import { lockParents } from './hold-family.ts';
import { targetsOf } from './ledger.ts';
import type { Parents } from './parent-links.ts';
import type { Change } from './types.ts';
import { loadRow } from './write-scope.ts';
import type { WriteScope } from './write-scope.ts';

/** A parent whose figures changed because a child did. Stands in the child's change; the parent's version does not move. */
export interface Derived {
  readonly entity: string;
  readonly record: string;
  readonly fields: Change['fields'];
  readonly before: RecordData;
  readonly after: RecordData;
}

/** Recomputes the parents' rollups and computed fields in the same transaction, and their parents' in turn. */
export async function refreshParents(scope: WriteScope, parents: readonly Parents[]): Promise<readonly Derived[]> {
  const derived: Derived[] = [];
  for (const one of parents) for (const id of one.ids) derived.push(...(await refreshOne(scope, one, id)));
  return derived;
}

/**
 * The same for many children made together: each parent is recomputed once, and what has moved belongs to the last of its children. By the
 * number of the child.
 */
export async function refreshParentsOf(
  scope: WriteScope,
  parents: readonly Parents[],
  children: readonly RecordData[],
): Promise<ReadonlyMap<number, readonly Derived[]>> {
  const derived = new Map<number, readonly Derived[]>();
  for (const one of parents) {
    const { via } = one.link;
    const last = new Map<string, number>();
    for (const [index, child] of children.entries())
      for (const target of targetsOf(child[via.key] ?? null, via.reference?.to ?? [])) last.set(target.record, index);
    for (const id of one.ids) {
      const index = last.get(id) ?? 0;
      derived.set(index, [...(derived.get(index) ?? []), ...(await refreshOne(scope, one, id))]);
    }
  }
  return derived;
}

function refreshOne(scope: WriteScope, { link }: Parents, id: string): Promise<readonly Derived[]> {
  return refreshParent({ ...scope, entity: link.parent }, id, link.rollups);
}

async function refreshParent(scope: WriteScope, id: string, rollups: readonly Field[]): Promise<readonly Derived[]> {
  const before = await loadRow(scope, id, { rows: ALWAYS, deleted: 'with' });
  if (!before) return [];
  const rolled: RecordData = { ...before };
  const values: Record<string, RecordData[string]> = {};
  for (const field of rollups) values[field.key] = await rolledUp(scope, field, id);
  const computed = await computeFields(scope, { ...rolled, ...values });
  if (computed.errors.length > 0) throw unstorable(scope, computed.errors);
  const after = { ...before, ...values, ...computed.values };
  const fields = differences(before, after);
  if (Object.keys(fields).length === 0) return [];
  const upper = await lockParents(scope, { sides: [before], changed: Object.keys(fields) });
  const changes = Object.fromEntries(Object.keys(fields).map((key) => [key, after[key] ?? null]));
  await updateHeldRecord(scope.tx, scope.entity, { id, changes, expectedVersion: Number(before['version']) });
  const own: Derived = { entity: scope.entity.name, record: id, fields, before, after };
  return [own, ...(await refreshParents(scope, upper))];
}

async function rolledUp(scope: WriteScope, field: Field, id: string): Promise<Value> {
  try {
    return await computeRollup(scope.tx, field, { id, model: scope.model });
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    const { code, message, params } = error;
    throw unstorable(scope, [{ path: `/${field.key}`, code, message, params }]);
  }
}

/** A child's values are right by themselves, but what comes of them in its parent is not: nothing in the child's own input is to blame. */
function unstorable(scope: WriteScope, errors: readonly ErrorDetail[]): CasementError {
  return validationError(
    errors.map((error) => {
      const title = scope.entity.fields.get(error.path.slice(1))?.title ?? error.path;
      return { ...error, path: '', message: `"${title}" of the ${scope.entity.title.toLowerCase()}: ${error.message}` };
    }),
  );
}

/** Changed fields, before and after. */
export function differences(before: RecordData | null, after: RecordData): Change['fields'] {
  const fields: Record<string, { before: Value; after: Value }> = {};
  for (const key of Object.keys(after)) {
    const value = after[key] ?? null;
    const old = before?.[key] ?? null;
    if (before === null && Array.isArray(value) && value.length === 0) continue;
    if (!isSame(old, value)) fields[key] = { before: old, after: value };
  }
  return fields;
}

function isSame(one: Value, other: Value): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  return canonicalJson(one) === canonicalJson(other);
}
