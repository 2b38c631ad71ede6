import type { ErrorDetail } from '../errors.ts';
import { fold } from '../fields/fold.ts';
import type { Field } from '../definitions/model.ts';
import type { LinkedTable, Target } from './link-table.ts';
import type { ReferenceFinder } from './find-references.ts';

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
  if (cells.length > table.width && cells.slice(table.width).some((cell) => cell !== ''))
    errors.push({
      path: '',
      code: 'columns',
      message:
        'The row has more cells than there are columns. Does a text hold the separator without quotation marks? "surplus": "join" may help.',
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
