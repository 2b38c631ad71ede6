import type { SqlFragment, Transaction } from '../context.ts';
import type { Entity, Field, Model } from '../definitions/model.ts';
import { CasementError, validationError } from '../errors.ts';
import type { Cell, RecordData, Value } from '../fields/field-type.ts';
import { columnsOf, isMany, isPolymorphic, linkOf, SYSTEM_KEYS } from './columns.ts';
import { deferring } from './deferring.ts';
import { insertRows } from './insert-rows.ts';
import { writeLinks } from './links.ts';
import { targetColumn } from './names.ts';
import { id, join, sql } from './sql.ts';
import { referenceDetail } from './translate-error.ts';

export { computeRollup } from './rollup.ts';

/** Writes new records of one entity, every field in canonical form; fields not in a record are null. */
export async function insertRecords(tx: Transaction, entity: Entity, records: readonly RecordData[]): Promise<void> {
  const fields = [...entity.fields.values()];
  const rows = records.map((record) => fields.flatMap((field) => cellsOf(field, record)));
  const columns = rows[0]?.map(({ name }) => name) ?? [];
  const cells = rows.map((row) => row.map(({ cell }) => cell));
  await namingReference(tx, { entity, values: records[0] ?? {} }, async () => {
    await insertRows(tx, { table: entity.name, columns, rows: cells });
    if (!fields.some(isMany)) return;
    for (const record of records)
      await writeLinks(tx, entity, { id: String(record['id']), values: record, isNew: true });
  });
}

/** One of them. */
export function insertRecord(tx: Transaction, entity: Entity, record: RecordData): Promise<void> {
  return insertRecords(tx, entity, [record]);
}

export interface RecordUpdate {
  readonly id: string;
  /** Changed fields in canonical form, with companions such as `phone:typed` beside their field. */
  readonly changes: RecordData;
  /** The version the record must have; absent = whichever it has. */
  readonly expectedVersion?: number;
}

/** False when the record is not there in the version expected: somebody was faster. */
export async function updateRecord(tx: Transaction, entity: Entity, update: RecordUpdate): Promise<boolean> {
  const { id: record, changes } = update;
  return namingReference(tx, { entity, values: changes }, async () => {
    if ((await tx.run(updateOf(entity, update))) === 0) return false;
    await writeLinks(tx, entity, { id: record, values: changes, isNew: false });
    return true;
  });
}

/** The same for a record that this transaction holds: nobody waits for it. Were it not there in the version expected, all would end as CONFLICT. */
export async function updateHeldRecord(tx: Transaction, entity: Entity, update: RecordUpdate): Promise<void> {
  tx.later(updateOf(entity, update), 'one row');
  await writeLinks(deferring(tx), entity, { id: update.id, values: update.changes, isNew: false });
}

function updateOf(entity: Entity, { id: record, changes, expectedVersion }: RecordUpdate): SqlFragment {
  const fields = [...entity.fields.values()].filter((field) => field.key in changes);
  const sets = fields.flatMap((field) => cellsOf(field, changes)).map(({ name, cell }) => sql`${id(name)} = ${cell}`);
  const assigned = sets.length > 0 ? sets : [sql`"id" = "id"`];
  const version = expectedVersion === undefined ? sql`` : sql` and "version" = ${expectedVersion}`;
  return sql`update ${id(entity.name)} set ${join(assigned)} where "id" = ${record}${version}`;
}

interface StoredCell {
  readonly name: string;
  readonly cell: Cell;
}

function cellsOf(field: Field, record: RecordData): readonly StoredCell[] {
  const value = record[field.key] ?? null;
  if (isPolymorphic(field)) return targetCells(field, value);
  const columns = columnsOf(field);
  if (SYSTEM_KEYS.has(field.key)) return columns.map(({ name }) => ({ name, cell: value as Cell }));
  const cells = columns.length === 0 ? {} : field.type.cells(value, field, record);
  return columns.map(({ name, suffix }) => ({ name, cell: cells[suffix] ?? null }));
}

function targetCells(field: Field, value: Value): readonly StoredCell[] {
  const target = value !== null && typeof value === 'object' && 'id' in value ? value : undefined;
  const named = typeof target?.['entity'] === 'string' ? targetColumn(field.key, target['entity']) : '';
  return columnsOf(field).map(({ name }) => ({ name, cell: name === named ? (target?.['id'] as Cell) : null }));
}

/** SQLite does not say which reference was wrong; its transaction is still whole, so it can be asked. */
async function namingReference<T>(
  tx: Transaction,
  of: { entity: Entity; values: RecordData },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const unnamed =
      error instanceof CasementError && error.errors.some(({ code, path }) => code === 'reference' && path === '');
    const missing = unnamed ? await missingTarget(tx, of) : undefined;
    throw missing === undefined ? error : validationError([referenceDetail(missing)]);
  }
}

async function missingTarget(tx: Transaction, of: { entity: Entity; values: RecordData }): Promise<string | undefined> {
  for (const field of of.entity.fields.values()) {
    if (!field.reference || SYSTEM_KEYS.has(field.key) || !(field.key in of.values)) continue;
    const value = of.values[field.key] ?? null;
    const pairs = isMany(field)
      ? (Array.isArray(value) ? value : []).map((target: Value) => ({
          table: field.reference?.to[0] ?? '',
          cell: target,
        }))
      : cellsOf(field, of.values).map(({ cell }, index) => ({ table: field.reference?.to[index] ?? '', cell }));
    for (const { table, cell } of pairs) {
      if (cell !== null && (await tx.all(sql`select 1 from ${id(table)} where "id" = ${cell}`)).length === 0)
        return field.key;
    }
  }
  return undefined;
}

/** The next whole number of a counter, from 1. A rolled back transaction gives its number back. */
export async function nextCounter(tx: Transaction, key: string): Promise<number> {
  const [row] = await tx.all<{ value: number | string }>(
    sql`insert into "_counters" ("key", "value") values (${key}, 1) on conflict ("key") do update set "value" = "_counters"."value" + 1 returning "value"`,
  );
  return Number(row?.value);
}

/** Live records that point to one: by entity and reference, in the model's order. */
export interface Referencing {
  readonly entity: string;
  readonly field: Field;
  readonly ids: readonly string[];
}

export async function referencing(
  tx: Transaction,
  model: Model,
  target: { entity: string; id: string },
): Promise<readonly Referencing[]> {
  const found: Referencing[] = [];
  for (const entity of model.entities.values()) {
    for (const field of entity.fields.values()) {
      if (SYSTEM_KEYS.has(field.key) || !field.reference?.to.includes(target.entity)) continue;
      const rows = await tx.all<{ id: string }>(pointingRows(entity, field, target));
      if (rows.length > 0) found.push({ entity: entity.name, field, ids: rows.map((row) => row.id) });
    }
  }
  return found;
}

function pointingRows(entity: Entity, field: Field, target: { entity: string; id: string }): SqlFragment {
  if (isMany(field)) {
    return sql`select r."id" from ${id(linkOf(entity.name, field))} l join ${id(entity.name)} r on r."id" = l."source"
      where l."target" = ${target.id} and r."deletedAt" is null order by r."id"`;
  }
  const column = isPolymorphic(field) ? targetColumn(field.key, target.entity) : field.key;
  return sql`select "id" from ${id(entity.name)} where ${id(column)} = ${target.id} and "deletedAt" is null order by "id"`;
}
