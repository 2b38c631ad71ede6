import type { Entity, Field, Model } from '../definitions/model.ts';
import { validationError } from '../errors.ts';
import type { CasementError, ErrorDetail } from '../errors.ts';
import { FieldError } from '../fields/field-type.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { ALWAYS } from '../rules/condition.ts';
import { computeRollup, lockRecords, updateRecord } from '../storage/rows.ts';
import { canonicalJson } from '../definitions/canonical-json.ts';
import { computeFields } from './compute.ts';
import { targetsOf } from './ledger.ts';
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

interface ParentLink {
  readonly parent: Entity;
  readonly via: Field;
  readonly rollups: readonly Field[];
}

/** The parents a child's write touches: by both its old and its new references. */
export interface Parents {
  readonly link: ParentLink;
  readonly ids: readonly string[];
}

/** Which entities roll this one up, and through which of its references. */
function linksOf(model: Model, child: Entity): readonly ParentLink[] {
  const known = linkMemo.get(model) ?? new Map<string, readonly ParentLink[]>();
  linkMemo.set(model, known);
  let links = known.get(child.name);
  if (!links) known.set(child.name, (links = findLinks(model, child)));
  return links;
}

/** A model never changes, so this is no state. */
const linkMemo = new WeakMap<Model, Map<string, readonly ParentLink[]>>();

function findLinks(model: Model, child: Entity): readonly ParentLink[] {
  const links: ParentLink[] = [];
  for (const parent of model.entities.values()) {
    const rollups = [...parent.fields.values()].filter(
      (field) => field.rollup?.of.entity === child.name && !field.rollup.of.link,
    );
    for (const key of new Set(rollups.map((field) => field.rollup!.of.field.key))) {
      const via = child.fields.get(key);
      if (via) links.push({ parent, via, rollups: rollups.filter((field) => field.rollup!.of.field.key === key) });
    }
  }
  return links;
}

/** A child before and after its write, and which of its fields changed; all of them when it appears or disappears. */
export interface ChildWrite {
  readonly sides: readonly RecordData[];
  readonly changed?: readonly string[];
}

/**
 * Locks every parent whose figures may move, in id order, before the child is touched and before its references are looked at (which holds
 * their targets, too, but more loosely), so that two writers cannot wait for each other.
 */
export async function lockParents(scope: WriteScope, of: ChildWrite): Promise<readonly Parents[]> {
  const parents: Parents[] = [];
  for (const link of linksOf(scope.model, scope.entity)) {
    if (of.changed && !concerns(link, of.changed)) continue;
    const targets = of.sides.flatMap((side) => targetsOf(side[link.via.key] ?? null, link.via.reference?.to ?? []));
    const ids = [
      ...new Set(targets.filter((target) => target.entity === link.parent.name).map((target) => target.record)),
    ].sort();
    if (ids.length === 0) continue;
    await lockRecords(scope.tx, link.parent, ids);
    parents.push({ link, ids });
  }
  return parents;
}

function concerns({ via, rollups }: ParentLink, changed: readonly string[]): boolean {
  if (changed.includes(via.key)) return true;
  return rollups.some(({ rollup }) => {
    if (rollup?.where.kind !== 'constant') return true;
    return rollup.field !== undefined && changed.includes(rollup.field);
  });
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
  await updateRecord(scope.tx, scope.entity, { id, changes, expectedVersion: Number(before['version']) });
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
  const fields: Record<string, { before: RecordData[string]; after: RecordData[string] }> = {};
  for (const [key, value] of Object.entries(after)) {
    const old = before?.[key] ?? null;
    if (before === null && Array.isArray(value) && value.length === 0) continue;
    if (canonicalJson(old) !== canonicalJson(value)) fields[key] = { before: old, after: value };
  }
  return fields;
}
