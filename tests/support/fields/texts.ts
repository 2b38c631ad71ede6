import { NO_TEXTS, same } from './fixture.ts';
import type { FieldFixture } from './fixture.ts';

const NFC = 'Tõnu café';
const NFD = NFC.normalize('NFD');

export const TEXTS: readonly FieldFixture[] = [
  // First, so that the numbers of its records are known.
  {
    type: 'sequence',
    key: 'sequence',
    property: { 'x-field': { type: 'sequence', pattern: 'S-{YYYY}-{0000}' } },
    values: ['S-2026-0001', 'S-2026-0002', 'S-2026-0003'],
    valid: [],
    invalid: [{ given: 'S-2026-9999', code: 'readOnly' }],
    parts: { contains: [['2026-0002', [1]]], startsWith: [['s-2026-0003', [2]]] },
    search: [['S-2026-0002', [1]]],
    form: false,
    made: true,
  },
  {
    type: 'text',
    key: 'text',
    property: { type: 'string', maxLength: 20 },
    values: ['apple', 'Äpple', 'banana 50%_\\', 'Ülle 😀'],
    valid: [
      { given: 'a\r\nb\rc', read: 'a\nb\nc' },
      ...same('😀'.repeat(20), NFC, NFD, 'שלום עולם', ' spaced ', '\u202eright', "'; drop table x; --", '0012', '𝔘𝔫𝔦'),
    ],
    invalid: [...NO_TEXTS, { given: 'x'.repeat(21), code: 'maxLength' }, { given: '😀'.repeat(21), code: 'maxLength' }],
    parts: {
      contains: [
        ['APP', [0, 1]],
        ['50%_\\', [2]],
        ['%', [2]],
        ['😀', [3]],
        ['_', [2]],
      ],
      startsWith: [
        ['ul', [3]],
        ['A', [0, 1]],
        ['pple', []],
      ],
    },
    search: [
      ['banana', [2]],
      ['bana', [2]],
      ['APPLE', [0, 1]],
      ['ülle', [3]],
    ],
  },
  {
    type: 'richText',
    key: 'richText',
    property: { type: 'string', 'x-field': { type: 'richText' } },
    values: ['<p>alpha <b>one</b></p>', '<p>Beta &amp; two</p>', '<p>gamma</p>'],
    valid: [
      { given: '<p onclick="x()">Hi <script>alert(1)</script><b>you</b></p>', read: '<p>Hi <b>you</b></p>' },
      { given: '<a href="javascript:x()">a</a>', read: '<a>a</a>' },
      { given: '<script></script>', read: null },
    ],
    invalid: NO_TEXTS,
    parts: {
      contains: [
        ['a & t', [1]],
        ['one', [0]],
        ['<b>', []],
      ],
      startsWith: [['alpha one', [0]]],
    },
    search: [['gamma', [2]]],
  },
  {
    type: 'address',
    key: 'address',
    property: { type: 'string', 'x-field': { type: 'address' } },
    values: ['Ģertrūdes 2, Rīga', 'Pikk 1\nTallinn', 'Viru 3'],
    valid: [{ given: 'Pikk 1\r\n10123', read: 'Pikk 1\n10123' }],
    invalid: [...NO_TEXTS, { given: 'x'.repeat(501), code: 'maxLength' }],
    parts: { contains: [['riga', [0]]], startsWith: [['PIKK', [1]]] },
    search: [['gertrudes', [0]]],
  },
  {
    type: 'email',
    key: 'email',
    property: { type: 'string', format: 'email' },
    values: ['anna@example.com', 'Bo@example.com', 'carl@sub.example.com'],
    valid: [
      { given: ' Anna.Kask@Example.COM ', read: 'Anna.Kask@example.com' },
      ...same('tõnu@näide.ee', 'o+tag@example.com'),
    ],
    invalid: [
      ...NO_TEXTS,
      ...['anna@localhost', 'a..b@example.com', 'anna', 'a@b@c.ee', 'a b@example.com', 'a@example.com\nBcc: x'].map(
        (given) => ({ given, code: 'format' }),
      ),
    ],
    spellings: [
      ['ANNA@EXAMPLE.COM', 0],
      [' bo@Example.com ', 1],
    ],
    parts: { contains: [['@SUB.', [2]]], startsWith: [['bo@', [1]]] },
    search: [['carl', [2]]],
  },
  {
    type: 'url',
    key: 'url',
    property: { type: 'string', format: 'uri' },
    values: ['http://example.com/', 'https://example.com/a?b=1#c', 'mailto:a@b.ee', 'tel:+3725123'],
    valid: [{ given: 'www.example.com/a', read: 'https://www.example.com/a' }],
    invalid: [
      ...NO_TEXTS,
      ...['javascript:alert(1)', 'java\nscript:x', 'data:text/html,x', 'file:///etc/passwd', 'a b'].map((given) => ({
        given,
        code: 'format',
      })),
    ],
    parts: { contains: [['EXAMPLE', [0, 1]]], startsWith: [['https', [1]]] },
    search: [['3725123', [3]]],
  },
  {
    type: 'phone',
    key: 'phone',
    property: { type: 'string', format: 'phone' },
    values: ['+37255501234', '+493012345678', '+74951234567'],
    valid: [
      { given: '8 (495) 123-45-67', read: '+74951234567' },
      { given: '00 372 5123 4567', read: '+37251234567' },
      { given: '5123-4567 ext 5', read: '+37251234567' },
      ...same('12-345'),
    ],
    invalid: [
      ...NO_TEXTS,
      ...['CALL ME', '1234', '1234567890123456'].map((given) => ({ given, code: 'format' })),
      { given: '1'.repeat(65), code: 'maxLength' },
    ],
    spellings: [
      ['8 495 123 45 67', 2],
      ['(+372) 5550-1234', 0],
      ['0049 30 12345678', 1],
    ],
    parts: { contains: [['495 123', [2]]], startsWith: [['00 372 55', [0]]] },
    search: [
      ['8 (495) 123', [2]],
      ['030 12345678', [1]],
      ['55501234', [0]],
    ],
  },
];
