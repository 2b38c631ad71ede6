import { FieldError } from './field-type.ts';
import type { Cell, FieldSpec, FieldType, Value } from './field-type.ts';
import { listFromText } from './text-forms.ts';

const MAX_LENGTH = 40;
const OPTION = /^[a-zA-Z][a-zA-Z0-9-]{0,39}$/;

/** One of the options. */
export const selectType: FieldType = {
  name: 'select',
  infer: (schema) => Array.isArray(schema['enum']) && schema['format'] === undefined,
  columns: (field) => [
    { suffix: '', kind: 'text', maxLength: MAX_LENGTH, ...(field.options ? { options: field.options } : {}) },
  ],
  parse: (value, field) => readOption(value, field),
  cells: (value) => ({ '': typeof value === 'string' ? value : null }),
  operators: ['eq', 'ne', 'in', 'nin', 'empty'],
  operand: (value, field) => readOption(value, field),
  comparable: (value) => (typeof value === 'string' ? value : null),
  schema: (field) => ({ type: 'string', ...(field.options ? { enum: field.options } : {}) }),
};

/**
 * Several of the options, in their declared order, each once; none is null. The companion column `,a,b,` lets `contains`
 * ask for one option on either database without looking into JSON.
 */
export const multiSelectType: FieldType = {
  name: 'multiSelect',
  infer: (schema) => schema['type'] === 'array' && Array.isArray(optionsOf(schema['items'])),
  columns: () => [
    { suffix: '', kind: 'json' },
    { suffix: '_f', kind: 'text' },
  ],
  parse(value, field) {
    const options = readOptions(value, field);
    return options.length === 0 ? null : options;
  },
  cells: (value) => ({ '': value === null ? null : JSON.stringify(value), _f: joined(value) }),
  fromText: (text) => listFromText(text),
  toText: (value) => (Array.isArray(value) ? value.join('; ') : ''),
  operators: ['eq', 'ne', 'contains', 'empty'],
  operand: (value, field) => joined(readOptions(typeof value === 'string' ? [value] : value, field)),
  textOperand: (value, field) => `,${readOption(value, field)},`,
  match: { eq: '_f', text: '_f', sort: '_f' },
  comparable: (value, _field, of) => (of === '_f' ? joined(value) : value === null ? null : JSON.stringify(value)),
  schema: (field) => ({
    type: 'array',
    items: { type: 'string', ...(field.options ? { enum: field.options } : {}) },
    uniqueItems: true,
  }),
  inputSchema: (field) => ({
    type: 'array',
    items: { type: 'string', ...(field.options ? { enum: field.options } : {}) },
  }),
};

function optionsOf(items: unknown): unknown {
  return items !== null && typeof items === 'object' && 'enum' in items ? items.enum : undefined;
}

function readOption(value: unknown, field: FieldSpec): string {
  if (typeof value !== 'string') throw new FieldError('type', 'Must be one of the options.');
  if (field.options ? !field.options.includes(value) : !OPTION.test(value)) {
    const list = field.options?.slice(0, 20).join(', ');
    throw new FieldError('option', list ? `Must be one of: ${list}.` : 'Must be one of the options.', {
      options: field.options ?? [],
    });
  }
  return value;
}

function readOptions(value: unknown, field: FieldSpec): readonly string[] {
  if (!Array.isArray(value)) throw new FieldError('type', 'Must be a list of options.');
  const chosen = new Set(value.map((item: unknown) => readOption(item, field)));
  return field.options ? field.options.filter((option) => chosen.has(option)) : [...chosen].sort();
}

function joined(value: Value): Cell {
  return Array.isArray(value) && value.length > 0 ? `,${value.join(',')},` : null;
}
