import { same } from './fixture.ts';
import type { FieldFixture } from './fixture.ts';

export const CHOICES: readonly FieldFixture[] = [
  {
    type: 'select',
    key: 'select',
    property: { enum: ['site', 'phone', 'walk-in'] },
    values: ['phone', 'site', 'walk-in'],
    valid: same('site'),
    invalid: [
      ...['mail', 'SITE', 'site ', "site' or 1=1"].map((given) => ({ given, code: 'option' })),
      ...[1, true, {}, ['site']].map((given) => ({ given, code: 'type' })),
    ],
  },
  {
    type: 'multiSelect',
    key: 'multiSelect',
    property: { type: 'array', items: { enum: ['hot', 'vip', 'late'] } },
    values: [['hot'], ['hot', 'vip'], ['late'], ['vip']],
    valid: [
      { given: ['vip', 'hot', 'hot'], read: ['hot', 'vip'] },
      { given: [], read: null },
    ],
    invalid: [
      { given: ['mail'], code: 'option' },
      { given: 'hot', code: 'type' },
      { given: [1], code: 'type' },
      { given: {}, code: 'type' },
    ],
    spellings: [[['vip', 'hot'], 1]],
    parts: {
      contains: [
        ['vip', [1, 3]],
        ['late', [2]],
      ],
    },
  },
  {
    type: 'json',
    key: 'json',
    property: { 'x-field': { type: 'json' } },
    values: [[1, 'a', null], { b: [1.5, { c: true }], a: '😀' }],
    valid: [
      ...same('text', 5, false, [], {}, { deep: { deeper: [[[]]] } }, { z: 1, a: 2 }, 1e21, 0.1),
      { given: { n: -0 }, read: { n: 0 } },
    ],
    invalid: [
      { given: { a: 'x\u0000' }, code: 'text' },
      { given: { 'k\ud800': 1 }, code: 'text' },
      { given: 'x'.repeat(100_001), code: 'maxLength' },
    ],
  },
];
