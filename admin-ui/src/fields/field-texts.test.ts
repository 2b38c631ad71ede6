import { describe, expect, it } from 'vitest';
import { checklistProgress, isChecklist } from './checklist-items.ts';
import { toInstant, toLocal } from './date-text.ts';
import { isoDuration, secondsOf, shortDuration } from './duration-text.ts';
import { isNumberText, normaliseNumber } from './number-text.ts';
import { groupPhone } from './phone-text.ts';
import { htmlToText, textToHtml } from './rich-text-text.ts';

describe('normaliseNumber', () => {
  it.each([
    ['1 234,50', '1234.50'],
    ['1.234,50', '1234.50'],
    ['1,234.50', '1234.50'],
    ['1,234,567', '1234567'],
    ['1.234.567', '1234567'],
    ['1\u00a0000', '1000'],
    ['−5', '-5'],
    ['+5', '5'],
    ['5.', '5'],
    ['.5', '0.5'],
    ['-,5', '-0.5'],
    ['', ''],
    [' twelve ', 'twelve'],
    ['1,2,3.4.5', '1,2,3.4.5'],
  ])('%s → %s', (typed, expected) => {
    expect(normaliseNumber(typed)).toBe(expected);
  });
  it('knows figures', () => {
    expect(isNumberText('12.5')).toBe(true);
    expect(isNumberText('12,5')).toBe(false);
  });
});

describe('durations', () => {
  it.each([
    ['1h30m', 'PT1H30M'],
    ['1h 30m', 'PT1H30M'],
    ['1:05', 'PT1H5M'],
    ['90', 'PT1H30M'],
    ['2d', 'P2D'],
    ['1w', 'P7D'],
    ['0', 'PT0M'],
    ['', ''],
    ['soon', 'soon'],
  ])('%s → %s', (typed, iso) => {
    expect(isoDuration(typed)).toBe(iso);
  });
  it('comes back as it is typed', () => {
    expect(shortDuration('PT1H30M')).toBe('1h 30m');
    expect(shortDuration('P1DT5M')).toBe('1d 5m');
    expect(shortDuration('P1M')).toBe('P1M');
    expect(isoDuration(shortDuration('P1DT2H3M4S'))).toBe('P1DT2H3M4S');
  });
  it('counts seconds', () => {
    expect(secondsOf('PT15M')).toBe(900);
    expect(secondsOf('P1W')).toBe(604_800);
    expect(secondsOf('P')).toBeNull();
    expect(secondsOf('P1Y')).toBeNull();
  });
});

describe('groupPhone', () => {
  it.each([
    ['+37255512345', '+372 5551 2345'],
    ['+3725551234', '+372 555 1234'],
    ['+37126123456', '+371 2612 3456'],
    ['+79161234567', '+7 916 123 4567'],
    ['+4915112345678', '+49 151 123 456 78'],
    ['112', '112'],
    ['+372 555', '+372 555'],
  ])('%s → %s', (phone, expected) => {
    expect(groupPhone(phone)).toBe(expected);
  });
});

describe('instants', () => {
  it('go to the wall clock and back', () => {
    expect(toInstant(toLocal('2026-07-01T09:30:00.000Z'))).toBe('2026-07-01T09:30:00.000Z');
    expect(toLocal(null)).toBeNull();
    expect(toLocal('nonsense')).toBeNull();
    expect(toInstant('')).toBeNull();
  });
});

describe('rich text', () => {
  it('shows paragraphs and lists as text', () => {
    expect(htmlToText('<p>One &amp; <b>two</b></p><ul><li>three</li></ul>')).toBe('One & two\n• three');
    expect(htmlToText('&amp;lt;script&amp;gt;')).toBe('&lt;script&gt;');
  });
  it('writes typed text as paragraphs', () => {
    expect(textToHtml('a < b\n\nc')).toBe('<p>a &lt; b</p><p>c</p>');
  });
});

describe('checklists', () => {
  it('are lists of text and done', () => {
    expect(isChecklist([{ text: 'a', done: true }])).toBe(true);
    expect(isChecklist([{ text: 'a' }])).toBe(false);
    expect(isChecklist({ text: 'a', done: true })).toBe(false);
    expect(
      checklistProgress([
        { text: 'a', done: true },
        { text: 'b', done: false },
      ]),
    ).toBe('1/2');
    expect(checklistProgress([])).toBe('');
  });
});
