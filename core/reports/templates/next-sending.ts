import { nextTime } from '../../rules/cron.ts';
import type { Schedule } from './types.ts';

/**
 * The next instant of a schedule after `after`, both in milliseconds; wall time is kept as `nextTime` keeps it.
 */
export function nextSending(schedule: Schedule, zone: string, after: number): number {
  const next = nextTime({ cron: patternOf(schedule), zone }, after);
  if (next === null) throw new Error('The schedule never comes round.');
  return next;
}

function patternOf({ every, at, weekday = 1, day = 1 }: Schedule): string {
  const [hour = '0', minute = '0'] = at.split(':').map((part) => String(Number(part)));
  const days = { day: '* * *', week: `* * ${weekday}`, month: `${day === 'last' ? 'L' : day} * *` };
  return `${minute} ${hour} ${days[every]}`;
}
