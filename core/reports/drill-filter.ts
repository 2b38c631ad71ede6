import type { Field } from '../definitions/model.ts';
import type { JsonSchema, Value } from '../fields/field-type.ts';
import { isJsonObject as isObject } from '../rules/json-object.ts';
import { rangeOf, startOfDay } from './calendar-range.ts';
import type { Days } from './days.ts';
import type { Dimension } from './dimension.ts';

/** A condition as JSON, as the list of an entity takes it. */
export type Filter = JsonSchema;

/** All of these at once, without a level more than it takes; what is absent asks for nothing. */
export function allOf(filters: readonly (Filter | undefined)[]): Filter {
  const given = filters.flatMap((filter) => (filter === undefined ? [] : partsOf(filter)));
  const [only, ...more] = given;
  return more.length === 0 ? (only ?? {}) : { all: given };
}

function partsOf(filter: Filter): readonly Filter[] {
  const keys = Object.keys(filter);
  if (keys.length === 0) return [];
  const all: unknown = filter['all'];
  return keys.length === 1 && Array.isArray(all) ? all.filter(isObject) : [filter];
}

/** The records of one group. */
export function dimensionFilter({ path, field, grain }: Dimension, value: Value, zone: string): Filter {
  if (value === null) return { [path]: null };
  const range = grain && typeof value === 'string' ? rangeOf(value, grain) : undefined;
  if (range) return { [path]: daysFilter(field, { from: range.start, until: range.end }, zone) };
  return { [path]: { eq: value } };
}

/** A date is compared by itself, an instant by the beginnings of days in the organisation's zone. */
export function daysFilter(field: Field, days: Days, zone: string): Filter {
  const isDate = field.type.columns(field)[0]?.kind === 'date';
  const text = (day: NonNullable<Days['from']>) => (isDate ? day.toString() : startOfDay(day, zone));
  return { ...(days.from ? { gte: text(days.from) } : {}), ...(days.until ? { lt: text(days.until) } : {}) };
}
