import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { namedPeriod } from '../rules/named-period.ts';
import type { PeriodName } from '../rules/named-period.ts';
import { comparedDays } from './days.ts';

const day = (text: string) => Temporal.PlainDate.from(text);

describe('a period by its name', () => {
  it.each<[PeriodName, string, string, string]>([
    ['today', '2026-03-29', '2026-03-29', '2026-03-29'],
    ['yesterday', '2026-03-01', '2026-02-28', '2026-02-28'],
    ['thisWeek', '2026-03-01', '2026-02-23', '2026-03-01'],
    ['lastWeek', '2026-03-02', '2026-02-23', '2026-03-01'],
    ['thisMonth', '2024-02-10', '2024-02-01', '2024-02-29'],
    ['lastMonth', '2026-01-31', '2025-12-01', '2025-12-31'],
    ['thisQuarter', '2026-05-31', '2026-04-01', '2026-06-30'],
    ['lastQuarter', '2026-02-28', '2025-10-01', '2025-12-31'],
    ['thisYear', '2026-12-31', '2026-01-01', '2026-12-31'],
    ['lastYear', '2026-01-01', '2025-01-01', '2025-12-31'],
    ['last7Days', '2026-03-03', '2026-02-25', '2026-03-03'],
    ['last365Days', '2026-03-03', '2025-03-04', '2026-03-03'],
  ])('%s, seen on %s, is %s to %s', (name, today, from, to) => {
    const span = namedPeriod(name, day(today));
    expect([span.from.toString(), span.to.toString()]).toEqual([from, to]);
  });
});

describe('the time compared with', () => {
  const compared = (from: string, last: string, compare: 'previous' | 'yearBefore') => {
    const days = comparedDays({ from: day(from), until: day(last).add({ days: 1 }) }, compare);
    return [days?.from?.toString(), days?.until?.subtract({ days: 1 }).toString()];
  };
  it('is as many days before, or as many whole months', () => {
    expect(compared('2026-03-11', '2026-03-20', 'previous')).toEqual(['2026-03-01', '2026-03-10']);
    expect(compared('2026-03-01', '2026-03-31', 'previous')).toEqual(['2026-02-01', '2026-02-28']);
    expect(compared('2026-01-01', '2026-12-31', 'previous')).toEqual(['2025-01-01', '2025-12-31']);
    expect(compared('2026-03-01', '2026-03-15', 'previous')).toEqual(['2026-02-14', '2026-02-28']);
  });
  it('is the same days of the year before', () => {
    expect(compared('2026-03-01', '2026-03-31', 'yearBefore')).toEqual(['2025-03-01', '2025-03-31']);
  });
  it('is not there without both ends', () => {
    expect(comparedDays({ from: day('2026-03-01') }, 'previous')).toBeUndefined();
    expect(comparedDays(undefined, 'yearBefore')).toBeUndefined();
  });
});
