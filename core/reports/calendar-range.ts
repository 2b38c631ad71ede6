import { Temporal } from 'temporal-polyfill';
import type { Grain } from './dimension.ts';

/** A span of whole days: from its first day, up to but without `end`. */
export interface DayRange {
  readonly start: Temporal.PlainDate;
  readonly end: Temporal.PlainDate;
}

/** The days of a group such as `2026-04-01` (by its first day), `2026-04`, `2026-Q2` or `2026`; undefined when it is none. */
export function rangeOf(value: string, grain: Grain): DayRange | undefined {
  const start = firstDay(value);
  if (!start) return undefined;
  const length = {
    day: { days: 1 },
    week: { days: 7 },
    month: { months: 1 },
    quarter: { months: 3 },
    year: { years: 1 },
  }[grain];
  return { start, end: start.add(length) };
}

function firstDay(value: string): Temporal.PlainDate | undefined {
  const [, year, month, day] = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/.exec(value) ?? [];
  const [, quarterYear, quarter] = /^(\d{4})-Q([1-4])$/.exec(value) ?? [];
  if (quarterYear)
    return Temporal.PlainDate.from({ year: Number(quarterYear), month: Number(quarter) * 3 - 2, day: 1 });
  if (!year) return undefined;
  return Temporal.PlainDate.from({ year: Number(year), month: Number(month ?? 1), day: Number(day ?? 1) });
}

/** The instant a day begins at in a zone, as stored. */
export function startOfDay(day: Temporal.PlainDate, zone: string): string {
  return new Date(day.toZonedDateTime(zone).epochMilliseconds).toISOString();
}

/** The first day of the period that an instant lies in, `2026-03-01` for March; weeks begin on Monday. */
export function grainStart(at: number, grain: Grain, zone: string): string {
  const day = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();
  const starts = {
    day: () => day,
    week: () => day.subtract({ days: day.dayOfWeek - 1 }),
    month: () => day.with({ day: 1 }),
    quarter: () => day.with({ month: day.month - ((day.month - 1) % 3), day: 1 }),
    year: () => day.with({ month: 1, day: 1 }),
  };
  return starts[grain]().toString();
}
