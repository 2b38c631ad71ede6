import { Cron } from 'croner';
import type { Schedule } from './types.ts';

/**
 * The next instant of a schedule after `after`, both in milliseconds. On the day the clocks go forward a time that does not exist is the one
 * after the gap; where they go back it is the first of the two.
 */
export function nextSending(schedule: Schedule, zone: string, after: number): number {
  const next = new Cron(patternOf(schedule), { timezone: zone, paused: true }).nextRun(new Date(after));
  if (!next) throw new Error('The schedule never comes round.');
  return next.getTime();
}

function patternOf({ every, at, weekday = 1, day = 1 }: Schedule): string {
  const [hour = '0', minute = '0'] = at.split(':').map((part) => String(Number(part)));
  const days = { day: '* * *', week: `* * ${weekday}`, month: `${day === 'last' ? 'L' : day} * *` };
  return `0 ${minute} ${hour} ${days[every]}`;
}
