import { describe, expect, test } from 'vitest';
import { refusePattern } from './pattern-safety.ts';

describe('refusePattern', () => {
  test.each([
    '^[A-Z]{2}$',
    String.raw`^\d{4}-\d{2}$`,
    '^EE[0-9]{9}$',
    '^[a-z]+$',
    '^(?:EE|LV|LT)[0-9]{5,12}$',
    '^[A-Z]{2}-?[0-9]{1,5}$',
    '',
  ])('%s may stand', (source) => {
    expect(refusePattern(source)).toBe(undefined);
  });

  test.each(['^(a+)+$', '^(a|a)*$', String.raw`^(\w+\s?)*$`, '(x+x+)+y'])('%s can hang', (source) => {
    expect(refusePattern(source)).toBe(
      'Some texts would keep this regular expression busy for seconds. Write it without a repeat inside a repeat, and without choices that overlap.',
    );
  });

  test('what does not compile', () => {
    expect(refusePattern('^[a-z')).toMatch(/^Is not a regular expression: .+\.$/);
  });
});
