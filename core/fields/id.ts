import type { FieldType } from './field-type.ts';
import { readId } from './uuid.ts';

/** The record's own id. A type of system fields only: no definition names it. */
export const idType: FieldType = {
  name: 'id',
  columns: () => [{ suffix: '', kind: 'uuid' }],
  parse: (value) => readId(value),
  cells: (value) => ({ '': typeof value === 'string' ? value : null }),
  operators: ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'empty'],
  operand: (value) => readId(value),
  comparable: (value) => (typeof value === 'string' ? value : null),
  schema: () => ({ type: 'string', format: 'uuid' }),
};
