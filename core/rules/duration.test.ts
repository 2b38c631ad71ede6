import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatDuration } from '../fields/duration-text.ts';
import { parseDuration } from './duration.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

it.each([
  ['15m', 15 * MINUTE],
  ['2h', 120 * MINUTE],
  ['1d', DAY],
  ['-30d', -30 * DAY],
  ['1w', 7 * DAY],
  ['1h30m', 90 * MINUTE],
  ['0s', 0],
  ['-0s', 0],
  ['250ms', 250],
  ['PT15M', 15 * MINUTE],
  ['P1DT2H', 26 * 60 * MINUTE],
  ['-P1W', -7 * DAY],
  ['PT1.5S', 1_500],
  [' 1d ', DAY],
])('%s is %d ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

it.each(['', '15', 'm', '1 h', '1.5h', 'P1M', 'P1Y', 'PT', 'P', 'P1DT', '1h-30m', '15 minutes'])(
  'refuses "%s"',
  (text) => {
    expect(() => parseDuration(text)).toThrow(
      `"${text}" is no duration: write something like 15m, 2h, 1d, -30d, 1h30m or PT15M.`,
    );
  },
);

it('reads back what it writes', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e13, max: 1e13 }), (milliseconds) => {
      expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
    }),
  );
});
