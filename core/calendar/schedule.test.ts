import { describe, expect, it } from 'vitest';
import { CHANGES, differences, RULES } from '../../tests/support/schedule-model.ts';
import { nextOccurrence, scheduleProblem } from './schedule.ts';

/** All 400 rules: `drills/schedules.ts`. */
const SOME = RULES.filter((_, index) => index % 13 === 0);

describe('schedules', () => {
  it.each(CHANGES)(
    'hold wall time over both changes in $zone; a gap means its end, a repeated minute comes once (R-51, G6)',
    ({ zone, days }) => {
      for (const day of days) expect([day, differences(zone, day, SOME)]).toEqual([day, []]);
    },
  );

  it('come once, late, after a week of silence: the next one is counted from now (R-50)', () => {
    const daily = { cron: '0 9 * * *', zone: 'Europe/Tallinn' };
    const monday = Date.parse('2026-03-02T12:00:00Z');
    expect(new Date(nextOccurrence(daily, monday) ?? 0).toISOString()).toBe('2026-03-03T07:00:00.000Z');
    expect(new Date(nextOccurrence(daily, monday + 7 * 86_400_000) ?? 0).toISOString()).toBe(
      '2026-03-10T07:00:00.000Z',
    );
  });

  it('know the last day of February, and never the thirtieth', () => {
    const leap = nextOccurrence({ cron: '0 0 29 2 *', zone: 'UTC' }, Date.parse('2026-01-01T00:00:00Z'));
    expect(new Date(leap ?? 0).toISOString()).toBe('2028-02-29T00:00:00.000Z');
    expect(scheduleProblem('0 0 30 2 *')).toContain('never comes');
  });

  it.each(['', '* * *', '0 9 * * * *', '61 * * * *', 'tomorrow', '@daily', '0 9 * * mo'])('refuse %j', (cron) => {
    expect(scheduleProblem(cron)).toContain('is no schedule');
  });
});
