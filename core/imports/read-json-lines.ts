import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';
import { JsonError, parseJson } from '../definitions/parse-json.ts';
import { tooMuch, unreadable } from './limits.ts';
import type { ImportLimits } from './limits.ts';
import { memberOf } from './sheet-row.ts';
import type { SheetRecord, SheetRow } from './sheet-row.ts';

/** Rows whose members become the columns. */
const HEAD = 1000;

/** Members that the first rows have, in the order in which they come up. */
export async function columnsOfJsonLines(path: string, limits: ImportLimits): Promise<readonly string[]> {
  const names = new Set<string>();
  let rows = 0;
  for await (const { record } of recordsOf(path, limits)) {
    for (const name of Object.keys(record)) names.add(name);
    rows += 1;
    if (rows === HEAD) break;
  }
  if (rows === 0) throw unreadable('The file is empty.');
  return [...names];
}

/**
 * The records of JSON Lines one by one, whatever the size of the file: one JSON object a line, UTF-8. Their number is that of the line. Members that
 * are no column stand behind the columns, so that the row is refused rather than cut. VALIDATION, TOO_LARGE.
 */
export async function* readJsonLines(
  path: string,
  columns: readonly string[],
  limits: ImportLimits,
): AsyncGenerator<SheetRow> {
  const known = new Set(columns);
  for await (const { number, record } of recordsOf(path, limits)) {
    const surplus = Object.keys(record).filter((name) => !known.has(name));
    yield { number, cells: [...columns, ...surplus].map((name) => cellOf(memberOf(record, name))), record };
  }
}

/** A text is itself; whatever else there is stands as JSON until the field is known that it is for. */
function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface NumberedRecord {
  readonly number: number;
  readonly record: SheetRecord;
}

async function* recordsOf(path: string, limits: ImportLimits): AsyncGenerator<NumberedRecord> {
  let number = 0;
  for await (const line of linesOf(path, limits)) {
    number += 1;
    if (line.trim() !== '') yield { number, record: recordOf(line, number) };
  }
}

function recordOf(line: string, number: number): SheetRecord {
  const hint = 'Each line must hold one record as a JSON object.';
  try {
    const value = parseJson(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as SheetRecord;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw unreadable(`Line ${number}: ${error.message.replace('(line 1, ', '(')}. ${hint}`, error);
  }
  throw unreadable(`Line ${number} is JSON, but no object. ${hint}`);
}

async function* linesOf(path: string, limits: ImportLimits): AsyncGenerator<string> {
  const longest = limits.columns * 1000 + limits.cellChars * 4;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const piece of createReadStream(path)) {
    const lines = (rest + decode(decoder, piece as Buffer)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > longest) throw tooMuch('A line of the file is longer than a record may be.');
  }
  rest += decode(decoder);
  if (rest !== '') yield rest;
}

/** No bytes = the end of the file. */
function decode(decoder: TextDecoder, bytes?: Buffer): string {
  try {
    return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
  } catch (error) {
    throw unreadable('JSON Lines must be UTF-8, and this file is not.', error);
  }
}
