import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { Cell } from '../../fields/field-type.ts';
import type { TableSpec } from '../table-spec.ts';
import { damaged, parseHeader, parseMark, summaryOf } from './format.ts';
import type { DumpHeader, DumpSummary, TableDigest } from './format.ts';
import { splitLines } from './lines.ts';
import { rowParser } from './parse-row.ts';

export type DumpPart =
  | { readonly kind: 'header'; readonly header: DumpHeader }
  | { readonly kind: 'rows'; readonly table: TableSpec; readonly rows: readonly (readonly Cell[])[] };

interface OpenTable {
  readonly spec: TableSpec;
  readonly hash: Hash;
  readonly parse: (line: string) => readonly Cell[];
  rows: number;
}

/**
 * A dump part by part, and what it held. Whoever takes parts must not show them to anybody before the end: only the trailer proves that the
 * dump is whole and unaltered. BAD_REQUEST at the first damage.
 */
export async function* parseDump(texts: AsyncIterable<string>): AsyncGenerator<DumpPart, DumpSummary> {
  const reading: Reading = { whole: createHash('sha256'), digests: new Map() };
  for await (const lines of splitLines(texts)) {
    for (let from = 0; from < lines.length;) {
      const rows = countRows(lines, from);
      if (rows > 0) yield takeRows(reading, lines.slice(from, from + rows));
      from += rows;
      const mark = lines[from];
      if (mark === undefined) break;
      const header = takeMark(reading, mark);
      if (header) yield { kind: 'header', header };
      from += 1;
    }
  }
  if (!reading.summary) throw damaged('it is cut off');
  return reading.summary;
}

interface Reading {
  readonly whole: Hash;
  readonly digests: Map<string, TableDigest>;
  header?: DumpHeader;
  table?: OpenTable | undefined;
  summary?: DumpSummary;
}

/** Rows are arrays, everything else is an object. */
function countRows(lines: readonly string[], from: number): number {
  let end = from;
  while (lines[end]?.startsWith('[')) end += 1;
  return end - from;
}

function takeRows(reading: Reading, lines: readonly string[]): DumpPart {
  const { table } = reading;
  if (!table) throw damaged('a row stands outside of any table');
  const text = `${lines.join('\n')}\n`;
  reading.whole.update(text);
  table.hash.update(text);
  table.rows += lines.length;
  return { kind: 'rows', table: table.spec, rows: lines.map(table.parse) };
}

function takeMark(reading: Reading, line: string): DumpHeader | undefined {
  if (reading.summary) throw damaged('something follows its end');
  if (!reading.header) {
    reading.header = parseHeader(line);
    reading.whole.update(`${line}\n`);
    return reading.header;
  }
  const mark = parseMark(line, 'a mark');
  if ('trailer' in mark) endDump(reading, mark);
  else {
    reading.whole.update(`${line}\n`);
    if ('end' in mark) endTable(reading, mark);
    else beginTable(reading, reading.header, mark);
  }
  return undefined;
}

function beginTable(reading: Reading, header: DumpHeader, mark: Readonly<Record<string, unknown>>): void {
  const spec = header.tables[reading.digests.size];
  if (reading.table || !spec || mark['table'] !== spec.name) throw damaged('its tables are not those of its header');
  reading.table = { spec, hash: createHash('sha256'), parse: rowParser(spec), rows: 0 };
}

function endTable(reading: Reading, mark: Readonly<Record<string, unknown>>): void {
  const { table } = reading;
  if (!table || mark['end'] !== table.spec.name) throw damaged('a table ends that has not begun');
  const digest: TableDigest = { rows: table.rows, sha256: table.hash.digest('hex') };
  const fits = mark['rows'] === digest.rows && mark['sha256'] === digest.sha256;
  if (!fits) throw damaged(`the rows of ${table.spec.name} do not have the noted count and hash`);
  reading.digests.set(table.spec.name, digest);
  reading.table = undefined;
}

function endDump(reading: Reading, mark: Readonly<Record<string, unknown>>): void {
  const { header, table, digests } = reading;
  if (table || digests.size !== header?.tables.length) throw damaged('tables are missing');
  const summary = summaryOf(digests);
  const fits =
    mark['trailer'] === reading.whole.digest('hex') &&
    mark['rows'] === summary.rows &&
    mark['sha256'] === summary.sha256;
  if (!fits) throw damaged('its hash is not the noted one');
  reading.summary = summary;
}
