import { CasementError } from '../errors.ts';
import { EXPORT_FORMATS } from '../exports/create-exports.ts';
import type { ExportQuery } from '../exports/create-exports.ts';
import type { AggregateQuery, ReadQuery } from '../records/types.ts';
import { didYouMean } from '../rules/parse-condition.ts';
import { isRefusedKey, parseJson } from './scan-json.ts';

const MAX_LIMIT = 1000;
const DEFAULT_LIMIT = 50;
const MAX_PARAMETERS = 100;
const MAX_NAMES = 200;

export type QueryParameters = ReadonlyMap<string, string>;

/** The query string as a map. BAD_REQUEST for a repeated or refused name and for a broken %-escape. */
export function parseQueryString(url: string): QueryParameters {
  const from = url.indexOf('?');
  const parameters = new Map<string, string>();
  for (const part of from < 0 ? [] : url.slice(from + 1).split('&')) {
    if (part === '') continue;
    const [name, value] = splitPair(part);
    if (name.split(/[[\].]/).some(isRefusedKey)) throw bad(`The parameter "${name}" is not known.`);
    if (parameters.has(name)) throw bad(`The parameter "${name}" stands twice. Give it once.`);
    if (parameters.size >= MAX_PARAMETERS) throw bad(`More than ${MAX_PARAMETERS} parameters are not taken.`);
    parameters.set(name, value);
  }
  return parameters;
}

function splitPair(part: string): [string, string] {
  const at = part.indexOf('=');
  const decode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));
  try {
    return at < 0 ? [decode(part), ''] : [decode(part.slice(0, at)), decode(part.slice(at + 1))];
  } catch (error) {
    throw new CasementError('BAD_REQUEST', 'The query string has a broken %-escape.', { cause: error });
  }
}

/** BAD_REQUEST for a name that is not among the known ones; `filter` also allows `filter[…]`. */
export function refuseUnknown(parameters: QueryParameters, known: readonly string[]): void {
  for (const name of parameters.keys()) {
    const root = known.includes('filter') && name.startsWith('filter[') ? 'filter' : name;
    if (known.includes(root)) continue;
    throw bad(`The parameter "${name}" is not known here.${didYouMean(name, known)}`);
  }
}

/** The parameters of a list. Names of fields are checked by the read itself. */
export function parseListQuery(entity: string, parameters: QueryParameters): ReadQuery {
  refuseUnknown(parameters, ['filter', 'sort', 'limit', 'after', 'fields', 'expand', 'search', 'count', 'deleted']);
  const count = oneOf(parameters, 'count', ['exact'] as const);
  const filter = parseFilter(parameters);
  return {
    entity,
    limit: parseLimit(parameters),
    ...parseShape(parameters),
    ...defined('filter', filter),
    ...defined('sort', list(parameters, 'sort')),
    ...defined('after', nonEmpty(parameters, 'after')),
    ...defined('search', nonEmpty(parameters, 'search')),
    ...defined('count', count),
  };
}

/** The parameters of an export. */
export function parseExportQuery(entity: string, parameters: QueryParameters): ExportQuery {
  refuseUnknown(parameters, ['format', 'filter', 'sort', 'fields', 'search', 'raw']);
  const raw = oneOf(parameters, 'raw', ['true', 'false'] as const);
  return {
    entity,
    format: oneOf(parameters, 'format', EXPORT_FORMATS) ?? 'csv',
    ...defined('filter', parseFilter(parameters)),
    ...defined('sort', list(parameters, 'sort')),
    ...defined('fields', list(parameters, 'fields')),
    ...defined('search', nonEmpty(parameters, 'search')),
    ...(raw === 'true' ? { raw: true } : {}),
  };
}

/** The parameters of one record: `fields`, `expand`, `deleted`. */
export function parseRecordQuery(parameters: QueryParameters): Pick<ReadQuery, 'fields' | 'expand' | 'deleted'> {
  refuseUnknown(parameters, ['fields', 'expand', 'deleted']);
  return parseShape(parameters);
}

