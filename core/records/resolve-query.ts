import { accessOf } from '../access/access.ts';
import type { Access } from '../access/access.ts';
import { isAlways, isNever } from '../access/combine.ts';
import { all } from '../rules/condition-tools.ts';
import { guardCondition, guardPath } from '../access/guard.ts';
import type { Context } from '../context.ts';
import type { Entity, Model } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import { fold } from '../fields/fold.ts';
import { looksLikePhone, phoneDigits } from '../fields/phone-number.ts';
import { isCleanText } from '../fields/text-checks.ts';
import type { Condition, FieldPath } from '../rules/condition.ts';
import { ALWAYS } from '../rules/condition.ts';
import { resolveField } from '../rules/condition-path.ts';
import { RuleErrors, parseCondition } from '../rules/parse-condition.ts';
import type { MatchTerm, SearchTerms, Selection, SortKey } from '../storage/query.ts';
import { decodeCursor } from './cursor.ts';
import { conditionEnv } from './environment.ts';
import type { Organisation } from './environment.ts';
import { projectionOf } from './projection.ts';
import type { ReadQuery } from './types.ts';

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 1000;
const MAX_SORT_KEYS = 5;

export interface ReadScope {
  readonly model: Model;
  readonly organisation: Organisation;
}

export interface ResolvedQuery {
  readonly selection: Selection;
  /** Rows the caller asked for; the selection fetches one more. */
  readonly limit: number;
  /** The sort as text, part of every cursor. */
  readonly sortText: string;
}

/** Checks every name against the model and the caller's rights, ANDs his row filter, and answers what storage runs as one statement. */
export function resolveQuery(scope: ReadScope, ctx: Context, query: ReadQuery): ResolvedQuery {
  const entity = scope.model.entity(query.entity);
  const access = accessOf(scope.model, ctx.principal);
  if (!access.can(entity.name, 'read')) throw readRefusal(query);
  const limit = checkedLimit(query.limit);
  const sort = sortKeys(access, entity, query.sort ?? ['-id']);
  const sortText = sortTextOf(query);
  const search = query.search === undefined ? undefined : searchTerms(access, entity, query.search);
  const selection: Selection = {
    projection: projectionOf({ model: scope.model, access }, entity, query),
    ...(query.id === undefined ? {} : { id: recordId(query.id) }),
    where: all(callerFilter(access, entity, query.filter), access.rows(entity.name, 'read')),
    ...(search ? { search } : {}),
    ...(query.match ? { match: readableTerms(access, entity, query.match) } : {}),
    sort,
    limit: limit + 1,
    ...(query.after === undefined ? {} : { after: decodeCursor(sortText, query.after, sort.length) }),
    deleted: query.deleted ?? 'no',
    env: conditionEnv(ctx, scope.organisation),
  };
  return { selection, limit, sortText };
}

export function sortTextOf(query: ReadQuery): string {
  return (query.sort ?? ['-id']).join(',');
}

/** As with a search, a field masked on some rows finds nothing. */
function readableTerms(access: Access, entity: Entity, terms: readonly MatchTerm[]): readonly MatchTerm[] {
  return terms.filter(({ field, keys }) => keys.length > 0 && isAlways(access.readable(entity.name, field)));
}

/** For a single record an entity one may not read looks like a record that is not there. */
function readRefusal(query: ReadQuery): CasementError {
  if (query.id !== undefined) return new CasementError('NOT_FOUND', 'There is no such record.');
  return new CasementError('FORBIDDEN', `You may not read ${query.entity}.`);
}

function checkedLimit(limit: number | undefined): number {
  if (limit === undefined) return DEFAULT_LIMIT;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new CasementError('BAD_REQUEST', `"limit" must be a whole number from 1 to ${MAX_LIMIT}.`);
  }
  return limit;
}

/** The caller's own filter, parsed against what he may read and guarded by his rights. BAD_REQUEST names the place. */
export function callerFilter(access: Access, entity: Entity, filter: unknown): Condition {
  if (filter === undefined) return ALWAYS;
  return guardCondition(
    access,
    parsedOrRefused(() => parseCondition(filter, entity.name, access.lookup, { places: true })),
  );
}

/** The id in canonical form. What no record can be called is not there. */
export function recordId(id: string): string {
  if (!UUID.test(id)) throw new CasementError('NOT_FOUND', 'There is no such record.');
  return id.toLowerCase();
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A caller's path such as `customer.city`, guarded. */
export function callerPath(access: Access, entity: Entity, path: string): FieldPath {
  return guardPath(access, readablePath(access, entity, path));
}

function readablePath(access: Access, entity: Entity, path: string): FieldPath {
  try {
    return resolveField(path, entity.name, access.lookup);
  } catch (error) {
    throw new CasementError('BAD_REQUEST', error instanceof Error ? error.message : String(error));
  }
}

function parsedOrRefused<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RuleErrors)) throw error;
    const errors = error.errors.map(({ pointer, message }) => ({ path: `/filter${pointer}`, code: 'filter', message }));
    throw new CasementError('BAD_REQUEST', error.errors[0]?.message ?? 'The filter cannot be understood.', { errors });
  }
}

function sortKeys(access: Access, entity: Entity, sort: readonly string[]): readonly SortKey[] {
  if (sort.length > MAX_SORT_KEYS)
    throw new CasementError('BAD_REQUEST', `At most ${MAX_SORT_KEYS} sort keys are taken.`);
  const keys = sort.map((key) => ({
    path: callerPath(access, entity, key.replace(/^-/, '')),
    descending: key.startsWith('-'),
  }));
  const last = keys.at(-1);
  if (last && last.path.field.key === 'id' && last.path.hops.length === 0) return keys;
  return [...keys, { path: callerPath(access, entity, 'id'), descending: last?.descending ?? true }];
}

/** Words, and the whole input as a phone in the spellings people use; only in fields readable on every row. */
export function searchTerms(access: Access, entity: Entity, text: string): SearchTerms {
  if (text.length > 200) throw new CasementError('BAD_REQUEST', 'A search takes 200 characters at most.');
  if (!isCleanText(text))
    throw new CasementError('BAD_REQUEST', 'The search contains a character that no text can hold.');
  const words = fold(text).split(' ').filter(Boolean).slice(0, 8);
  const fields = [...entity.fields.values()]
    .filter((field) => field.type.searchText && !isNever(access.readable(entity.name, field.key)))
    .filter((field) => access.readable(entity.name, field.key).kind === 'constant')
    .map((field) => field.key);
  return { words, digits: phoneSpellings(text), fields };
}

/** The digits as typed, without 00, and a leading 8 as 7; none of what does not look like a number. */
function phoneSpellings(text: string): readonly string[] {
  if (!looksLikePhone(text)) return [];
  const typed = text.normalize('NFKC').replace(/\D/g, '');
  const digits = phoneDigits(text);
  if (digits.length < 3) return [];
  const spellings = new Set([typed.startsWith('00') ? typed : digits, digits]);
  if (digits.startsWith('8')) spellings.add(`7${digits.slice(1)}`);
  return [...spellings];
}
