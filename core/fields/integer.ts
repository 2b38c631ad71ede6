import { FieldError } from './field-type.ts';
import type { Cell, FieldType, Value } from './field-type.ts';
import { checkRange, INT64_MAX, INT64_MIN, ORDERED_OPERATORS, rangeSchema, readDecimal } from './number-checks.ts';
import { decimalFromText } from './text-forms.ts';

/** A whole number of 64 bits: a JSON number up to 2^53, a text beyond. */
export const integerType: FieldType = {
  name: 'integer',
  infer: (schema) => schema['type'] === 'integer' && schema['enum'] === undefined,
  columns: () => [{ suffix: '', kind: 'integer' }],
  parse(value, field) {
    const whole = readInteger(value);
    checkRange(readDecimal(whole.toString()), field);
    const small = Number(whole);
    return Number.isSafeInteger(small) ? small : whole.toString();
  },
  cells: (value) => ({ '': toCell(value) }),
  fromText: (text, _field, format) => decimalFromText(text, format),
  numeric: true,
  operators: ORDERED_OPERATORS,
  operand: (value) => toCell(integerOf(readInteger(value))),
  comparable: (value) => toCell(value),
  schema: (field) => ({ type: ['integer', 'string'], pattern: '^-?\\d+$', ...rangeSchema(field) }),
};

function readInteger(value: unknown): bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    const message = Number.isInteger(value)
      ? 'A number this large must be sent as a text to stay exact.'
      : 'Must be a whole number.';
    throw new FieldError('type', message);
  }
  if (typeof value !== 'number' && typeof value !== 'string') throw new FieldError('type', 'Must be a whole number.');
  const decimal = readDecimal(value);
  if (!decimal.eq(decimal.round(0))) throw new FieldError('type', 'Must be a whole number.');
  const whole = BigInt(decimal.toFixed(0));
  if (whole < INT64_MIN || whole > INT64_MAX) throw new FieldError('range', 'Is too large a number to be stored.');
  return whole;
}

function integerOf(whole: bigint): Value {
  const small = Number(whole);
  return Number.isSafeInteger(small) ? small : whole.toString();
}

function toCell(value: Value): Cell {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? BigInt(value) : null;
}
