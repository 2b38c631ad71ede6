import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonError, parseJson } from './parse-json.ts';

describe('parseJson', () => {
  test('reads whatever JSON.parse reads, written in any way', () => {
    const run = () =>
      fc.assert(
        fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
          const text = JSON.stringify(value, null, space);
          if (!text.includes('"__proto__":')) expect(parseJson(text)).toEqual(JSON.parse(text));
        }),
      );
    expect(run).not.toThrow();
  });

  test('refuses whatever JSON.parse refuses', () => {
    const run = () =>
      fc.assert(
        fc.property(fc.jsonValue(), fc.nat(), fc.string({ minLength: 1, maxLength: 2 }), (value, at, noise) => {
          const good = JSON.stringify(value);
          const text = good.slice(0, at % (good.length + 1)) + noise + good.slice(at % (good.length + 1));
          const [ours, theirs] = [attempt(() => parseJson(text)), attempt(() => JSON.parse(text))];
          // Ours refuses keys said twice as well.
          if (theirs === undefined) expect(ours).toBe(undefined);
        }),
      );
    expect(run).not.toThrow();
  });

  test.each([
    ['{"a": 1,}', 'Not JSON: "}" stands where a key in double quotes is expected (line 1, column 9)'],
    ['{"a": 1', 'Not JSON: the file ends where "," or "}" is expected (line 1, column 8)'],
    ['[1 2]', 'Not JSON: "2" stands where "," or "]" is expected (line 1, column 4)'],
    ["{'a': 1}", 'Not JSON: "\'" stands where a key in double quotes is expected (line 1, column 2)'],
    ['{\n  "a": undefined\n}', 'Not JSON: "u" stands where a value is expected (line 2, column 8)'],
    [
      '{"a": "x\ny"}',
      'Not JSON: a text that is not closed, or holds a wrong escape, stands where a text is expected (line 1, column 7)',
    ],
    ['{"a": 01}', 'Not JSON: "1" stands where "," or "}" is expected (line 1, column 8)'],
    ['{} // note', 'Not JSON: unexpected text after the end (line 1, column 4)'],
    ['', 'Not JSON: the file ends where a value is expected (line 1, column 1)'],
    ['{"a": 1,\n "a": 2}', 'The key "a" stands here twice (line 2, column 2)'],
    ['{"__proto__": 1}', 'The key "__proto__" is not taken (line 1, column 2)'],
    ['['.repeat(70), 'Nested deeper than 64 levels (line 1, column 66)'],
  ])('%j', (text, message) => {
    expect(() => parseJson(text)).toThrow(
      new RegExp(`^${message.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`),
    );
    expect(() => parseJson(text)).toThrow(JsonError);
  });

  test('a byte order mark is skipped', () => expect(parseJson('\uFEFF{"a": 1}')).toEqual({ a: 1 }));
});

function attempt(parse: () => unknown): unknown {
  try {
    return [parse()];
  } catch {
    return undefined;
  }
}
