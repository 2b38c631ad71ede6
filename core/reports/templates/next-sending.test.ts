import { describe, expect, it } from 'vitest';
import { nextSending } from './next-sending.ts';
import type { Schedule } from './types.ts';

const ZONE = 'Europe/Tallinn';

/** The instants of the next so many, as text. */
function next(schedule: Partial<Schedule> & Pick<Schedule, 'every'>, after: string, count = 1): readonly string[] {
  const whole: Schedule = { at: '08:30', format: 'pdf', ...schedule };
  const found: string[] = [];
  let at = Date.parse(after);
  while (found.length < count) found.push(new Date((at = nextSending(whole, ZONE, at))).toISOString().slice(0, 16));
  return found;
}

describe('the next sending', () => {
  it('is at the time of the day in the zone, over both changes of the clocks', () => {
    expect(next({ every: 'day' }, '2026-03-28T00:00:00Z', 2)).toEqual(['2026-03-28T06:30', '2026-03-29T05:30']);
    expect(next({ every: 'day' }, '2026-10-24T00:00:00Z', 2)).toEqual(['2026-10-24T05:30', '2026-10-25T06:30']);
  });
  it('of a time that a day does not have comes after the gap, of one that it has twice once', () => {
    expect(next({ every: 'day', at: '03:30' }, '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
    expect(next({ every: 'day', at: '03:30' }, '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });
  it('is never the instant it is counted from', () => {
    expect(next({ every: 'day' }, '2026-06-01T05:30:00Z')).toEqual(['2026-06-02T05:30']);
  });
  it('of a week is on its day, 7 is Sunday', () => {
    expect(next({ every: 'week' }, '2026-06-03T00:00:00Z', 2)).toEqual(['2026-06-08T05:30', '2026-06-15T05:30']);
    expect(next({ every: 'week', weekday: 7 }, '2026-06-03T00:00:00Z')).toEqual(['2026-06-07T05:30']);
  });
  it('of a month is on its day, or on the last', () => {
    expect(next({ every: 'month' }, '2026-01-15T00:00:00Z', 2)).toEqual(['2026-02-01T06:30', '2026-03-01T06:30']);
    expect(next({ every: 'month', day: 28 }, '2026-01-29T00:00:00Z')).toEqual(['2026-02-28T06:30']);
    expect(next({ every: 'month', day: 'last' }, '2026-01-31T12:00:00Z', 3)).toEqual([
      '2026-02-28T06:30',
      '2026-03-31T05:30',
      '2026-04-30T05:30',
    ]);
  });
});
