import { Temporal } from 'temporal-polyfill';
import { instantOfWall } from '../rules/wall-time.ts';
import { addWorkingTime } from '../calendar/working-time.ts';
import type { Model, Trigger } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';

/** What of the organisation's record deadlines and texts depend on. */
export interface OrganisationSettings {
  /** IANA zone. */
  readonly zone: string;
  readonly language: string;
  readonly calendar: string | null;
}

export type DueTrigger = Extract<Trigger, { trigger: 'due' }>;
export type StayedTrigger = Extract<Trigger, { trigger: 'stayed' }>;

/**
 * When a `due` rule fires for this record, in ms; null when its field is empty. A date counts from midnight in the organisation's zone, and
 * what is added to it is wall time: the day before is the day before, however long it is. One that comes every year fires next on the day of
 * `from` or later; 29 February on the 28th of other years.
 */
export function dueInstant(
  trigger: DueTrigger,
  record: RecordData,
  of: Pick<OrganisationSettings, 'zone'> & { readonly from: number },
): number | null {
  const value = record[trigger.field];
  if (typeof value !== 'string' || value === '') return null;
  if (trigger.every === 'year') return nextAnniversary(value, { ...of, offset: trigger.offset });
  if (!isDate(value)) return Date.parse(value) + trigger.offset;
  const wall = Temporal.PlainDate.from(value).toPlainDateTime().add({ milliseconds: trigger.offset });
  return instantOfWall(wall, of.zone);
}

function isDate(value: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(value);
}

interface Anniversary {
  readonly zone: string;
  readonly from: number;
  readonly offset: number;
}

function nextAnniversary(value: string, of: Anniversary): number {
  const { zone, from, offset } = of;
  const first = isDate(value)
    ? Temporal.PlainDate.from(value).toPlainDateTime()
    : Temporal.Instant.from(value).toZonedDateTimeISO(zone).toPlainDateTime();
  const today = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone).startOfDay();
  for (let year = today.year - 1; ; year += 1) {
    const due = instantOfWall(first.with({ year }).add({ milliseconds: offset }), zone);
    if (due >= today.epochMilliseconds && year > first.year - 1) return due;
  }
}

/** When a `stayed` rule fires for a record that came to the stage at `from`. */
export function stayedInstant(
  trigger: StayedTrigger,
  from: number,
  of: { readonly model: Model; readonly organisation: OrganisationSettings },
): number {
  if (trigger.calendar === undefined) return from + trigger.duration;
  return workingTimeOf(of.model, of.organisation)(from, trigger.duration, trigger.calendar);
}

/** Adds working time of a named calendar, else of the organisation's, else of the only one; in plain time where there is none. */
export function workingTimeOf(model: Model, organisation: OrganisationSettings) {
  return (from: number, duration: number, name: string | undefined): number => {
    const calendar = calendarOf(model, name ?? organisation.calendar ?? undefined);
    if (!calendar) return from + duration;
    return addWorkingTime({ calendar, zone: calendar.zone ?? organisation.zone }, from, duration);
  };
}

function calendarOf(model: Model, name: string | undefined) {
  if (name === undefined) return model.calendars.size === 1 ? [...model.calendars.values()][0] : undefined;
  const calendar = model.calendars.get(name);
  if (calendar) return calendar;
  const known = [...model.calendars.keys()].join(', ');
  throw new CasementError(
    'VALIDATION',
    `There is no calendar "${name}". Name one of ${known} in the rule or in the organisation.`,
  );
}

export function isAtStage(
  trigger: { readonly pipeline?: string; readonly stage: string },
  record: RecordData | null,
): boolean {
  if (record === null || record['stage'] !== trigger.stage) return false;
  return trigger.pipeline === undefined || record['pipeline'] === trigger.pipeline;
}
