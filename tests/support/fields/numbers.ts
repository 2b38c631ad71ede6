import { same } from './fixture.ts';
import type { FieldFixture, Refusal } from './fixture.ts';

const NO_NUMBERS: readonly Refusal[] = ['ten', '1,5', true, {}, [1], '0x10', 'NaN', '1e999'].map((given) => ({
  given,
  code: 'type',
}));

export const NUMBERS: readonly FieldFixture[] = [
  {
    type: 'integer',
    key: 'integer',
    property: { type: 'integer' },
    values: ['-9223372036854775808', -1, 0, 9007199254740991, '9007199254740993', '9223372036854775807'],
    valid: [
      { given: '42', read: 42 },
      { given: 1.0, read: 1 },
      { given: '9007199254740992', read: '9007199254740992' },
      { given: '+7', read: 7 },
      ...same(-9007199254740991),
    ],
    invalid: [
      ...NO_NUMBERS,
      ...[1.5, 9007199254740992, 1e300, '1.5'].map((given) => ({ given, code: 'type' })),
      ...['9223372036854775808', '-9223372036854775809'].map((given) => ({ given, code: 'range' })),
    ],
    spellings: [
      ['-1', 1],
      ['9007199254740993', 4],
    ],
  },
  {
    type: 'number',
    key: 'number',
    property: { type: 'number' },
    values: [-1e300, -0.1, 0, 5e-324, 0.1, 0.30000000000000004, 1e21],
    valid: [
      { given: '1e-7', read: 1e-7 },
      { given: '2.5', read: 2.5 },
      ...same(1.7976931348623157e308, 123456789.12345679, 9007199254740994),
    ],
    invalid: NO_NUMBERS,
    spellings: [['0.1', 4]],
  },
  {
    type: 'decimal',
    key: 'decimal',
    property: { 'x-field': { type: 'decimal', scale: 3 } },
    values: ['-1.500', '0.000', '0.001', '9223372036854775.807'],
    valid: [
      { given: 1.5, read: '1.500' },
      { given: '-0.000', read: '0.000' },
      { given: '1.5000', read: '1.500' },
      { given: 0, read: '0.000' },
    ],
    invalid: [
      ...NO_NUMBERS,
      { given: '1.2345', code: 'scale' },
      { given: 1.2345, code: 'scale' },
      { given: '9223372036854775.808', code: 'range' },
      { given: 123456789012345.67, code: 'type' },
    ],
    spellings: [
      [-1.5, 0],
      ['0.0010', 2],
    ],
  },
  {
    type: 'money',
    key: 'money',
    property: { 'x-field': { type: 'money' } },
    values: ['-0.01', '0.00', '19.99', '20.99'],
    valid: [
      { given: 1234.5, read: '1234.50' },
      { given: 0.1, read: '0.10' },
      { given: '92233720368547758.07', read: '92233720368547758.07' },
    ],
    invalid: [
      ...NO_NUMBERS,
      { given: '1.005', code: 'scale' },
      { given: 0.30000000000000004, code: 'type' },
      { given: '92233720368547758.08', code: 'range' },
      { given: '1 000', code: 'type' },
    ],
    spellings: [[19.99, 2]],
    figures: { sum: '40.97', avg: '10.24' },
  },
  {
    type: 'money',
    key: 'yen',
    property: { minimum: 0, maximum: 1000, 'x-field': { type: 'money', currency: 'JPY' } },
    values: ['0', '7', '1000'],
    valid: [{ given: 100, read: '100' }],
    invalid: [
      { given: '1.5', code: 'scale' },
      { given: -1, code: 'minimum' },
      { given: '1001', code: 'maximum' },
    ],
    figures: { sum: '1007', avg: '336' },
  },
  {
    type: 'boolean',
    key: 'boolean',
    property: { type: 'boolean' },
    values: [false, true],
    valid: [
      { given: 'true', read: true },
      { given: 'false', read: false },
    ],
    invalid: [1, 0, 'yes', 'TRUE', {}, [true]].map((given) => ({ given, code: 'type' })),
    spellings: [['true', 1]],
  },
];
