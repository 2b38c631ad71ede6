import { describe, expect, it } from 'vitest';
import { CHANGES, differences, RULES } from '../../tests/support/schedule-model.ts';
import { nextTime } from './cron.ts';

/** All 400 rules: `drills/schedules.ts`. */
const SOME = RULES.filter((_, index) => index % 13 === 0);

describe('schedules', () => {
  it.each(CHANGES)(
    'hold wall time over both changes in $zone, as a model says that asks the platform for every minute (R-51, G6)',
    ({ zone, days }) => {
      for (const day of days) expect([day, differences(zone, day, SOME)]).toEqual([day, []]);
    },
  );

  it('come once, late, after a week of silence: the next one is counted from now (R-50)', () => {
    const daily = { cron: '0 9 * * *', zone: 'Europe/Tallinn' };
    const monday = Date.parse('2026-03-02T12:00:00Z');
    expect(new Date(nextTime(daily, monday) ?? 0).toISOString()).toBe('2026-03-03T07:00:00.000Z');
    expect(new Date(nextTime(daily, monday + 7 * 86_400_000) ?? 0).toISOString()).toBe('2026-03-10T07:00:00.000Z');
  });
});
