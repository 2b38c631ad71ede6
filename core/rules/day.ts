import { Temporal } from 'temporal-polyfill';

const DAY = 86_400_000;

/**
 * The day it is in a zone, `offset` milliseconds from an instant, `YYYY-MM-DD`. Whole days of the offset are days of the calendar, which
 * may have 23 or 25 hours.
 */
export function dayIn(zone: string, at: number, offset = 0): string {
  const days = Math.trunc(offset / DAY);
  const from = Temporal.Instant.fromEpochMilliseconds(Math.floor(at + offset - days * DAY));
  return from.toZonedDateTimeISO(zone).toPlainDate().add({ days }).toString();
}

/** A day by its text, strictly; undefined for anything else, the 30th of February included. */
export function parseDay(text: string): Temporal.PlainDate | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' });
  } catch {
    return undefined;
  }
}
