import { ALWAYS, type Condition } from '../rules/condition.ts';
import { parseCondition } from '../rules/parse-condition.ts';
import { RuleErrors } from '../rules/rule-errors.ts';
import { hint } from './check-schema.ts';
import type { ErrorSink } from './definition-errors.ts';
import type { SlowChecks } from './slow-checks.ts';
import type { CheckedDocuments } from './validate-documents.ts';
import type { Kind } from './documents.ts';
import type { Entity, Field } from './model.ts';
import type { FieldType } from '../fields/field-type.ts';
import type { FieldLookup, ListPath } from '../rules/condition.ts';

/** While it is being put together; frozen at the end. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

export interface EntityDraft extends Draft<Entity> {
  fields: Map<string, Draft<Field>>;
  lists: Map<string, ListPath>;
  pipelines: string[];
}

/** What every step of linking works on. */
export interface Linking {
  readonly fieldTypes: ReadonlyMap<string, FieldType>;
  readonly errors: ErrorSink;
  readonly documents: CheckedDocuments;
  readonly entities: ReadonlyMap<string, EntityDraft>;
  readonly lookup: FieldLookup;
  readonly slow: SlowChecks;
  /** Every translatable key with the definition's own text; filled as definitions are linked. */
  readonly texts: Map<string, string>;
}

/** A place in a file, for errors. */
export interface At {
  readonly file: string;
  readonly pointer: string;
}

/** The place below `at`. */
export function below(at: At, pointer: string): At {
  return { file: at.file, pointer: at.pointer + pointer };
}

/** What the condition and expression languages ask of the entities. */
export function createLookup(entities: ReadonlyMap<string, EntityDraft>): FieldLookup {
  return {
    field: (entity, key) => entities.get(entity)?.fields.get(key),
    list: (entity, key) => entities.get(entity)?.lists.get(key) ?? linkOf(entities.get(entity)?.fields.get(key)),
    keys: (entity) => [...(entities.get(entity)?.fields.keys() ?? []), ...(entities.get(entity)?.lists.keys() ?? [])],
  };
}

function linkOf(field: Field | undefined): ListPath | undefined {
  const target = field?.reference?.to[0];
  if (!field?.reference?.many || target === undefined) return undefined;
  return { key: field.key, entity: target, field, link: true };
}

/** The names of a kind that some file claims. */
export function namesOf(linking: Linking, kind: Kind): ReadonlySet<string> {
  return linking.documents.names.get(kind) ?? new Set();
}

/** True when a definition of this kind and name exists; else tells so at the place. */
export function checkNamed(linking: Linking, kind: Kind, name: string, at: At): boolean {
  const names = namesOf(linking, kind);
  if (names.has(name)) return true;
  linking.errors.add(at.file, at.pointer, `There is no ${kind} "${name}"${hint(name, names)}`);
  return false;
}

/** The entity of this name; undefined, and told at the place, when there is none. */
export function findEntity(linking: Linking, name: string, at: At): EntityDraft | undefined {
  const entity = linking.entities.get(name);
  if (!entity) checkNamed(linking, 'entity', name, at);
  return entity;
}

/** The entity's field; undefined, and told at the place, when there is none. */
export function findField(linking: Linking, entity: EntityDraft, key: string, at: At): Draft<Field> | undefined {
  const field = entity.fields.get(key);
  if (!field)
    linking.errors.add(at.file, at.pointer, `${entity.name} has no field "${key}"${hint(key, entity.fields.keys())}`);
  return field;
}

/** Runs a parser of rules; its errors land below the place, and the answer is then undefined. */
export function attempt<T>(linking: Linking, at: At, parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RuleErrors)) throw error;
    for (const one of error.errors) linking.errors.add(at.file, at.pointer + one.pointer, one.message);
    return undefined;
  }
}

/** The condition; always, when absent or wrong (the error is told). */
export function conditionOf(linking: Linking, entity: EntityDraft, { json, at }: { json: unknown; at: At }): Condition {
  return attempt(linking, at, () => parseCondition(json, entity.name, linking.lookup)) ?? ALWAYS;
}
