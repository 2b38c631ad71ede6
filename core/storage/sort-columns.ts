import type { FieldSpec } from '../fields/field-type.ts';
import { columnsOf, SYSTEM_KEYS } from './columns.ts';
import type { StoredColumn } from './columns.ts';

/** The columns a field is sorted by: the folded text, then the exact one, so that `Äpfel` and `apfel` have a fixed order. */
export function sortColumns(field: FieldSpec): readonly StoredColumn[] {
  const columns = columnsOf(field);
  const suffix = SYSTEM_KEYS.has(field.key) ? '' : (field.type.match?.sort ?? '');
  const exact = columns.filter((column) => column.suffix === '');
  if (suffix === '') return exact;
  const folded = columns.filter((column) => column.suffix === suffix);
  return [...folded, ...exact.filter((column) => column.kind === 'text')];
}
