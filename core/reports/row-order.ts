import type { Measure } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import type { Dimension } from './dimension.ts';
import type { ReportRow } from './result.ts';
import { textOf } from './value-text.ts';

/**
 * Time runs forward and options keep the order of their definition (the stages of a funnel); everything else begins with the largest first
 * measure, equal ones by label. "None" stands last.
 */
export function orderRows(
  rows: readonly ReportRow[],
  dimensions: readonly Dimension[],
  measures: readonly Measure[],
): ReportRow[] {
  const [first] = measures;
  return [...rows].sort((left, right) => {
    for (const dimension of dimensions) {
      const order = compareIn(dimension, left.values[dimension.key] ?? null, right.values[dimension.key] ?? null);
      if (order !== 0) return order;
    }
    const bySize = first ? Number(right.values[first.key] ?? 0) - Number(left.values[first.key] ?? 0) : 0;
    return bySize !== 0 && !Number.isNaN(bySize) ? bySize : labelsOf(left).localeCompare(labelsOf(right));
  });
}

function compareIn(dimension: Dimension, left: Value, right: Value): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  const { options } = dimension.field;
  if (options) return options.indexOf(textOf(left)) - options.indexOf(textOf(right));
  if (dimension.grain === undefined && !isTime(dimension)) return 0;
  return textOf(left) < textOf(right) ? -1 : Number(textOf(left) > textOf(right));
}

function isTime({ field }: Dimension): boolean {
  const kind = field.type.columns(field)[0]?.kind;
  return kind === 'date' || kind === 'instant';
}

function labelsOf(row: ReportRow): string {
  return Object.values(row.labels).join('\u0000');
}
