import { FieldError } from './field-type.ts';
import type { Cell, FieldType, ParseEnv } from './field-type.ts';
import { isE164, nationalDigits, phoneDigits, readPhone } from './phone-number.ts';
import { isCleanText } from './text-checks.ts';

const MAX_LENGTH = 64;

/**
 * A phone number: E.164 where it can be read, as typed where it cannot. The spelling as typed stays beside it (`phone:typed`),
 * the digits in `_c` carry every match, so that any spelling finds the number.
 */
export const phoneType: FieldType = {
  name: 'phone',
  infer: (schema) => schema['format'] === 'phone',
  identifies: true,
  columns: () => [
    { suffix: '', kind: 'text', maxLength: MAX_LENGTH },
    { suffix: '_t', kind: 'text', maxLength: MAX_LENGTH },
    { suffix: '_c', kind: 'text', maxLength: 15 },
  ],
  parse(value, _field, env) {
    const text = readTyped(value);
    return text === '' ? null : readPhone(text, env.country);
  },
  companions(value, field) {
    const typed = value === null || value === undefined ? '' : readTyped(value);
    return { [`${field.key}:typed`]: typed === '' ? null : typed };
  },
  cells(value, field, record) {
    if (typeof value !== 'string') return { '': null, _t: null, _c: null };
    const typed = record[`${field.key}:typed`];
    return { '': value, _t: typeof typed === 'string' ? typed : null, _c: phoneDigits(value) };
  },
  operators: ['eq', 'ne', 'in', 'nin', 'contains', 'startsWith', 'empty'],
  operand: (value, _field, env) => wholeDigits(readTyped(value), env),
  textOperand: (value, _field, env) => partDigits(readTyped(value), env),
  match: { eq: '_c', text: '_c', sort: '_c' },
  comparable(value, _field, of): Cell {
    if (typeof value !== 'string') return null;
    return of === '_c' ? phoneDigits(value) : value;
  },
  searchText(value) {
    if (typeof value !== 'string') return [];
    const digits = phoneDigits(value);
    const national = isE164(value) ? nationalDigits(value) : '';
    return digits.includes(national) ? [digits] : [digits, national];
  },
  schema: () => ({ type: 'string', maxLength: MAX_LENGTH }),
};

function readTyped(value: unknown): string {
  if (typeof value !== 'string') throw new FieldError('type', 'Must be a phone number, sent as a text.');
  if (!isCleanText(value)) throw new FieldError('text', 'Contains a character that cannot be stored.');
  const text = value.trim();
  if (text.length > MAX_LENGTH) {
    throw new FieldError('maxLength', `Must be at most ${MAX_LENGTH} characters long.`, { limit: MAX_LENGTH });
  }
  return text;
}

/** Digits of a whole number; of something that is no number, the digits it has, which then match nothing or little. */
function wholeDigits(text: string, env: ParseEnv): string {
  try {
    return phoneDigits(readPhone(text, env.country));
  } catch (error) {
    if (error instanceof FieldError) return phoneDigits(text);
    throw error;
  }
}

/** The beginning of a number as people type it: a leading 00 is dropped; what is a whole number already counts as one. */
function partDigits(text: string, env: ParseEnv): string {
  const digits = phoneDigits(text);
  if (digits.length >= 7) return wholeDigits(text, env);
  return digits === '' ? text : digits;
}
