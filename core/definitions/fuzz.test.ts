import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actionInputs, createActions } from '../automation/actions/built-in.ts';
import { createFieldTypes } from '../fields/registry.ts';
import { findBaseDir } from './base-dir.ts';
import { DefinitionErrors } from './definition-errors.ts';
import { FOLDERS, type Kind } from './documents.ts';
import { loadModel } from './load-model.ts';
import { OVERLAY_KINDS, type OverlayDocument } from './overlay.ts';

const ROOT = findBaseDir();
const never = () => Promise.reject(new Error('Nothing runs here.'));
const OPTIONS = {
  projectDir: ROOT,
  baseDir: ROOT,
  fieldTypes: createFieldTypes(),
  actions: actionInputs(
    createActions({ documents: { generate: never }, mail: { send: never }, outbound: { send: never } }),
  ),
};
/** One load of everything, on a machine that others use, too. */
const MOST_MS = 20_000;

interface Shipped {
  readonly kind: Kind;
  readonly name: string;
  readonly json: Record<string, unknown>;
}

/** Every definition of the plugin, to be put over the base as an overlay, whole and broken. */
const SHIPPED: readonly Shipped[] = Object.entries(FOLDERS).flatMap(([kind, folder]) =>
  ['schemas', 'plugins/window-installer/schemas'].flatMap((place) => {
    const dir = join(ROOT, place, folder);
    return readdirSafe(dir).map((name) => ({
      kind: kind as Kind,
      name: basename(name, '.json'),
      json: JSON.parse(readFileSync(join(dir, name), 'utf8')) as Record<string, unknown>,
    }));
  }),
);

function readdirSafe(dir: string): readonly string[] {
  try {
    return readdirSync(dir).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

const JUNK = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    1e21,
    0.5,
    '',
    '$me',
    '{{',
    '{{x}}',
    '15m',
    'deal',
    'deal.title',
    '*',
    [],
    {},
    [[]],
    ['a', 'a'],
    {
      key: 'a',
    },
    { $expr: 'record.' },
    { $expr: '((((' },
    'constructor',
    'stage',
    '^(a+)+$',
    'x'.repeat(5000),
  ),
  fc.string(),
  fc.jsonValue({ maxDepth: 3 }),
);

const MUTATION = fc.record({
  way: fc.constantFrom('set', 'remove', 'add', 'double', 'swap'),
  at: fc.nat(),
  other: fc.nat(),
  junk: JUNK,
});
type Mutation = typeof MUTATION extends fc.Arbitrary<infer M> ? M : never;

/** Every container with one of its keys. */
function placesOf(value: unknown): { readonly parent: Record<string, unknown>; readonly key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    { parent: value as Record<string, unknown>, key },
    ...placesOf(item),
  ]);
}

function mutate(json: Record<string, unknown>, { way, at, other, junk }: Mutation): void {
  const places = placesOf(json);
  const place = places[at % Math.max(places.length, 1)];
  const second = places[other % Math.max(places.length, 1)];
  if (!place || !second) return;
  const { parent, key } = place;
  if (way === 'set') parent[key] = junk;
  else if (way === 'remove') delete parent[key];
  else if (way === 'add') parent[`${key}X`] = junk;
  else if (way === 'double') parent[`${key}2`] = structuredClone(parent[key]);
  else
    [parent[key], second.parent[second.key]] = [
      structuredClone(second.parent[second.key]),
      structuredClone(parent[key]),
    ];
}

/** Loads everything with this on top: right, or DefinitionErrors; never anything else, and never for long. */
function isOrderly(overlay: readonly OverlayDocument[]): boolean {
  const started = performance.now();
  try {
    loadModel({ ...OPTIONS, overlay });
  } catch (error) {
    if (!(error instanceof DefinitionErrors)) throw error;
    for (const { file, message } of error.errors) {
      expect(file).not.toMatch(/^\/|\.ts/);
      expect(message).not.toMatch(/\n\s+at |undefined|\[object|is not a function|Cannot read prop/);
    }
  }
  return performance.now() - started < MOST_MS;
}

describe('mutations of what is shipped', () => {
  test('as a document of the overlay: located errors or a model, in bounded time (R-45)', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SHIPPED),
        fc.array(MUTATION, { minLength: 1, maxLength: 3 }),
        (shipped, mutations) => {
          const json = structuredClone(shipped.json);
          for (const mutation of mutations) mutate(json, mutation);
          // A hole in a list is no JSON.
          const clean = JSON.parse(JSON.stringify(json)) as Record<string, unknown>;
          expect(isOrderly([{ kind: shipped.kind, name: shipped.name, json: clean }])).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  }, 120_000);

  test('as a patch of what is there', () => {
    const patched = SHIPPED.filter(({ json }) => json['x-extends'] === undefined);
    fc.assert(
      fc.property(
        fc.constantFrom(...patched),
        fc.array(MUTATION, { minLength: 1, maxLength: 3 }),
        (shipped, mutations) => {
          const json = structuredClone(shipped.json);
          for (const mutation of mutations) mutate(json, mutation);
          const clean = JSON.parse(JSON.stringify(json)) as Record<string, unknown>;
          for (const owner of ['base', '@casement/plugin-window-installer']) {
            const address = `${owner}/${shipped.kind}/${shipped.name}`;
            expect(
              isOrderly([{ kind: shipped.kind, name: shipped.name, json: { ...clean, 'x-patch': address } }]),
            ).toBe(true);
          }
        },
      ),
      { numRuns: 40 },
    );
  }, 120_000);

  test('as anything at all', () => {
    fc.assert(
      fc.property(fc.constantFrom(...OVERLAY_KINDS), fc.dictionary(fc.string(), fc.jsonValue()), (kind, json) => {
        expect(isOrderly([{ kind, name: kind === 'locale' ? 'et' : 'anything', json }])).toBe(true);
      }),
      { numRuns: 20 },
    );
  }, 60_000);
});

test('the definitions that are mutated are those that are shipped', () => {
  expect(SHIPPED.length).toBeGreaterThan(50);
});
