import { isAlways } from '../access/combine.ts';
import type { Field } from '../definitions/model.ts';
import type { ErrorDetail } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { ALWAYS, NEVER } from '../rules/condition.ts';
import type { Condition } from '../rules/condition.ts';
import { all } from '../rules/condition-tools.ts';
import { isOneOf } from '../storage/bind.ts';
import { SYSTEM_KEYS } from '../storage/columns.ts';
import { selectRows } from '../storage/select.ts';
import { id as identifier, raw, sql } from '../storage/sql.ts';
import { pointer } from './draft.ts';
import { conditionEnv } from './environment.ts';
import { targetsOf } from './ledger.ts';
import type { WriteScope } from './write-scope.ts';

/** A record as it would be, what of it is new, and what of that the caller named himself. */
export interface Candidate {
  readonly record: RecordData;
  readonly changed: readonly string[];
  readonly given: readonly string[];
}

/**
 * Everything wrong with each whole resulting record, but for the stage gate: schema, references, uniqueness. Many are asked about at once: a
 * statement for each entity they point to and each unique field, however many they are.
 */
export async function checkRecords(
  scope: WriteScope,
  candidates: readonly Candidate[],
): Promise<readonly (readonly ErrorDetail[])[]> {
  // Asked for at once: neither hangs on the other.
  const [references, unique] = await Promise.all([checkReferences(scope, candidates), checkUnique(scope, candidates)]);
  return candidates.map(({ record }, index) => {
    const filled = Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
    return [...scope.entity.validate(filled), ...(references.get(index) ?? []), ...(unique.get(index) ?? [])];
  });
}

/** By the number of the candidate. */
type Found = Map<number, ErrorDetail[]>;

function add(found: Found, index: number, error: ErrorDetail): void {
  found.set(index, [...(found.get(index) ?? []), error]);
}

interface Pointing {
  readonly index: number;
  readonly field: Field;
  readonly id: string;
  /** The caller named it himself. */
  readonly given: boolean;
}

/**
 * A reference must lead to a record that is there and not deleted, and, when the caller named it, to one he may see: what he may not see
 * is refused in the very words of what does not exist.
 */
async function checkReferences(scope: WriteScope, candidates: readonly Candidate[]): Promise<Found> {
  const errors: Found = new Map();
  const asked = [...pointingOf(scope, candidates)].flatMap(([entity, pointing]) => {
    const rows = scope.model.entities.has(entity) ? scope.access.rows(entity, 'read') : NEVER;
    return [
      { entity, rows, pointing: pointing.filter(({ given }) => given) },
      { entity, rows: ALWAYS, pointing: pointing.filter(({ given }) => !given) },
    ];
  });
  // In this order they are held, too.
  const missing = await Promise.all(asked.map((one) => absent(scope, one, one.pointing)));
  for (const [position, { entity }] of asked.entries()) {
    const title = scope.model.entities.get(entity)?.title.toLowerCase() ?? entity;
    for (const { index, field, id } of missing[position] ?? []) {
      const message = `There is no such ${title}.`;
      add(errors, index, { path: pointer(field.key), code: 'reference', message, params: { entity, id } });
    }
  }
  return errors;
}

function pointingOf(scope: WriteScope, candidates: readonly Candidate[]): ReadonlyMap<string, readonly Pointing[]> {
  const found = new Map<string, Pointing[]>();
  for (const [index, { record, changed, given }] of candidates.entries()) {
    for (const key of changed) {
      const field = scope.entity.fields.get(key);
      if (!field?.reference || SYSTEM_KEYS.has(key)) continue;
      for (const target of targetsOf(record[key] ?? null, field.reference.to)) {
        const known = found.get(target.entity) ?? [];
        known.push({ index, field, id: target.record, given: given.includes(key) });
        found.set(target.entity, known);
      }
    }
  }
  return found;
}

const AT_ONCE = 1000;

async function absent(
  scope: WriteScope,
  target: { readonly entity: string; readonly rows: Condition },
  pointing: readonly Pointing[],
): Promise<readonly Pointing[]> {
  const ids = [...new Set(pointing.map(({ id }) => id))];
  const found = new Set<string>();
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = await liveRecords(scope, target.entity, ids.slice(from, from + AT_ONCE));
    for (const id of isAlways(target.rows) ? some : await visibleRecords(scope, target, some)) found.add(id);
  }
  return pointing.filter(({ id }) => !found.has(id));
}

