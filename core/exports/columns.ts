import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import type { Entity, Field, Model } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { resolveField } from '../rules/condition-path.ts';
import type { SheetValue } from './xlsx-cells.ts';

/** A column of the table: its name, the field whose values stand in it, and where in a record they are. */
export interface ExportColumn {
  readonly name: string;
  readonly field: Field;
  readonly path: readonly string[];
}

const TIMES = new Set(['createdAt', 'updatedAt']);

/** The columns asked for, else every field the caller may read; BAD_REQUEST names a field he may not. */
export function columnsOf(
  model: Model,
  ctx: Context,
  of: { readonly entity: Entity; readonly fields?: readonly string[] },
): readonly ExportColumn[] {
  const { lookup } = accessOf(model, ctx.principal);
  if (of.fields) return of.fields.map((path) => columnOf(path, () => resolveField(path, of.entity.name, lookup).field));
  const readable = [...of.entity.fields.values()].filter((field) => lookup.field(of.entity.name, field.key));
  const shown = readable.filter(({ key, system }) => key === 'id' || TIMES.has(key) || !system);
  shown.sort((a, b) => Number(b.key === 'id') - Number(a.key === 'id'));
  return shown.flatMap((field) => {
    const spelling = `${field.key}:typed`;
    const own = { name: field.key, field, path: [field.key] };
    // A phone's spelling stands beside it, so that an import gives the same record.
    return field.type.companions ? [own, { name: spelling, field: asText(field), path: [spelling] }] : [own];
  });
}

function columnOf(path: string, resolve: () => unknown): ExportColumn {
  try {
    return { name: path, field: resolve() as Field, path: path.split('.') };
  } catch (error) {
    throw new CasementError('BAD_REQUEST', error instanceof Error ? error.message : String(error));
  }
}

/** The spelling is what somebody typed, whatever the field makes of it. */
function asText(field: Field): Field {
  const { toText: _, ...type } = field.type;
  return { ...field, type };
}

function valueAt(record: RecordData, path: readonly string[]): Value {
  let value: Value = record;
  for (const key of path) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
    const record: RecordData = value as RecordData;
    // A step that names the entity of a reference to several: `customer.company.name`.
    const isStep = !(key in record) && typeof record['entity'] === 'string';
    if (!isStep) value = record[key] ?? null;
    else if (record['entity'] !== key) return null;
  }
  return value;
}

/** What an import reads back as the same value; empty where there is none. */
export function textOf(column: ExportColumn, record: RecordData): string {
  const value = valueAt(record, column.path);
  if (value === null || (Array.isArray(value) && value.length === 0)) return '';
  const { field } = column;
  return field.type.toText ? field.type.toText(value, field) : String(value);
}

/** The same for a sheet, which knows numbers, days and yes and no by themselves. */
export function sheetValueOf(column: ExportColumn, record: RecordData): SheetValue {
  const value = valueAt(record, column.path);
  if (value === null) return null;
  if (typeof value === 'boolean') return { kind: 'boolean', value };
  const text = textOf(column, record);
  if (text === '') return null;
  const { numeric, dated } = column.field.type;
  return { kind: numeric ? 'number' : dated ? 'day' : 'text', text };
}
