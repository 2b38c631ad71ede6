import { plainText } from '../fields/formula-text.ts';
import { tooMuch, unreadable } from './limits.ts';
import type { ImportLimits } from './limits.ts';
import { readCsv, shapeOfCsv } from './read-csv.ts';
import { columnsOfJsonLines, readJsonLines } from './read-json-lines.ts';
import { readXlsx } from './read-xlsx.ts';
import type { SheetRow } from './sheet-row.ts';

/** What a table may be sent as. */
export type FileFormat = 'csv' | 'xlsx' | 'jsonl';

/** How a file is to be read; what is left out is guessed. */
export interface SourceOptions {
  readonly format: FileFormat;
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly sheet?: string;
  /** Cells stand as they are: the apostrophe that keeps a spreadsheet from running them is part of the text. */
  readonly raw?: boolean;
  /** `join`: in a row of too many cells, one that begins with a space belongs to the one before: the sign stood in a text without quotation marks. */
  readonly surplus?: 'join';
}

/** A table with a head: its columns by name, its rows one by one. */
export interface Table {
  readonly columns: readonly string[];
  /** Rows under the head that hold anything; the numbers are those of the file. Can be read once. */
  readonly rows: AsyncIterable<SheetRow>;
  /** How it was read. */
  readonly shape: { readonly encoding?: string; readonly delimiter?: string };
  /** Texts that stand for nothing, unless the plan says otherwise; absent = those of tables that know no null. */
  readonly nulls?: readonly string[];
}

/** Names that would reach into the machinery of the language; no column may have one. */
const REFUSED = new Set(['__proto__', 'constructor', 'prototype']);

/** Opens a file as a table. VALIDATION at `/file`, TOO_LARGE; reading the rows may throw the same. */
export async function openTable(path: string, options: SourceOptions, limits: ImportLimits): Promise<Table> {
  if (options.format === 'jsonl') return openJsonLines(path, limits);
  const { encoding, delimiter } = options;
  const told = { ...(encoding === undefined ? {} : { encoding }), ...(delimiter === undefined ? {} : { delimiter }) };
  const shape = options.format === 'csv' ? await shapeOfCsv(path, told) : undefined;
  const rows = shape ? readCsv(path, shape, limits) : readXlsx(path, options.sheet, limits);
  const clean = options.format === 'csv' && options.raw !== true ? plainText : (text: string) => text;
  for (;;) {
    const { value: head, done } = await rows.next();
    if (done) throw unreadable('The file is empty: its first row must hold the names of the columns.');
    if (head.cells.every((cell) => cell.trim() === '')) continue;
    const columns = namesOf(head.cells.map(clean), limits);
    const below = { columns, limits, clean, surplus: options.surplus, delimiter: shape?.delimiter ?? ',' };
    return { columns, rows: rowsBelow(rows, below), shape: shape ?? {} };
  }
}

async function openJsonLines(path: string, limits: ImportLimits): Promise<Table> {
  const columns = await columnsOfJsonLines(path, limits);
  namesOf(columns, limits);
  const below = { columns, limits, clean: (text: string) => text, surplus: undefined, delimiter: '' };
  return { columns, rows: rowsBelow(readJsonLines(path, columns, limits), below), shape: {}, nulls: [] };
}

function namesOf(head: readonly string[], limits: ImportLimits): readonly string[] {
  if (head.length > limits.columns) throw tooMuch(`The file has more than ${limits.columns} columns.`);
  const names = head.map((cell) => cell.trim().replace(/\s+/g, ' ').slice(0, 200));
  const refused = names.find((name) => REFUSED.has(name.toLowerCase()));
  if (refused !== undefined) throw unreadable(`A column must not be named "${refused}". Give it another name.`);
  const seen = new Set<string>();
  for (const name of names) {
    if (name !== '' && seen.has(name))
      throw unreadable(`Two columns are named "${name}". Give each a name of its own.`);
    seen.add(name);
  }
  return names;
}

interface Below {
  readonly surplus: 'join' | undefined;
  readonly delimiter: string;
  readonly columns: readonly string[];
  readonly limits: ImportLimits;
  readonly clean: (text: string) => string;
}

async function* rowsBelow(
  rows: AsyncIterable<SheetRow>,
  { columns, limits, clean, surplus, delimiter }: Below,
): AsyncGenerator<SheetRow> {
  let count = 0;
  for await (const { number, cells, record } of rows) {
    if (cells.every((cell) => cell.trim() === '')) continue;
    if (cells.length > limits.columns) throw tooMuch(`Row ${number} has more than ${limits.columns} cells.`);
    count += 1;
    if (count > limits.rows) throw tooMuch(`The file has more than ${limits.rows} rows. Import it in parts.`);
    const long = cells.find((cell) => cell.length > limits.cellChars);
    if (long !== undefined) throw tooMuch(`A cell of row ${number} is longer than ${limits.cellChars} characters.`);
    // A row that is still longer than the head is refused where it is imported, not here: the rest of the file may be right.
    yield {
      number,
      cells: surplus === 'join' ? joined(cells, columns.length, delimiter).map(clean) : cells.map(clean),
      ...(record ? { record } : {}),
    };
  }
}

/** Joins only where that makes the row as long as the head. */
function joined(cells: readonly string[], width: number, delimiter: string): readonly string[] {
  const surplus = cells.length - width;
  const behind = cells.map((cell, index) => index > 0 && /^ \S/.test(cell));
  if (surplus <= 0 || behind.filter(Boolean).length !== surplus) return cells;
  const whole: string[] = [];
  for (const [index, cell] of cells.entries()) {
    if (behind[index]) whole[whole.length - 1] += delimiter + cell;
    else whole.push(cell);
  }
  return whole;
}

/** How many rows the table has: reads it to its end. */
export async function countRows(path: string, options: SourceOptions, limits: ImportLimits): Promise<number> {
  let count = 0;
  for await (const _ of (await openTable(path, options, limits)).rows) count += 1;
  return count;
}
