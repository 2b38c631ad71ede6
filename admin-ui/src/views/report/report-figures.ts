import type { Drill, ReportResult } from '../../api/client.ts';
import type { UiModel } from '../../model/model.ts';
import type { Condition, ModelField, Value } from '../../model/types.ts';

export type ReportColumn = ReportResult['columns'][number];
export type ReportRow = ReportResult['rows'][number];

/** How a figure is written. */
export type FigureKind = 'money' | 'percent' | 'decimal' | 'count' | 'time';

/** The field a measure is counted from; a path through a reference ends at a field of its target. */
export function measuredField(model: UiModel, entity: string, path: string | undefined): ModelField | undefined {
  let at: string | undefined = entity;
  let field: ModelField | undefined;
  for (const key of path?.split('.') ?? []) {
    field = at ? model.field(at, key) : undefined;
    at = field?.reference?.to[0];
  }
  return field;
}

export function figureKind(column: ReportColumn, field: ModelField | undefined): FigureKind {
  if (column.unit === 'ms') return 'time';
  if (column.aggregate === 'ratio') return 'percent';
  if (column.aggregate === 'count') return 'count';
  return field?.type === 'money' ? 'money' : 'decimal';
}

/** A share 0…1 as the server counts it, in words such as "21%". */
export const percentText = (value: Value | undefined, locale: string): string =>
  typeof value === 'number'
    ? new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(value)
    : '—';

const HOUR = 3_600_000;

const unitOf = (length: number): readonly [unit: string, milliseconds: number] => {
  if (length < HOUR) return ['minute', HOUR / 60];
  return length < 48 * HOUR ? ['hour', HOUR] : ['day', 24 * HOUR];
};

/** A length of time: minutes below an hour, hours below two days, then days of 24 hours. */
export function timeText(value: Value | undefined, locale: string): string {
  if (typeof value !== 'number') return '—';
  const [unit, length] = unitOf(value);
  return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: 1 }).format(value / length);
}

/** For the length of a bar only; what is written stays exact. */
export const lengthOf = (value: Value | undefined): number => {
  const figure = typeof value === 'string' || typeof value === 'number' ? Number(value) : 0;
  return Number.isFinite(figure) ? figure : 0;
};

/** The list that shows the records behind a number, as the parts of a link; nothing where the reader has no such list. */
export function drillLink(
  model: UiModel,
  drill: Drill | undefined,
): { readonly view: string; readonly filter: Condition } | undefined {
  if (!drill?.filter) return undefined;
  const usual = `${drill.entity}List`;
  return model.view(usual) ? { view: usual, filter: drill.filter } : undefined;
}

/** What a row is about: its dimensions one after another. */
export const rowLabel = (row: ReportRow, columns: readonly ReportColumn[], none: string): string =>
  columns
    .filter((column) => column.kind === 'dimension')
    .map((column) => row.labels[column.key] || none)
    .join(' · ');

export interface ChartPoint {
  readonly label: string;
  readonly value: number;
  readonly row: ReportRow;
}

/** The points of a chart for one measure. */
export const chartPoints = (
  rows: readonly ReportRow[],
  columns: readonly ReportColumn[],
  ask: { readonly measure: string; readonly none: string },
): readonly ChartPoint[] =>
  rows.map((row) => ({ label: rowLabel(row, columns, ask.none), value: lengthOf(row.values[ask.measure]), row }));
