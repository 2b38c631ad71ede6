import type { Column, ColumnKind, FieldSpec, Reference } from '../fields/field-type.ts';
import { linkTable, targetColumn } from './names.ts';

/** A column as it stands in a table. */
export interface StoredColumn extends Column {
  readonly name: string;
  /** The field it belongs to. */
  readonly field: string;
  /** The entity its ids belong to, for references. */
  readonly target?: string;
}

/** Written by the write itself on every record; users are never removed from the database, so the last two carry no foreign key. */
export const SYSTEM_KEYS: ReadonlySet<string> = new Set([
  'id',
  'version',
  'createdAt',
  'updatedAt',
  'createdBy',
  'updatedBy',
  'deletedAt',
]);

const STAMP_KINDS: Readonly<Record<string, ColumnKind>> = {
  id: 'uuid',
  version: 'integer',
  createdAt: 'instant',
  updatedAt: 'instant',
  createdBy: 'uuid',
  updatedBy: 'uuid',
  deletedAt: 'instant',
};

export function isPolymorphic(field: FieldSpec): field is FieldSpec & { reference: Reference } {
  return field.reference !== undefined && !field.reference.many && field.reference.to.length > 1;
}

export function isMany(field: FieldSpec): field is FieldSpec & { reference: Reference } {
  return field.reference?.many ?? false;
}

/** Every statement asks; a field never changes. */
const memo = new WeakMap<FieldSpec, readonly StoredColumn[]>();

/** The columns of a field in its entity's table; none for a `many` reference, which has a table of its own. */
export function columnsOf(field: FieldSpec): readonly StoredColumn[] {
  const known = memo.get(field);
  if (known) return known;
  const columns = makeColumns(field);
  memo.set(field, columns);
  return columns;
}

function makeColumns(field: FieldSpec): readonly StoredColumn[] {
  const { key, reference } = field;
  const stamp = STAMP_KINDS[key];
  if (stamp) return [{ name: key, field: key, suffix: '', kind: stamp }];
  if (isMany(field)) return [];
  if (isPolymorphic(field)) {
    return field.reference.to.map((target) => ({
      name: targetColumn(key, target),
      field: key,
      suffix: `_${target}`,
      kind: 'uuid',
      target,
    }));
  }
  const target = reference?.to[0];
  return field.type.columns(field).map((column) => ({
    ...column,
    name: `${key}${column.suffix}`,
    field: key,
    ...(target === undefined ? {} : { target }),
  }));
}

/** The column with this suffix; a field of several targets has none. */
export function columnOf(field: FieldSpec, suffix = ''): StoredColumn {
  const column = columnsOf(field).find((candidate) => candidate.suffix === suffix);
  if (!column) throw new Error(`The field "${field.key}" has no column "${suffix}".`);
  return column;
}

/** Where the link rows of a `many` reference live. */
export function linkOf(entity: string, field: FieldSpec): string {
  return linkTable(entity, field.key);
}
