import { fieldModule } from '../../fields/registry.ts';
import type { RecordData } from '../../model/types.ts';
import { holderOf, type ListColumn } from './columns.ts';

/** A value in a list, drawn by its field type; of a record pointed to as well. */
export function ColumnCell({ column, record }: { readonly column: ListColumn; readonly record: RecordData }) {
  const { Cell } = fieldModule(column.field.type);
  const holder = holderOf(column, record);
  if (!holder) return null;
  return <Cell field={column.field} value={holder[column.field.key] ?? null} record={holder} entity={column.entity} />;
}
