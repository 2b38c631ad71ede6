import { createHash } from 'node:crypto';
import type { SqlFragment, Transaction } from '../../context.ts';
import type { Dialect } from '../sql.ts';
import { id, join, raw, sql } from '../sql.ts';
import type { ColumnSpec, TableSpec } from '../table-spec.ts';
import { typed } from '../bind.ts';
import { dumpedColumns, keyColumns } from './format.ts';
import type { TableDigest } from './format.ts';

type StoredCell = string | number | boolean | null;

/** Some lines of a table, each with its line end. */
export interface RowLines {
  readonly text: string;
  readonly rows: number;
}

const FIRST_LIMIT = 200;
const LARGEST_LIMIT = 5000;
/** Characters of text that are held at once. */
const WANTED = 1_000_000;
const SAFE = raw(String(Number.MAX_SAFE_INTEGER));

/** The rows of a table in the order of its key, as lines; so many at a time that the text stays small. */
export async function* readRows(tx: Transaction, table: TableSpec, dialect: Dialect): AsyncGenerator<RowLines> {
  const columns = dumpedColumns(table);
  const keys = keyColumns(table);
  const places = keys.map((key) => columns.indexOf(key));
  const order = join(keys.map((key) => id(key.name)));
  const selected = join(columns.map((column, index) => sql`${cellOf(column)} as ${id(`c${index}`)}`));
  let limit = FIRST_LIMIT;
  let after: readonly StoredCell[] | undefined;
  for (;;) {
    const where = after === undefined ? sql`` : sql` where ${beyond(keys, after)}`;
    const rows = await tx.all<Readonly<Record<string, StoredCell>>>(
      sql`select ${selected} from ${id(table.name)}${where} order by ${order} limit ${raw(String(limit))}`,
    );
    const last = rows.at(-1);
    if (!last) return;
    const text = rows.map((row) => lineOf(row, columns, dialect)).join('');
    after = places.map((place) => last[`c${place}`] ?? null);
    yield { text, rows: rows.length };
    if (rows.length < limit) return;
    limit = nextLimit(limit, text.length);
  }
}

/** Few limits, so that few statements are prepared. */
function nextLimit(limit: number, length: number): number {
  if (length > WANTED * 2) return Math.max(1, Math.floor(limit / 4));
  return length < WANTED / 2 ? Math.min(LARGEST_LIMIT, limit * 2) : limit;
}

/** Drivers give a 64-bit integer as a number; SQLite's would round it. */
function cellOf(column: ColumnSpec): SqlFragment {
  const name = id(column.name);
  if (column.kind !== 'integer' && column.kind !== 'scaled') return name;
  return sql.byDialect({
    sqlite: () => sql`case when ${name} between -${SAFE} and ${SAFE} then ${name} else cast(${name} as text) end`,
    postgres: () => name,
  });
}

function beyond(keys: readonly ColumnSpec[], after: readonly StoredCell[]): SqlFragment {
  const names = join(keys.map((key) => id(key.name)));
  const values = join(keys.map((key, index) => typed(after[index] ?? null, key.kind)));
  return sql`(${names}) > (${values})`;
}

function lineOf(row: Readonly<Record<string, StoredCell>>, columns: readonly ColumnSpec[], dialect: Dialect): string {
  const cells = columns.map((column, index) => {
    const cell = row[`c${index}`] ?? null;
    return dialect === 'sqlite' && column.kind === 'boolean' && cell !== null ? cell !== 0 : cell;
  });
  return `${JSON.stringify(cells)}\n`;
}

/** Count and hash of a table as it stands. */
export async function digestTable(
  tx: Transaction,
  of: { readonly table: TableSpec; readonly dialect: Dialect; readonly read?: (rows: number) => void },
): Promise<TableDigest> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const lines of readRows(tx, of.table, of.dialect)) {
    hash.update(lines.text);
    rows += lines.rows;
    of.read?.(lines.rows);
  }
  return { rows, sha256: hash.digest('hex') };
}
