import { FieldError } from './field-type.ts';
import type { FieldType } from './field-type.ts';
import { checkLength, readText, TEXT_OPERATORS } from './text-checks.ts';

const MAX_LENGTH = 254;
const ADDRESS = /^([^\s@<>()[\]\\,;:"]{1,64})@([^\s@<>()[\]\\,;:"]{1,190})$/u;
const DOMAIN = /^(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{M}\p{N}-]{2,63}$/u;

/** An e-mail address with its domain in lower case. Matching, sorting and uniqueness ignore case throughout (`_c`). */
export const emailType: FieldType = {
  name: 'email',
  infer: (schema) => schema['format'] === 'email',
  identifies: true,
  columns: (field) => [
    { suffix: '', kind: 'text', maxLength: field.maxLength ?? MAX_LENGTH },
    { suffix: '_c', kind: 'text' },
  ],
  parse(value, field) {
    const text = readText(value).trim();
    if (text === '') return null;
    checkLength(text, field, MAX_LENGTH);
    return readAddress(text);
  },
  cells: (value) => (typeof value === 'string' ? { '': value, _c: value.toLowerCase() } : { '': null, _c: null }),
  operators: TEXT_OPERATORS,
  operand: (value) => readText(value).trim().toLowerCase(),
  textOperand: (value) => readText(value).trim().toLowerCase(),
  match: { eq: '_c', text: '_c', sort: '_c' },
  comparable: (value, _field, of) => {
    if (typeof value !== 'string') return null;
    return of === '_c' ? value.toLowerCase() : value;
  },
  searchText: (value) => (typeof value === 'string' ? [value] : []),
  schema: (field) => ({ type: 'string', format: 'email', maxLength: field.maxLength ?? MAX_LENGTH }),
};

function readAddress(text: string): string {
  const match = ADDRESS.exec(text);
  const local = match?.[1] ?? '';
  const domain = (match?.[2] ?? '').toLowerCase();
  const dots = local.startsWith('.') || local.endsWith('.') || local.includes('..');
  if (!match || dots || !DOMAIN.test(domain)) {
    throw new FieldError('format', 'Must be an e-mail address such as "name@example.com".');
  }
  return `${local}@${domain}`;
}
