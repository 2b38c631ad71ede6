import { parseDay } from './day.ts';
import type { Value } from '../fields/field-type.ts';
import { isCleanText } from '../fields/text-checks.ts';
import { parseDuration } from './duration.ts';
import { didYouMean, pointerTo, RuleErrors } from './rule-errors.ts';
import type { RuleError } from './rule-errors.ts';

export type ParameterType = 'duration' | 'integer' | 'number' | 'date' | 'text' | 'boolean';

const MAX_TEXT = 200;

/**
 * The value of a parameter from a text, or from what a definition says. Numbers stay exact, as texts. Throws an Error whose message says
 * what is taken.
 */
export function parseParameter(type: ParameterType, given: unknown, options?: readonly string[]): Value {
  const text = typeof given === 'string' ? given : String(given);
  if (options && !options.includes(text)) throw new Error(`"${text}" is none of ${options.join(', ')}.`);
  return READ[type](text);
}

const READ: Readonly<Record<ParameterType, (text: string) => Value>> = {
  duration(text) {
    if (parseDuration(text) < 0) throw new Error(`"${text}" is less than nothing: write a duration without a sign.`);
    return text;
  },
  integer(text) {
    const value = Number(text);
    if (!/^-?\d{1,15}$/.test(text)) throw new Error(`"${text}" is no whole number.`);
    return value;
  },
  number(text) {
    if (!/^-?\d{1,15}(\.\d{1,10})?$/.test(text)) throw new Error(`"${text}" is no number: write it as 1234.5.`);
    return text;
  },
  date(text) {
    if (!parseDay(text)) throw new Error(`"${text}" is no date: write it as 2026-03-31.`);
    return text;
  },
  text(text) {
    if (text.length > MAX_TEXT || !isCleanText(text))
      throw new Error(`A text of at most ${MAX_TEXT} characters is taken.`);
    return text;
  },
  boolean(text) {
    if (text !== 'true' && text !== 'false') throw new Error('true or false is taken.');
    return text === 'true';
  },
};

/**
 * Puts the values of parameters into a condition: `{"$param": "key"}` stands for a value, `{"$now": {"$minus": "key"}}` for an instant so
 * long ago, `$plus` for one to come. Throws RuleErrors with every key that names no parameter.
 */
export function fillParameters(json: unknown, values: ReadonlyMap<string, Value>): unknown {
  const errors: RuleError[] = [];
  const filled = fill(json, '', { values, errors });
  if (errors.length > 0) throw new RuleErrors(errors);
  return filled;
}

interface Filling {
  readonly values: ReadonlyMap<string, Value>;
  readonly errors: RuleError[];
}

function fill(json: unknown, pointer: string, filling: Filling): unknown {
  if (Array.isArray(json)) return json.map((item: unknown, index) => fill(item, pointerTo(pointer, index), filling));
  if (json === null || typeof json !== 'object') return json;
  const [[key, inner] = ['', undefined], ...more] = Object.entries(json);
  if (more.length === 0 && key === '$param') return valueOf(inner, pointerTo(pointer, key), filling);
  if (more.length === 0 && key === '$now' && inner !== null && typeof inner === 'object')
    return { $now: offsetOf(inner, pointerTo(pointer, key), filling) };
  return Object.fromEntries(
    Object.entries(json).map(([name, part]) => [name, fill(part, pointerTo(pointer, name), filling)]),
  );
}

function offsetOf(json: object, pointer: string, filling: Filling): string {
  const [[key, name] = ['', undefined], ...more] = Object.entries(json);
  if (more.length > 0 || (key !== '$minus' && key !== '$plus')) {
    filling.errors.push({ pointer, message: 'Write {"$minus": "key"} or {"$plus": "key"} of a parameter.' });
    return '0s';
  }
  const value = valueOf(name, pointerTo(pointer, key), filling);
  return `${key === '$minus' ? '-' : ''}${typeof value === 'string' ? value : '0s'}`;
}

function valueOf(name: unknown, pointer: string, { values, errors }: Filling): Value {
  const key = typeof name === 'string' ? name : '';
  const value = values.get(key);
  if (value !== undefined) return value;
  const known = [...values.keys()];
  const guess = didYouMean(key, known) || ' Add it to "parameters", with "type" and "default".';
  errors.push({ pointer, message: `There is no parameter "${key}" to stand here.${guess}` });
  return null;
}
