import { didYouMean } from '../rules/rule-errors.ts';
import { step } from './definition-errors.ts';
import type { JsonSchema } from '../fields/field-type.ts';

/** How a value is checked against a meta-schema. */
export interface SchemaCheck {
  /** The schema's root, for `$ref: "#/$defs/…"`. */
  readonly root: JsonSchema;
  add(pointer: string, message: string): void;
  /** Compiled patterns by source, kept from one check to the next. */
  readonly patterns?: Map<string, RegExp>;
  /** Values that stand for others, such as `{"$expr": …}`; they pass every schema. */
  isOpen?(value: unknown): boolean;
  /** Called for every value under a schema with `x-names`: the value names a definition of this kind. */
  names?(kind: string, value: unknown, pointer: string): void;
}

interface Place {
  readonly schema: JsonSchema;
  readonly value: unknown;
  readonly pointer: string;
}

type Rule = (place: Place, check: SchemaCheck) => void;

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['$ref', ref],
  ['enum', oneOfValues],
  ['const', constant],
  ['pattern', pattern],
  ['minLength', (place, check) => limit(place, check, lengthOf(place.value), 'minLength')],
  ['maxLength', (place, check) => limit(place, check, lengthOf(place.value), 'maxLength')],
  ['minItems', (place, check) => limit(place, check, itemsOf(place.value), 'minItems')],
  ['maxItems', (place, check) => limit(place, check, itemsOf(place.value), 'maxItems')],
  ['minProperties', (place, check) => limit(place, check, membersOf(place.value), 'minProperties')],
  ['minimum', (place, check) => limit(place, check, numberOf(place.value), 'minimum')],
  ['maximum', (place, check) => limit(place, check, numberOf(place.value), 'maximum')],
  ['uniqueItems', uniqueItems],
  ['items', items],
  ['required', required],
  ['properties', members],
  ['additionalProperties', (place, check) => ('properties' in place.schema ? undefined : members(place, check))],
  ['propertyNames', propertyNames],
  ['if', choice],
  ['oneOf', branch],
  ['anyOf', anyOf],
  ['x-names', (place, check) => check.names?.(String(place.schema['x-names']), place.value, place.pointer)],
]);

/** The keywords understood here. Meta-schemas use no others (a test holds them to it, and compares every verdict with ajv). */
export const KEYWORDS: ReadonlySet<string> = new Set([
  ...RULES.keys(),
  'type',
  'then',
  'else',
  '$schema',
  '$id',
  '$defs',
  'title',
  'description',
  'default',
  'examples',
  'x-says',
]);

/**
 * Checks a definition against a meta-schema and tells every wrong place in words. An interpreter of our own and not ajv,
 * because compiling the meta-schemas costs more than the whole load may take and ajv's messages name no remedy.
 */
export function checkSchema(schema: JsonSchema, value: unknown, check: SchemaCheck): void {
  visit({ schema, value, pointer: '' }, check);
}

function visit(place: Place, check: SchemaCheck): void {
  if (check.isOpen?.(place.value) === true) return;
  if (!hasType(place, check)) return;
  for (const keyword of Object.keys(place.schema)) RULES.get(keyword)?.(place, check);
}

const TYPES: ReadonlyMap<string, { readonly words: string; is(value: unknown): boolean }> = new Map([
  ['string', { words: 'a text', is: (value: unknown) => typeof value === 'string' }],
  ['number', { words: 'a number', is: (value: unknown) => typeof value === 'number' }],
  ['integer', { words: 'a whole number', is: (value: unknown) => Number.isInteger(value) }],
  ['boolean', { words: 'true or false', is: (value: unknown) => typeof value === 'boolean' }],
  ['null', { words: 'null', is: (value: unknown) => value === null }],
  ['array', { words: 'a list', is: (value: unknown) => Array.isArray(value) }],
  ['object', { words: 'an object', is: isObject }],
]);

function hasType({ schema, value, pointer }: Place, check: SchemaCheck): boolean {
  if (schema['type'] === undefined) return true;
  const wanted = listIn(schema, 'type').map((name) => TYPES.get(String(name)));
  if (wanted.some((type) => type?.is(value) === true)) return true;
  check.add(pointer, `Must be ${wanted.map((type) => type?.words ?? 'known').join(' or ')}.`);
  return false;
}

