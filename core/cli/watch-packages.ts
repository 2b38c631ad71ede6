import { readdirSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { join } from 'node:path';

const RELEVANT = /\.(json|hbs)$/;
/** Where definitions lie in a package; never `node_modules` or data. */
const FOLDERS = ['schemas', 'templates', 'locales', 'seed'];

/**
 * Tells of a changed definition or manifest in these packages. Each folder is watched by itself: a watcher of a file would lose sight of it
 * when an editor replaces it by a new one of the same name. Answers how to stop.
 */
export function watchPackages(packages: readonly string[], onChange: () => void): () => void {
  const watchers = new Map<string, FSWatcher>();

  function add(dir: string): void {
    if (watchers.has(dir)) return;
    const inside = foldersIn(dir);
    if (!inside) return;
    const watcher = watch(dir, (_event, name) => {
      if (name === null) return;
      const path = join(dir, name);
      const isFolder = watchers.has(path);
      if (foldersIn(path)) add(path);
      else remove(path);
      if (RELEVANT.test(name) || isFolder || watchers.has(path)) onChange();
    });
    // A folder that goes away takes its watcher along.
    watcher.on('error', () => remove(dir));
    watchers.set(dir, watcher);
    for (const name of inside) add(join(dir, name));
  }

  function remove(dir: string): void {
    watchers.get(dir)?.close();
    watchers.delete(dir);
  }

  /** The package's own folder: its manifest, and folders of definitions that come and go. */
  function addPackage(dir: string): void {
    const watcher = watch(dir, (_event, name) => {
      if (name === null || (name !== 'package.json' && !FOLDERS.includes(name))) return;
      if (name !== 'package.json') add(join(dir, name));
      onChange();
    });
    watcher.on('error', () => remove(dir));
    watchers.set(dir, watcher);
    for (const name of FOLDERS) add(join(dir, name));
  }

  for (const dir of new Set(packages)) addPackage(dir);
  return () => {
    for (const dir of [...watchers.keys()]) remove(dir);
  };
}

/** Undefined for what is no folder, or is there no more. */
function foldersIn(dir: string): readonly string[] | undefined {
  try {
    const entries = readdirSync(dir, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return undefined;
  }
}
