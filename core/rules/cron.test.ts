import { describe, expect, test } from 'vitest';
import { cronProblem, nextTime } from './cron.ts';

const days = (cron: string, zone: string, from: string, count: number) => {
  const times: string[] = [];
  for (let at = Date.parse(from); times.length < count;) {
    at = nextTime({ cron, zone }, at) ?? Number.NaN;
    times.push(new Date(at).toISOString());
  }
  return times;
};

describe('wall time in a zone (R-51)', () => {
  test.each<[string, string, string, string, readonly string[]]>([
    // 02:30 does not exist on 29 March in Berlin: 03:00 does.
    [
      'the gap in Berlin',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-27T12:00:00Z',
      ['2026-03-28T01:30:00.000Z', '2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'],
    ],
    [
      'the hour that Berlin has twice',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-23T12:00:00Z',
      ['2026-10-24T00:30:00.000Z', '2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
    ],
    [
      'the gap in New York',
      '30 2 * * *',
      'America/New_York',
      '2026-03-07T00:00:00Z',
      ['2026-03-07T07:30:00.000Z', '2026-03-08T07:00:00.000Z', '2026-03-09T06:30:00.000Z'],
    ],
    [
      'the hour that New York has twice',
      '30 1 * * *',
      'America/New_York',
      '2026-10-31T00:00:00Z',
      ['2026-10-31T05:30:00.000Z', '2026-11-01T05:30:00.000Z', '2026-11-02T06:30:00.000Z'],
    ],
    // Half an hour, not a whole one.
    [
      'the gap on Lord Howe',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-02T00:00:00Z',
      ['2026-10-02T15:45:00.000Z', '2026-10-03T15:30:00.000Z', '2026-10-04T15:15:00.000Z'],
    ],
  ])('%s', (_, cron, zone, from, expected) => {
    expect(days(cron, zone, from, expected.length)).toEqual(expected);
  });

  test('the half hour that Lord Howe has twice comes once', () => {
    const times = days('45 1 * * *', 'Australia/Lord_Howe', '2026-04-02T15:00:00Z', 4);
    expect(times.map((at) => at.slice(0, 10))).toEqual(['2026-04-03', '2026-04-04', '2026-04-05', '2026-04-06']);
  });

  test('noon stays noon all year', () => {
    for (const at of days('0 12 * * *', 'Europe/Tallinn', '2026-01-01T00:00:00Z', 365)) {
      const wall = new Date(at).toLocaleTimeString('en-GB', { timeZone: 'Europe/Tallinn' });
      expect(wall).toBe('12:00:00');
    }
  });

  test('five years ahead, and never', () => {
    expect(days('0 9 29 2 *', 'UTC', '2026-01-01T00:00:00Z', 2)).toEqual([
      '2028-02-29T09:00:00.000Z',
      '2032-02-29T09:00:00.000Z',
    ]);
    expect(cronProblem('0 9 30 2 *')).toContain('never comes');
    expect(cronProblem('0 9 * *')).toContain('is no time');
    expect(cronProblem('* * * * * *')).toContain('is no time');
    expect(cronProblem('0 9 * * mon-fri')).toBeUndefined();
  });
});
