import { safeText } from '../fields/formula-text.ts';

/** A value of a sheet: a number as exact digits, a day, yes or no, or a text. */
export type SheetValue =
  | { readonly kind: 'text' | 'number' | 'day'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | null;

/** Positions of the styles in `STYLES`. */
const STYLE = { plain: 0, head: 1, day: 2, quoted: 3 } as const;

export const STYLES = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/></cellXfs></styleSheet>`;

const DAY = 86_400_000;
const EPOCH = Date.UTC(1899, 11, 30);
/** The first day the 1900 calendar counts right. */
const FIRST_DAY = '1900-03-01';
/** A spreadsheet keeps 15 digits of a number; a longer one is exact only as a text. */
const MOST_DIGITS = 15;

/** One row as XML. Texts are texts, never formulas: what looks like one is marked so that editing the cell does not make it one either. */
export function rowXml(number: number, cells: readonly SheetValue[]): string {
  const xml = cells.map((cell, index) => (cell === null ? '' : cellXml(`${columnName(index)}${number}`, cell)));
  return `<row r="${number}">${xml.join('')}</row>`;
}

export function headXml(names: readonly string[]): string {
  const cells = names.map((name, index) => textXml(`${columnName(index)}1`, name, STYLE.head));
  return `<row r="1">${cells.join('')}</row>`;
}

function cellXml(at: string, cell: NonNullable<SheetValue>): string {
  if (cell.kind === 'boolean') return `<c r="${at}" t="b"><v>${cell.value ? 1 : 0}</v></c>`;
  const { kind, text } = cell;
  if (kind === 'number' && /^-?\d+(\.\d+)?$/.test(text) && text.replace(/^-?0*\.?0*|[.-]/g, '').length <= MOST_DIGITS)
    return `<c r="${at}"><v>${text}</v></c>`;
  if (kind === 'day' && /^\d{4}-\d\d-\d\d$/.test(text) && text >= FIRST_DAY)
    return `<c r="${at}" s="${STYLE.day}"><v>${(Date.parse(`${text}T00:00:00Z`) - EPOCH) / DAY}</v></c>`;
  return textXml(at, text, safeText(text) === text ? STYLE.plain : STYLE.quoted);
}

function textXml(at: string, text: string, style: number): string {
  const styled = style === STYLE.plain ? '' : ` s="${style}"`;
  return `<c r="${at}"${styled} t="inlineStr"><is><t xml:space="preserve">${escapeXml(text)}</t></is></c>`;
}

/** Control characters but tab and line feed, and the two that are none. */
const UNWRITABLE = /(?![\t\n])[\p{Cc}\ufffe\uffff]/gu;

const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** What XML cannot hold stands as `_x0001_`, and what only looks so is kept apart from it, as the form of these files has it. */
export function escapeXml(text: string): string {
  return text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(UNWRITABLE, (char) => `_x${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`)
    .replace(/[&<>"]/g, (char) => NAMES[char] ?? char);
}

/** 0 is A, 26 is AA. */
function columnName(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : columnName(Math.floor(index / 26) - 1) + letter;
}
