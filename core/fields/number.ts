import { Big } from 'big.js';
import { FieldError } from './field-type.ts';
import type { FieldType } from './field-type.ts';
import { checkRange, ORDERED_OPERATORS, rangeSchema } from './number-checks.ts';
import { decimalFromText } from './text-forms.ts';

const NUMBER_TEXT = /^[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?$/;

/** A measured number, kept as a double. For amounts use money or decimal. */
export const numberType: FieldType = {
  name: 'number',
  infer: (schema) => schema['type'] === 'number' && schema['enum'] === undefined,
  columns: () => [{ suffix: '', kind: 'double' }],
  parse(value, field) {
    const number = readNumber(value);
    checkRange(new Big(number), field);
    return number;
  },
  cells: (value) => ({ '': typeof value === 'number' ? value : null }),
  fromText: (text, _field, format) => decimalFromText(text, format),
  numeric: true,
  operators: ORDERED_OPERATORS,
  operand: (value) => readNumber(value),
  comparable: (value) => (typeof value === 'number' ? value : null),
  schema: (field) => ({ type: 'number', ...rangeSchema(field) }),
};

function readNumber(value: unknown): number {
  const text = typeof value === 'string' ? value.trim() : '';
  const number = typeof value === 'number' ? value : NUMBER_TEXT.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(number)) throw new FieldError('type', 'Must be a number.');
  // Minus zero reads back as zero from one of the databases.
  return number === 0 ? 0 : number;
}
