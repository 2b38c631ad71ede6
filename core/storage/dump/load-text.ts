import type { Transaction } from '../../context.ts';
import { CasementError } from '../../errors.ts';
import type { Database } from '../database.ts';
import type { Dialect } from '../sql.ts';
import { summaryOf } from './format.ts';
import type { DumpHeader, DumpSummary, Report, TableDigest } from './format.ts';
import { insertRows } from './insert-rows.ts';
import { createTables, dropTables, finishTables, refuseTables } from './make-tables.ts';
import { parseDump } from './parse-dump.ts';
import { digestTable } from './read-table.ts';

export interface LoadOptions {
  /** Takes away the tables that are there, in the same transaction; without it a database with any table is refused. */
  readonly replace?: boolean;
  /** With `replace`: tables of ours that the dump does not know. */
  readonly alsoDrop?: readonly string[];
  /** The last thing done inside the transaction. */
  readonly finish?: (tx: Transaction) => Promise<void>;
  readonly report?: Report | undefined;
}

/**
 * Makes the tables of a dump and fills them, in one transaction: a dump that turns out to be damaged, or that reads back differently,
 * leaves the database as it was. Answers what was read back. BAD_REQUEST for a damaged dump, CONFLICT for a database that is not empty.
 */
export async function loadText(
  db: Database,
  texts: AsyncIterable<string>,
  options: LoadOptions = {},
): Promise<DumpSummary> {
  const { dialect } = db;
  let begun = false;
  const load = async (tx: Transaction) => {
    // The text is there only once, so a transaction that the database wants repeated cannot be.
    if (begun) throw new CasementError('UNAVAILABLE', 'The database was busy and nothing was loaded. Try again.');
    begun = true;
    if (!options.replace) await refuseTables(tx, dialect);
    const parts = parseDump(texts);
    const loading: Loading = { tx, dialect, options, done: 0 };
    for (let part = await parts.next(); ; part = await parts.next()) {
      if (part.done) return finish(loading, part.value);
      if (part.value.kind === 'header') await begin(loading, part.value.header);
      else await add(loading, part.value);
    }
  };
  return db.transaction(load, { alone: true });
}

interface Loading {
  readonly tx: Transaction;
  readonly dialect: Dialect;
  readonly options: LoadOptions;
  header?: DumpHeader;
  done: number;
}

async function begin(loading: Loading, header: DumpHeader): Promise<void> {
  const { tx, dialect, options } = loading;
  loading.header = header;
  if (options.replace)
    await dropTables(tx, dialect, [...header.tables.map(({ name }) => name), ...(options.alsoDrop ?? [])]);
  await createTables(tx, dialect, header.tables);
}

async function add(loading: Loading, part: Parameters<typeof insertRows>[2]): Promise<void> {
  await naming(part.table.name, () => insertRows(loading.tx, loading.dialect, part));
  loading.done += part.rows.length;
  loading.options.report?.('written', loading.done, totalOf(loading.header));
}

async function finish(loading: Loading, summary: DumpSummary): Promise<DumpSummary> {
  const { tx, dialect, options } = loading;
  const tables = loading.header?.tables ?? [];
  for (const table of tables) await naming(table.name, () => finishTables(tx, dialect, { tables, table }));
  await finishTables(tx, dialect, { tables });
  const found = new Map<string, TableDigest>();
  let read = 0;
  for (const table of tables) {
    const digest = await digestTable(tx, { table, dialect });
    read += digest.rows;
    options.report?.('read back', read, summary.rows);
    found.set(table.name, digest);
  }
  const target = summaryOf(found);
  refuseDifference(summary, target);
  await options.finish?.(tx);
  return target;
}

/** CONFLICT naming the tables in which two databases differ. */
export function refuseDifference(wanted: DumpSummary, found: DumpSummary): void {
  if (wanted.sha256 === found.sha256) return;
  const names = new Set([...wanted.tables.keys(), ...found.tables.keys()]);
  const differing = [...names].filter((name) => wanted.tables.get(name)?.sha256 !== found.tables.get(name)?.sha256);
  const list = differing.map((name) => {
    const rows = `${wanted.tables.get(name)?.rows ?? 'no'} and ${found.tables.get(name)?.rows ?? 'no'} rows`;
    return `${name} (${rows})`;
  });
  throw new CasementError(
    'CONFLICT',
    `What was written does not read back the same: ${list.join(', ')}. Nothing was kept.`,
  );
}

function totalOf(header: DumpHeader | undefined): number {
  return Object.values(header?.rows ?? {}).reduce((sum, rows) => sum + rows, 0);
}

/** Which table it was: the database speaks of a row as if a person had typed it. */
async function naming<T>(table: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CasementError && error.code !== 'VALIDATION') throw error;
    const reason =
      error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : error;
    throw new CasementError('CONFLICT', `The table ${table} cannot be loaded: ${String(reason)}. Nothing was kept.`, {
      cause: error,
    });
  }
}
