import { isNever } from '../access/combine.ts';
import type { Field } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import { FieldError } from '../fields/field-type.ts';
import type { ParseEnv, RecordData, Value } from '../fields/field-type.ts';
import { didYouMean } from '../rules/parse-condition.ts';
import { parseEnv } from './environment.ts';
import type { WriteScope } from './write-scope.ts';

/** What the caller wants, in canonical form, beside every reason why a part of it cannot be. */
export interface Draft {
  readonly values: Record<string, Value>;
  readonly errors: ErrorDetail[];
}

/** Input → canonical values. Throws FIELD_FORBIDDEN for a field the caller may read but not set; everything else is collected. */
export function draftOf(
  scope: WriteScope,
  input: Readonly<Record<string, unknown>>,
  current: RecordData | null,
): Draft {
  const draft: Draft = { values: {}, errors: [] };
  const env = parseEnv(scope.organisation, { ...current, ...input });
  refuseForbidden(scope, input);
  for (const [key, raw] of Object.entries(input)) {
    const field = visibleField(scope, key);
    const refusal = field ? settable(field, scope) : unknownField(scope, key);
    if (refusal) draft.errors.push(refusal);
    else parseInto(draft, field!, { raw, current: current?.[key] ?? null, env });
  }
  return draft;
}

function visibleField(scope: WriteScope, key: string): Field | undefined {
  const field = scope.entity.fields.get(key);
  if (!field) return undefined;
  const hidden =
    isNever(scope.access.readable(scope.entity.name, key)) && !scope.access.writable(scope.entity.name, key);
  return hidden ? undefined : field;
}

function refuseForbidden(scope: WriteScope, input: Readonly<Record<string, unknown>>): void {
  const errors = Object.keys(input)
    .filter((key) => visibleField(scope, key) && !scope.access.writable(scope.entity.name, key))
    .map((key) => ({ path: `/${key}`, code: 'forbidden', message: `You may not set "${key}".` }));
  if (errors.length > 0) throw new CasementError('FIELD_FORBIDDEN', errors[0]!.message, { errors });
}

function settable(field: Field, scope: WriteScope): ErrorDetail | null {
  if (!field.readOnly && !(field.system && field.key !== 'stage' && field.key !== 'pipeline')) return null;
  if (scope.ctx.principal.kind === 'system' && !field.system && !field.computed && !field.rollup) return null;
  return {
    path: `/${field.key}`,
    code: 'readOnly',
    message: `"${field.key}" is set by the system and cannot be given.`,
  };
}

function unknownField(scope: WriteScope, key: string): ErrorDetail {
  const hint = didYouMean(key, scope.access.lookup.keys(scope.entity.name));
  const message = `${scope.entity.title} has no field "${key}".${hint}`;
  return { path: pointer(key), code: 'unknown', message };
}

/** A key as a JSON Pointer (RFC 6901). */
export function pointer(key: string): string {
  return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

interface RawValue {
  readonly raw: unknown;
  readonly current: Value;
  readonly env: ParseEnv;
}

function parseInto(draft: Draft, field: Field, of: RawValue): void {
  const raw = merged(of.current, of.raw);
  for (const column of field.type.columns(field)) {
    if (column.suffix === '_t') draft.values[`${field.key}:typed`] = null;
  }
  if (raw === null || raw === undefined || raw === '') {
    draft.values[field.key] = field.reference?.many ? [] : null;
    return;
  }
  try {
    draft.values[field.key] = field.type.parse(raw, field, of.env);
    Object.assign(draft.values, field.type.companions?.(raw, field, of.env));
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    draft.errors.push({ path: pointer(field.key), code: error.code, message: error.message, params: error.params });
  }
}

/** JSON Merge Patch (RFC 7396) inside a value: objects merge, null removes, everything else replaces. */
function merged(current: unknown, patch: unknown): unknown {
  if (!isObject(patch) || !isObject(current)) return patch;
  const result: Record<string, unknown> = { ...current };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Values nobody gave: defaults of the definition, and the caller as owner of what he makes himself. */
export function withDefaults(scope: WriteScope, draft: Draft): void {
  const env = parseEnv(scope.organisation, draft.values);
  for (const field of scope.entity.fields.values()) {
    if (field.key in draft.values || field.default === undefined) continue;
    const raw = defaultValue(scope, field.default);
    if (raw !== null) parseInto(draft, field, { raw, current: null, env });
  }
  const { owner } = scope.entity;
  const { principal } = scope.ctx;
  if (owner !== undefined && !(owner in draft.values) && principal.kind === 'user') draft.values[owner] = principal.id;
}

/** `"$me"`, `{"$now": "0s"}` and `{"$date": "0d"}` are of the moment; everything else is itself. */
function defaultValue(scope: WriteScope, value: Value): Value {
  if (value === '$me') return scope.ctx.principal.id;
  if (isObject(value) && '$now' in value) return new Date(scope.ctx.clock.now()).toISOString();
  if (isObject(value) && '$date' in value) return today(scope);
  return value;
}

function today(scope: WriteScope): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: scope.organisation.zone, dateStyle: 'short' });
  return parts.format(new Date(scope.ctx.clock.now()));
}
