import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../tests/support/databases.ts';
import { createFieldTypes } from '../fields/registry.ts';
import { findBaseDir } from './base-dir.ts';
import { DefinitionErrors } from './definition-errors.ts';
import { createLoaderBeside } from './load-beside.ts';
import type { LoaderBeside } from './load-beside.ts';
import { loadModel } from './load-model.ts';
import type { OverlayDocument } from './overlay.ts';

const fieldTypes = createFieldTypes();
const entity = (pattern: string): OverlayDocument => ({
  kind: 'entity',
  name: 'badge',
  json: {
    $id: 'badge',
    title: 'Badge',
    type: 'object',
    'x-entity': { plural: 'badges', display: '{{name}}' },
    properties: { name: { type: 'string', maxLength: 200, pattern } },
    additionalProperties: false,
  },
});
const BAD_RULE: OverlayDocument = {
  kind: 'automation',
  name: 'bomb',
  json: {
    name: 'bomb',
    title: 'Bomb',
    on: { trigger: 'created', entity: 'contact' },
    do: [{ key: 'a', action: 'update', with: { set: { notes: '{{#each record}}'.repeat(200), nope: 1 } } }],
    as: 'nobody',
  },
};

describe('loading beside the server', () => {
  const loaders: LoaderBeside[] = [];
  let given: { readonly projectDir: string; readonly baseDir: string };

  beforeAll(async () => {
    const projectDir = await mkdtemp(join(tmpdir(), 'casement-beside-'));
    await writeFile(join(projectDir, 'package.json'), '{"name":"firm","version":"1.0.0"}');
    given = { projectDir, baseDir: findBaseDir() };
  });
  afterAll(() => rm(given.projectDir, { recursive: true }));
  afterEach(async () => {
    for (const loader of loaders.splice(0)) await loader.stop();
  });

  const opened = () => {
    const loader = createLoaderBeside({ given, fieldTypes, log: silentLog });
    loaders.push(loader);
    return loader;
  };
  const errorsOf = async (work: () => unknown) => {
    try {
      await work();
    } catch (error) {
      if (error instanceof DefinitionErrors) return error.errors;
      throw error;
    }
    return [];
  };

  it('gives the same model and the same errors as loading at the start', async () => {
    const loader = opened();
    for (const overlay of [
      [],
      [entity('^[A-Z]{2}(-[0-9]{1,4})?$')],
      [entity('(')],
      [BAD_RULE],
      [entity('^(a+)+$'), BAD_RULE],
    ]) {
      const here = await errorsOf(() => loadModel({ ...given, fieldTypes, overlay }));
      expect(await errorsOf(() => loader.load(overlay))).toEqual(here);
      if (here.length > 0) continue;
      const [beside, first] = [await loader.load(overlay), loadModel({ ...given, fieldTypes, overlay })];
      expect(beside.hash).toBe(first.hash);
      expect([...beside.entities.keys()]).toEqual([...first.entities.keys()]);
    }
  }, 120_000);

  it('leaves the loop to others while it checks and while it puts together (G20)', async () => {
    const loader = opened();
    await loader.load([]);
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns += 1;
      if (!isOver) setTimeout(turn, 1);
    };
    turn();
    await errorsOf(() => loader.load([entity('^(([a-z])+.)+[A-Z]([a-z])+$')]));
    const whileRefused = turns;
    await loader.load([entity('^[A-Z]{2}(-[0-9]{1,4})?$')]);
    isOver = true;
    expect(whileRefused).toBeGreaterThan(5);
    expect(turns - whileRefused).toBeGreaterThan(10);
  }, 120_000);

  it('goes on after a thread that was ended, and one load after another', async () => {
    const loader = opened();
    const hashes = await Promise.all([loader.load([]), loader.load([entity('^[a-z]+$')]), loader.load([])]);
    expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(2);
    await loader.stop();
    expect((await loader.load([])).hash).toBe(hashes[0].hash);
  }, 120_000);
});
