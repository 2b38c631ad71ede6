import { describe, expect, test } from 'vitest';
import { change, FIRM_PATHS, loadFiles, SMALL_FIRM, type Files } from '../../tests/support/definitions.ts';
import { refusals } from '../../tests/support/refusals.ts';

const ORDER = 'schemas/entities/order.json#/properties';

const withProperties = (properties: object): Files =>
  change(SMALL_FIRM, FIRM_PATHS.order, (doc) => Object.assign(doc['properties'] as object, properties));
const entity = (name: string, about: object, properties: object, required: readonly string[] = []): Files => ({
  [`schemas/entities/${name}.json`]: {
    $id: name,
    'x-entity': { plural: `${name}s`, ...about },
    properties: { name: { type: 'string' }, ...properties },
    required,
  },
});
const to = (target: string, more: object = {}) => ({ 'x-field': { to: target, ...more } });

describe('schemas made to do harm (R-20, R-45)', () => {
  test.each<[string, object, string]>([
    ...['file:///etc/passwd', 'http://127.0.0.1:1/x', '../../etc/x.json', '#', '#/properties/note', 'note'].map(
      ($ref): [string, object, string] => [
        `$ref ${$ref}`,
        { $ref },
        '/note/$ref: "$ref" is not taken: write the keywords out here.',
      ],
    ),
    ['$dynamicRef', { type: 'string', $dynamicRef: '#x' }, '/note/$dynamicRef: Unknown key "$dynamicRef".'],
    ['$data', { type: 'string', maxLength: { $data: '1/title' } }, '/note/maxLength: Must be a whole number.'],
    ['tsType', { type: 'string', tsType: 'any; evil()' }, '/note/tsType: Unknown key "tsType".'],
    ['allOf', { type: 'string', allOf: [{}] }, '/note/allOf: Unknown key "allOf".'],
    [
      'a pattern that cannot be read',
      { type: 'string', maxLength: 9, pattern: '([' },
      '/note/pattern: Is not a regular expression: ',
    ],
    [
      'a pattern with choices that overlap',
      { type: 'string', maxLength: 99, pattern: '^(a|a?)+$' },
      '/note/pattern: Some texts would keep this',
    ],
    ['a pattern that looks back', { type: 'string', maxLength: 99, pattern: '^(.*)\\1+\\1$' }, '/note/pattern: '],
    [
      'shortest above longest',
      { type: 'string', minLength: 10, maxLength: 1 },
      '/note/minLength: 10 is more than maxLength, 1.',
    ],
    [
      'a formula in a thousand brackets',
      { 'x-field': { type: 'money', computed: `${'('.repeat(900)}1${')'.repeat(900)}` } },
      '/note/x-field/computed: Exceeded maxDepth',
    ],
    [
      'a formula over a huge list',
      { 'x-field': { type: 'money', computed: `[${'1,'.repeat(900)}1][0]` } },
      '/note/x-field/computed: Exceeded maxListElements',
    ],
  ])('%s', (_, note, expected) => {
    expect(refusals(withProperties({ note }))[0]).toContain(`${ORDER}${expected}`);
  });

  test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])(
    'a field, an option, an entity called %s',
    (name) => {
      const refusal = `"${name}" is a reserved word. Choose another name.`;
      expect(refusals(withProperties({ [name]: { type: 'string' } }))).toContain(`${ORDER}/${name}: ${refusal}`);
      expect(refusals(withProperties({ mood: { enum: ['good', name] } }))).toContain(
        `${ORDER}/mood/enum/1: ${refusal}`,
      );
      expect(refusals({ ...SMALL_FIRM, ...entity(name, {}, {}) })).toContain(
        `schemas/entities/${name}.json#/$id: ${refusal}`,
      );
    },
  );
});

describe('circles', () => {
  const needs = 'No record can ever be the first, because each needs another one';
  test.each<[string, Files, string]>([
    [
      'of rights, two',
      {
        ...entity('aa', { access: { via: 'b' } }, { b: to('bb') }),
        ...entity('bb', { access: { via: 'a' } }, { a: to('aa') }),
      },
      'schemas/entities/aa.json#/x-entity/access/via: The rights come from one another in a circle: aa → bb → aa. One of them needs rights of its own.',
    ],
    [
      'of rights, one',
      entity('aa', { access: { via: 'up' } }, { up: to('aa') }),
      'schemas/entities/aa.json#/x-entity/access/via: The rights come from one another in a circle: aa → aa. One of them needs rights of its own.',
    ],
    [
      'of required references, three',
      {
        ...entity('aa', {}, { b: to('bb') }, ['b']),
        ...entity('bb', {}, { c: to('cc') }, ['c']),
        ...entity('cc', {}, { a: to('aa') }, ['a']),
      },
      `schemas/entities/aa.json#/properties/b: ${needs}: aa → bb → cc → aa. Let one of these references be empty.`,
    ],
    [
      'of a required reference to its own kind',
      entity('aa', {}, { up: to('aa') }, ['up']),
      `schemas/entities/aa.json#/properties/up: ${needs}: aa → aa. Let one of these references be empty.`,
    ],
    [
      'of formulas, three',
      withProperties({
        c1: { 'x-field': { type: 'money', computed: 'c2' } },
        c2: { 'x-field': { type: 'money', computed: 'c3' } },
        c3: { 'x-field': { type: 'money', computed: 'c1' } },
      }),
      `${ORDER}/c1/x-field/computed: Is worked out from itself: order.c1 → order.c2 → order.c3 → order.c1. Break the circle.`,
    ],
    [
      'of a sum and a formula of its parts',
      change(SMALL_FIRM, 'schemas/entities/line.json', (doc) =>
        Object.assign(doc['properties'] as object, {
          share: { 'x-field': { type: 'money', computed: 'order.total' } },
          amount: { 'x-field': { type: 'money', computed: 'share * 2' } },
        }),
      ),
      'schemas/entities/line.json#/properties/amount/x-field/computed: Is worked out from itself: line.amount → line.share → order.total → line.amount. Break the circle.',
    ],
    [
      'of new names',
      withProperties({ a1: { type: 'string', 'x-was': 'b1' }, b1: { type: 'string', 'x-was': 'a1' } }),
      `${ORDER}/a1/x-was: "b1" is still a property, so this cannot be its new name.`,
    ],
  ])('%s', (_, files, expected) => {
    expect(refusals({ ...SMALL_FIRM, ...files })).toContain(expected);
  });

  test('one old name for two fields', () => {
    const files = withProperties({ a1: { type: 'string', 'x-was': 'old' }, b1: { type: 'string', 'x-was': 'old' } });
    expect(refusals(files)).toEqual([`${ORDER}/b1/x-was: "a1" was "old" already, and one column cannot become two.`]);
  });

  test('a circle of cascades is none: each record is deleted once', () => {
    const files = {
      ...SMALL_FIRM,
      ...entity('aa', {}, { b: to('bb', { onDelete: 'cascade' }) }),
      ...entity('bb', {}, { a: to('aa', { onDelete: 'cascade' }) }),
    };
    expect(loadFiles(files).entities.has('aa')).toBe(true);
  });
});