function ref(place: Place, check: SchemaCheck): void {
  const name = String(place.schema['$ref']).replace('#/$defs/', '');
  const target = objectOf(objectOf(check.root['$defs'])[name]);
  visit({ ...place, schema: target }, check);
}

function oneOfValues({ schema, value, pointer }: Place, check: SchemaCheck): void {
  const allowed = listIn(schema, 'enum');
  if (allowed.includes(value)) return;
  const texts = allowed.map(String);
  check.add(pointer, `${quote(value)} is not known here${hint(value, texts)} It may be ${listOf(texts)}.`);
}

function constant({ schema, value, pointer }: Place, check: SchemaCheck): void {
  if (value !== schema['const']) check.add(pointer, `Must be ${quote(schema['const'])}.`);
}

function patternOf(source: string, { patterns }: SchemaCheck): RegExp {
  const known = patterns?.get(source);
  if (known) return known;
  const compiled = new RegExp(source, 'u');
  patterns?.set(source, compiled);
  return compiled;
}

function pattern({ schema, value, pointer }: Place, check: SchemaCheck): void {
  if (typeof value !== 'string' || patternOf(String(schema['pattern']), check).test(value)) return;
  const says = schema['x-says'];
  check.add(pointer, `${quote(value)} ${typeof says === 'string' ? says : `must match ${String(schema['pattern'])}`}.`);
}

const LIMITS = {
  minLength: (limit: number) => (limit === 1 ? 'Must not be empty' : `Must be at least ${limit} characters long`),
  maxLength: (limit: number) => `Must be at most ${limit} characters long`,
  minItems: (limit: number) => `Must hold at least ${limit === 1 ? 'one item' : `${limit} items`}`,
  maxItems: (limit: number) => `Must hold at most ${limit} items`,
  minProperties: (limit: number) => `Must hold at least ${limit === 1 ? 'one key' : `${limit} keys`}`,
  minimum: (limit: number) => `Must be at least ${limit}`,
  maximum: (limit: number) => `Must be at most ${limit}`,
};

function limit(place: Place, check: SchemaCheck, size: number | undefined, name: keyof typeof LIMITS): void {
  const limit = Number(place.schema[name]);
  if (size === undefined || (name.startsWith('min') ? size >= limit : size <= limit)) return;
  check.add(place.pointer, `${LIMITS[name](limit)}.`);
}

function lengthOf(value: unknown): number | undefined {
  return typeof value === 'string' ? Array.from(value).length : undefined;
}

function itemsOf(value: unknown): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}

function membersOf(value: unknown): number | undefined {
  return isObject(value) ? Object.keys(value).length : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function uniqueItems({ value, pointer }: Place, check: SchemaCheck): void {
  if (!Array.isArray(value)) return;
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const text = JSON.stringify(item);
    if (seen.has(text)) check.add(pointer + step(index), `${quote(item)} stands in the list twice.`);
    seen.add(text);
  }
}

function items({ schema, value, pointer }: Place, check: SchemaCheck): void {
  if (!Array.isArray(value)) return;
  for (const [index, item] of value.entries()) {
    visit({ schema: objectOf(schema['items']), value: item, pointer: pointer + step(index) }, check);
  }
}

function required({ schema, value, pointer }: Place, check: SchemaCheck): void {
  if (!isObject(value)) return;
  for (const key of listIn(schema, 'required').map(String)) {
    if (!Object.hasOwn(value, key)) check.add(pointer, `"${key}" is missing.`);
  }
}

function members({ schema, value, pointer }: Place, check: SchemaCheck): void {
  if (!isObject(value)) return;
  const known = objectOf(schema['properties']);
  const rest = schema['additionalProperties'];
  let strangers = 0;
  for (const [key, member] of Object.entries(value)) {
    const below = pointer + step(key);
    if (Object.hasOwn(known, key)) visit({ schema: objectOf(known[key]), value: member, pointer: below }, check);
    else if (isObject(rest)) visit({ schema: rest, value: member, pointer: below }, check);
    else if (rest === false && ++strangers <= MOST_STRANGERS) check.add(below, unknownKey(key, Object.keys(known)));
  }
}

