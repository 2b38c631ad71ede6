import type { Field, Model, Report } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import { resolveField } from '../rules/condition-path.ts';

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
  /** Over moves: the stage a row is about, or when it was entered; no field of the record. */
  readonly of?: 'stage' | 'entered';
  /** Whose stages they are. */
  readonly pipeline?: string;
  title(locale: string): string;
}

/** Throws BAD_REQUEST for a field that does not exist. Whether the caller may read it is decided by the read itself. */
export function parseDimension(model: Model, entity: string, key: string): Dimension {
  const { path, grain } = splitKey(key);
  const field = fieldAt(model, entity, path);
  if (!field) throw new CasementError('BAD_REQUEST', `There is no field "${path}" to group ${entity} by.`);
  const title = (locale: string) => {
    const text = `entities.${field.entity}.fields.${field.key}`;
    return model.texts.keys.has(text) ? model.texts.get(text, locale) : field.title;
  };
  return { key, path, field, title, ...(grain === undefined ? {} : { grain }) };
}

/** The same of a report over moves, which also knows `stage` and `entered:month`. */
export function parseMoveDimension(model: Model, report: Report, key: string): Dimension {
  const { path, grain } = splitKey(key);
  const { moves } = report;
  const entity = model.entity(report.entity);
  if (moves && key === 'stage') {
    const { field, ...rest } = parseDimension(model, report.entity, key);
    return { ...rest, field: { ...field, options: moves.stages }, of: 'stage', pipeline: moves.pipeline };
  }
  const field = entity.fields.get('createdAt');
  if (!moves || path !== 'entered' || !field) return parseDimension(model, report.entity, key);
  if (grain === undefined)
    throw new CasementError('BAD_REQUEST', `Entering is a moment: group it by one of ${GRAINS.join(', ')}.`);
  const title = (locale: string) => model.texts.get(`reports.${report.name}.entered`, locale);
  return { key, path, field, grain, of: 'entered', title };
}

function splitKey(key: string): { readonly path: string; readonly grain: Grain | undefined } {
  const [path = '', grainName] = key.split(':');
  const grain = GRAINS.find((candidate) => candidate === grainName);
  if (grainName !== undefined && grain === undefined) {
    throw new CasementError('BAD_REQUEST', `"${grainName}" is no time grain; take one of ${GRAINS.join(', ')}.`);
  }
  return { path, grain };
}

/** The field a path leads to; undefined where it leads nowhere, or to a list. */
export function fieldAt(model: Model, entity: string, path: string): Field | undefined {
  try {
    const { hops, field } = resolveField(path, entity, model);
    return model.entity(hops.at(-1)?.entity ?? entity).fields.get(field.key);
  } catch {
    return undefined;
  }
}
