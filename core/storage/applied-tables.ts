import type { Transaction } from '../context.ts';
import type { ColumnKind } from '../fields/field-type.ts';
import { removeNote, writeNote } from './notes.ts';
import type { Ask } from './notes.ts';
import { parseTables } from './parse-table-spec.ts';
import { sql } from './sql.ts';
import { SYSTEM_TABLES } from './system-tables.ts';
import type { ColumnSpec, ForeignKeySpec, TableSpec } from './table-spec.ts';

/**
 * The database knows its own tables without any definitions: after every plan it notes them in `_meta`, also those tables and columns
 * that no definition speaks of any more and whose values are kept.
 */
const NOTE = 'tables';
/** What older releases noted: for each table the meaning of its columns. */
const OLD_NOTE = 'schema';

/** The tables as noted; where only an older release wrote, as far as its note tells: no checks, keys to other tables or indexes. */
export async function readAppliedTables(ask: Ask): Promise<readonly TableSpec[]> {
  const rows = await ask<{ key: string; value: string }>(
    sql`select "key", "value" from "_meta" where "key" in (${NOTE}, ${OLD_NOTE}) order by "key" desc`,
  );
  const [newest] = rows;
  if (!newest) return [];
  const json: unknown = JSON.parse(newest.value);
  return newest.key === NOTE ? parseTables(json) : fromSignatures(json as Readonly<Record<string, Signatures>>);
}

export async function noteAppliedTables(tx: Transaction, tables: readonly TableSpec[]): Promise<void> {
  await writeNote(tx, NOTE, JSON.stringify(tables));
  await removeNote(tx, OLD_NOTE);
}

/** What stands in the database once the model's tables are applied: retired tables stay, retired columns stay and may be empty. */
export function mergeTables(wanted: readonly TableSpec[], known: readonly TableSpec[]): readonly TableSpec[] {
  const before = new Map(known.map((table) => [table.name, table]));
  const names = new Set(wanted.map((table) => table.name));
  return [...wanted.map((table) => withRetired(table, before.get(table.name))), ...known.filter(isNotIn(names))];
}

function isNotIn(names: ReadonlySet<string>): (named: { readonly name: string }) => boolean {
  return ({ name }) => !names.has(name);
}

function withRetired(table: TableSpec, before: TableSpec | undefined): TableSpec {
  if (!before) return table;
  const retired = before.columns.filter(isNotIn(new Set(table.columns.map(({ name }) => name))));
  if (retired.length === 0) return table;
  const gone = new Set(retired.map(({ name }) => name));
  const keys: readonly ForeignKeySpec[] = before.foreignKeys.filter(({ column }) => gone.has(column));
  return {
    ...table,
    columns: [...table.columns, ...retired.map((column) => ({ ...column, notNull: false }))],
    foreignKeys: [...table.foreignKeys, ...keys],
  };
}

/** By column: `scaled:2`. */
type Signatures = Readonly<Record<string, string>>;

function fromSignatures(json: Readonly<Record<string, Signatures>>): readonly TableSpec[] {
  const system = new Map(SYSTEM_TABLES.map((table) => [table.name, table]));
  return Object.entries(json).map(([name, signatures]) => {
    const columns = Object.entries(signatures).map(([column, signature]) => columnOf(column, signature));
    const isLink = signatures['source'] === 'uuid' && signatures['position'] === 'integer' && name.includes('_');
    const primaryKey = isLink ? ['source', 'target'] : ['id'];
    return system.get(name) ?? { name, columns, primaryKey, checks: [], foreignKeys: [], indexes: [] };
  });
}

function columnOf(name: string, signature: string): ColumnSpec {
  const [kind, scale] = signature.split(':');
  return { name, kind: kind as ColumnKind, notNull: false, ...(scale === undefined ? {} : { scale: Number(scale) }) };
}
