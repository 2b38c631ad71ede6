import { Cron } from 'croner';
import { Temporal } from 'temporal-polyfill';
import { instantOfWall } from './wall-time.ts';

/** Wall time that comes again and again, in a named zone. */
export interface CronTime {
  /** Minute, hour, day of the month, month, day of the week. */
  readonly cron: string;
  /** IANA zone. */
  readonly zone: string;
}

/** What is wrong with a pattern, in a sentence; undefined when nothing is. */
export function cronProblem(cron: string): string | undefined {
  try {
    return nextTime({ cron, zone: 'UTC' }, 0) === null ? `"${cron}" names a day that never comes.` : undefined;
  } catch {
    return `"${cron}" is no time such as "0 9 * * 1-5" (workdays at nine): minute, hour, day of the month, month, day of the week.`;
  }
}

/**
 * The first instant after `after`, in milliseconds; null when there is none. Wall time is kept over a change of the clocks: what falls into a
 * gap comes at its end, once however much falls there, and what a day has twice comes once. Throws for a pattern that is none.
 */
export function nextTime({ cron, zone }: CronTime, after: number): number | null {
  const pattern = new Cron(cron, { timezone: 'UTC', paused: true, mode: '5-part' });
  // Wall times go through the pattern as if they were UTC, which has no changes.
  let wall = asUtc(Temporal.Instant.fromEpochMilliseconds(Math.floor(after)).toZonedDateTimeISO(zone));
  for (;;) {
    const next = pattern.nextRun(new Date(wall));
    if (next === null) return null;
    wall = next.getTime();
    const at = instantOfWall(
      Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO('UTC').toPlainDateTime(),
      zone,
    );
    if (at > after) return at;
  }
}

function asUtc(at: Temporal.ZonedDateTime): number {
  return at.toPlainDateTime().toZonedDateTime('UTC').epochMilliseconds;
}
