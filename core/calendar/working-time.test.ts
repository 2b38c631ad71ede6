import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addWorkingTime, workingTimeBetween } from './working-time.ts';
import type { WorkingHours } from './working-time.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NINE_TO_SIX: readonly (readonly [number, number])[] = [[540, 1080]];

function hours(zone: string, rest: Partial<WorkingHours['calendar']> = {}): WorkingHours {
  const week = [...Array.from({ length: 5 }, () => NINE_TO_SIX), [], []];
  return { zone, calendar: { name: 'office', week, holidays: [], ...rest } };
}

const tallinn = hours('Europe/Tallinn');
const newYork = hours('America/New_York');

function add(of: WorkingHours, from: string, duration: number): string {
  return new Date(addWorkingTime(of, Date.parse(from), duration)).toISOString();
}

describe('addWorkingTime', () => {
  it.each<[string, string, number, string]>([
    ['inside the day', '2026-06-01T10:00:00+03:00', 15 * MINUTE, '2026-06-01T10:15:00+03:00'],
    ['over a weekend', '2026-06-05T17:55:00+03:00', 15 * MINUTE, '2026-06-08T09:10:00+03:00'],
    ['to closing exactly', '2026-06-05T17:45:00+03:00', 15 * MINUTE, '2026-06-05T18:00:00+03:00'],
    ['from closing exactly', '2026-06-05T18:00:00+03:00', MINUTE, '2026-06-08T09:01:00+03:00'],
    ['before opening', '2026-06-01T07:00:00+03:00', HOUR, '2026-06-01T10:00:00+03:00'],
    ['at night', '2026-06-01T23:00:00+03:00', 0, '2026-06-02T09:00:00+03:00'],
    ['nothing', '2026-06-01T12:00:00+03:00', 0, '2026-06-01T12:00:00+03:00'],
    ['a whole week', '2026-06-01T09:00:00+03:00', 45 * HOUR, '2026-06-05T18:00:00+03:00'],
    ['a week and a minute', '2026-06-01T09:00:00+03:00', 45 * HOUR + MINUTE, '2026-06-08T09:01:00+03:00'],
  ])('%s', (_name, from, duration, until) => {
    expect(add(tallinn, from, duration)).toBe(new Date(until).toISOString());
  });

  it('skips holidays of one year and of every year', () => {
    const of = hours('Europe/Tallinn', { holidays: ['12-25', '2026-04-03'] });
    expect(add(of, '2026-04-02T17:30:00+03:00', HOUR)).toBe('2026-04-06T06:30:00.000Z');
    expect(add(of, '2026-12-24T17:30:00+02:00', HOUR)).toBe('2026-12-28T07:30:00.000Z');
    expect(add(of, '2029-12-24T17:30:00+02:00', HOUR)).toBe('2029-12-26T07:30:00.000Z');
  });

  it('knows lunch breaks and nights, in any order, overlapping or not', () => {
    const split = hours('Europe/Tallinn', {
      week: Array.from(
        { length: 7 },
        () =>
          [
            [780, 1080],
            [540, 720],
            [600, 720],
          ] as const,
      ),
    });
    expect(add(split, '2026-06-01T11:30:00+03:00', HOUR)).toBe('2026-06-01T10:30:00.000Z');
    const always = hours('Europe/Tallinn', { week: Array.from({ length: 7 }, () => [[0, 1440]] as const) });
    expect(add(always, '2026-06-01T23:30:00+03:00', 25 * HOUR)).toBe('2026-06-02T21:30:00.000Z');
  });

  it('refuses what has no answer', () => {
    expect(() => addWorkingTime(hours('UTC', { week: [[], [], [], [], [], [], []] }), 0, 1)).toThrow(
      'The calendar "office" has no working hours: give at least one day its hours.',
    );
    expect(() => addWorkingTime(tallinn, 0, -1)).toThrow('Working time cannot be negative.');
    const closed = hours('UTC', { week: [[[0, 60]], [], [], [], [], [], []], holidays: everyDay() });
    expect(() => addWorkingTime(closed, 0, 1)).toThrow('The calendar "office" does not open again within ten years.');
  });
});

function everyDay(): string[] {
  const days = Array.from({ length: 366 }, (_, i) => new Date(Date.UTC(2024, 0, 1 + i)));
  return days.map((day) => day.toISOString().slice(5, 10));
}

function nightly(zone: string): WorkingHours {
  return hours(zone, { week: Array.from({ length: 7 }, () => [[0, 480]] as const) });
}

