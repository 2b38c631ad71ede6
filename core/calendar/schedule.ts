import { Cron } from 'croner';
import { Temporal } from 'temporal-polyfill';
import { instantOfWall } from './wall-time.ts';

/** When something recurs: a cron pattern of wall time in an IANA zone. */
export interface Schedule {
  /** Minute, hour, day of month, month, day of week: `0 9 * * 1-5`. */
  readonly cron: string;
  readonly zone: string;
}

/** Why this is no schedule, as a sentence; undefined when it is one. */
export function scheduleProblem(cron: string): string | undefined {
  if (cron.trim().split(/\s+/).length !== 5)
    return `"${cron}" is no schedule: write minute, hour, day of month, month and day of week, such as 0 9 * * 1-5.`;
  try {
    const next = patternOf(cron).nextRun(new Date(0));
    return next === null ? `The schedule "${cron}" never comes.` : undefined;
  } catch {
    return `"${cron}" is no schedule: write minute, hour, day of month, month and day of week, such as 0 9 * * 1-5.`;
  }
}

/**
 * The first instant after `after` (both ms) at which the schedule comes; null when it never does again. Wall time is kept over changes of the
 * clock: what falls into a gap comes at its end, once however much falls there, and what is repeated comes once.
 */
export function nextOccurrence({ cron, zone }: Schedule, after: number): number | null {
  const pattern = patternOf(cron);
  // Wall times go through the pattern as if they were UTC, which has no changes.
  let wall = Temporal.Instant.fromEpochMilliseconds(Math.floor(after))
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toZonedDateTime('UTC').epochMilliseconds;
  for (;;) {
    const next = pattern.nextRun(new Date(wall));
    if (next === null) return null;
    wall = next.getTime();
    const plain = Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO('UTC').toPlainDateTime();
    const at = instantOfWall(plain, zone);
    if (at > after) return at;
  }
}

function patternOf(cron: string): Cron {
  return new Cron(cron, { timezone: 'UTC', paused: true, mode: '5-part' });
}
