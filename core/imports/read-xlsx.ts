import { tooMuch, unreadable } from './limits.ts';
import type { ImportLimits } from './limits.ts';
import type { SheetRow } from './sheet-row.ts';
import { readWorkbook, readXml } from './workbook.ts';
import type { Workbook } from './workbook.ts';
import { dateText, numberText, plainXmlText } from './xlsx-values.ts';
import type { XmlHandler } from './xml.ts';
import { openZip } from './zip.ts';

/** Names of the sheets of a workbook, in order. */
export async function sheetNames(path: string, limits: ImportLimits): Promise<readonly string[]> {
  const zip = await openZip(path, limits);
  try {
    return (await readWorkbook(zip, limits)).sheets.map(({ name }) => name);
  } finally {
    await zip.close();
  }
}

/** The rows of a sheet (the first one unless named) one by one, as texts. Of a formula its saved result counts. VALIDATION, TOO_LARGE. */
export async function* readXlsx(
  path: string,
  sheet: string | undefined,
  limits: ImportLimits,
): AsyncGenerator<SheetRow> {
  const zip = await openZip(path, limits);
  try {
    const book = await readWorkbook(zip, limits);
    const chosen = sheet === undefined ? book.sheets[0] : book.sheets.find(({ name }) => name === sheet);
    if (!chosen) {
      const names = book.sheets.map(({ name }) => `"${name}"`).join(', ');
      throw unreadable(`The workbook has no sheet "${sheet?.slice(0, 60)}". It has ${names.slice(0, 500)}.`);
    }
    const rows: SheetRow[] = [];
    for await (const _ of readXml(
      zip,
      chosen.part,
      rowReader(book, limits, (row) => void rows.push(row)),
    ))
      yield* rows.splice(0);
  } finally {
    await zip.close();
  }
}

interface OpenCell {
  readonly column: number;
  readonly type: string;
  readonly style: number;
  text: string;
}

function rowReader(book: Workbook, limits: ImportLimits, done: (row: SheetRow) => void): XmlHandler {
  let number = 0;
  let cells: string[] = [];
  let cell: OpenCell | null = null;
  let takes = false;
  let phonetic = 0;
  return {
    open(name, attributes) {
      if (name === 'row') {
        // Rows may leave their number out, and empty rows are not written at all.
        number = attributes['r'] === undefined ? number + 1 : Number(attributes['r']);
        if (!Number.isSafeInteger(number)) throw unreadable('A row of the sheet has no right number.');
        cells = [];
      } else if (name === 'c') {
        const column = attributes['r'] === undefined ? cells.length : columnOf(attributes['r']);
        cell = { column, type: attributes['t'] ?? 'n', style: Number(attributes['s'] ?? 0), text: '' };
      } else if (name === 'rPh') phonetic += 1;
      else if (name === 'v' || name === 't') takes = phonetic === 0;
    },
    close(name) {
      if (name === 'v' || name === 't') takes = false;
      else if (name === 'rPh') phonetic -= 1;
      else if (name === 'c' && cell) {
        put(cells, cell.column, { text: valueOf(cell, book), limits });
        cell = null;
      } else if (name === 'row') done({ number, cells });
    },
    text(text) {
      if (!takes || !cell) return;
      cell.text += text;
      if (cell.text.length > limits.cellChars)
        throw tooMuch(`A cell of row ${number} is longer than ${limits.cellChars} characters.`);
    },
  };
}

function put(cells: string[], column: number, { text, limits }: { text: string; limits: ImportLimits }): void {
  if (text === '') return;
  if (column >= limits.columns)
    throw tooMuch(`The sheet has a value beyond column ${limits.columns}; an import takes no more columns.`);
  while (cells.length < column) cells.push('');
  cells[column] = text;
}

/** `BC12` is 54. */
function columnOf(reference: string): number {
  let column = 0;
  for (const char of /^[A-Z]{1,3}/.exec(reference)?.[0] ?? '') column = column * 26 + char.charCodeAt(0) - 64;
  if (column === 0) throw unreadable(`"${reference.slice(0, 20)}" is no place of a cell.`);
  return column - 1;
}

function valueOf({ type, style, text }: OpenCell, book: Workbook): string {
  if (type === 's') {
    const shared = book.texts[Number(text)];
    if (shared === undefined) throw unreadable('A cell names a text that the workbook does not have.');
    return shared;
  }
  if (type === 'b') return text === '1' ? 'true' : 'false';
  if (type === 'inlineStr' || type === 'str') return plainXmlText(text);
  if (type !== 'n' || text === '') return type === 'd' ? text.replace(/T00:00:00(\.0+)?Z?$/, '') : text;
  const date = book.dateStyles[style] === true ? dateText(text, book.from1904) : undefined;
  return date ?? numberText(text);
}
