import type { Entity, Field } from './model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';

type Problem = ReturnType<Entity['validate']>[number];

/**
 * The whole-record check: required fields, and fields that others require. Types, lengths and ranges are refused by each field's own `parse`
 * before, references and uniqueness by the write.
 */
export function createValidator(
  fields: ReadonlyMap<string, Field>,
  dependent: Readonly<Record<string, readonly string[]>>,
): Entity['validate'] {
  const required = [...fields.values()].filter((field) => field.required && !field.system).map((field) => field.key);
  const pairs = Object.entries(dependent).flatMap(([key, needed]) => needed.map((other) => [key, other] as const));
  return (record) => {
    const missing = required.filter((key) => isEmpty(record, key)).map(tellRequired);
    const told = new Set(missing.map((problem) => problem.path));
    for (const [key, other] of pairs) {
      if (isEmpty(record, key) || !isEmpty(record, other) || told.has(`/${other}`)) continue;
      told.add(`/${other}`);
      missing.push(tellDependent(other, key, fields.get(key)?.title ?? key));
    }
    return missing;
  };
}

function tellRequired(key: string): Problem {
  return { path: `/${key}`, code: 'required', message: 'Required.', params: {} };
}

function tellDependent(key: string, because: string, title: string): Problem {
  return { path: `/${key}`, code: 'required', message: `Required when "${title}" is filled.`, params: { because } };
}

function isEmpty(record: RecordData, key: string): boolean {
  const value: Value | undefined = record[key];
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
