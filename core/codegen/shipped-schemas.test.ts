import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compileFromFile } from 'json-schema-to-typescript';
import { expect, test } from 'vitest';
import { findBaseDir } from '../definitions/base-dir.ts';

/** Every entity definition that comes with Casement. */
const FILES = [
  'schemas/entities',
  ...readdirSync(join(findBaseDir(), 'plugins')).map((name) => `plugins/${name}/schemas/entities`),
]
  .map((folder) => join(findBaseDir(), folder))
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));

test.each(FILES)('%s is plain JSON Schema: another tool makes types of the file as it is', async (file) => {
  const types = await compileFromFile(file, {
    cwd: dirname(file),
    bannerComment: '',
    $refOptions: { resolve: { external: false, file: false, http: false } },
  });
  expect(types).toMatch(/^export (interface|type) \w+/m);
});
