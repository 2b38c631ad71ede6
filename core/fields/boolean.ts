import { FieldError } from './field-type.ts';
import type { FieldType } from './field-type.ts';
import { booleanFromText } from './text-forms.ts';

/** Yes or no. The texts `true` and `false` are taken too, as forms and query strings send them. */
export const booleanType: FieldType = {
  name: 'boolean',
  infer: (schema) => schema['type'] === 'boolean',
  columns: () => [{ suffix: '', kind: 'boolean' }],
  parse: (value) => readBoolean(value),
  cells: (value) => ({ '': typeof value === 'boolean' ? value : null }),
  operators: ['eq', 'ne', 'in', 'nin', 'empty'],
  operand: (value) => readBoolean(value),
  fromText: (text) => booleanFromText(text),
  comparable: (value) => (typeof value === 'boolean' ? value : null),
  schema: () => ({ type: 'boolean' }),
};

function readBoolean(value: unknown): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new FieldError('type', 'Must be true or false.');
}
