import { CasementError } from '../errors.ts';

/** The offset from UTC that holds from an instant on. */
export interface ZoneSpan {
  /** Instant, milliseconds; the first span begins before everything. */
  readonly from: number;
  /** Minutes east of UTC. */
  readonly offset: number;
}

const HOUR = 3_600_000;
const STEP = 28 * 24 * HOUR;
const FIRST = Date.UTC(1990, 0, 1);
const YEARS_AHEAD = 10;

/**
 * The offsets of an IANA zone from 1990 to ten years after `now`, oldest first. SQLite knows no zones, so a statement that cuts days in
 * one carries these. Before and after, the nearest span holds.
 */
export function zoneSpans(zone: string, now: number): readonly ZoneSpan[] {
  if (zone === 'UTC') return [{ from: -Infinity, offset: 0 }];
  const offsetAt = offsetReader(zone);
  const spans: ZoneSpan[] = [{ from: -Infinity, offset: offsetAt(FIRST) }];
  const last = now + YEARS_AHEAD * 366 * 24 * HOUR;
  for (let at = FIRST; at < last; at += STEP) {
    const known = spans.at(-1)?.offset ?? 0;
    const offset = offsetAt(at + STEP);
    if (offset !== known) spans.push({ from: changeBetween(offsetAt, at, at + STEP), offset });
  }
  return spans;
}

/** The instant between the two at which the offset becomes that of the later one; zones change on whole minutes. */
function changeBetween(offsetAt: (at: number) => number, before: number, after: number): number {
  const offset = offsetAt(after);
  let low = before / 60_000;
  let high = after / 60_000;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * 60_000) === offset) high = middle;
    else low = middle;
  }
  return high * 60_000;
}

function offsetReader(zone: string): (at: number) => number {
  const format = formatOf(zone);
  return (at) => {
    const name = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
    const [, sign = '+', hours = '0', minutes = '0'] = /^GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  };
}

/** BAD_REQUEST for a name that is no time zone. */
export function checkZone(zone: string): void {
  formatOf(zone);
}

function formatOf(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset', year: 'numeric' });
  } catch (error) {
    throw new CasementError('BAD_REQUEST', `"${zone}" is no time zone; write one such as Europe/Tallinn.`, {
      cause: error,
    });
  }
}
