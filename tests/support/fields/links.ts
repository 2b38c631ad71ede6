import type { FieldFixture, Refusal } from './fixture.ts';

const NOWHERE = '018f0000-0000-7000-8000-000000000000';

/** Ids are texts and nothing else. */
const NO_IDS: readonly Refusal[] = [
  ...[5, true, [1]].map((given) => ({ given, code: 'type' })),
  { given: 'anna', code: 'format' },
  { given: "' or 1=1 --", code: 'format' },
  { given: NOWHERE, code: 'reference' },
];

export const LINKS: readonly FieldFixture[] = [
  {
    type: 'reference',
    key: 'reference',
    property: { type: 'string', 'x-field': { type: 'reference', to: 'target', inverse: 'references' } },
    values: ['@target:a', '@target:b', '@target:c'],
    valid: [{ given: { id: '@target:a', name: 'whatever' }, read: '@target:a' }],
    invalid: [
      ...NO_IDS,
      { given: {}, code: 'type' },
      { given: { id: 7 }, code: 'type' },
      { given: '@other:d', code: 'reference' },
    ],
    form: false,
  },
  {
    type: 'reference',
    key: 'several',
    property: { 'x-field': { type: 'reference', to: ['target', 'other'], inverse: 'severals' } },
    values: [
      { entity: 'target', id: '@target:a' },
      { entity: 'target', id: '@target:b' },
      { entity: 'other', id: '@other:d' },
    ],
    valid: [
      { given: '@target:a', read: { entity: 'target', id: '@target:a' } },
      { given: '@other:d', read: { entity: 'other', id: '@other:d' } },
      { given: { entity: 'other', id: '@other:d', name: 'x' }, read: { entity: 'other', id: '@other:d' } },
    ],
    invalid: [
      ...[5, true, [1], 'anna', {}, { id: '@target:a' }, { entity: 'target' }, { entity: 'target', id: 5 }].map(
        (given) => ({ given, code: 'type' }),
      ),
      { given: { entity: 'user', id: '@target:a' }, code: 'option' },
      { given: { entity: 'other', id: '@target:a' }, code: 'reference' },
      { given: NOWHERE, code: 'reference' },
      { given: { entity: 'target', id: NOWHERE }, code: 'reference' },
    ],
    spellings: [
      ['@target:b', 1],
      ['@other:d', 2],
      [{ entity: 'other', id: '@other:d' }, 2],
    ],
    form: false,
  },
  {
    type: 'reference',
    key: 'many',
    property: { type: 'array', 'x-field': { type: 'reference', to: 'target', many: true, inverse: 'manies' } },
    values: [['@target:a'], ['@target:b', '@target:a']],
    valid: [
      { given: [{ id: '@target:a' }, '@target:b', '@target:a'], read: ['@target:a', '@target:b'] },
      { given: null, read: [] },
    ],
    parts: {
      contains: [
        ['@target:a', [0, 1]],
        ['@target:b', [1]],
        ['@target:c', []],
      ],
    },
    quantified: {
      some: [
        [{ name: 'b' }, [1]],
        [{}, [0, 1]],
      ],
      none: [[{ id: '@target:b' }, [0, 2]]],
      every: [[{ name: 'a' }, [0, 2]]],
    },
    invalid: [
      { given: '@target:a', code: 'type' },
      { given: [5], code: 'type' },
      { given: ['anna'], code: 'format' },
      { given: [NOWHERE], code: 'reference' },
    ],
    form: false,
  },
];
