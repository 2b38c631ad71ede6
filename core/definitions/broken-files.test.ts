import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FIRM_PATHS, SMALL_FIRM, type Files } from '../../tests/support/definitions.ts';
import { refusals } from '../../tests/support/refusals.ts';

const X = 'schemas/views/x.json';

const without = (part: string): Files =>
  Object.fromEntries(Object.entries(SMALL_FIRM).filter(([path]) => !path.includes(part)));
const withFile = (path: string, content: unknown): Files => ({ ...SMALL_FIRM, [path]: content });

describe('files', () => {
  test.each<[string, Files, string]>([
    ['an empty file', withFile(X, ''), `${X}#/: Not JSON: the file ends where a value is expected (line 1, column 1).`],
    [
      'a BOM alone',
      withFile(X, '\uFEFF'),
      `${X}#/: Not JSON: the file ends where a value is expected (line 1, column 2).`,
    ],
    [
      'bytes that are not UTF-8',
      withFile(X, Uint8Array.of(0x7b, 0xff, 0x7d)),
      `${X}#/: Is not UTF-8. Save it in that encoding.`,
    ],
    [
      'UTF-16',
      withFile(X, Buffer.from('{"name":"x"}', 'utf16le')),
      `${X}#/: Not JSON: "\\u0000" stands where a key in double quotes is expected (line 1, column 2).`,
    ],
    [
      'a NUL',
      withFile(X, '{"name":"x\u0000"}'),
      `${X}#/: Not JSON: a text that is not closed, or holds a wrong escape, stands where a text is expected (line 1, column 9).`,
    ],
    [
      'an escaped NUL',
      withFile(X, '{"title":"a\\u0000b"}'),
      `${X}#/: Holds a character that cannot be stored (line 1, column 10).`,
    ],
    [
      'half a character',
      withFile(X, '{"title":"a\\ud800b"}'),
      `${X}#/: Holds a character that cannot be stored (line 1, column 10).`,
    ],
    [
      'a huge file',
      withFile(X, `{"a":"${'x'.repeat(5_000_000)}"}`),
      `${X}#/: Is larger than 1 MiB. A definition is written by people: split it.`,
    ],
    ['lists in lists', withFile(X, '['.repeat(200_000)), `${X}#/: Nested deeper than 64 levels (line 1, column 66).`],
    [
      'objects in objects',
      withFile(X, '{"a":'.repeat(100_000)),
      `${X}#/: Nested deeper than 64 levels (line 1, column 326).`,
    ],
    [
      'thousands of unknown keys',
      withFile(X, Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`nmae${i}`, i]))),
      `${X}#/nmae0: Unknown key "nmae0".`,
    ],
    [
      'a number that is none',
      withFile(X, '{"menu":NaN}'),
      `${X}#/: Not JSON: "N" stands where a value is expected (line 1, column 9).`,
    ],
    [
      'a number without an end',
      withFile(X, '{"name":"x","entity":"order","kind":"list","menu":1e999}'),
      `${X}#/menu: Must be a whole number.`,
    ],
    [
      'a comma too much',
      withFile(X, '{"name":"x",}'),
      `${X}#/: Not JSON: "}" stands where a key in double quotes is expected (line 1, column 13).`,
    ],
    ['text after the end', withFile(X, '{} {}'), `${X}#/: Not JSON: unexpected text after the end (line 1, column 4).`],
    [
      'a comment',
      withFile(X, '// a view\n{}'),
      `${X}#/: Not JSON: "/" stands where a value is expected (line 1, column 1).`,
    ],
    [
      '__proto__ as a key',
      withFile(X, '{"__proto__":{"a":1}}'),
      `${X}#/: The key "__proto__" is not taken (line 1, column 2).`,
    ],
    [
      'a file of another kind',
      withFile('schemas/views/x.yaml', 'a: 1'),
      'schemas/views/x.yaml#/: Only .json files are read here. Move it elsewhere.',
    ],
    ['a manifest that is a list', withFile('package.json', '[]'), 'package.json#/: Must be an object.'],
    [
      'a manifest that is no JSON',
      withFile('package.json', '{'),
      'package.json#/: Not JSON: the file ends where a key in double quotes is expected (line 1, column 2).',
    ],
    [
      'a casement key that is a list',
      withFile('package.json', { name: 'firm', casement: [] }),
      'package.json#/casement: Must be an object.',
    ],
    [
      'a plugin that is a path',
      withFile('package.json', { name: 'firm', casement: { plugins: ['../evil'] } }),
      'package.json#/casement/plugins/0: "../evil" is not the name of a package.',
    ],
    [
      'a plugin named twice',
      withFile('package.json', { name: 'firm', casement: { plugins: ['a', 'a'] } }),
      'package.json#/casement/plugins/1: "a" stands in the list twice.',
    ],
    [
      'a project with the name of the base package',
      withFile('package.json', { name: 'base' }),
      'package.json#/name: "base" is the name of the base package. Choose another.',
    ],
    [
      'a version range that is none',
      withFile('package.json', { name: 'firm', casement: { core: 'latest' } }),
      'package.json#/casement/core: "latest" is not a version range such as >=0.1.0.',
    ],
    ['texts in a list', withFile('locales/et.json', []), 'locales/et.json#/: Must be an object of texts by key.'],
    [
      'texts in a tree',
      withFile('locales/et.json', { entities: { order: { title: 'x' } } }),
      'locales/et.json#/entities: There is nothing to translate by this name.',
    ],
    [
      'texts of no language',
      withFile('locales/english.json', {}),
      'locales/english.json#/: Must be named after a language, such as et.json or pt-BR.json.',
    ],
    [
      'an empty text',
      withFile('locales/et.json', { 'entities.order.title': '' }),
      'locales/et.json#/entities.order.title: Must be a text.',
    ],
    ['a seed that is no list', withFile('seed/first.json', {}), 'seed/first.json#/: Must be a list.'],
    [
      'a seed of no entity',
      withFile('seed/first.json', [{ entity: 'ordr', set: {} }]),
      'seed/first.json#/0/entity: There is no entity "ordr". Did you mean "order"?',
    ],
    [
      'a template without a text',
      withFile('templates/bill.json', { name: 'bill', entity: 'order', purpose: 'bill' }),
      'templates/bill.json#/: There is no bill.hbs beside it. Add the text of the template.',
    ],
    [
      'a template that holds itself',
      withFile('templates/offer.hbs', '{{> offer}}'),
      'templates/offer.hbs#/: Line 1: Partials {{> …}} are not known here. Write their text into the template.',
    ],
    [
      'a template that reaches for prototypes',
      withFile('templates/offer.hbs', '{{lookup record "__proto__"}}'),
      'templates/offer.hbs#/: Line 1: There is no helper "lookup". Known: "t", "money", "date", "number" or "eq".',
    ],
    [
      'a template that is not UTF-8',
      withFile('templates/offer.hbs', Uint8Array.of(0xff, 0xfe)),
      'templates/offer.hbs#/: Is not UTF-8. Save it in that encoding.',
    ],
    [
      'a file called a patch that is none',
      withFile('schemas/views/x.patch.json', { name: 'x', entity: 'order', kind: 'list' }),
      'schemas/views/x.patch.json#/: Only a document with "x-patch" is called so. Take .patch out.',
    ],
    [
      'a patch that adds as well',
      withFile('schemas/entities/order.patch.json', { 'x-patch': 'firm/entity/order', 'x-extends': 'order' }),
      'schemas/entities/order.patch.json#/x-extends: A patch changes what is there, an addition brings properties. Write one or the other.',
    ],
    [
      'a patch of itself',
      withFile(FIRM_PATHS.view, { 'x-patch': 'firm/view/board' }),
      'schemas/views/board.json#/x-patch: The package "firm" brings no view "board".',
    ],
    [
      'a patch out of the project',
      withFile(X, { 'x-patch': '../view/x' }),
      `${X}#/x-patch: The package ".." brings no view "x".`,
    ],
    [
      'a patch that is no text',
      withFile(X, { 'x-patch': 5 }),
      `${X}#/x-patch: Must be a text such as "base/view/tasks".`,
    ],
  ])('%s', (_, files, expected) => {
    expect(refusals(files)[0]?.slice(0, expected.length)).toBe(expected);
  });

  test.each<[string, Files, (dir: string) => void, string]>([
    [
      'a folder called like a file',
      SMALL_FIRM,
      (dir) => mkdirSync(join(dir, X)),
      `${X}#/: Is a folder, and a file is wanted here. Rename it.`,
    ],
    [
      'a folder called like texts',
      SMALL_FIRM,
      (dir) => mkdirSync(join(dir, 'locales/ru.json')),
      'locales/ru.json#/: Is a folder, and a file is wanted here. Rename it.',
    ],
    [
      'a folder called like a template',
      SMALL_FIRM,
      (dir) => mkdirSync(join(dir, 'templates/offer.ru.hbs')),
      'templates/offer.ru.hbs#/: Is a folder, and a file is wanted here. Rename it.',
    ],
    [
      'a folder called like a seed',
      SMALL_FIRM,
      (dir) => mkdirSync(join(dir, 'seed/x.json')),
      'seed/x.json#/: Is a folder, and a file is wanted here. Rename it.',
    ],
    [
      'a file called like a folder',
      without('views'),
      (dir) => writeFileSync(join(dir, 'schemas/views'), ''),
      'schemas/views#/: Is a file, and a folder is wanted here. Rename it.',
    ],
    [
      'a file called like the texts',
      without('locales'),
      (dir) => writeFileSync(join(dir, 'locales'), ''),
      'locales#/: Is a file, and a folder is wanted here. Rename it.',
    ],
    [
      'a link to itself',
      SMALL_FIRM,
      (dir) => symlinkSync('x.json', join(dir, X)),
      `${X}#/: Is a link that leads back to itself. Remove it.`,
    ],
    [
      'a link to nothing',
      SMALL_FIRM,
      (dir) => symlinkSync('nowhere', join(dir, X)),
      `${X}#/: Is a link to a file that is not there. Remove it.`,
    ],
    [
      'a link to the folder above',
      SMALL_FIRM,
      (dir) => symlinkSync('..', join(dir, 'schemas/views/more')),
      'schemas/views/more#/: Only .json files are read here. Move it elsewhere.',
    ],
  ])('%s', (_, files, arrange, expected) => {
    expect(refusals(files, arrange)[0]).toBe(expected);
  });

  test('a BOM before good JSON is taken', () => {
    const text = `\uFEFF${JSON.stringify(SMALL_FIRM[FIRM_PATHS.view])}`;
    expect(refusals(withFile(FIRM_PATHS.view, text))).toEqual([]);
  });

  test('an object with thousands of unknown keys names the first twenty', () => {
    const keys = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i]));
    expect(refusals(withFile(X, keys)).filter((line) => line.includes('Unknown key'))).toHaveLength(20);
  });
});
