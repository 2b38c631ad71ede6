import { createHash } from 'node:crypto';
import { canonicalJson } from '../../definitions/canonical-json.ts';
import { CasementError } from '../../errors.ts';
import { parseTables } from '../parse-table-spec.ts';
import type { ColumnSpec, TableSpec } from '../table-spec.ts';

/**
 * A dump is JSON Lines: a header with the whole schema; for each table a line `{"table": …}`, one array of cells per row in the order of the
 * primary key, a line `{"end": …}` with their count and SHA-256; a trailer with the SHA-256 of everything before it. Cells are the stored
 * values, the same text on both databases: 64-bit integers beyond 2^53 and scaled ones as their units, instants `…Z`, JSON as its text.
 */
export const FORMAT = 1;

export interface DumpHeader {
  readonly casement: string;
  readonly modelHash: string | null;
  /** The node whose ledger this is. */
  readonly node: string | null;
  readonly createdAt: string;
  /** The order of the tables: one that others point to stands before them where that is possible. */
  readonly tables: readonly TableSpec[];
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
}

export interface TableDigest {
  readonly rows: number;
  /** Of the lines of its rows; equal where the values are equal, on either database. */
  readonly sha256: string;
}

/** What a dump or a database holds. */
export interface DumpSummary {
  readonly tables: ReadonlyMap<string, TableDigest>;
  readonly rows: number;
  /** Over all tables, whatever their order. */
  readonly sha256: string;
}

/** Told while it works; `total` is the number of rows of all tables. */
export type Report = (label: string, done: number, total: number) => void;

/** What a dump holds of a table: `xid` belongs to the database it was made in. */
export function dumpedColumns(table: TableSpec): readonly ColumnSpec[] {
  return table.columns.filter((column) => column.special !== 'xid');
}

/** The columns by which its rows are told apart and ordered. */
export function keyColumns(table: TableSpec): readonly ColumnSpec[] {
  const serial = table.columns.filter((column) => column.special === 'serial');
  const key = table.columns.filter((column) => table.primaryKey.includes(column.name));
  const found = serial.length > 0 ? serial : table.primaryKey.flatMap((name) => key.filter((one) => one.name === name));
  if (found.length === 0) throw damaged(`the table ${table.name} has no primary key`);
  return found;
}

export function summaryOf(tables: ReadonlyMap<string, TableDigest>): DumpSummary {
  const rows = [...tables.values()].reduce((sum, table) => sum + table.rows, 0);
  const text = canonicalJson(Object.fromEntries(tables));
  return { tables, rows, sha256: createHash('sha256').update(text).digest('hex') };
}

export function damaged(what: string): CasementError {
  return new CasementError('BAD_REQUEST', `The dump is damaged: ${what}. Nothing of it was taken.`);
}

export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new CasementError('BAD_REQUEST', 'The dump is damaged: a line is no JSON. Nothing of it was taken.', {
      cause,
    });
  }
}

/** One of the lines that are no row. */
export function parseMark(line: string, what: string): Readonly<Record<string, unknown>> {
  const json = parseLine(line);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw damaged(`${what} is missing`);
  return json as Readonly<Record<string, unknown>>;
}

export function parseHeader(line: string): DumpHeader {
  const json = parseMark(line, 'its header');
  if (json['format'] !== 'casement-dump') throw damaged('it does not begin as a dump of Casement');
  if (json['formatVersion'] !== FORMAT) {
    throw new CasementError('BAD_REQUEST', 'The dump was made by a newer Casement. Update this one first.');
  }
  const tables = parseTables(json['tables']);
  const counts = parseMark(JSON.stringify(json['rows'] ?? null), 'the number of rows');
  const text = (key: string) => (typeof json[key] === 'string' ? json[key] : null);
  return {
    casement: text('casement') ?? '',
    modelHash: text('modelHash'),
    node: text('node'),
    createdAt: text('createdAt') ?? '',
    tables,
    rows: Object.fromEntries(tables.map(({ name }) => [name, Number(counts[name] ?? 0)])),
  };
}

export function headerLine(header: DumpHeader): string {
  return `${JSON.stringify({ format: 'casement-dump', formatVersion: FORMAT, ...header })}\n`;
}
