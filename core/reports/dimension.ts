import type { Field, Model } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';

export type Grain = 'day' | 'week' | 'month' | 'quarter' | 'year';

const GRAINS: readonly Grain[] = ['day', 'week', 'month', 'quarter', 'year'];

/** One way a report groups: a field, perhaps of a referenced record, perhaps cut into days, weeks, … years. */
export interface Dimension {
  /** As asked: `source`, `customer.city`, `createdAt:month`. */
  readonly key: string;
  readonly path: string;
  /** The field at the end of the path; its values are grouped. */
  readonly field: Field;
  readonly grain?: Grain;
  title(locale: string): string;
}

/** Throws BAD_REQUEST for a field that does not exist. Whether the caller may read it is decided by the read itself. */
export function parseDimension(model: Model, entity: string, key: string): Dimension {
  const [path = '', grainName] = key.split(':');
  const grain = GRAINS.find((candidate) => candidate === grainName);
  if (grainName !== undefined && grain === undefined) {
    throw new CasementError('BAD_REQUEST', `"${grainName}" is no time grain; take one of ${GRAINS.join(', ')}.`);
  }
  const field = fieldAt(model, entity, path);
  if (!field) throw new CasementError('BAD_REQUEST', `There is no field "${path}" to group ${entity} by.`);
  const title = (locale: string) => {
    const text = `entities.${field.entity}.fields.${field.key}`;
    return model.texts.keys.has(text) ? model.texts.get(text, locale) : field.title;
  };
  return { key, path, field, title, ...(grain === undefined ? {} : { grain }) };
}

function fieldAt(model: Model, entity: string, path: string): Field | undefined {
  let current = entity;
  const keys = path.split('.');
  for (const [index, key] of keys.entries()) {
    const field = model.entities.get(current)?.fields.get(key);
    if (!field || index === keys.length - 1) return field;
    const [target, ...others] = field.reference?.to ?? [];
    const named = others.length > 0 ? field.reference?.to.find((name) => name === keys[index + 1]) : target;
    if (named === undefined) return undefined;
    current = named;
  }
  return undefined;
}