export function parseAggregateQuery(entity: string, parameters: QueryParameters): AggregateQuery {
  refuseUnknown(parameters, ['filter', 'group', 'measures']);
  return {
    entity,
    group: list(parameters, 'group') ?? [],
    measures: list(parameters, 'measures') ?? ['count'],
    ...defined('filter', parseFilter(parameters)),
  };
}

export function parseChangesQuery(parameters: QueryParameters): { limit: number; after?: string; timeline?: boolean } {
  refuseUnknown(parameters, ['limit', 'after', 'timeline']);
  const timeline = oneOf(parameters, 'timeline', ['true', 'false'] as const);
  return {
    limit: parseLimit(parameters),
    ...defined('after', nonEmpty(parameters, 'after')),
    ...(timeline === undefined ? {} : { timeline: timeline === 'true' }),
  };
}

export function parseLimit(parameters: QueryParameters, fallback = DEFAULT_LIMIT): number {
  const text = parameters.get('limit');
  if (text === undefined) return fallback;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (!(limit >= 1 && limit <= MAX_LIMIT)) throw bad(`"limit" must be a whole number from 1 to ${MAX_LIMIT}.`);
  return limit;
}

export function oneOf<T extends string>(
  parameters: QueryParameters,
  name: string,
  values: readonly T[],
): T | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  const value = values.find((candidate) => candidate === text);
  if (value === undefined) throw bad(`"${name}" must be ${values.map((known) => `"${known}"`).join(' or ')}.`);
  return value;
}

function parseShape(parameters: QueryParameters): Pick<ReadQuery, 'fields' | 'expand' | 'deleted'> {
  return {
    ...defined('fields', list(parameters, 'fields')),
    ...defined('expand', list(parameters, 'expand')),
    ...defined('deleted', oneOf(parameters, 'deleted', ['only', 'with'] as const)),
  };
}

/** `filter={json}` and `filter[total][gte]=1000` may stand together; both must hold. */
function parseFilter(parameters: QueryParameters): unknown {
  const conditions: unknown[] = [];
  const json = parameters.get('filter');
  if (json !== undefined) conditions.push(parseJson(json, '"filter"'));
  for (const [name, value] of parameters) {
    if (name.startsWith('filter[')) conditions.push(bracketCondition(name, value));
  }
  return conditions.length > 1 ? { all: conditions } : conditions[0];
}

/** `filter[customer.city]=Riga`, `filter[total][gte]=1000`, `filter[stage][in]=won,lost`. Values stay texts; the field's type reads them. */
function bracketCondition(name: string, value: string): unknown {
  const match = /^filter\[([^[\]]+)\](?:\[([^[\]]+)\])?$/.exec(name);
  const [, path, operator] = match ?? [];
  if (path === undefined)
    throw bad(`"${name}" must look like filter[field]=… or filter[field][operator]=…; use filter={…} for more.`);
  if (operator === undefined) return { [path]: value };
  return { [path]: { [operator]: bracketOperand(operator, value) } };
}

function bracketOperand(operator: string, value: string): unknown {
  if (operator === 'in' || operator === 'nin') return value.split(',');
  if (operator === 'empty') {
    if (value !== 'true' && value !== 'false') throw bad('"empty" must be "true" or "false".');
    return value === 'true';
  }
  return value;
}

function list(parameters: QueryParameters, name: string): readonly string[] | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  const items = text.split(',').map((item) => item.trim());
  if (items.length > MAX_NAMES) throw bad(`"${name}" holds more than ${MAX_NAMES} names.`);
  if (items.some((item) => item === '')) throw bad(`"${name}" must be names with commas between them.`);
  return items;
}

function nonEmpty(parameters: QueryParameters, name: string): string | undefined {
  const text = parameters.get(name);
  return text === undefined || text === '' ? undefined : text;
}

function defined<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}

function bad(message: string): CasementError {
  return new CasementError('BAD_REQUEST', message);
}
