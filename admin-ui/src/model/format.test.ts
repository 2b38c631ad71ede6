import { describe, expect, it } from 'vitest';
import {
  currencyOf,
  formatDay,
  formatInstant,
  formatMoney,
  formatNumber,
  formatRelative,
  localeFor,
} from './format.ts';

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ');

describe('figures', () => {
  it('keeps every digit of an exact decimal', () => {
    expect(plain(formatNumber('9007199254740993.25', 'en'))).toBe('9,007,199,254,740,993.25');
    expect(plain(formatNumber('1.500', 'et'))).toBe('1,500');
    expect(formatNumber('abc', 'en')).toBe('abc');
    expect(formatNumber(null, 'en')).toBe('');
  });
  it('writes money as the language does', () => {
    expect(plain(formatMoney('1234.5', 'EUR', 'et'))).toBe('1 234,50 €');
    expect(plain(formatMoney('12345.50', 'EUR', 'en-150'))).toBe('€12,345.50');
    expect(plain(formatMoney('12.00', 'not a code', 'en'))).toBe('12.00 not a code');
  });
  it('finds the currency of a field', () => {
    expect(currencyOf('USD', {}, 'EUR')).toBe('USD');
    expect(currencyOf('currency', { currency: 'SEK' }, 'EUR')).toBe('SEK');
    expect(currencyOf('currency', { currency: null }, 'EUR')).toBe('EUR');
    expect(currencyOf(undefined, undefined, undefined)).toBe('EUR');
  });
});

describe('times', () => {
  it('never shifts a day', () => {
    expect(formatDay('2026-03-01', 'en-150')).toBe('1 Mar 2026');
    expect(formatDay(null, 'en')).toBe('');
  });
  it('leaves out the year of this year', () => {
    const now = new Date('2026-06-01T12:00:00Z');
    expect(formatInstant('2025-03-01T12:00:00.000Z', 'en-150', now)).toContain('2025');
    expect(formatInstant('2026-03-01T12:00:00.000Z', 'en-150', now)).not.toContain('2026');
  });
  it('tells distances', () => {
    const now = Date.parse('2026-06-01T12:00:00Z');
    expect(formatRelative('2026-06-01T11:45:30Z', 'en', now)).toBe('14 minutes ago');
    expect(formatRelative('2026-06-03T12:00:00Z', 'en', now)).toBe('in 2 days');
    expect(formatRelative('2026-04-25T12:00:00Z', 'en', now)).toBe('1 month ago');
    expect(formatRelative('2026-06-01T12:00:10Z', 'en', now)).toBe('this minute');
  });
  it('writes European English unless the firm is American', () => {
    expect(localeFor('en', 'EE')).toBe('en-150');
    expect(localeFor('en', 'US')).toBe('en');
    expect(localeFor('et', 'EE')).toBe('et');
  });
});
