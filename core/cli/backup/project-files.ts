import { existsSync, realpathSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { PackageInfo } from '../../definitions/model.ts';

/** What makes a package: its manifest, its definitions, its code. */
const PARTS = [
  'package.json',
  'package-lock.json',
  'index.ts',
  'index.js',
  'schemas',
  'templates',
  'locales',
  'seed',
  'scenarios',
];

/**
 * The files of the project and of those packages that lie in its folder, relative to it and with `/`. Packages that npm installed are
 * named by the project's manifest and come from there again.
 */
export async function projectFiles(projectDir: string, packages: readonly PackageInfo[]): Promise<readonly string[]> {
  const root = realpathSync(projectDir);
  const dirs = new Set([root, ...packages.map(({ dir }) => realpathSync(dir))]);
  const own = [...dirs].filter((dir) => dir === root || isInside(root, dir));
  const found = new Set<string>();
  for (const dir of own) for (const part of PARTS) await collect(root, join(dir, part), found);
  return [...found].sort();
}

function isInside(root: string, dir: string): boolean {
  return dir.startsWith(root + sep) && !relative(root, dir).split(sep).includes('node_modules');
}

async function collect(root: string, path: string, found: Set<string>): Promise<void> {
  if (!existsSync(path)) return;
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  if (!entries) {
    found.add(relative(root, path).split(sep).join('/'));
    return;
  }
  for (const entry of entries) {
    if (entry.name === 'node_modules' || entry.isSymbolicLink()) continue;
    await collect(root, join(path, entry.name), found);
  }
}
