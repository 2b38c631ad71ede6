import { convertValue } from '../../fields/convert.ts';
import type { ConvertEnv } from '../../fields/convert.ts';
import { FieldError } from '../../fields/field-type.ts';
import type { FieldSpec, RecordData, Value } from '../../fields/field-type.ts';
import { EVERY_OTHER } from './answers.ts';
import type { FieldWork } from './step.ts';

export interface WorkedValue {
  readonly value: Value;
  /** Companions such as `phone:typed`. */
  readonly companions: RecordData;
  readonly isLossy: boolean;
}

/**
 * A stored value as it will be: carried into the new type, replaced, cut or filled as the operator said. The same function counts for the plan
 * and rewrites for apply. Throws FieldError for a value that has no place in the field and no answer.
 */
export function workedValue(before: Value, of: { field: FieldSpec; work: FieldWork; env: ConvertEnv }): WorkedValue {
  const { field, work, env } = of;
  const worked = isEmpty(before) ? plain(emptyOf(field)) : changed(before, of);
  if (!isEmpty(worked.value) || work.fill === undefined) return worked;
  return plain(typed(work.fill, field, env));
}

export function isEmpty(value: Value): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

/** What stands for a value in an option of the command line. */
export function textOfValue(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function changed(before: Value, of: { field: FieldSpec; work: FieldWork; env: ConvertEnv }): WorkedValue {
  const { field, work, env } = of;
  const replacement = work.replace?.[textOfValue(before)];
  if (replacement !== undefined) return plain(replaced(replacement, field, env));
  const value = itemsReplaced(before, work);
  try {
    return carried(value, of);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    const cut = work.truncate && error.code === 'maxLength' ? cutText(value, error) : undefined;
    if (cut !== undefined) return { ...carried(cut, of), isLossy: true };
    const other = work.replace?.[EVERY_OTHER];
    if (other === undefined) throw error;
    return { ...plain(replaced(other, field, env)), isLossy: true };
  }
}

function carried(value: Value, of: { field: FieldSpec; work: FieldWork; env: ConvertEnv }): WorkedValue {
  const { field, work, env } = of;
  if (!work.old) return plain(isEmpty(value) ? emptyOf(field) : field.type.parse(value, field, env));
  const { to, file = false } = work.old;
  const converted = convertValue(value, { from: { isFile: file, ...(to ? { to } : {}) }, field, env });
  return { ...converted, companions: companionsOf(value, field, env) };
}

function companionsOf(value: Value, field: FieldSpec, env: ConvertEnv): RecordData {
  if (!field.type.companions) return {};
  return field.type.companions(typeof value === 'string' ? value : textOfValue(value), field, env);
}

/** Of several options each by itself; one replaced by nothing goes. */
function itemsReplaced(value: Value, { replace }: FieldWork): Value {
  if (!Array.isArray(value) || !replace) return value;
  return value.flatMap((item: Value) => {
    const fresh = replace[textOfValue(item)];
    return fresh === undefined ? [item] : fresh === '' ? [] : [fresh];
  });
}

function cutText(value: Value, { params }: FieldError): Value | undefined {
  const { limit } = params;
  if (Array.isArray(value) || typeof limit !== 'number') return undefined;
  return [...textOfValue(value)].slice(0, limit).join('').trimEnd();
}

function replaced(text: string, field: FieldSpec, env: ConvertEnv): Value {
  return text === '' ? emptyOf(field) : typed(text, field, env);
}

/** A value as an operator types it: text for most, JSON where the type takes no text, one of a list by itself. */
export function typed(text: string, field: FieldSpec, env: ConvertEnv): Value {
  let refusal: unknown;
  for (const value of [text, jsonOf(text), [text]]) {
    if (value === undefined) continue;
    try {
      return field.type.parse(value, field, env);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function emptyOf(field: FieldSpec): Value {
  return field.reference?.many ? [] : null;
}

function plain(value: Value): WorkedValue {
  return { value, companions: {}, isLossy: false };
}
