import { isNever } from '../access/combine.ts';
import type { Field } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import { FieldError } from '../fields/field-type.ts';
import type { ParseEnv, RecordData, Value } from '../fields/field-type.ts';
import { parseDuration } from '../rules/duration.ts';
import { didYouMean } from '../rules/parse-condition.ts';
import { canonicalJson } from '../definitions/canonical-json.ts';
import { dayOf, parseEnv } from './environment.ts';
import type { WriteScope } from './write-scope.ts';

/** What the caller wants, in canonical form, beside every reason why a part of it cannot be. */
export interface Draft {
  readonly values: Record<string, Value>;
  readonly errors: ErrorDetail[];
  /** Fields the caller himself named; the rest are defaults and what the write settles by itself. */
  readonly given: readonly string[];
}

export interface DraftSource {
  readonly input: Readonly<Record<string, unknown>>;
  /** The record as it is; null for a new one. */
  readonly current: RecordData | null;
  /** Values settled by the write itself, such as the parent of a child made inside it: no question of rights. */
  readonly fixed?: RecordData;
}

/** Input → canonical values. Throws FIELD_FORBIDDEN for a field the caller may read but not set; everything else is collected. */
export function draftOf(scope: WriteScope, { input, current, fixed = {} }: DraftSource): Draft {
  const draft: Draft = { values: { ...fixed }, errors: [], given: Object.keys(input) };
  const env = parseEnv(scope.organisation, { ...current, ...input });
  refuseForbidden(scope, input, current === null ? 'create' : 'update');
  for (const [key, raw] of Object.entries(input)) {
    const field = visibleField(scope, key);
    const refusal = field ? settable(field, scope, key in fixed) : unknownField(scope, key);
    if (refusal) draft.errors.push(refusal);
    else parseInto(draft, field!, { raw, current, env });
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

function refuseForbidden(
  scope: WriteScope,
  input: Readonly<Record<string, unknown>>,
  action: 'create' | 'update',
): void {
  const keys = Object.keys(input).filter(
    (key) => visibleField(scope, key) && isNever(scope.access.settable(scope.entity.name, key, action)),
  );
  if (keys.length > 0) throw fieldForbidden(keys);
}

export function fieldForbidden(keys: readonly string[]): CasementError {
  const errors = keys.map((key) => ({
    path: pointer(key),
    code: 'forbidden',
    message: `You may not set "${key}".`,
  }));
  return new CasementError('FIELD_FORBIDDEN', errors[0]?.message ?? 'You may not set this.', { errors });
}

function settable(field: Field, scope: WriteScope, isFixed: boolean): ErrorDetail | null {
  const path = pointer(field.key);
  if (isFixed) return { path, code: 'readOnly', message: `"${field.key}" is the record this one is made in.` };
  if (!isSetBySystem(field)) return null;
  if (scope.ctx.principal.kind === 'system' && !field.system && !field.computed && !field.rollup) return null;
  return { path, code: 'readOnly', message: `"${field.key}" is set by the system and cannot be given.` };
}

/** Nobody can give it, whatever his rights: system fields but for the stage, computed ones, rollups, numbers. */
export function isSetBySystem(field: Field): boolean {
  return field.readOnly || (field.system && field.key !== 'stage' && field.key !== 'pipeline');
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
  /** The record a patch changes; null when the value stands for itself. */
  readonly current: RecordData | null;
  readonly env: ParseEnv;
}

function parseInto(draft: Draft, field: Field, of: RawValue): void {
  const before = of.current?.[field.key] ?? null;
  const raw = of.current ? merged(before, of.raw) : of.raw;
  const typed = hasTyped(field) ? `${field.key}:typed` : undefined;
  if (typed !== undefined) draft.values[typed] = null;
  if (raw === null || raw === undefined || raw === '') {
    draft.values[field.key] = field.reference?.many ? [] : null;
    return;
  }
  try {
    draft.values[field.key] = field.type.parse(raw, field, of.env);
    // Who sends back what he has read has typed nothing anew.
    const isSame = typed !== undefined && canonicalJson(raw) === canonicalJson(before);
    Object.assign(
      draft.values,
      isSame ? { [typed]: of.current?.[typed] ?? null } : field.type.companions?.(raw, field, of.env),
    );
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    draft.errors.push({ path: pointer(field.key), code: error.code, message: error.message, params: error.params });
  }
}

/** Whether the spelling as typed stays beside the value. */
export function hasTyped(field: Field): boolean {
  return field.type.columns(field).some((column) => column.suffix === '_t');
}

/** JSON Merge Patch (RFC 7396) inside a value: objects merge, null removes, everything else replaces. */
function merged(current: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(current) ? { ...current } : {};
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

/** `"$me"`, `{"$now": "2h"}` and `{"$date": "14d"}` are of the moment; everything else is itself. */
function defaultValue(scope: WriteScope, value: Value): Value {
  const now = scope.ctx.clock.now();
  if (value === '$me') return scope.ctx.principal.id;
  if (isObject(value) && '$now' in value) return new Date(now + offsetOf(value['$now'])).toISOString();
  if (isObject(value) && '$date' in value) return dayOf(now, scope.organisation.zone, offsetOf(value['$date']));
  return value;
}

function offsetOf(offset: unknown): number {
  return typeof offset === 'string' ? parseDuration(offset) : 0;
}
