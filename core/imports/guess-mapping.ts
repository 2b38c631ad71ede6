import type { Access } from '../access/access.ts';
import type { Entity, Field, Model } from '../definitions/model.ts';
import { FieldError } from '../fields/field-type.ts';
import { fold } from '../fields/fold.ts';
import type { ColumnPlan } from './plan.ts';

/** A proposal: by field, the column that seems to hold it and how it is written there. */
export type Proposal = Readonly<Record<string, ColumnPlan>>;

export interface GuessSource {
  readonly model: Model;
  readonly access: Access;
  readonly entity: Entity;
  readonly columns: readonly string[];
  /** Rows to look at for how dates and numbers are written. */
  readonly sample: readonly (readonly string[])[];
}

/**
 * Columns matched to fields by name: the key and the titles in every language of the model, then names that hold one another, then names a
 * letter or two apart. Each column and each field is used once, the surest pair first. What is a guess about ambiguous dates is left open.
 */
export function guessMapping(source: GuessSource): Proposal {
  const { columns, entity } = source;
  const pairs = fieldsOf(source).flatMap((field) =>
    columns.map((column) => ({ column, key: field.key, field, score: scoreOf(source, field, column) })),
  );
  pairs.sort((a, b) => b.score - a.score);
  const map: Record<string, ColumnPlan> = {};
  const used = new Set<string>();
  for (const { column, key, field, score } of pairs) {
    if (score === 0 || Object.hasOwn(map, key) || used.has(column)) continue;
    used.add(column);
    map[key] = { column, ...writingOf(field, valuesOf(source, column)) };
  }
  if (columns.includes('id') && !used.has('id')) map['id'] = { column: 'id' };
  for (const column of columns) {
    const spelt = /^([a-z][a-zA-Z0-9]*):typed$/.exec(column)?.[1];
    if (spelt !== undefined && entity.fields.has(spelt)) map[column] = { column };
  }
  return map;
}

function fieldsOf({ entity, access }: GuessSource): readonly Field[] {
  return [...entity.fields.values()].filter(
    (field) => !field.readOnly && !field.system && access.writable(entity.name, field.key),
  );
}

function namesOf(model: Model, field: Field): readonly string[] {
  const key = `entities.${field.entity}.fields.${field.key}`;
  const titles = model.languages.map((language) => model.texts.get(key, language));
  return [...new Set([field.key, field.title, ...titles].map(bare))].filter((name) => name !== '');
}

/** Letters and digits, folded: `E-mail address` is `emailaddress`. */
function bare(text: string): string {
  return fold(text).replace(/[^\p{L}\p{N}]/gu, '');
}

/** A slip in a cell does not change what a column is. */
const MOST = 0.8;
const FITS = 30;

/** By the name; a phone or an e-mail also by what stands in the column. */
function scoreOf(source: GuessSource, field: Field, column: string): number {
  const score = likeness(namesOf(source.model, field), column);
  if (score === 0 || field.type.identifies !== true) return score;
  const values = valuesOf(source, column);
  const fitting = values.filter((text) => isValue(field, text));
  return values.length > 0 && fitting.length >= values.length * MOST ? score + FITS : score;
}

function isValue(field: Field, text: string): boolean {
  try {
    return field.type.parse(text, field, { currency: 'EUR' }) !== null;
  } catch (error) {
    if (error instanceof FieldError) return false;
    throw error;
  }
}

const SHORTEST_PART = 4;

function likeness(names: readonly string[], column: string): number {
  const name = bare(column);
  if (name === '') return 0;
  return Math.max(...names.map((candidate) => likenessOf(candidate, name)));
}

function likenessOf(candidate: string, name: string): number {
  if (candidate === name) return 100;
  const [short, long] = candidate.length < name.length ? [candidate, name] : [name, candidate];
  // The head of a compound stands last: homePhone is a phone, customerName a name.
  if (short.length >= SHORTEST_PART && long.endsWith(short)) return 60 + (20 * short.length) / long.length;
  if (short.length >= SHORTEST_PART && long.startsWith(short)) return 40 + (20 * short.length) / long.length;
  const allowed = short.length >= 8 ? 2 : short.length >= 5 ? 1 : 0;
  return allowed > 0 && distance(candidate, name, allowed) <= allowed ? 50 : 0;
}

/** Letters to add, drop or change; more than `most` is not counted out. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? most + 1;
}

function valuesOf({ columns, sample }: GuessSource, column: string): readonly string[] {
  const index = columns.indexOf(column);
  return sample.map((cells) => (cells[index] ?? '').trim()).filter((text) => text !== '');
}

function writingOf(field: Field, values: readonly string[]): Pick<ColumnPlan, 'decimal' | 'format'> {
  if (field.type.numeric === true) {
    const decimal = decimalOf(values);
    return decimal === undefined ? {} : { decimal };
  }
  const format = field.type.dated === true ? dateFormatOf(values) : undefined;
  return format === undefined ? {} : { format };
}

/** A comma that is not followed by exactly three digits, or stands once behind points, is a decimal one. */
function decimalOf(values: readonly string[]): ',' | '.' | undefined {
  if (values.some((text) => /,\d{1,2}$|,\d{4,}$|[ .\u00a0]\d{3},\d+$/.test(text))) return ',';
  return values.some((text) => /^\d{1,3}(?:[ ,'’\u00a0]\d{3})+(?:\.\d+)?$/.test(text)) ? '.' : undefined;
}

/** The form most values share. Days and months that could be each other are told apart by values above 12, else only behind points. */
function dateFormatOf(values: readonly string[]): string | undefined {
  const parts = values.flatMap((text) => {
    const match = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(.*)$/.exec(text);
    const [, one = '', sign = '', two = '', year = '', time = ''] = match ?? [];
    return match ? [{ one: Number(one), sign, two: Number(two), year, time }] : [];
  });
  const [first] = parts;
  if (!first || parts.length < values.length * MOST || parts.some(({ sign }) => sign !== first.sign)) return undefined;
  const votes = (day: 'one' | 'two', month: 'one' | 'two') =>
    parts.filter((part) => part[day] > 12 && part[day] < 32 && part[month] <= 12).length;
  const [dayFirst, monthFirst] = [votes('one', 'two'), votes('two', 'one')];
  const { sign } = first;
  if (dayFirst === monthFirst && sign !== '.') return undefined;
  const days = monthFirst > dayFirst ? `M${sign}d${sign}` : `d${sign}M${sign}`;
  return days + (first.year.length === 2 ? 'yy' : 'yyyy') + timeFormatOf(first.time);
}

function timeFormatOf(time: string): string {
  if (/^ \d{1,2}:\d{2}:\d{2}$/.test(time)) return ' H:mm:ss';
  return /^ \d{1,2}:\d{2}$/.test(time) ? ' H:mm' : '';
}
