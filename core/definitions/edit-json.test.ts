import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { editJson } from './edit-json.ts';
import { canonicalJson } from './canonical-json.ts';

const TEXT = `{
  "name": "sales",
  "stages": [
    { "key": "new", "title": "New" },
    { "key": "won",   "title": "Won" }
  ],
  "fields": ["a", "b"],
  "empty": {}
}
`;

describe('an edit of a JSON text', () => {
  const edited = (edit: (json: Record<string, unknown>) => void) => {
    const json = JSON.parse(TEXT) as Record<string, unknown>;
    edit(json);
    return editJson(TEXT, json);
  };
  const stages = (json: Record<string, unknown>) => json['stages'] as Record<string, unknown>[];

  it.each<[string, (json: Record<string, unknown>) => void, string, string]>([
    ['nothing', () => undefined, '', ''],
    ['a text', (json) => (json['name'] = 'x'), '"name": "sales"', '"name": "x"'],
    ['one member of one item', (json) => (stages(json)[1]!['title'] = 'Gain'), '"title": "Won"', '"title": "Gain"'],
    [
      'a new member of an item',
      (json) => (stages(json)[0]!['kind'] = 'open'),
      '"title": "New" }',
      '"title": "New", "kind": "open" }',
    ],
    ['a new item', (json) => stages(json).push({ key: 'lost' }), '"Won" }\n', '"Won" },\n    { "key": "lost" }\n'],
    ['one item less', (json) => stages(json).shift(), '{ "key": "new", "title": "New" },\n    ', ''],
    ['the last item less', (json) => stages(json).pop(), ',\n    { "key": "won",   "title": "Won" }', ''],
    ['a plain list', (json) => (json['fields'] = ['b', 'a']), '["a", "b"]', '["b", "a"]'],
    ['a plain list that grows', (json) => (json['fields'] = ['a', 'b', 'c']), '["a", "b"]', '["a", "b", "c"]'],
    ['a new member', (json) => (json['more'] = { a: 1 }), '"empty": {}\n', '"empty": {},\n  "more": { "a": 1 }\n'],
    ['a member less', (json) => delete json['name'], '"name": "sales",\n  ', ''],
    ['an empty object', (json) => (json['empty'] = { a: 1 }), '"empty": {}', '"empty": { "a": 1 }'],
  ])('changes %s and nothing else', (_, edit, before, after) => {
    expect(edited(edit)).toBe(TEXT.replace(before, after));
  });
});

test('whatever is changed, the text says it afterwards', () => {
  const json = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });
  fc.assert(
    fc.property(json, json, fc.nat(3), (before, after, indent) => {
      const text = JSON.stringify(before, null, indent);
      expect(canonicalJson(JSON.parse(editJson(text, after)))).toBe(canonicalJson(after));
    }),
    { numRuns: 500 },
  );
});