/** Which of these are there. Held (as a foreign key would hold them) so that nobody deletes them before this write ends. */
export async function liveRecords(
  scope: WriteScope,
  entity: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  if (ids.length === 0 || !scope.model.entities.has(entity)) return [];
  const chosen = isOneOf(raw('"id"'), [...ids].sort(), 'uuid');
  const hold = sql.byDialect({ sqlite: () => sql``, postgres: () => sql` for key share` });
  const rows = await scope.tx.all<{ id: string }>(
    sql`select "id" from ${identifier(entity)} where ${chosen} and "deletedAt" is null order by "id"${hold}`,
  );
  return rows.map((row) => row.id);
}

/** Which of these the rows hold; a deleted record is in none. */
export async function visibleRecords(
  scope: WriteScope,
  target: { readonly entity: string; readonly rows: Condition },
  ids: readonly string[],
): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const entity = scope.model.entity(target.entity);
  const id = entity.fields.get('id')!;
  const path = { entity: entity.name, hops: [], field: id };
  const rows = await selectRows(
    scope.tx,
    {
      projection: { entity, fields: [{ field: id }], references: new Map(), lists: new Map() },
      where: all({ kind: 'compare', path, op: 'in', operand: { kind: 'value', value: ids } }, target.rows),
      sort: [{ path, descending: false }],
      limit: ids.length,
      deleted: 'no',
      env: conditionEnv(scope.ctx, scope.organisation),
    },
    scope.deps.db.dialect,
  );
  return rows.map((row) => row.id);
}

async function checkUnique(scope: WriteScope, candidates: readonly Candidate[]): Promise<Found> {
  const errors: Found = new Map();
  for (const field of scope.entity.fields.values()) {
    if (!field.unique) continue;
    const holders = candidates.flatMap(({ record, changed }, index) => {
      const value = record[field.key] ?? null;
      return value === null || !changed.includes(field.key) ? [] : [{ index, value, id: record['id'] ?? null }];
    });
    for (const index of await takenAmong(scope, field, holders)) {
      const message = `Another ${scope.entity.title.toLowerCase()} already has this value.`;
      add(errors, index, { path: pointer(field.key), code: 'unique', message });
    }
  }
  return errors;
}

interface Holder {
  readonly index: number;
  readonly value: Value;
  readonly id: Value;
}

/** The candidates whose value another record has already, or a candidate before them. */
async function takenAmong(scope: WriteScope, field: Field, holders: readonly Holder[]): Promise<readonly number[]> {
  const [first, ...others] = holders;
  if (!first) return [];
  if (others.length === 0 || field.reference) {
    const taken: number[] = [];
    for (const holder of holders) if (await isTaken(scope, field, holder)) taken.push(holder.index);
    return taken;
  }
  const compared = (value: Value) => String(field.type.comparable(value, field, field.type.match?.eq ?? ''));
  const known = new Set((await storedValues(scope, field, holders)).map(compared));
  return holders.flatMap(({ index, value }) => {
    const isNew = !known.has(compared(value));
    known.add(compared(value));
    return isNew ? [] : [index];
  });
}

/** Which of these values stand in records already. */
async function storedValues(scope: WriteScope, field: Field, holders: readonly Holder[]): Promise<readonly Value[]> {
  const { entity } = scope;
  const id = entity.fields.get('id')!;
  const at = (key: Field) => ({ entity: entity.name, hops: [], field: key });
  const values = holders.map(({ value }) => value);
  const rows = await selectRows(
    scope.tx,
    {
      projection: { entity, fields: [{ field: id }, { field }], references: new Map(), lists: new Map() },
      where: { kind: 'compare', path: at(field), op: 'in', operand: { kind: 'value', value: values } },
      sort: [{ path: at(id), descending: false }],
      limit: values.length,
      deleted: 'no',
      env: conditionEnv(scope.ctx, scope.organisation),
    },
    scope.deps.db.dialect,
  );
  return rows.map(({ json }) => (JSON.parse(json) as RecordData)[field.key] ?? null);
}

async function isTaken(scope: WriteScope, field: Field, of: { value: Value; id: Value }): Promise<boolean> {
  const { entity } = scope;
  const id = entity.fields.get('id')!;
  const at = (key: Field) => ({ entity: entity.name, hops: [], field: key });
  const rows = await selectRows(
    scope.tx,
    {
      projection: { entity, fields: [{ field: id }], references: new Map(), lists: new Map() },
      where: all(
        { kind: 'compare', path: at(field), op: 'eq', operand: { kind: 'value', value: of.value } },
        { kind: 'compare', path: at(id), op: 'ne', operand: { kind: 'value', value: of.id } },
      ),
      sort: [{ path: at(id), descending: false }],
      limit: 1,
      deleted: 'no',
      env: conditionEnv(scope.ctx, scope.organisation),
    },
    scope.deps.db.dialect,
  );
  return rows.length > 0;
}