describe('when the clocks change', () => {
  it.each<[string, WorkingHours, string, number, string]>([
    // Tallinn 2026: forward on 29 March at 03:00, back on 25 October at 04:00.
    ['a Friday before spring', tallinn, '2026-03-27T17:00:00+02:00', 2 * HOUR, '2026-03-30T10:00:00+03:00'],
    ['a Friday before autumn', tallinn, '2026-10-23T17:00:00+03:00', 2 * HOUR, '2026-10-26T10:00:00+02:00'],
    ['New York in spring', newYork, '2026-03-06T17:00:00-05:00', 2 * HOUR, '2026-03-09T10:00:00-04:00'],
    ['New York in autumn', newYork, '2026-10-30T17:00:00-04:00', 2 * HOUR, '2026-11-02T10:00:00-05:00'],
    // The shift from 00:00 to 08:00 has 7 hours in spring and 9 in autumn.
    ['the short night', nightly('Europe/Tallinn'), '2026-03-29T00:00:00+02:00', 7 * HOUR, '2026-03-29T08:00:00+03:00'],
    [
      'past the short night',
      nightly('Europe/Tallinn'),
      '2026-03-29T00:00:00+02:00',
      8 * HOUR,
      '2026-03-30T01:00:00+03:00',
    ],
    ['the long night', nightly('Europe/Tallinn'), '2026-10-25T00:00:00+03:00', 9 * HOUR, '2026-10-25T08:00:00+02:00'],
    [
      'the short night in New York',
      nightly('America/New_York'),
      '2026-03-08T00:00:00-05:00',
      7 * HOUR,
      '2026-03-08T08:00:00-04:00',
    ],
    [
      'the long night in New York',
      nightly('America/New_York'),
      '2026-11-01T00:00:00-04:00',
      9 * HOUR,
      '2026-11-01T08:00:00-05:00',
    ],
  ])('%s', (_name, of, from, duration, until) => {
    expect(add(of, from, duration)).toBe(new Date(until).toISOString());
    expect(workingTimeBetween(of, Date.parse(from), Date.parse(until))).toBe(duration);
  });

  it('what the change skips counts from the end of the gap, and never twice', () => {
    const early = hours('Europe/Tallinn', {
      week: Array.from(
        { length: 7 },
        () =>
          [
            [200, 210],
            [230, 300],
          ] as const,
      ),
    });
    expect(add(early, '2026-03-29T00:00:00+02:00', 0)).toBe('2026-03-29T01:00:00.000Z');
    expect(workingTimeBetween(early, Date.parse('2026-03-29T00:00:00Z'), Date.parse('2026-03-29T12:00:00Z'))).toBe(
      HOUR,
    );
    const beirut = hours('Asia/Beirut', { week: Array.from({ length: 7 }, () => [[0, 120]] as const) });
    expect(add(beirut, '2024-03-30T23:30:00+02:00', 0)).toBe('2024-03-30T22:00:00.000Z');
  });
});

describe('workingTimeBetween', () => {
  it.each<[string, string, number]>([
    ['2026-06-05T17:55:00+03:00', '2026-06-08T09:10:00+03:00', 15 * MINUTE],
    ['2026-06-06T12:00:00+03:00', '2026-06-07T12:00:00+03:00', 0],
    ['2026-06-01T00:00:00+03:00', '2026-06-08T00:00:00+03:00', 45 * HOUR],
    ['2026-06-08T09:10:00+03:00', '2026-06-05T17:55:00+03:00', -15 * MINUTE],
  ])('%s to %s', (from, to, duration) => {
    expect(workingTimeBetween(tallinn, Date.parse(from), Date.parse(to))).toBe(duration);
  });
});

describe('for any time and calendar', () => {
  const instants = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2030, 0, 1) });
  const durations = fc.integer({ min: 0, max: 120 * HOUR });
  const calendars = fc
    .record({
      zone: fc.constantFrom('Europe/Tallinn', 'America/New_York', 'Australia/Lord_Howe', 'UTC'),
      week: fc.array(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1440 }), fc.integer({ min: 0, max: 1440 })), { maxLength: 2 }),
        { minLength: 7, maxLength: 7 },
      ),
    })
    .map(({ zone, week }) => {
      const open = week.map((day) => day.filter(([from, to]) => to > from));
      return hours(zone, { week: [[[600, 720] as const], ...open.slice(1)], holidays: ['01-01'] });
    });

  it('what is added has passed', () => {
    fc.assert(
      fc.property(calendars, instants, durations, (of, from, duration) => {
        expect(workingTimeBetween(of, from, addWorkingTime(of, from, duration))).toBe(duration);
      }),
      { numRuns: 150 },
    );
  });

  it('later and longer never end earlier', () => {
    fc.assert(
      fc.property(calendars, instants, durations, (of, from, duration) => {
        const until = addWorkingTime(of, from, duration);
        expect(addWorkingTime(of, from, duration + MINUTE)).toBeGreaterThan(until);
        expect(addWorkingTime(of, from + HOUR, duration)).toBeGreaterThanOrEqual(until);
      }),
      { numRuns: 150 },
    );
  });
});
