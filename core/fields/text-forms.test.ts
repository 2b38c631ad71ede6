import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { plainText, safeText } from './formula-text.ts';
import { booleanFromText, dateFromText, decimalFromText, instantFromText, listFromText } from './text-forms.ts';

const zone = 'Europe/Tallinn';

describe('dates in cells', () => {
  it.each([
    ['2026-03-31', undefined, '2026-03-31'],
    ['1996-07-04 00:00:00.000', undefined, '1996-07-04'],
    ['31.03.2026', 'dd.MM.yyyy', '2026-03-31'],
    ['1.3.2026', 'dd.MM.yyyy', '2026-03-01'],
    ['3/31/2026', 'M/d/yyyy', '2026-03-31'],
    ['31.03.26 10:15', 'd.M.yy H:mm', '2026-03-31'],
    ['31.03.2026', 'd.M.yyyy H:mm', '2026-03-31'],
    ['31.03.2026', undefined, '31.03.2026'],
    ['soon', 'dd.MM.yyyy', 'soon'],
    ['31.03.2026x', 'dd.MM.yyyy', '31.03.2026x'],
  ])('%s as %s is %s', (text, date, expected) => {
    expect(dateFromText(text, { zone, ...(date === undefined ? {} : { date }) })).toBe(expected);
  });

  it.each([
    ['2026-03-31 10:15', undefined, '2026-03-31T07:15:00.000Z'],
    ['2026-01-31T10:15:20.5', undefined, '2026-01-31T08:15:20.500Z'],
    ['31.03.2026 9:05:07', 'dd.MM.yyyy H:mm:ss', '2026-03-31T06:05:07.000Z'],
    ['2026-03-31T07:15:00.000Z', undefined, '2026-03-31T07:15:00.000Z'],
    ['2026-02-30', undefined, '2026-02-30'],
  ])('the instant %s as %s is %s', (text, date, expected) => {
    expect(instantFromText(text, { zone, ...(date === undefined ? {} : { date }) })).toBe(expected);
  });
});

describe('numbers in cells', () => {
  it.each([
    ['1 234,50', ',', '1234.50'],
    ['1.234.567,5', ',', '1234567.5'],
    ['-12,5', ',', '-12.5'],
    ['1,234,567.89', '.', '1234567.89'],
    ["1'234.5", '.', '1234.5'],
    ['1234.50', undefined, '1234.50'],
    ['1,5', undefined, '1,5'],
    ['12.34.56', ',', '12.34.56'],
  ] as const)('%s with "%s" is %s', (text, decimal, expected) => {
    expect(decimalFromText(text, { zone, ...(decimal === undefined ? {} : { decimal }) })).toBe(expected);
  });
});

test('yes, no and lists', () => {
  expect(['Jah', 'x', 'ДА', 'no', '0', 'maybe'].map(booleanFromText)).toEqual([
    true,
    true,
    true,
    false,
    false,
    'maybe',
  ]);
  expect(listFromText('a; b,c\n d ;;')).toEqual(['a', 'b', 'c', 'd']);
});

describe('R-30: formulas in cells', () => {
  it.each(['=1+1', '+372 5551 2345', '-5.00', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', "'=1", "''=1"])(
    '%j is made safe',
    (text) => {
      expect(safeText(text)).toBe(`'${text}`);
      expect(plainText(safeText(text))).toBe(text);
    },
  );

  it.each(['', 'text', "'tis", "''quoted''", ' =1', '5', 'a=b'])('%j stays as it is', (text) => {
    expect(safeText(text)).toBe(text);
    expect(plainText(text)).toBe(text);
  });

  it('is taken back exactly, whatever the text', () => {
    const cells = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', '\t', 'a') }),
    );
    fc.assert(
      fc.property(cells, (text) => {
        expect(plainText(safeText(text))).toBe(text);
        expect(safeText(text)).not.toMatch(/^[=+\-@\t\r\n]/);
      }),
    );
  });
});
