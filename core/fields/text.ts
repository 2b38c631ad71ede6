import type { FieldSpec, FieldType, JsonSchema } from './field-type.ts';
import { fold } from './fold.ts';
import {
  checkLength,
  checkPattern,
  DEFAULT_MAX_LENGTH,
  readText,
  TEXT_OPERATORS,
  textCells,
  textColumns,
  textComparable,
} from './text-checks.ts';

/** One line or, with a larger `maxLength`, many. `eq` is exact; `contains`, `startsWith` and sorting look at the folded companion. */
export const textType: FieldType = createTextType('text', DEFAULT_MAX_LENGTH, (schema) => {
  return schema['type'] === 'string' && schema['format'] === undefined && schema['enum'] === undefined;
});

/** A postal address on several lines. */
export const addressType: FieldType = createTextType('address', 500);

/** A number given by the system, such as `INV-2026-0001`. The write makes it; callers never set it. */
export const sequenceType: FieldType = createTextType('sequence', 64);

function createTextType(name: string, maxLength: number, infer?: (schema: JsonSchema) => boolean): FieldType {
  const limit = (field: FieldSpec): number => field.maxLength ?? maxLength;
  return {
    name,
    ...(infer ? { infer } : {}),
    columns: (field) => textColumns(limit(field)),
    parse(value, field) {
      const text = readText(value);
      checkLength(text, field, maxLength);
      checkPattern(text, field);
      return text === '' ? null : text;
    },
    cells: (value) => textCells(value),
    operators: TEXT_OPERATORS,
    operand: (value) => readText(value),
    textOperand: (value) => fold(readText(value)),
    match: { text: '_f', sort: '_f' },
    comparable: (value, _field, of) => textComparable(value, of),
    searchText: (value) => (typeof value === 'string' ? [value] : []),
    schema: (field) => textSchema(field, limit(field)),
  };
}

function textSchema(field: FieldSpec, maxLength: number): JsonSchema {
  return {
    type: 'string',
    maxLength,
    ...(field.minLength === undefined ? {} : { minLength: field.minLength }),
    ...(field.pattern === undefined ? {} : { pattern: field.pattern }),
  };
}
