import fc from 'fast-check';
import type { Json } from './api-document.ts';

/** How values are made from a JSON Schema. */
export interface ValueScope {
  resolve(schema: Json): Json;
  /** A better value than its schema alone can say, by the member's key: the id of a record that there is, a telephone number. */
  hint(key: string, schema: Json): fc.Arbitrary<unknown> | undefined;
}

/** Texts that have broken programs before. All can be sent as JSON. */
export const ODD_TEXTS: readonly string[] = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  'a\u0000b',
  '\udfff\ud800',
  '\u202eabc',
  '\ufeff',
  'é'.normalize('NFD'),
  '👩‍👩‍👧‍👦',
  'İıſẞ',
  '\r\nX-Injected: 1',
  '=cmd|x',
  "'; --",
  '"',
  '\\',
  '%',
  '%00',
  '_',
  '{{name}}',
  '${x}',
  '<script>1</script>',
  'null',
  'NaN',
  '-0',
  '1e999',
  '0x10',
  'javascript:x',
  '9'.repeat(40),
  'x'.repeat(5000),
];

/** Values of every JSON type, at the edges of each. */
export const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.1,
  1e21,
  5e-324,
  1.797e308,
  2 ** 53 + 2,
  -2147483649,
  [],
  [[]],
  [null],
  {},
  { a: {} },
  { id: null },
  { $field: 'name' },
  { $expr: '1+1' },
  { eq: 'x' },
  ...ODD_TEXTS,
];

/** A value that the schema allows. */
export function valueOf(scope: ValueScope, given: Json, key = ''): fc.Arbitrary<unknown> {
  const schema = scope.resolve(given);
  const hint = scope.hint(key, schema);
  if (hint) return hint;
  if (Array.isArray(schema['allOf']) && !schema['properties']) {
    const merged = (schema['allOf'] as readonly Json[]).map((part) => scope.resolve(part));
    return valueOf(scope, Object.assign({}, ...merged) as Json, key);
  }
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  const choices = (schema['anyOf'] ?? schema['oneOf']) as readonly Json[] | undefined;
  if (choices) return fc.oneof(...choices.map((choice) => weighed(choice, valueOf(scope, choice, key))));
  const { type } = schema;
  if (Array.isArray(type)) {
    return fc.oneof(
      ...(type as string[]).map((one) => weighed({ type: one }, ofType(scope, { ...schema, type: one }, key))),
    );
  }
  return ofType(scope, schema, key);
}

function weighed(schema: Json, arbitrary: fc.Arbitrary<unknown>): { weight: number; arbitrary: fc.Arbitrary<unknown> } {
  return { weight: schema['type'] === 'null' ? 1 : 6, arbitrary };
}

function ofType(scope: ValueScope, schema: Json, key: string): fc.Arbitrary<unknown> {
  switch (schema['type']) {
    case 'string':
      return textOf(schema);
    case 'integer':
      return fc.integer({ min: bound(schema, 'minimum', -1000), max: bound(schema, 'maximum', 1000) });
    case 'number':
      return fc.double({ min: bound(schema, 'minimum', -1e6), max: bound(schema, 'maximum', 1e6), noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const least = bound(schema, 'minItems', 0);
      const items = valueOf(scope, (schema['items'] ?? {}) as Json, key);
      return fc.array(items, {
        minLength: least,
        maxLength: Math.max(least, Math.min(3, bound(schema, 'maxItems', 3))),
      });
    }
    case 'object':
      return objectOf(scope, schema);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objectOf(scope: ValueScope, schema: Json): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Json>);
  const required = new Set((schema['required'] ?? []) as string[]);
  const always = Object.fromEntries(
    properties.filter(([key]) => required.has(key)).map(([key, one]) => [key, valueOf(scope, one, key)]),
  );
  const others = properties.filter(([key]) => !required.has(key));
  // A few at a time: what all members together are like is seen soon enough.
  const least = Math.min(others.length, Math.max(0, bound(schema, 'minProperties', 0) - required.size));
  const some = fc.subarray(others, { minLength: least, maxLength: Math.min(5, others.length) });
  return some.chain((chosen) =>
    fc.record({ ...always, ...Object.fromEntries(chosen.map(([key, one]) => [key, valueOf(scope, one, key)])) }),
  );
}

function textOf(schema: Json): fc.Arbitrary<string> {
  const format = TEXTS[String(schema['format'] ?? '')];
  if (format) return format;
  if (typeof schema['pattern'] === 'string') return fc.stringMatching(new RegExp(schema['pattern']), { maxLength: 12 });
  const longest = Math.min(40, bound(schema, 'maxLength', 40));
  const least = Math.min(longest, bound(schema, 'minLength', 1));
  return fc.oneof(
    { weight: 6, arbitrary: fc.string({ minLength: least, maxLength: longest }) },
    { weight: 2, arbitrary: fc.string({ minLength: least, maxLength: longest, unit: 'grapheme' }) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  );
}

const day = fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true });

const TEXTS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  uuid: fc.uuid(),
  date: day.map((date) => date.toISOString().slice(0, 10)),
  'date-time': day.map((date) => date.toISOString()),
  email: fc.tuple(fc.stringMatching(/^[a-z]{1,10}$/), fc.nat()).map(([name, n]) => `${name}.${n}@example.com`),
  uri: fc.webPath().map((path) => `https://example.com${path}`),
  duration: fc.constantFrom('1h', '90m', 'P1DT2H', 'PT1H30M', '2d'),
};

function bound(schema: Json, key: string, otherwise: number): number {
  const value = schema[key];
  return typeof value === 'number' ? value : otherwise;
}
