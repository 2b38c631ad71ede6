import { same } from './fixture.ts';
import type { FieldFixture } from './fixture.ts';

export const TIMES: readonly FieldFixture[] = [
  {
    type: 'date',
    key: 'date',
    property: { type: 'string', format: 'date' },
    values: ['0001-01-01', '1899-12-31', '2024-02-29', '9999-12-31'],
    valid: same('2026-03-29', '2026-10-25', '1969-12-31'),
    invalid: [
      ...['2026-02-29', '2026-13-01', '0000-01-01', '31.03.2026', '2026-3-1', '2026-03-01T00:00:00Z', 'today'].map(
        (given) => ({ given, code: 'format' }),
      ),
      ...[20260301, true, {}, ['2026-03-01']].map((given) => ({ given, code: 'type' })),
    ],
  },
  {
    type: 'dateTime',
    key: 'dateTime',
    property: { type: 'string', format: 'date-time' },
    values: [
      '0001-01-01T00:00:00.000Z',
      '1969-12-31T23:59:59.999Z',
      '2026-03-29T00:59:59.999Z',
      '2026-03-29T01:00:00.000Z',
      '9999-12-31T23:59:59.999Z',
    ],
    valid: [
      { given: '2026-03-31T10:15:00+03:00', read: '2026-03-31T07:15:00.000Z' },
      { given: '2026-03-31t10:15:00.1239z', read: '2026-03-31T10:15:00.123Z' },
      { given: '2026-01-01T00:30+01:00', read: '2025-12-31T23:30:00.000Z' },
      { given: '2026-10-25T03:30:00+05:30', read: '2026-10-24T22:00:00.000Z' },
      { given: '2026-07-01T12:00:00-02:30', read: '2026-07-01T14:30:00.000Z' },
    ],
    invalid: [
      ...[
        '2026-03-31T10:15:00',
        '2026-03-31',
        '2026-02-30T10:15:00Z',
        '2026-02-20T24:00:00Z',
        '2026-02-20T23:60:00Z',
        '2026-06-30T23:59:60Z',
        'garbage',
        'Invalid date',
        '2026-01-01T00:00:00+24:00',
      ].map((given) => ({ given, code: 'format' })),
      { given: '0001-01-01T00:00:00+01:00', code: 'range' },
      { given: '9999-12-31T23:59:59-01:00', code: 'range' },
      ...[1767225600000, true, {}].map((given) => ({ given, code: 'type' })),
    ],
    spellings: [['2026-03-29T03:00:00+02:00', 3]],
  },
  {
    type: 'duration',
    key: 'duration',
    property: { type: 'string', format: 'duration' },
    values: ['-P30D', 'PT0S', 'PT0.5S', 'PT1H30M', 'P1D', 'P7D'],
    valid: [
      { given: '90m', read: 'PT1H30M' },
      { given: 'P1W', read: 'P7D' },
      { given: 'PT24H', read: 'P1D' },
      { given: '0s', read: 'PT0S' },
    ],
    invalid: [
      ...['P1M', 'P1Y', '1 hour', 'PT', 'P', 'soon'].map((given) => ({ given, code: 'format' })),
      ...[90, true, {}].map((given) => ({ given, code: 'type' })),
    ],
    spellings: [
      ['90m', 3],
      ['24h', 4],
    ],
    figures: { sum: '-P21DT22H29M59.5S', avg: '-P3DT15H44M59.917S' },
  },
];
