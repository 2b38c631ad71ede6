import { Temporal } from 'temporal-polyfill';
import type { Calendar } from '../definitions/model.ts';
import { instantOfWall } from '../rules/wall-time.ts';

/** Opening hours and the IANA zone they are meant in. */
export interface WorkingHours {
  readonly calendar: Pick<Calendar, 'name' | 'week' | 'holidays'>;
  readonly zone: string;
}

/** A stretch of working time, milliseconds since the epoch. */
type Opening = readonly [from: number, to: number];

/** A calendar closed for ten years on end is a mistake, not a business. */
const MAX_CLOSED_DAYS = 3_653;

/**
 * The instant by which `duration` milliseconds of working time have passed since `from`. A start outside hours counts from the next
 * opening; an end exactly at closing stays there. Hours are wall time: on the day the clocks change a working day may be
 * longer or shorter. Throws an Error for a negative duration and for a calendar that never opens.
 */
export function addWorkingTime(hours: WorkingHours, from: number, duration: number): number {
  checkHours(hours);
  if (duration < 0) throw new Error('Working time cannot be negative.');
  let rest = duration;
  for (const [opens, closes] of openingsAfter(hours, from)) {
    const start = Math.max(opens, from);
    if (rest <= closes - start) return start + rest;
    rest -= closes - start;
  }
  throw new Error(`The calendar "${hours.calendar.name}" does not open again within ten years.`);
}

/** Working milliseconds from one instant to a later one; negative when `to` lies before `from`. */
export function workingTimeBetween(hours: WorkingHours, from: number, to: number): number {
  checkHours(hours);
  if (to < from) return -workingTimeBetween(hours, to, from);
  let sum = 0;
  for (const [opens, closes] of openingsAfter(hours, from)) {
    if (opens >= to) break;
    sum += Math.max(0, Math.min(closes, to) - Math.max(opens, from));
  }
  return sum;
}

function checkHours({ calendar }: WorkingHours): void {
  if (!calendar.week.some((day) => day.some(([from, to]) => to > from))) {
    throw new Error(`The calendar "${calendar.name}" has no working hours: give at least one day its hours.`);
  }
}

/**
 * The working milliseconds that have passed by an instant, counted from the opening around or after `from`, for many instants up to `until`:
 * the time between two of them is the difference. Asked for an instant outside, it answers that of the nearer end.
 */
export function workingClock(hours: WorkingHours, from: number, until: number): (at: number) => number {
  checkHours(hours);
  const openings: { readonly opens: number; readonly closes: number; readonly before: number }[] = [];
  let sum = 0;
  for (const [opens, closes] of openingsAfter(hours, from)) {
    if (opens >= until) break;
    openings.push({ opens, closes, before: sum });
    sum += closes - opens;
  }
  return (at) => {
    let [low, high] = [0, openings.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((openings[middle]?.opens ?? Infinity) <= at) low = middle + 1;
      else high = middle;
    }
    const last = openings[low - 1];
    return last ? last.before + Math.min(at, last.closes) - last.opens : 0;
  };
}

/** Every opening that ends after `from`, in order, until the calendar stays closed for too long. */
function* openingsAfter({ calendar, zone }: WorkingHours, from: number): Generator<Opening> {
  const holidays = new Set(calendar.holidays);
  const first = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone).toPlainDate();
  for (let day = first, closed = 0; closed < MAX_CLOSED_DAYS; day = day.add({ days: 1 }), closed++) {
    const date = day.toString();
    if (holidays.has(date) || holidays.has(date.slice(5))) continue;
    for (const [opensAt, closesAt] of sorted(calendar.week[day.dayOfWeek - 1] ?? [])) {
      const opens = instantAt(day, opensAt, zone);
      const closes = instantAt(day, closesAt, zone);
      if (closes <= opens || closes <= from) continue;
      closed = 0;
      yield [opens, closes];
    }
  }
}

/** Hours of a day in order, overlapping ones joined, so that no minute counts twice. */
function sorted(hours: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const joined: [number, number][] = [];
  for (const [from, to] of [...hours].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

/** A minute of a day in a zone. A minute the spring change skips means the end of the gap; 1440 is the next midnight. */
function instantAt(day: Temporal.PlainDate, minutes: number, zone: string): number {
  const wall =
    minutes >= 1_440
      ? day.add({ days: 1 }).toPlainDateTime()
      : day.toPlainDateTime({ hour: Math.floor(minutes / 60), minute: minutes % 60 });
  return instantOfWall(wall, zone);
}
