import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
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

/** Every definition that comes with Casement. */
const SHIPPED = [
  'schemas',
  'templates',
  'plugins/window-installer/schemas',
  'plugins/window-installer/templates',
  'plugins/window-installer/locales',
]
  .flatMap((folder) =>
    readdirSync(join(findBaseDir(), folder), { recursive: true, encoding: 'utf8' }).map((name) =>
      join(findBaseDir(), folder, name),
    ),
  )
  .filter((file) => file.endsWith('.json') && !/\/(meta|seed|scenarios)\//.test(file));

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
      'import',
      'locale',
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

  test.each([...metas])('%s says of every member what it is', (_, schema) => {
    expect(undescribed(schema, schema)).toEqual([]);
  });

  test.each(SHIPPED)('%s finds its meta-schema where it says, and ajv takes it', (file) => {
    const { $schema, ...content } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const meta = JSON.parse(readFileSync(resolve(dirname(file), String($schema)), 'utf8')) as JsonSchema;
    const validate = createAjv().compile(meta);
    expect([validate(content), validate.errors]).toEqual([true, null]);
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

/** As an editor sees them: by the meta-schema alone, before anything is merged. */
describe('patches', () => {
  const patches: readonly [string, JsonSchema][] = [
    ['entity', { 'x-patch': 'base/entity/deal', title: 'Order', properties: { source: null } }],
    ['pipeline', { 'x-patch': 'base/pipeline/sales', stages: { won: { title: 'Sold' }, lost: null } }],
    ['view', { 'x-patch': 'base/view/tasks', fields: ['title'], groups: null }],
    ['role', { 'x-patch': 'base/role/seller', entities: { deal: { read: null } } }],
    ['automation', { 'x-patch': 'base/automation/taskOverdue', when: null }],
  ];

  test.each(patches)('of a %s may leave out what the definition has, and take it away', (kind, patch) => {
    const schema = metas.get(kind) ?? {};
    const validate = createAjv().compile(schema);
    expect([problems(schema, patch), validate(patch)]).toEqual([[], true]);
    expect([problems(schema, { ...patch, titel: 'x' }).length, validate({ ...patch, titel: 'x' })]).toEqual([1, false]);
    const whole = Object.fromEntries(Object.entries(patch).filter(([key]) => key !== 'x-patch'));
    expect(problems(schema, whole).join()).toContain('is missing');
    expect(validate(whole)).toBe(false);
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

/** The places of members without a description, theirs or that of what they refer to. */
function undescribed(root: JsonSchema, schema: unknown, place = ''): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap((one, index) => undescribed(root, one, `${place}/${index}`));
  if (!isObject(schema)) return [];
  const own = Object.entries(schema).flatMap(([keyword, value]) => {
    if (keyword !== 'properties')
      return isObject(value) || Array.isArray(value) ? undescribed(root, value, `${place}/${keyword}`) : [];
    return Object.entries(value as object).flatMap(([key, member]) => {
      const told = isObject(member) && (member['description'] ?? refOf(root, member)['description']);
      return [...(told ? [] : [`${place}/${key}`]), ...undescribed(root, member, `${place}/${key}`)];
    });
  });
  return own;
}

function refOf(root: JsonSchema, member: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const name = String(member['$ref']).replace('#/$defs/', '');
  const defs = root['$defs'];
  return isObject(defs) && isObject(defs[name]) ? defs[name] : {};
}

/** Every keyword of a schema, its sub-schemas included. */
function keywordsOf(schema: unknown): ReadonlySet<string> {
  if (!isObject(schema)) return new Set();
  const names = ['properties', '$defs'];
  const below = Object.entries(schema).flatMap(([key, value]) => {
    if (names.includes(key)) return Object.values(value as object).flatMap((one) => [...keywordsOf(one)]);
    if (['items', 'additionalProperties', 'propertyNames', 'if', 'then', 'else'].includes(key))
      return [...keywordsOf(value)];
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
