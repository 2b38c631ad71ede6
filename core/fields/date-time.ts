import { isRealDay } from './date.ts';
import { FieldError } from './field-type.ts';
import type { FieldType } from './field-type.ts';
import { ORDERED_OPERATORS } from './number-checks.ts';
import { instantFromText } from './text-forms.ts';

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?([Zz]|[+-](\d{2}):?(\d{2}))$/;

/** An instant. Input needs an offset; kept in UTC with milliseconds, `2026-03-31T07:15:00.000Z`. Finer parts are cut. */
export const dateTimeType: FieldType = {
  name: 'dateTime',
  infer: (schema) => schema['format'] === 'date-time',
  columns: () => [{ suffix: '', kind: 'instant' }],
  parse: (value) => readInstant(value),
  cells: (value) => ({ '': typeof value === 'string' ? value : null }),
  fromText: (text, _field, format) => instantFromText(text, format),
  dated: true,
  operators: ORDERED_OPERATORS,
  operand: (value) => readInstant(value),
  comparable: (value) => (typeof value === 'string' ? value : null),
  schema: () => ({ type: 'string', format: 'date-time' }),
};

const EXAMPLE = 'Must be an instant with its offset such as "2026-03-31T10:15:00+03:00".';

function readInstant(value: unknown): string {
  if (typeof value !== 'string') throw new FieldError('type', EXAMPLE);
  const match = INSTANT.exec(value.trim());
  if (!match) throw new FieldError('format', EXAMPLE);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(1, 6).map(Number);
  const second = Number(match[6] ?? 0);
  if (!isRealDay(year, month, day) || hour > 23 || minute > 59 || second > 59) {
    throw new FieldError('format', 'There is no such day or time.');
  }
  const offset = offsetMinutes(match[8] ?? 'Z', Number(match[9] ?? 0), Number(match[10] ?? 0));
  const milliseconds = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute - offset, second, milliseconds);
  const utcYear = date.getUTCFullYear();
  if (utcYear < 1 || utcYear > 9999) throw new FieldError('range', 'Must lie between the years 1 and 9999.');
  return date.toISOString();
}

function offsetMinutes(sign: string, hours: number, minutes: number): number {
  if (hours > 23 || minutes > 59) throw new FieldError('format', 'There is no such offset from UTC.');
  const offset = hours * 60 + minutes;
  return sign.startsWith('-') ? -offset : offset;
}
