import { compileExpression } from './compile-expression.ts';
import type { FieldLookup } from './condition.ts';
import { parseDuration } from './duration.ts';
import { isJsonObject } from './json-object.ts';
import { didYouMean, pointerTo, RuleErrors } from './rule-errors.ts';
import type { RuleError } from './rule-errors.ts';
import type { ValueTemplate } from './value.ts';

export interface ValueOptions {
  /** What `$expr` and `{{…}}` may name: `record`, `before`, `form`, `steps`, `now`. */
  readonly names: readonly string[];
  /** Entities behind those names, so that members are checked at boot and amounts are exact: `{record: 'deal'}`. */
  readonly entities?: Readonly<Record<string, string>>;
  readonly lookup?: FieldLookup;
  /** What is wrong with a Handlebars text, in a sentence; undefined when nothing is. */
  text?(source: string): string | undefined;
  /** Names of calendars; any name is taken when absent. */
  readonly calendars?: readonly string[];
  /** Keys that `$ref` may name; any key is taken when absent. */
  readonly refs?: readonly string[];
}

interface Parse {
  readonly options: ValueOptions;
  readonly errors: RuleError[];
}

const KEYWORDS = ['$expr', '$workingTime', '$after', '$date', '$ref'] as const;
const MAX_DEPTH = 20;

/**
 * A value of an automation, form or seed from its JSON (see `value.ts`). Texts hold `{{…}}` or are themselves; anything
 * without a keyword is a literal. Throws RuleErrors with every wrong place, pointers relative to the value.
 */
export function parseValue(json: unknown, options: ValueOptions): ValueTemplate {
  const parse: Parse = { options, errors: [] };
  const template = parseNode(json, '', parse);
  if (parse.errors.length > 0) throw new RuleErrors(parse.errors);
  return template;
}

function parseNode(json: unknown, pointer: string, parse: Parse): ValueTemplate {
  if (typeof json === 'string') return parseText(json, pointer, parse);
  if (!isJsonObject(json) && !Array.isArray(json)) return { kind: 'literal', value: json };
  if (pointer.split('/').length > MAX_DEPTH) {
    parse.errors.push({ pointer, message: `A value may be at most ${MAX_DEPTH} levels deep.` });
    return { kind: 'literal', value: null };
  }
  if (Array.isArray(json)) {
    const items = json.map((item: unknown, i) => parseNode(item, pointerTo(pointer, i), parse));
    return items.every(isLiteral) ? { kind: 'literal', value: json } : { kind: 'list', items };
  }
  const keyword = Object.keys(json).find((key) => key.startsWith('$'));
  if (keyword !== undefined) return parseKeyword(keyword, json, { pointer, parse });
  const members = Object.entries(json).map(
    ([key, item]) => [key, parseNode(item, pointerTo(pointer, key), parse)] as const,
  );
  return members.every(([, item]) => isLiteral(item))
    ? { kind: 'literal', value: json }
    : { kind: 'object', members: Object.fromEntries(members) };
}

function isLiteral(template: ValueTemplate): boolean {
  return template.kind === 'literal';
}

function parseText(source: string, pointer: string, { options, errors }: Parse): ValueTemplate {
  if (!source.includes('{{')) return { kind: 'literal', value: source };
  const problem = options.text?.(source);
  if (problem !== undefined) errors.push({ pointer, message: problem });
  return { kind: 'text', source };
}

interface Place {
  readonly pointer: string;
  readonly parse: Parse;
}

function parseKeyword(keyword: string, json: Readonly<Record<string, unknown>>, place: Place): ValueTemplate {
  const { pointer, parse } = place;
  const nothing: ValueTemplate = { kind: 'literal', value: null };
  const fail = (message: string, key = keyword): ValueTemplate => {
    parse.errors.push({ pointer: pointerTo(pointer, key), message });
    return nothing;
  };
  if (!KEYWORDS.some((known) => known === keyword)) {
    return fail(`There is no "${keyword}".${didYouMean(keyword, KEYWORDS) || ` Here are ${KEYWORDS.join(', ')}.`}`);
  }
  const value = json[keyword];
  if (typeof value !== 'string') return fail(`"${keyword}" takes a text.`);
  const extra = Object.keys(json).find((key) => key !== keyword && !(keyword === '$workingTime' && key === 'calendar'));
  if (extra !== undefined) return fail(`"${extra}" cannot stand beside "${keyword}".`, extra);
  try {
    return readKeyword(keyword, value, { json, options: parse.options });
  } catch (error) {
    if (error instanceof RuleErrors) return fail(error.errors.map(({ message }) => message).join(' '));
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function readKeyword(
  keyword: string,
  value: string,
  { json, options }: { json: Readonly<Record<string, unknown>>; options: ValueOptions },
): ValueTemplate {
  switch (keyword) {
    case '$expr':
      return { kind: 'expression', expression: compileExpression(value, { ...options, kind: 'scope' }) };
    case '$workingTime': {
      const duration = parseDuration(value);
      if (duration < 0) throw new Error('Working time cannot be negative.');
      const calendar = json['calendar'];
      if (calendar === undefined) return { kind: 'workingTime', duration };
      return { kind: 'workingTime', duration, calendar: oneOf(calendar, options.calendars, 'calendar') };
    }
    case '$after':
      return { kind: 'after', duration: parseDuration(value) };
    case '$date':
      return { kind: 'date', duration: parseDuration(value) };
    default:
      return { kind: 'ref', key: oneOf(value, options.refs, 'record with the key') };
  }
}

function oneOf(value: unknown, known: readonly string[] | undefined, noun: string): string {
  if (typeof value === 'string' && (known?.includes(value) ?? true)) return value;
  throw new Error(`There is no ${noun} "${String(value)}".${didYouMean(String(value), known ?? [])}`);
}
