import { Temporal } from 'temporal-polyfill';
import type { TextFormat } from './field-type.ts';

/** How values stand in the cells of tables. What cannot be read goes on unchanged: the field's own parse refuses it. */

const YES = new Set(['true', '1', 'yes', 'y', 'x', 'jah', 'jā', 'да', 'sì', 'si', 'ja', 'oui']);
const NO = new Set(['false', '0', 'no', 'n', 'ei', 'nē', 'нет', 'nein', 'non']);

export function booleanFromText(text: string): unknown {
  const word = text.trim().toLowerCase();
  if (YES.has(word)) return true;
  return NO.has(word) ? false : text;
}

/** `1 234,50` with a decimal comma is `1234.50`; with a decimal point `1,234.50` is. Without a stated sign only a plain number is one. */
export function decimalFromText(text: string, { decimal }: TextFormat): string {
  const trimmed = text.trim();
  if (decimal === undefined) return trimmed;
  const grouped =
    decimal === ','
      ? /^[+-]?\d{1,3}(?:[ .'’\u00a0\u202f]\d{3})+(?:,\d+)?$/
      : /^[+-]?\d{1,3}(?:[ ,'’\u00a0\u202f]\d{3})+(?:\.\d+)?$/;
  const bare = grouped.test(trimmed)
    ? trimmed.replace(decimal === ',' ? /[ .'’\u00a0\u202f]/g : /[ ,'’\u00a0\u202f]/g, '')
    : trimmed;
  return decimal === ',' && !bare.includes('.') ? bare.replace(',', '.') : bare;
}

interface Moment {
  readonly date: string;
  /** `HH:mm:ss.SSS`; null where the text has no time. */
  readonly time: string | null;
}

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?$/;

/** A day, also where a time stands behind it: a date never shifts, so the time is left out. */
export function dateFromText(text: string, format: TextFormat): string {
  return momentOf(text.trim(), format)?.date ?? text;
}

/** An instant; a time without an offset is one of the table's zone, a day alone its midnight. */
export function instantFromText(text: string, format: TextFormat): string {
  const moment = momentOf(text.trim(), format);
  if (!moment) return text;
  try {
    const local = Temporal.PlainDateTime.from(`${moment.date}T${moment.time ?? '00:00:00'}`);
    return local.toZonedDateTime(format.zone).toInstant().toString({ smallestUnit: 'millisecond' });
  } catch {
    return text;
  }
}

function momentOf(text: string, format: TextFormat): Moment | undefined {
  const iso = ISO.exec(text);
  if (iso) return { date: iso[1] ?? '', time: timeOf(iso[2], iso[3], { second: iso[4], fraction: iso[5] }) };
  return format.date === undefined ? undefined : patternMoment(text, format.date);
}

function timeOf(
  hour: string | undefined,
  minute: string | undefined,
  rest: { second?: string | undefined; fraction?: string | undefined },
): string | null {
  if (hour === undefined || minute === undefined) return null;
  const fraction = (rest.fraction ?? '').padEnd(3, '0').slice(0, 3);
  return `${hour.padStart(2, '0')}:${minute}:${rest.second ?? '00'}.${fraction}`;
}

const PART = /(d{1,2}|M{1,2}|y{4}|y{2}|H{1,2}|m{2}|s{2}|S{1,9})/;

/** `dd.MM.yyyy HH:mm`: one or two digits for d, M and H however often the letter stands; what follows the last part of the text may be missing. */
function patternMoment(text: string, pattern: string): Moment | undefined {
  const found = new Map<string, string>();
  let rest = text;
  for (const part of pattern.split(PART).filter((piece) => piece !== '')) {
    const letter = part[0] ?? '';
    const isPart = PART.test(part);
    const match = isPart
      ? (letter === 'y' && part.length === 4 ? /^\d{4}/ : letter === 'S' ? /^\d{1,9}/ : /^\d{1,2}/).exec(rest)
      : null;
    if (isPart ? !match : !rest.startsWith(part)) {
      if (rest === '' && found.has('d') && found.has('M') && found.has('y')) break;
      return undefined;
    }
    if (match) found.set(letter, match[0]);
    rest = rest.slice(match ? match[0].length : part.length);
  }
  const [year = '', month, day] = [found.get('y'), found.get('M'), found.get('d')];
  if (rest !== '' || year === '' || month === undefined || day === undefined) return undefined;
  const date = `${fullYear(year)}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return { date, time: timeOf(found.get('H'), found.get('m'), { second: found.get('s'), fraction: found.get('S') }) };
}

/** Two digits: 00 to 68 lie in this century, 69 to 99 in the last one, as in POSIX. */
function fullYear(year: string): string {
  if (year.length === 4) return year;
  return String(Number(year) + (Number(year) < 69 ? 2000 : 1900));
}

/** `a; b`: parts of a cell that holds several values. */
export function listFromText(text: string): readonly string[] {
  return text
    .split(/[;,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export function jsonFromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
