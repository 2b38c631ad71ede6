import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldOf, referenceTo } from '../../tests/support/lookup.ts';
import { FieldError } from './field-type.ts';
import type { FieldSpec, ParseEnv, Value } from './field-type.ts';
import { createFieldTypes, inferFieldType } from './registry.ts';

const env: ParseEnv = { currency: 'EUR', country: 'EE' };
const ID = '018f6f2e-7a10-7cc0-8f00-0123456789ab';
const ID2 = '018f6f2e-7a10-7cc0-8f00-0123456789ac';

const short = fieldOf('text', { maxLength: 5 });
const options = { options: ['site', 'phone', 'walk-in'] };
const about = fieldOf('reference', referenceTo(['deal', 'contact']));
const teams = fieldOf('reference', referenceTo('team', { many: true }));

const GOOD: readonly (readonly [FieldSpec, unknown, Value])[] = [
  [fieldOf('text'), 'Ülle 😀', 'Ülle 😀'],
  [fieldOf('text'), 'a\r\nb\rc', 'a\nb\nc'],
  [short, '😀😀😀😀😀', '😀😀😀😀😀'],
  [fieldOf('richText'), '<p onclick="x()">Hi <script>alert(1)</script><b>you</b></p>', '<p>Hi <b>you</b></p>'],
  [fieldOf('richText'), '<a href="javascript:x()">a</a> & <i>b</i>', '<a>a</a> &amp; <i>b</i>'],
  [fieldOf('richText'), '<script></script>', null],
  [fieldOf('integer'), 42, 42],
  [fieldOf('integer'), '42', 42],
  [fieldOf('integer'), '9007199254740993', '9007199254740993'],
  [fieldOf('integer'), '-9223372036854775808', '-9223372036854775808'],
  [fieldOf('number'), 0.1, 0.1],
  [fieldOf('number'), '1e-7', 1e-7],
  [fieldOf('number'), -0, 0],
  [fieldOf('decimal', { scale: 3 }), '1.5', '1.500'],
  [fieldOf('decimal', { scale: 0 }), 7, '7'],
  [fieldOf('decimal', { scale: 2 }), '1.500', '1.50'],
  [fieldOf('money'), 1234.5, '1234.50'],
  [fieldOf('money'), '-0.00', '0.00'],
  [fieldOf('money'), '92233720368547758.07', '92233720368547758.07'],
  [fieldOf('money', { currency: 'JPY' }), '100', '100'],
  [fieldOf('money', { currency: 'KWD' }), '1.5', '1.500'],
  [fieldOf('boolean'), true, true],
  [fieldOf('boolean'), 'false', false],
  [fieldOf('date'), '2024-02-29', '2024-02-29'],
  [fieldOf('dateTime'), '2026-03-31T10:15:00+03:00', '2026-03-31T07:15:00.000Z'],
  [fieldOf('dateTime'), '2026-03-31t10:15:00.1239z', '2026-03-31T10:15:00.123Z'],
  [fieldOf('dateTime'), '2026-01-01T00:30+01:00', '2025-12-31T23:30:00.000Z'],
  [fieldOf('dateTime'), '0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  [fieldOf('duration'), '1h30m', 'PT1H30M'],
  [fieldOf('duration'), '-30d', '-P30D'],
  [fieldOf('duration'), 'P1W', 'P7D'],
  [fieldOf('duration'), 'PT0.5S', 'PT0.5S'],
  [fieldOf('duration'), '0s', 'PT0S'],
  [fieldOf('select', options), 'walk-in', 'walk-in'],
  [fieldOf('multiSelect', options), ['walk-in', 'site', 'site'], ['site', 'walk-in']],
  [fieldOf('multiSelect', options), [], null],
  [fieldOf('email'), ' Anna.Kask@Example.COM ', 'Anna.Kask@example.com'],
  [fieldOf('url'), 'www.example.com/a', 'https://www.example.com/a'],
  [fieldOf('url'), 'mailto:a@b.ee', 'mailto:a@b.ee'],
  [fieldOf('address'), 'Pikk 1\r\nTallinn', 'Pikk 1\nTallinn'],
  [fieldOf('sequence'), 'INV-2026-0001', 'INV-2026-0001'],
  [fieldOf('reference', referenceTo('contact')), ID.toUpperCase(), ID],
  [fieldOf('reference', referenceTo('contact')), { id: ID, name: 'Anna' }, ID],
  [about, { entity: 'deal', id: ID, title: 'x' }, { entity: 'deal', id: ID }],
  [teams, [ID, { id: ID2 }, ID], [ID, ID2]],
  [teams, [], []],
  [fieldOf('file'), ID, { id: ID }],
  [
    fieldOf('file'),
    { id: ID, name: 'a.pdf', type: 'application/pdf', size: 7, evil: 1 },
    { id: ID, name: 'a.pdf', type: 'application/pdf', size: 7 },
  ],
  [fieldOf('image'), { id: ID, type: 'image/png' }, { id: ID, type: 'image/png' }],
  [fieldOf('signature'), ID, { id: ID }],
  [fieldOf('json'), { a: [1, -0, null, { b: 'x' }] }, { a: [1, 0, null, { b: 'x' }] }],
  [fieldOf('id'), ID.toUpperCase(), ID],
];

const BAD: readonly (readonly [FieldSpec, unknown, string, string])[] = [
  [fieldOf('text'), 5, 'type', 'Must be a text.'],
  [fieldOf('text'), 'a\u0000b', 'text', 'Contains a character that cannot be stored.'],
  [fieldOf('text'), 'a\ud800b', 'text', 'Contains a character that cannot be stored.'],
  [short, 'abcdef', 'maxLength', 'Must be at most 5 characters long.'],
  [fieldOf('text'), 'x'.repeat(256), 'maxLength', 'Must be at most 255 characters long.'],
  [fieldOf('text', { minLength: 2 }), 'a', 'minLength', 'Must be at least 2 characters long.'],
  [fieldOf('text', { pattern: '^\\d+$' }), 'a', 'pattern', 'Must match the pattern ^\\d+$.'],
  [fieldOf('integer'), 1.5, 'type', 'Must be a whole number.'],
  [fieldOf('integer'), 1e300, 'type', 'A number this large must be sent as a text to stay exact.'],
  [fieldOf('integer'), '9223372036854775808', 'range', 'Is too large a number to be stored.'],
  [fieldOf('integer', { minimum: 1 }), 0, 'minimum', 'Must be at least 1.'],
  [fieldOf('integer'), true, 'type', 'Must be a whole number.'],
  [fieldOf('number', { maximum: 10 }), 10.5, 'maximum', 'Must be at most 10.'],
  [fieldOf('number'), 'ten', 'type', 'Must be a number.'],
  [fieldOf('number'), Number.NaN, 'type', 'Must be a number.'],
  [fieldOf('money'), '1.005', 'scale', 'Must have at most 2 digits after the point.'],
  [fieldOf('money'), '1,50', 'type', 'Must be a decimal number such as "1234.50".'],
  [fieldOf('money'), '92233720368547758.08', 'range', 'Is too large a number to be stored.'],
  [
    fieldOf('money'),
    1234567890123456.5,
    'type',
    'A number this long must be sent as a text, such as "1234.50", to stay exact.',
  ],
  [fieldOf('money', { currency: 'JPY' }), '1.5', 'scale', 'Must have at most 0 digits after the point.'],
  [fieldOf('decimal', { minimum: 0, maximum: 100 }), '100.01', 'maximum', 'Must be at most 100.'],
  [fieldOf('boolean'), 1, 'type', 'Must be true or false.'],
  [fieldOf('date'), '2026-02-29', 'format', 'There is no such day.'],
  [fieldOf('date'), '31.03.2026', 'format', 'Must be a date such as "2026-03-31".'],
  [
    fieldOf('dateTime'),
    '2026-03-31T10:15:00',
    'format',
    'Must be an instant with its offset such as "2026-03-31T10:15:00+03:00".',
  ],
  [fieldOf('dateTime'), '2026-02-30T10:15:00Z', 'format', 'There is no such day or time.'],
  [fieldOf('dateTime'), '2026-02-20T24:00:00Z', 'format', 'There is no such day or time.'],
  [fieldOf('dateTime'), '0001-01-01T00:00:00+01:00', 'range', 'Must lie between the years 1 and 9999.'],
  [fieldOf('duration'), 'P1M', 'format', 'Must be a length of time such as "1h30m" or "PT1H30M".'],
  [fieldOf('select', options), 'mail', 'option', 'Must be one of: site, phone, walk-in.'],
  [fieldOf('multiSelect', options), ['mail'], 'option', 'Must be one of: site, phone, walk-in.'],
  [fieldOf('multiSelect', options), 'site', 'type', 'Must be a list of options.'],
  [fieldOf('email'), 'anna@localhost', 'format', 'Must be an e-mail address such as "name@example.com".'],
  [fieldOf('email'), 'a..b@example.com', 'format', 'Must be an e-mail address such as "name@example.com".'],
  [fieldOf('url'), 'javascript:alert(1)', 'format', 'Must start with http, https, mailto or tel.'],
  [fieldOf('url'), 'java\nscript:alert(1)', 'format', 'Must be a link such as "https://example.com".'],
  [fieldOf('url'), 'data:text/html,x', 'format', 'Must start with http, https, mailto or tel.'],
  [fieldOf('reference', referenceTo('contact')), 'anna', 'format', 'Must be the id of a record.'],
  [about, ID, 'reference', 'There is no such record.'],
  [about, 'anna', 'type', 'Must be {"entity", "id"} of one of: deal, contact.'],
  [about, { id: ID }, 'type', 'Must be {"entity", "id"} of one of: deal, contact.'],
  [about, { entity: 'user', id: ID }, 'option', 'May only point to one of: deal, contact.'],
  [teams, ID, 'type', 'Must be a list of record ids.'],
  [fieldOf('file'), { name: 'a.pdf' }, 'type', 'Must be the id of an uploaded file.'],
  [fieldOf('image'), { id: ID, type: 'application/pdf' }, 'format', 'Must be a picture.'],
  [fieldOf('json'), JSON.parse(`${'['.repeat(34)}${']'.repeat(34)}`), 'range', 'Must be at most 32 levels deep.'],
  [fieldOf('json'), JSON.parse('{"__proto__":{"a":1}}'), 'format', 'The key "__proto__" is not allowed.'],
  [fieldOf('json'), { a: '\u0000' }, 'text', 'Contains a character that cannot be stored.'],
];

function refusalOf(field: FieldSpec, input: unknown): unknown {
  try {
    return field.type.parse(input, field, env);
  } catch (error) {
    return error instanceof FieldError ? [error.code, error.message] : error;
  }
}

describe('parse', () => {
  it.each(GOOD)('%o takes %o', (field, input, canonical) => {
    expect(field.type.parse(input, field, env)).toStrictEqual(canonical);
    expect(canonical === null || field.type.parse(canonical, field, env)).toStrictEqual(canonical ?? true);
  });

  it.each(BAD)('%o refuses %o with %s', (field, input, code, message) => {
    expect(refusalOf(field, input)).toStrictEqual([code, message]);
  });

  it('names the limit in params, for translations', () => {
    expect(() => short.type.parse('abcdef', short, env)).toThrow(expect.objectContaining({ params: { limit: 5 } }));
  });
});

describe('cells', () => {
  const cells: readonly (readonly [FieldSpec, Value, object])[] = [
    [fieldOf('text'), 'Tõnu  Ł', { '': 'Tõnu  Ł', _f: 'tonu l' }],
    [
      fieldOf('richText'),
      '<p>Õli &amp; <b>v</b>esi</p><p>x</p>',
      { '': '<p>Õli &amp; <b>v</b>esi</p><p>x</p>', _f: 'oli & vesi x' },
    ],
    [fieldOf('integer'), '9007199254740993', { '': 9007199254740993n }],
    [fieldOf('integer'), 5, { '': 5 }],
    [fieldOf('money'), '-12.05', { '': -1205n }],
    [fieldOf('money'), '-0.05', { '': -5n }],
    [fieldOf('decimal', { scale: 0 }), '7', { '': 7n }],
    [fieldOf('duration'), 'PT1H30M', { '': 'PT1H30M', _m: 5_400_000 }],
    [fieldOf('email'), 'Anna@example.com', { '': 'Anna@example.com', _c: 'anna@example.com' }],
    [fieldOf('multiSelect', options), ['site', 'walk-in'], { '': '["site","walk-in"]', _f: ',site,walk-in,' }],
    [fieldOf('file'), { id: ID }, { '': `{"id":"${ID}"}` }],
    [about, { entity: 'deal', id: ID }, {}],
  ];

  it.each(cells)('of %o for %o', (field, value, expected) => {
    expect(field.type.cells(value, field, { [field.key]: value })).toStrictEqual(expected);
  });

  it('of an empty value are all null and fit the columns', () => {
    for (const type of createFieldTypes().values()) {
      const field = fieldOf(type.name);
      const empty = type.cells(null, field, {});
      expect(Object.keys(empty)).toStrictEqual(type.columns(field).map(({ suffix }) => suffix));
      expect(Object.values(empty).every((cell) => cell === null)).toBe(true);
      expect(type.comparable(null, field, '')).toBe(null);
    }
  });

  it('are what comparable says for every column', () => {
    for (const [field, input] of GOOD) {
      const value = field.type.parse(input, field, env);
      if (value === null || field === about || field === teams) continue;
      for (const [suffix, cell] of Object.entries(field.type.cells(value, field, { [field.key]: value }))) {
        expect([field.type.name, suffix, field.type.comparable(value, field, suffix)]).toStrictEqual([
          field.type.name,
          suffix,
          cell,
        ]);
      }
    }
  });
});

describe('operands', () => {
  it('stand in the form of the column they are compared with', () => {
    for (const [field, input] of GOOD) {
      const { type } = field;
      const value = type.parse(input, field, env);
      if (value === null || !type.operators.includes('eq') || field === teams) continue;
      expect([type.name, type.operand(input, field, env)]).toStrictEqual([
        type.name,
        type.comparable(value, field, type.match?.eq ?? ''),
      ]);
    }
  });

  it('of a part match anywhere in the value', () => {
    const text = fieldOf('text');
    expect(text.type.textOperand?.(' ÕUN ', text, env)).toBe('oun');
    const roles = fieldOf('multiSelect', options);
    expect(roles.type.textOperand?.('site', roles, env)).toBe(',site,');
  });

  it('every operator that needs a text column has one', () => {
    for (const type of createFieldTypes().values()) {
      const needs = type.operators.includes('contains') || type.operators.includes('startsWith');
      expect([type.name, type.match?.text !== undefined, 'textOperand' in type]).toStrictEqual([
        type.name,
        needs,
        needs,
      ]);
    }
  });
});

describe('inferFieldType', () => {
  const types = createFieldTypes();
  it.each([
    [{ type: 'string' }, 'text'],
    [{ type: 'integer' }, 'integer'],
    [{ type: 'number' }, 'number'],
    [{ type: 'boolean' }, 'boolean'],
    [{ enum: ['a', 'b'] }, 'select'],
    [{ type: 'string', enum: ['a'] }, 'select'],
    [{ type: 'array', items: { enum: ['a'] } }, 'multiSelect'],
    [{ format: 'email' }, 'email'],
    [{ type: 'string', format: 'phone' }, 'phone'],
    [{ format: 'uri' }, 'url'],
    [{ format: 'date' }, 'date'],
    [{ format: 'date-time' }, 'dateTime'],
    [{ format: 'duration' }, 'duration'],
    [{ type: 'object' }, undefined],
    [{}, undefined],
  ])('%o is %s', (schema, name) => {
    expect(inferFieldType(types, schema)?.name).toBe(name);
  });
});

describe('createFieldTypes', () => {
  it('holds every type of the formats, once', () => {
    const names =
      'text richText integer number decimal money boolean date dateTime duration select multiSelect email phone url address reference file image signature sequence json id';
    expect([...createFieldTypes().keys()].sort()).toStrictEqual(names.split(' ').sort());
  });

  it('takes those of plugins and refuses a name twice', () => {
    const text = fieldOf('text').type;
    expect(createFieldTypes([{ ...text, name: 'color' }]).get('color')?.name).toBe('color');
    expect(() => createFieldTypes([text])).toThrow('The field type "text" is registered twice: rename one of them.');
  });
});

describe('whatever comes in', () => {
  const fields = [...createFieldTypes().keys()].map((name) => fieldOf(name, { key: name }));
  fields.push(
    short,
    about,
    teams,
    fieldOf('select', options),
    fieldOf('multiSelect', options),
    fieldOf('money', { currency: 'JPY' }),
  );
  const near = fc.oneof(
    fc.jsonValue({ depthSize: 'small' }),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.stringMatching(/^[+-]?\d{1,20}(\.\d{1,3})?$/),
    fc.stringMatching(/^[+0]{0,2}[78]?[ ()-]{0,2}\d{3,12}( ext \d{1,3})?$/),
    fc.webUrl(),
    fc.emailAddress(),
    fc.uuid().map((id) => ({ entity: 'deal', id })),
    fc.array(fc.uuid()),
  );

  it('is refused as a FieldError or becomes a value that parses to itself and fits its cells', () => {
    fc.assert(
      fc.property(fc.constantFrom(...fields), near, (field, input) => {
        const { type } = field;
        const canonical = parsed(field, input);
        if (canonical === undefined || canonical === null) return;
        expect(JSON.parse(JSON.stringify(canonical))).toStrictEqual(canonical);
        expect(type.parse(canonical, field, env)).toStrictEqual(canonical);
        const cells = type.cells(canonical, field, {});
        for (const { suffix, maxLength } of type.columns(field)) {
          const cell = cells[suffix];
          expect(typeof cell === 'string' && maxLength !== undefined && Array.from(cell).length > maxLength).toBe(
            false,
          );
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

/** The canonical value, or undefined when the input is refused as it should be. */
function parsed(field: FieldSpec, input: unknown): Value | undefined {
  try {
    return field.type.parse(input, field, env);
  } catch (error) {
    if (error instanceof FieldError) return undefined;
    throw error;
  }
}
