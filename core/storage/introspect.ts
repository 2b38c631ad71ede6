import type { Database } from './database.ts';
import { SEARCH_INDEX } from './ddl.ts';
import { sql } from './sql.ts';

/** A table as it stands in the database. */
export interface FoundTable {
  readonly columns: ReadonlyMap<string, FoundColumn>;
  /** Names of its constraints and indexes. */
  readonly constraints: ReadonlySet<string>;
  readonly indexes: ReadonlySet<string>;
  /** The column of each foreign key, by its name; PostgreSQL only. */
  readonly keyColumns?: ReadonlyMap<string, string>;
}

export interface FoundColumn {
  readonly type: string;
  readonly notNull: boolean;
}

export interface FoundSchema {
  readonly tables: ReadonlyMap<string, FoundTable>;
  /** Whether the search index is there. */
  readonly search: boolean;
}

type PlanSource = Pick<Database, 'dialect' | 'read'>;

interface ColumnRow {
  readonly tableName: string;
  readonly columnName: string;
  readonly type: string;
  readonly notNull: number | boolean;
}

interface NameRow {
  readonly tableName: string;
  readonly name: string;
  readonly keyColumn?: string | null;
}

export async function findSchema(db: PlanSource): Promise<FoundSchema> {
  const columns = await db.read<ColumnRow>(COLUMNS);
  const constraints =
    db.dialect === 'sqlite' ? await sqliteConstraints(db) : await db.read<NameRow>(POSTGRES_CONSTRAINTS);
  const indexes = await db.read<NameRow>(INDEXES);
  const tables = new Map<string, ReturnType<typeof emptyTable>>();
  for (const row of columns) {
    const table = tables.get(row.tableName) ?? emptyTable();
    table.columns.set(row.columnName, { type: row.type.toLowerCase(), notNull: Boolean(row.notNull) });
    tables.set(row.tableName, table);
  }
  for (const { tableName, name, keyColumn } of constraints) {
    tables.get(tableName)?.constraints.add(name);
    if (typeof keyColumn === 'string') tables.get(tableName)?.keyColumns.set(name, keyColumn);
  }
  for (const { tableName, name } of indexes) tables.get(tableName)?.indexes.add(name);
  const search =
    db.dialect === 'sqlite' ? tables.has(SEARCH_INDEX) : (tables.get('_search')?.indexes.has(SEARCH_INDEX) ?? false);
  return { tables, search };
}

function emptyTable() {
  return {
    columns: new Map<string, FoundColumn>(),
    constraints: new Set<string>(),
    indexes: new Set<string>(),
    keyColumns: new Map<string, string>(),
  };
}

const COLUMNS = sql.byDialect({
  sqlite: () => sql`select m.name as "tableName", c.name as "columnName", c.type as "type", c."notnull" as "notNull"
    from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table'`,
  postgres:
    () => sql`select c.relname as "tableName", a.attname as "columnName", format_type(a.atttypid, a.atttypmod) as "type", a.attnotnull as "notNull"
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace`,
});

const INDEXES = sql.byDialect({
  sqlite: () => sql`select tbl_name as "tableName", name from sqlite_master where type = 'index'`,
  postgres: () =>
    sql`select tablename as "tableName", indexname as "name" from pg_indexes where schemaname = current_schema()`,
});

const POSTGRES_CONSTRAINTS = sql`select c.relname as "tableName", k.conname as "name",
    case when k.contype = 'f' then (select a.attname from pg_attribute a where a.attrelid = k.conrelid and a.attnum = k.conkey[1]) end as "keyColumn"
  from pg_constraint k join pg_class c on c.oid = k.conrelid where c.relnamespace = current_schema()::regnamespace`;

/** SQLite keeps constraints only in the text of the table; ours all have a quoted name. */
async function sqliteConstraints(db: PlanSource): Promise<readonly NameRow[]> {
  const rows = await db.read<{ name: string; sql: string }>(
    sql`select name, sql from sqlite_master where type = 'table' and sql is not null`,
  );
  return rows.flatMap((row) =>
    [...row.sql.matchAll(/constraint "([^"]+)"/gi)].map((match) => ({ tableName: row.name, name: match[1] ?? '' })),
  );
}
