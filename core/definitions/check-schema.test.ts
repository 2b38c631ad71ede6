import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findBaseDir } from './base-dir.ts';
import { checkSchema, isObject, KEYWORDS } from './check-schema.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import { SMALL_FIRM } from '../../tests/support/definitions.ts';

const dir = join(findBaseDir(), 'schemas', 'meta');
const metas = new Map(
  readdirSync(dir).map((name) => [
    name.split('.')[0] ?? '',
    JSON.parse(readFileSync(join(dir, name), 'utf8')) as JsonSchema,
  ]),
);

function problems(schema: JsonSchema, value: unknown): readonly string[] {
  const found: string[] = [];
  checkSchema(schema, value, { root: schema, add: (pointer, message) => found.push(`${pointer}: ${message}`) });
  return found;
}

function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    allErrors: true,
    allowUnionTypes: true,
    strictTypes: false,
    strictRequired: false,
  });
  return ajv.addVocabulary(['x-names', 'x-says']);
}

/** The names below `schemas/` and the kind each is checked as. */
const EXAMPLES = Object.entries(SMALL_FIRM).flatMap(([path, content]) => {
  const kind = /^(?:schemas\/)?(entit|pipeline|automation|view|role|report|form|calendar|template|seed)/.exec(
    path,
  )?.[1];
  return kind === undefined || typeof content === 'string'
    ? []
    : [{ path, kind: kind === 'entit' ? 'entity' : kind, content }];
});

describe('meta-schemas', () => {
  test('there is one for every kind', () => {
    expect([...metas.keys()].sort()).toEqual([
      'automation',
      'calendar',
      'entity',
      'form',
      'package',
      'pipeline',
      'report',
      'role',
      'seed',
      'template',
      'view',
    ]);
  });

  test.each([...metas])('%s is JSON Schema 2020-12 and uses no keyword that the checker does not know', (_, schema) => {
    expect(createAjv().validateSchema(schema)).toBe(true);
    createAjv().compile(schema);
    expect([...keywordsOf(schema)].filter((keyword) => !KEYWORDS.has(keyword))).toEqual([]);
  });

  test.each(EXAMPLES)('$path is right for the checker and for ajv', ({ kind, content }) => {
    const schema = metas.get(kind) ?? {};
    expect(problems(schema, content)).toEqual([]);
    expect(createAjv().compile(schema)(content)).toBe(true);
  });

  test.each(EXAMPLES)('$path with any one value changed: the checker and ajv agree', ({ kind, content }) => {
    const schema = metas.get(kind) ?? {};
    const validate = createAjv().compile(schema);
    const places = placesOf(content);
    const junk = fc.oneof(
      fc.constantFrom(null, true, -1, 0.5, '', 'all', 'x-1', '$me', '15m', [], {}, ['a', 'a'], { key: 'a' }),
      fc.string(),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...places), junk, fc.constantFrom('set', 'remove', 'add'), (place, value, way) => {
        const changed = changeAt(content, place, { way, value });
        expect(problems(schema, changed).length === 0).toBe(validate(changed));
      }),
      { numRuns: 300 },
    );
  });
});

test('a value that cannot become a text is refused like any other', () => {
  expect(problems({ enum: ['a', 'b'] }, { toString: 0 })).toEqual([
    ': {"toString":0} is not known here. It may be "a" or "b".',
  ]);
});

test('a branch of anyOf that fits is enough, else the closest tells what is wrong', () => {
  const schema = {
    anyOf: [
      { type: 'string' },
      { type: 'object', properties: { role: { type: 'string' } }, additionalProperties: false },
    ],
  };
  expect(problems(schema, 'x')).toEqual([]);
  expect(problems(schema, { rolle: 'x' })).toEqual(['/rolle: Unknown key "rolle". Did you mean "role"?']);
  expect(problems(schema, 5)).toEqual([': Must be a text.']);
});

/** Every keyword of a schema, its sub-schemas included. */
function keywordsOf(schema: unknown): ReadonlySet<string> {
  if (!isObject(schema)) return new Set();
  const names = ['properties', '$defs'];
  const below = Object.entries(schema).flatMap(([key, value]) => {
    if (names.includes(key)) return Object.values(value as object).flatMap((one) => [...keywordsOf(one)]);
    if (['items', 'additionalProperties', 'propertyNames'].includes(key)) return [...keywordsOf(value)];
    return key === 'oneOf' ? (value as unknown[]).flatMap((one) => [...keywordsOf(one)]) : [];
  });
  return new Set([...Object.keys(schema), ...below]);
}

/** The paths of every member and item. */
function placesOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([key, item]) => placesOf(item, [...path, key])),
  ];
}

function changeAt(content: unknown, path: readonly string[], { way, value }: { way: string; value: unknown }): unknown {
  const copy: unknown = structuredClone(content);
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], copy) as Record<
    string,
    unknown
  >;
  const key = path.at(-1) ?? '';
  if (way === 'set') parent[key] = value;
  else if (way === 'remove') delete parent[key];
  else if (!Array.isArray(parent)) parent[`${key}X`] = value;
  // A hole in a list is no JSON.
  return JSON.parse(JSON.stringify(copy));
}
