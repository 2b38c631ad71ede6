import type { Value } from '../../fields/field-type.ts';
import type { Details, ReportColumn, ReportResult } from '../result.ts';
import { textOf } from '../value-text.ts';

/** A cell of a file that programs read: exact, in no country's form. */
export type Cell = { readonly kind: 'text' | 'number' | 'day'; readonly text: string } | null;

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const HOUR = 3_600_000;
const INSTANT = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;

/** The figures, a row of the totals last where there are rows. Lengths of time are hours. */
export function figureTable(result: ReportResult, total: string): Table {
  const { columns, rows } = result;
  const body = rows.map(({ values, labels }) =>
    columns.map((column) =>
      column.kind === 'dimension' ? text(labels[column.key]) : figure(column, values[column.key]),
    ),
  );
  const dimensions = columns.filter(({ kind }) => kind === 'dimension');
  const last = columns.map((column) => {
    if (column.kind === 'measure') return figure(column, result.totals[column.key]);
    return column === dimensions[0] ? text(total) : null;
  });
  return { columns: columns.map(headOf), rows: dimensions.length === 0 || rows.length > 0 ? [...body, last] : body };
}

function headOf({ title, unit }: ReportColumn): string {
  return unit === undefined ? title : `${title} (h)`;
}

function figure({ unit }: ReportColumn, value: Value | undefined): Cell {
  if (value === null || value === undefined) return null;
  if (unit !== undefined) return { kind: 'number', text: (Number(value) / HOUR).toFixed(2) };
  const written = textOf(value);
  return { kind: /^-?\d+(\.\d+)?$/.test(written) ? 'number' : 'text', text: written };
}

/** The records below the figures, as they read; instants are of the organisation's zone. */
export function detailTable({ columns, rows }: Details, zone: string): Table {
  const local = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone: zone });
  return {
    columns: columns.map(({ title }) => title),
    rows: rows.map(({ values, labels }) =>
      columns.map(({ key }): Cell => {
        const value = values[key] ?? null;
        const label = labels[key] ?? '';
        if (typeof value === 'number') return { kind: 'number', text: String(value) };
        if (typeof value === 'string' && label === value)
          return INSTANT.test(value) ? text(local.format(new Date(value))) : plain(value);
        return text(label);
      }),
    ),
  };
}

/** Amounts are decimal texts, days are days. */
function plain(value: string): Cell {
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return { kind: 'day', text: value };
  return { kind: /^-?\d+\.\d+$/.test(value) ? 'number' : 'text', text: value };
}

function text(value: string | undefined): Cell {
  return value === undefined || value === '' ? null : { kind: 'text', text: value };
}
