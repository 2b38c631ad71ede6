import { FieldError } from './field-type.ts';
import type { FieldType, Value } from './field-type.ts';
import { isCleanText } from './text-checks.ts';
import { jsonFromText } from './text-forms.ts';

const MAX_DEPTH = 32;
const MAX_LENGTH = 100_000;

/** Any JSON, up to 32 levels deep and 100,000 characters long. Not filtered on, bar `empty`. */
export const jsonType: FieldType = {
  name: 'json',
  columns: () => [{ suffix: '', kind: 'json' }],
  parse(value, field) {
    const copy = copyJson(value, MAX_DEPTH);
    const limit = field.maxLength ?? MAX_LENGTH;
    if (JSON.stringify(copy).length > limit) {
      throw new FieldError('maxLength', `Must be at most ${limit} characters long.`, { limit });
    }
    return copy;
  },
  cells: (value) => ({ '': value === null ? null : JSON.stringify(value) }),
  fromText: (text) => jsonFromText(text),
  toText: (value) => JSON.stringify(value),
  operators: ['empty'],
  operand() {
    throw new FieldError('type', 'Only `empty` can be asked of this field.');
  },
  comparable: (value) => (value === null ? null : JSON.stringify(value)),
  schema: () => ({}),
};

function copyJson(value: unknown, depth: number): Value {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (!isCleanText(value)) throw new FieldError('text', 'Contains a character that cannot be stored.');
    return value;
  }
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value;
  if (typeof value !== 'object') throw new FieldError('type', 'Must be JSON.');
  if (depth === 0) {
    throw new FieldError('range', `Must be at most ${MAX_DEPTH} levels deep.`, { limit: MAX_DEPTH });
  }
  if (Array.isArray(value)) return value.map((item: unknown) => copyJson(item, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [readKey(key), copyJson(item, depth - 1)]));
}

function readKey(key: string): string {
  if (!isCleanText(key)) throw new FieldError('text', 'Contains a character that cannot be stored.');
  if (key === '__proto__') throw new FieldError('format', 'The key "__proto__" is not allowed.');
  return key;
}
