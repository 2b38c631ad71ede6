import type { Transaction } from '../../context.ts';
import { CasementError } from '../../errors.ts';
import { addForeignKeyDdl, createIndexDdl, createTableDdl, SEARCH_INDEXES, searchDdl } from '../ddl.ts';
import type { Dialect } from '../sql.ts';
import { id, join, raw, sql } from '../sql.ts';
import { indexesOn, quoted } from '../table-spec.ts';
import type { TableSpec } from '../table-spec.ts';

/** CONFLICT when any table stands in the database. */
export async function refuseTables(tx: Transaction, dialect: Dialect): Promise<void> {
  const names = await tableNames(tx, dialect);
  if (names.length === 0) return;
  const some = names.slice(0, 3).join(', ');
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  throw new CasementError(
    'CONFLICT',
    `The database is not empty: it holds the tables ${some}${more}. Name an empty one. Nothing was written.`,
  );
}

async function tableNames(tx: Transaction, dialect: Dialect): Promise<readonly string[]> {
  const rows = await tx.all<{ name: string }>(
    dialect === 'sqlite'
      ? sql`select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name`
      : sql`select relname as "name" from pg_class where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** Takes away those tables that a dump brings anew, and what else is named. */
export async function dropTables(tx: Transaction, dialect: Dialect, tables: readonly string[]): Promise<void> {
  await deferKeys(tx, dialect);
  const there = new Set(await tableNames(tx, dialect));
  const names = [...new Set([...SEARCH_INDEXES, ...tables.toReversed()])].filter((name) => there.has(name));
  if (names.length === 0) return;
  if (dialect === 'postgres') await tx.run(sql`drop table ${join(names.map(id))} cascade`);
  else for (const name of names) await tx.run(sql`drop table ${id(name)}`);
}

/** Tables with their primary keys and checks. All else comes when they are full, but for what SQLite needs to follow its keys. */
export async function createTables(tx: Transaction, dialect: Dialect, tables: readonly TableSpec[]): Promise<void> {
  await deferKeys(tx, dialect);
  for (const table of tables) await tx.define(raw(createTableDdl(table, dialect)));
  if (dialect === 'postgres') return;
  for (const table of tables) {
    for (const index of indexesOn(table, dialect).filter((one) => leadsByKey(table, one.parts.sqlite[0])))
      await tx.define(raw(createIndexDdl(table.name, index, dialect)));
    for (const name of loneKeys(table))
      await tx.run(sql`create index ${id(helper(table, name))} on ${id(table.name)} (${id(name)})`);
  }
}

/** A row may come before the one it points to; SQLite looks when the transaction ends. */
async function deferKeys(tx: Transaction, dialect: Dialect): Promise<void> {
  if (dialect === 'sqlite') await tx.run(raw('pragma defer_foreign_keys = on'));
}

function leadsByKey(table: TableSpec, part: string | undefined): boolean {
  return table.foreignKeys.some(({ column }) => quoted(column) === part);
}

/** Keys of retired fields have no index any more: without one each row of their target would search the whole table. */
function loneKeys(table: TableSpec): readonly string[] {
  const led = new Set([...table.indexes.map((index) => index.parts.sqlite[0]), quoted(table.primaryKey[0] ?? '')]);
  return [...new Set(table.foreignKeys.map(({ column }) => column))].filter((column) => !led.has(quoted(column)));
}

function helper(table: TableSpec, column: string): string {
  return `_load_${table.name}_${column}`;
}

interface Finishing {
  readonly tables: readonly TableSpec[];
  /** Absent: what concerns them all. */
  readonly table?: TableSpec;
}

/** Indexes and the next number of one table; once all have theirs, the keys between them and what is derived from their rows. */
export async function finishTables(tx: Transaction, dialect: Dialect, { tables, table }: Finishing): Promise<void> {
  if (table) return finishTable(tx, dialect, table);
  if (dialect === 'postgres') {
    for (const one of tables) for (const key of one.foreignKeys) await tx.define(raw(addForeignKeyDdl(one.name, key)));
  }
  if (!tables.some(({ name }) => name === '_search')) return;
  for (const text of searchDdl(dialect)) await tx.define(raw(text));
}

async function finishTable(tx: Transaction, dialect: Dialect, table: TableSpec): Promise<void> {
  const there = (part: string | undefined) => dialect === 'sqlite' && leadsByKey(table, part);
  for (const index of indexesOn(table, dialect).filter((one) => !there(one.parts.sqlite[0])))
    await tx.define(raw(createIndexDdl(table.name, index, dialect)));
  if (dialect === 'sqlite') {
    for (const name of loneKeys(table)) await tx.run(sql`drop index ${id(helper(table, name))}`);
    return;
  }
  const serial = table.columns.find((column) => column.special === 'serial');
  if (!serial) return;
  const highest = sql`(select max(${id(serial.name)}) from ${id(table.name)})`;
  await tx.all(sql`select setval(pg_get_serial_sequence(${quoted(table.name)}, ${serial.name}), ${highest})::text`);
}
