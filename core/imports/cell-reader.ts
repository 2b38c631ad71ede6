import { didYouMean } from '../rules/parse-condition.ts';
import type { ColumnPlan } from './plan.ts';

/** The text of a field in a row; null when there is none. */
export type CellReader = (cells: readonly string[]) => string | null;

export interface Reading {
  readonly plan: ColumnPlan;
  readonly columns: readonly string[];
  /** Texts that stand for an empty cell. */
  readonly nulls: ReadonlySet<string>;
  readonly fail: (message: string) => void;
}

const NOTHING: CellReader = () => null;
const PLACEHOLDER = /\{\{([^{}]+)\}\}/g;

/** How the text comes out of a row: one column, several joined, or a template. A constant `value` has no text. */
export function cellReader(reading: Reading): CellReader {
  const { plan, fail } = reading;
  const ways = [plan.column, plan.columns, plan.template, plan.value].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    fail('Say with exactly one of column, columns, template and value where the value comes from.');
    return NOTHING;
  }
  if (plan.column !== undefined) return cellOf(reading, plan.column);
  if (plan.columns !== undefined) {
    const parts = plan.columns.map((name) => cellOf(reading, name));
    return (cells) => {
      const filled = parts.flatMap((part) => part(cells) ?? []);
      return filled.length === 0 ? null : filled.join(plan.join ?? ' ');
    };
  }
  return plan.template === undefined ? NOTHING : templateReader(reading, plan.template);
}

function cellOf({ columns, nulls, fail }: Reading, name: string): CellReader {
  const index = columns.indexOf(name);
  if (index < 0) {
    fail(
      `The file has no column "${name}".${didYouMean(name, columns)} Its columns are ${columns.join(', ').slice(0, 500)}.`,
    );
    return NOTHING;
  }
  return (cells) => {
    const text = cells[index] ?? '';
    return text.trim() === '' || nulls.has(text.trim()) ? null : text;
  };
}

function templateReader(reading: Reading, template: string): CellReader {
  const names = [...template.matchAll(PLACEHOLDER)].map((match) => (match[1] ?? '').trim());
  const cells = new Map(names.map((name) => [name, cellOf(reading, name)]));
  return (row) => {
    if (names.every((name) => cells.get(name)?.(row) === null)) return null;
    return template.replace(PLACEHOLDER, (_, name: string) => cells.get(name.trim())?.(row) ?? '');
  };
}
