import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder and version of the core package this code belongs to, from `core/` sources and from `core/dist/` alike. */
export function findCore(): { readonly dir: string; readonly version: string } {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    const file = join(dir, 'package.json');
    if (existsSync(file)) {
      const manifest: { name?: string; version?: string } = JSON.parse(readFileSync(file, 'utf8'));
      if (manifest.name === '@casement/core') return { dir, version: manifest.version ?? '0.0.0' };
    }
    if (dir === dirname(dir))
      throw new Error('The package.json of @casement/core is not found above core/definitions.');
  }
}

/** The folder of the base package (`schemas/` and `templates/`): `core/base` where published, else the repository's root. */
export function findBaseDir(): string {
  const core = findCore().dir;
  const shipped = join(core, 'base');
  return existsSync(join(shipped, 'schemas')) ? shipped : dirname(core);
}
