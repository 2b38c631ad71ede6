import { FieldError } from './field-type.ts';
import type { FieldType } from './field-type.ts';
import { ORDERED_OPERATORS } from './number-checks.ts';
import { formatDuration, parseDurationText } from './duration-text.ts';

/** A length of time: `90m`, `1h30m` or ISO 8601 in, ISO 8601 out (`PT1H30M`). Compared and sorted by its milliseconds. */
export const durationType: FieldType = {
  name: 'duration',
  infer: (schema) => schema['format'] === 'duration',
  columns: () => [
    { suffix: '', kind: 'text', maxLength: 40 },
    { suffix: '_m', kind: 'integer' },
  ],
  parse: (value) => formatDuration(readDuration(value)),
  cells: (value) => (typeof value === 'string' ? { '': value, _m: readDuration(value) } : { '': null, _m: null }),
  operators: ORDERED_OPERATORS,
  operand: (value) => readDuration(value),
  match: { eq: '_m', sort: '_m' },
  comparable: (value, _field, of) => {
    if (typeof value !== 'string') return null;
    return of === '_m' ? readDuration(value) : value;
  },
  fromSort: (milliseconds) => formatDuration(Math.round(milliseconds)),
  schema: () => ({ type: 'string', format: 'duration' }),
  inputSchema: () => ({ type: 'string', description: '90m, 1h30m or ISO 8601' }),
};

function readDuration(value: unknown): number {
  if (typeof value !== 'string') throw new FieldError('type', 'Must be a length of time such as "1h30m" or "PT1H30M".');
  const duration = parseDurationText(value);
  if (duration === undefined) {
    throw new FieldError('format', 'Must be a length of time such as "1h30m" or "PT1H30M".');
  }
  return duration;
}
