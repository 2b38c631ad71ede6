import { describe, expect, it } from 'vitest';
import { CasementError } from '../errors.ts';
import { parseJson } from './scan-json.ts';

const problemOf = (text: string): string => {
  try {
    parseJson(text);
    return 'none';
  } catch (error) {
    if (!(error instanceof CasementError)) throw error;
    return `${error.status} ${error.errors[0]?.path ?? ''} ${error.message}`;
  }
};

describe('parseJson', () => {
  it('reads JSON as it stands', () => {
    const value = {
      text: 'a "quoted" \\ é 👍',
      list: [1, -2.5, 1e3, 0.1, 123456789012345, [], {}],
      no: null,
      yes: true,
      '': 0,
    };
    expect(parseJson(JSON.stringify(value))).toEqual(value);
    expect(parseJson(Buffer.from('"ž"'))).toBe('ž');
  });

  it('counts braces inside texts as text', () => {
    const text = '[{"'.repeat(50);
    expect(parseJson(JSON.stringify([text]))).toEqual([text]);
  });

  it.each([
    ['{"a":}', '400  The body is not valid JSON.'],
    ['', '400  The body is not valid JSON.'],
    [`${'['.repeat(33)}${']'.repeat(33)}`, '400  The body is nested deeper than 32 levels.'],
    ['{"a":{"__proto__":{}}}', '400  The body holds the key "__proto__", which is never taken.'],
    ['{"a":[{"const\\u0072uctor":1}]}', '400  The body holds the key "constructor", which is never taken.'],
    ['{"prototype":1}', '400  The body holds the key "prototype", which is never taken.'],
    [
      `{${Array.from({ length: 1001 }, (_, i) => `"k${i}":1`).join(',')}}`,
      '400  The body has an object with more than 1000 keys.',
    ],
    [`[${'1,'.repeat(10_000)}1]`, '400  The body has a list with more than 10000 items.'],
    ['{"a/b":[1,{"c":9007199254740993}]}', '422 /a~1b/1/c This number cannot be kept exactly. Send it as a text.'],
    ['[0.12345678901234567890]', '422 /0 This number cannot be kept exactly. Send it as a text.'],
    ['1e999', '422  This number cannot be kept exactly. Send it as a text.'],
  ])('refuses %.40s', (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  it('takes the limits themselves', () => {
    expect(problemOf(`${'['.repeat(32)}${']'.repeat(32)}`)).toBe('none');
    expect(problemOf(`{${Array.from({ length: 1000 }, (_, i) => `"k${i}":1`).join(',')}}`)).toBe('none');
    expect(problemOf(`[${'1,'.repeat(9999)}1]`)).toBe('none');
    expect(problemOf('[9007199254740991, 0.30000000000000004, 1.7976931348623157e308]')).toBe('none');
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('is not UTF-8 text');
  });
});
