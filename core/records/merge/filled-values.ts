import { canonicalJson } from '../../definitions/canonical-json.ts';
import { isAlways, isNever } from '../../access/combine.ts';
import type { Field } from '../../definitions/model.ts';
import type { RecordData, Value } from '../../fields/field-type.ts';
import { liveRecords } from '../check.ts';
import { hasTyped, isSetBySystem } from '../draft.ts';
import { parseEnv } from '../environment.ts';
import { targetsOf } from '../ledger.ts';
import { isWithin } from '../rights.ts';
import type { WriteScope } from '../write-scope.ts';

/** The record that stays, and those that become a part of it, as they were before. */
export interface Merging {
  readonly survivor: RecordData;
  readonly losers: readonly RecordData[];
  /** Fields the caller has chosen a value for. */
  readonly chosen: readonly string[];
}

export interface Taken {
  readonly field: Field;
  readonly value: Value;
  /** The spelling beside it, where the field keeps one. */
  readonly typed: Value;
  /** False when only a reference to what is gone is dropped. */
  readonly isFilled: boolean;
}

/**
 * What the record that stays takes over: lists are joined, empty fields filled from the first of the others that has a value. Only what the
 * caller may read there and set here: a merge must neither show him a value nor give him a right that he has not. The rest stays on the
 * record in the bin.
 */
export async function filledValues(scope: WriteScope, merging: Merging): Promise<readonly Taken[]> {
  const taken: Taken[] = [];
  for (const field of scope.entity.fields.values()) {
    if (isSetBySystem(field) || field.system || merging.chosen.includes(field.key)) continue;
    const own = withoutMerged(field, merging);
    const found = await takenOver(scope, merging, { field, own });
    if (found) taken.push(found);
    else if (canonicalJson(own) !== canonicalJson(merging.survivor[field.key] ?? null))
      taken.push({ field, value: own, typed: null, isFilled: false });
  }
  return taken;
}

interface Asked {
  readonly field: Field;
  /** The value of the record that stays. */
  readonly own: Value;
}

async function takenOver(
  scope: WriteScope,
  { survivor, losers }: Merging,
  { field, own }: Asked,
): Promise<Taken | null> {
  const joins = isList(
    field,
    [survivor, ...losers].map((record) => record[field.key] ?? null),
  );
  if (!joins && own !== null) return null;
  if (!(await maySet(scope, field, survivor))) return null;
  let value: Value = own;
  for (const loser of losers) {
    const theirs = await readableValue(scope, { field, loser, gone: [survivor, ...losers] });
    if (theirs === null) continue;
    if (!joins) return { field, value: theirs, typed: loser[`${field.key}:typed`] ?? null, isFilled: true };
    value = joined(value, theirs);
  }
  if (!joins || canonicalJson(value) === canonicalJson(own)) return null;
  // Options stand in the order of their definition, as the type puts them.
  const canonical = field.reference ? value : field.type.parse(value, field, parseEnv(scope.organisation));
  return canonicalJson(canonical) === canonicalJson(own)
    ? null
    : { field, value: canonical, typed: null, isFilled: true };
}

/** Values of which a record has several: references to many, and options. */
function isList({ reference, options }: Field, values: readonly Value[]): boolean {
  return reference?.many === true || (options !== undefined && values.some(Array.isArray));
}

function joined(a: Value, b: Value): Value {
  const all = [...(Array.isArray(a) ? a : []), ...(Array.isArray(b) ? b : [])] as readonly Value[];
  return all.filter((item, index) => all.indexOf(item) === index);
}

async function maySet(scope: WriteScope, field: Field, survivor: RecordData): Promise<boolean> {
  const { access, entity } = scope;
  const rows = access.settable(entity.name, field.key, 'update');
  if (isNever(rows) || !(await isWithin(scope, survivor, rows))) return false;
  return field.key !== entity.owner || isWithin(scope, survivor, access.rows(entity.name, 'assign'));
}

/** The value of one of the others where the caller may read it; null for one that leads to a record that is gone. */
async function readableValue(
  scope: WriteScope,
  { field, loser, gone }: { readonly field: Field; readonly loser: RecordData; readonly gone: readonly RecordData[] },
): Promise<Value> {
  const rows = scope.access.readable(scope.entity.name, field.key);
  if (!isAlways(rows) && !(await isWithin(scope, loser, rows))) return null;
  const value = without(
    field,
    loser[field.key] ?? null,
    gone.map(({ id }) => String(id)),
  );
  if (!field.reference || value === null) return value;
  const targets = targetsOf(value, field.reference.to);
  const there = new Set<string>();
  for (const { entity, record } of targets) for (const id of await liveRecords(scope, entity, [record])) there.add(id);
  return without(
    field,
    value,
    targets.map(({ record }) => record).filter((id) => !there.has(id)),
  );
}

/** The survivor's own value, but for what leads to the records it takes in: no card points to itself. */
function withoutMerged(field: Field, { survivor, losers }: Merging): Value {
  const value = survivor[field.key] ?? null;
  if (!field.reference?.to.includes(field.entity)) return value;
  const left = without(
    field,
    value,
    losers.map(({ id }) => String(id)),
  );
  // A required reference cannot be left empty: then it does lead to itself.
  if (left !== null || value === null || !field.required) return left;
  return typeof value === 'string' ? (survivor['id'] ?? null) : { entity: field.entity, id: survivor['id'] ?? null };
}

function without(field: Field, value: Value, ids: readonly string[]): Value {
  const to = field.reference?.to;
  if (!to || value === null) return value;
  if (Array.isArray(value)) return value.filter((item: Value) => typeof item !== 'string' || !ids.includes(item));
  return targetsOf(value, to).some(({ record }) => ids.includes(record)) ? null : value;
}

/** The values as a write takes them along, spellings beside them. */
export function valuesOf(taken: readonly Taken[]): RecordData {
  return Object.fromEntries(
    taken.flatMap(({ field, value, typed }) => [
      [field.key, value] as const,
      ...(hasTyped(field) ? [[`${field.key}:typed`, typed] as const] : []),
    ]),
  );
}
