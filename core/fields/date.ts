import { FieldError } from './field-type.ts';
import type { FieldType } from './field-type.ts';
import { ORDERED_OPERATORS } from './number-checks.ts';
import { dateFromText } from './text-forms.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** A calendar day without a time or zone. It never shifts. */
export const dateType: FieldType = {
  name: 'date',
  infer: (schema) => schema['format'] === 'date',
  columns: () => [{ suffix: '', kind: 'date' }],
  parse: (value) => readDate(value),
  cells: (value) => ({ '': typeof value === 'string' ? value : null }),
  fromText: (text, _field, format) => dateFromText(text, format),
  dated: true,
  operators: ORDERED_OPERATORS,
  operand: (value) => readDate(value),
  comparable: (value) => (typeof value === 'string' ? value : null),
  schema: () => ({ type: 'string', format: 'date' }),
};

function readDate(value: unknown): string {
  if (typeof value !== 'string') throw new FieldError('type', 'Must be a date such as "2026-03-31".');
  const match = DATE.exec(value.trim());
  if (!match) throw new FieldError('format', 'Must be a date such as "2026-03-31".');
  if (!isRealDay(Number(match[1]), Number(match[2]), Number(match[3]))) {
    throw new FieldError('format', 'There is no such day.');
  }
  return match[0];
}

/** False for 30 February and the year 0. */
export function isRealDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= days;
}
