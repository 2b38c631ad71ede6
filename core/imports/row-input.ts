import type { ErrorDetail } from '../errors.ts';
import type { Value } from '../fields/field-type.ts';
import { fold } from '../fields/fold.ts';
import type { Field } from '../definitions/model.ts';
import type { LinkedTable, Target } from './link-table.ts';
import type { ReferenceFinder } from './find-references.ts';
import { memberOf } from './sheet-row.ts';
import type { SheetRow } from './sheet-row.ts';

export interface RowInput {
  readonly input: Readonly<Record<string, unknown>>;
  readonly errors: readonly ErrorDetail[];
}

export interface RowReading {
  readonly table: LinkedTable;
  readonly zone: string;
  readonly references: ReferenceFinder;
}

/** The input of the write that a row stands for. What cannot be read goes on as it is: the write refuses it in its own words. */
export function rowInput({ table, zone, references }: RowReading, cells: readonly string[]): RowInput {
  const input: Record<string, unknown> = {};
  const errors: ErrorDetail[] = [];
  if (cells.length > table.columns.length && cells.slice(table.columns.length).some((cell) => cell !== ''))
    errors.push({
      path: '',
      code: 'columns',
      message:
        'The row has more cells than there are columns. Does a text of a CSV hold the separator without quotation marks? "surplus": "join" may help. The columns of JSON Lines are the members of its first 1,000 rows.',
    });
  for (const target of table.targets) {
    const { field, plan } = target;
    const text = target.read(cells);
    if (text === null && plan.value === undefined) {
      if (table.clears) input[field.key] = null;
      continue;
    }
    const value = meant(target, text);
    if (value === null || value === undefined) continue;
    if (!field.reference || typeof value !== 'string')
      input[field.key] = typeof value === 'string' ? read(target, value, zone) : value;
    else {
      const found = references.find(target, value);
      if ('error' in found) errors.push({ path: `/${field.key}`, ...found.error });
      else input[field.key] = found.value;
    }
  }
  respell(table, cells, input);
  return { input, errors };
}

/** The cells of a row. Values with types of their own stand as the export of their field would write them, and are then read like any text. */
export function textsOf(table: LinkedTable, { cells, record }: SheetRow): readonly string[] {
  if (!record) return cells;
  const texts = [...cells];
  for (const { field, plan } of table.targets) {
    if (plan.column === undefined) continue;
    const value = memberOf(record, plan.column);
    const at = table.columns.indexOf(plan.column);
    if (value !== null && value !== undefined) texts[at] = textOf(field, value) ?? texts[at] ?? '';
  }
  return texts;
}

/** Undefined for what is no value of the field: it is left to the write to refuse it. */
function textOf(field: Field, value: unknown): string | undefined {
  try {
    const text = field.type.toText?.(value as Value, field);
    return text === '' && !Array.isArray(value) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** What the text stands for: itself, what `values` says, or the constant. */
export function meant({ plan }: Target, text: string | null): unknown {
  if (text === null) return plan.value;
  const { values } = plan;
  if (!values) return text;
  const trimmed = text.trim();
  if (Object.hasOwn(values, trimmed)) return values[trimmed];
  const like = Object.keys(values).find((key) => fold(key) === fold(trimmed));
  return like === undefined ? text : values[like];
}

function read({ field, plan, options }: Target, text: string, zone: string): unknown {
  const format = {
    zone,
    ...(plan.format === undefined ? {} : { date: plan.format }),
    ...(plan.decimal === undefined ? {} : { decimal: plan.decimal }),
  };
  const value = field.type.fromText ? field.type.fromText(text, field, format) : text;
  if (!options) return value;
  const optionOf = (word: unknown) => (typeof word === 'string' ? (options.get(fold(word)) ?? word.trim()) : word);
  return Array.isArray(value) ? value.map(optionOf) : optionOf(value);
}

/** A phone comes as it was typed where that is the same number. */
function respell(table: LinkedTable, cells: readonly string[], input: Record<string, unknown>): void {
  for (const [key, spelling] of table.spellings) {
    const typed = spelling(cells);
    const field = table.entity.fields.get(key);
    if (typed === null || !field) continue;
    if (input[key] === undefined || sameValue(field, input[key], typed)) input[key] = typed;
  }
}

function sameValue(field: Field, value: unknown, typed: string): boolean {
  const digits = (text: unknown) => String(text).replace(/\D/g, '');
  return field.type.identifies === true && digits(typed).slice(-5) === digits(value).slice(-5);
}
