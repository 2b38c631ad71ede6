import { Cron } from 'croner';

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
 * The first instant after `after`, in milliseconds; null when there is none. Wall time is kept over a change of the clocks: a time that a day
 * lacks comes at the next minute that day has, one that it has twice comes once. Throws for a pattern that is none.
 */
export function nextTime({ cron, zone }: CronTime, after: number): number | null {
  const next = new Cron(cron, { timezone: zone, mode: '5-part' }).nextRun(new Date(after));
  return next === null ? null : next.getTime();
}
