import type { Temporal } from 'temporal-polyfill';
import type { Field, Model, Report } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { JsonSchema, Value } from '../fields/field-type.ts';
import { parseDay, rangeOf, startOfDay } from './calendar-range.ts';
import { parseDimension } from './dimension.ts';
import type { Dimension } from './dimension.ts';

/** A condition as JSON, as the list of an entity takes it. */
export type Filter = JsonSchema;

/** All of these at once; what is absent asks for nothing. */
export function allOf(filters: readonly (Filter | undefined)[]): Filter {
  const given = filters.filter((filter): filter is Filter => filter !== undefined && Object.keys(filter).length > 0);
  const [only, ...more] = given;
  return more.length === 0 ? (only ?? {}) : { all: given };
}

/** The records of one group. */
export function dimensionFilter({ path, field, grain }: Dimension, value: Value, zone: string): Filter {
  if (value === null) return { [path]: null };
  const range = grain && typeof value === 'string' ? rangeOf(value, grain) : undefined;
  if (range) return { [path]: daysBetween(field, { from: range.start, until: range.end }, zone) };
  return { [path]: { eq: value } };
}

interface Period {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly zone: string;
}

/** The records of the asked days, both ends included; undefined when none were asked for. */
export function periodFilter(model: Model, report: Report, { from, to, zone }: Period): Filter | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (report.period === undefined) {
    throw new CasementError('BAD_REQUEST', `The report "${report.name}" has no period: leave out from and to.`);
  }
  const [start, last] = [dayOf('from', from), dayOf('to', to)];
  const { field, path } = parseDimension(model, report.entity, report.period);
  return { [path]: daysBetween(field, { from: start, until: last?.add({ days: 1 }) }, zone) };
}

function dayOf(name: string, text: string | undefined): Temporal.PlainDate | undefined {
  if (text === undefined) return undefined;
  const day = parseDay(text);
  if (!day) throw new CasementError('BAD_REQUEST', `"${text}" is no date for ${name}: write it as 2026-03-31.`);
  return day;
}

/** A date is compared by itself, an instant by the beginnings of days in the organisation's zone. */
function daysBetween(
  field: Field,
  days: { from?: Temporal.PlainDate | undefined; until?: Temporal.PlainDate | undefined },
  zone: string,
): Filter {
  const isDate = field.type.columns(field)[0]?.kind === 'date';
  const text = (day: Temporal.PlainDate) => (isDate ? day.toString() : startOfDay(day, zone));
  return { ...(days.from ? { gte: text(days.from) } : {}), ...(days.until ? { lt: text(days.until) } : {}) };
}
