import { builtInActions } from '../../definitions/built-in-actions.ts';
import { CasementError } from '../../errors.ts';
import type { JsonSchema, Value } from '../../fields/field-type.ts';
import type { StepContext, StepInput } from '../action-type.ts';
import { idOf } from '../people.ts';

/** Reading a step's worked-out values. What is wrong is said with the step's name; the run adds the rule's. */

export interface Target {
  readonly entity: string;
  readonly id: string;
}

/** What a built-in action takes: the same schema that definitions are checked against at boot. */
export function inputOf(action: string): JsonSchema {
  return builtInActions().get(action) ?? {};
}

export function textIn(input: StepInput, name: string): string | null {
  const value = input[name];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

export function requiredText(input: StepInput, name: string): string {
  const text = textIn(input, name);
  if (text === null) throw invalid(name, `"${name}" is empty.`);
  return text;
}

export function objectIn(input: StepInput, name: string): Readonly<Record<string, unknown>> {
  const value = input[name];
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid(name, `"${name}" takes an object.`);
  return value as Readonly<Record<string, unknown>>;
}

/** The record a step works on: the one it names by `entity` and `id`, else the rule's. */
export function targetOf({ input, subject }: StepContext): Target {
  const other = textIn(input, 'entity');
  if (input['id'] === undefined && subject && (other === null || other === subject.entity)) return subject;
  const entity = other ?? subject?.entity;
  const named = idOf(input['id']);
  if (named === null || entity === undefined)
    throw invalid('id', `There is no ${entity ?? 'record'} to work on: "id" is empty.`);
  return { entity, id: named };
}

/** The record something is about: `{entity, id}` as given, else the rule's; null where there is neither. */
export function aboutOf({ input, subject }: StepContext): Target | null {
  const about = input['about'];
  if (about === undefined) return subject;
  const { entity: kind } = (typeof about === 'object' && about !== null ? about : {}) as { entity?: unknown };
  const named = idOf(about);
  const entity = typeof kind === 'string' ? kind : subject?.entity;
  if (named === null || entity === undefined) throw invalid('about', '"about" names no record.');
  return { entity, id: named };
}

export function requiredAbout(step: StepContext): Target {
  const about = aboutOf(step);
  if (about === null) throw invalid('about', '"about" names no record.');
  return about;
}

export function invalid(name: string, message: string): CasementError {
  return new CasementError('VALIDATION', message, { errors: [{ path: `/${name}`, code: 'invalid', message }] });
}

/** What later steps see of a written record. */
export function resultOf(entity: string, id: Value | undefined): Value {
  return { entity, id: id ?? null };
}
