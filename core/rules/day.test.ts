import { describe, expect, it } from 'vitest';
import { dayIn, parseDay } from './day.ts';

describe('the day in a zone', () => {
  it('is not that of UTC around midnight', () => {
    expect(dayIn('Europe/Tallinn', Date.parse('2026-06-01T21:30:00Z'))).toBe('2026-06-02');
    expect(dayIn('America/New_York', Date.parse('2026-06-01T02:00:00Z'))).toBe('2026-05-31');
  });
  it('counts whole days of the calendar over a change of the clocks', () => {
    // Half past midnight: 24 hours before is half past eleven of the day before the day before.
    const at = Date.parse('2026-03-29T21:30:00Z');
    expect(dayIn('Europe/Tallinn', at)).toBe('2026-03-30');
    expect(dayIn('Europe/Tallinn', at, -86_400_000)).toBe('2026-03-29');
    expect(dayIn('Europe/Tallinn', at, -12 * 3_600_000)).toBe('2026-03-29');
    expect(dayIn('Europe/Tallinn', at, 30 * 86_400_000)).toBe('2026-04-29');
  });
});

describe('a day by its text', () => {
  it.each(['2026-02-29', '2026-2-01', '20260201', 'today', ''])('%j is none', (text) => {
    expect(parseDay(text)).toBeUndefined();
  });
  it('is itself', () => expect(String(parseDay('2024-02-29'))).toBe('2024-02-29'));
});