/** Of one object; guessing what each was meant to be takes time, and nobody reads on. */
const MOST_STRANGERS = 20;

function unknownKey(key: string, known: readonly string[]): string {
  if (key === '$ref') return '"$ref" is not taken: write the keywords out here.';
  const close = hint(key, known);
  return close === '.' ? `Unknown key "${key}". Known here: ${known.join(', ')}.` : `Unknown key "${key}"${close}`;
}

function propertyNames({ schema, value, pointer }: Place, check: SchemaCheck): void {
  if (!isObject(value)) return;
  for (const key of Object.keys(value))
    visit({ schema: objectOf(schema['propertyNames']), value: key, pointer: pointer + step(key) }, check);
}

/** `oneOf` whose branches each fix one key by `const`: that key chooses the branch, and only its errors are told. */
function branch({ schema, value, pointer }: Place, check: SchemaCheck): void {
  if (!isObject(value)) return;
  const branches = listIn(schema, 'oneOf').map(objectOf);
  const key = Object.entries(objectOf(branches[0]?.['properties'])).find(([, member]) => isConstant(member))?.[0] ?? '';
  const chosen = branches.find((one) => constantsOf(one, key).includes(value[key]));
  if (chosen) return visit({ schema: chosen, value, pointer }, check);
  const known = branches.flatMap((one) => constantsOf(one, key)).map(String);
  if (value[key] === undefined) return check.add(pointer, `"${key}" is missing. It may be ${listOf(known)}.`);
  return check.add(
    pointer + step(key),
    `${quote(value[key])} is not known here${hint(value[key], known)} It may be ${listOf(known)}.`,
  );
}

/** `if` is only asked; the errors told are those of the branch it leads to. */
function choice({ schema, value, pointer }: Place, check: SchemaCheck): void {
  let holds = true;
  visit({ schema: objectOf(schema['if']), value, pointer }, { root: check.root, add: () => (holds = false) });
  const next = objectOf(schema[holds ? 'then' : 'else']);
  visit({ schema: next, value, pointer }, check);
}

/** `anyOf`: the first branch without errors counts, else the errors of the one that comes closest are told. */
function anyOf({ schema, value, pointer }: Place, check: SchemaCheck): void {
  const tries = listIn(schema, 'anyOf').map((one) => {
    const errors: (readonly [string, string])[] = [];
    const branch = objectOf(one);
    visit(
      { schema: branch, value, pointer },
      { root: check.root, add: (...error) => errors.push(error), isOpen: (inner) => check.isOpen?.(inner) === true },
    );
    return { branch, errors, fits: errors.every(([at]) => at !== pointer) };
  });
  const closest = tries.find(({ errors }) => errors.length === 0) ?? tries.find(({ fits }) => fits) ?? tries[0];
  if (closest) visit({ schema: closest.branch, value, pointer }, check);
}

function isConstant(schema: unknown): boolean {
  const member = objectOf(schema);
  return member['const'] !== undefined || member['enum'] !== undefined;
}

function constantsOf(schema: JsonSchema, key: string): readonly unknown[] {
  const member = objectOf(objectOf(schema['properties'])[key]);
  return member['enum'] === undefined ? [member['const']] : listIn(member, 'enum');
}

/** A keyword's list; one value counts as a list of one. */
function listIn(schema: JsonSchema, keyword: string): readonly unknown[] {
  const value = schema[keyword];
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** True for a plain JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as an object; an empty one when it is none. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

/** The end of a sentence about an unknown name: a full stop and, when a known one is near, `Did you mean "x"?`. */
export function hint(value: unknown, known: Iterable<string>): string {
  return `.${typeof value === 'string' ? didYouMean(value, known) : ''}`;
}

/** A value as it stands in a message. */
export function quote(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
}

/** `"a", "b" or "c"`. */
export function listOf(texts: readonly string[]): string {
  const quoted = texts.map(quote);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}
