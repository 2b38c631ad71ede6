import type { Field } from '../definitions/model.ts';
import type { ErrorDetail } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { all } from '../rules/condition-tools.ts';
import { selectRows } from '../storage/select.ts';
import { pointer } from './draft.ts';
import { conditionEnv } from './environment.ts';
import { targetsOf } from './ledger.ts';
import { readList } from './read.ts';
import type { WriteScope } from './write-scope.ts';

/** Everything wrong with the whole resulting record, but for the stage gate: schema, references, uniqueness. */
export async function checkRecord(
  scope: WriteScope,
  record: RecordData,
  changed: readonly string[],
): Promise<readonly ErrorDetail[]> {
  const filled = Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
  const schema = scope.entity.validate(filled);
  const references = await checkReferences(scope, record, changed);
  const unique = await checkUnique(scope, record, changed);
  return [...schema, ...references, ...unique];
}

/** A reference must lead to a record that is there, not deleted, and visible to the caller: one request per target entity. */
async function checkReferences(
  scope: WriteScope,
  record: RecordData,
  changed: readonly string[],
): Promise<readonly ErrorDetail[]> {
  const wanted = new Map<string, Map<string, Field>>();
  for (const key of changed) {
    const field = scope.entity.fields.get(key);
    if (!field?.reference) continue;
    for (const target of targetsOf(record[key] ?? null, field.reference.to)) {
      wanted.set(target.entity, (wanted.get(target.entity) ?? new Map<string, Field>()).set(target.record, field));
    }
  }
  const errors: ErrorDetail[] = [];
  for (const [entity, ids] of wanted) {
    const found = await existing(scope, entity, [...ids.keys()]);
    for (const [id, field] of ids) {
      if (found.has(id)) continue;
      const title = scope.model.entities.get(entity)?.title.toLowerCase() ?? entity;
      errors.push({
        path: pointer(field.key),
        code: 'reference',
        message: `There is no such ${title}.`,
        params: { entity, id },
      });
    }
  }
  return errors;
}

async function existing(scope: WriteScope, entity: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (!scope.model.entities.has(entity) || !scope.access.can(entity, 'read')) return new Set();
  const list = await readList(scope.deps, scope.ctx, {
    entity,
    filter: { id: { in: ids } },
    fields: ['id'],
    limit: 1000,
  });
  return new Set(list.data.map((row) => String(row['id'])));
}

async function checkUnique(
  scope: WriteScope,
  record: RecordData,
  changed: readonly string[],
): Promise<readonly ErrorDetail[]> {
  const errors: ErrorDetail[] = [];
  for (const key of changed) {
    const field = scope.entity.fields.get(key);
    const value = record[key] ?? null;
    if (!field?.unique || value === null || !(await isTaken(scope, field, { value, id: record['id'] ?? null })))
      continue;
    errors.push({
      path: pointer(key),
      code: 'unique',
      message: `Another ${scope.entity.title.toLowerCase()} already has this value.`,
    });
  }
  return errors;
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
