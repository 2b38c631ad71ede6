import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { findBaseDir, findCore } from './base-dir.ts';
import { checkSchema, isObject, objectOf } from './check-schema.ts';
import type { ErrorSink } from './definition-errors.ts';
import { readJsonFile } from './read-file.ts';
import type { Document } from './documents.ts';
import type { JsonSchema } from '../fields/field-type.ts';

/** A package found, before its definitions are read. */
export interface FoundPackage {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly dir: string;
  readonly layer: Document['layer'];
  /** Locales, seeds and scenarios lie here: the package's folder, or `schemas/` of the base package. */
  readonly dataDir: string;
}

export interface FindOptions {
  readonly projectDir: string;
  readonly baseDir: string;
  /** In place of the project's `casement.plugins`. */
  readonly plugins?: readonly string[] | undefined;
  /** Where the project's plugins are looked for; its own folder when absent. */
  readonly pluginsFrom?: string | undefined;
  /** The meta-schema of the `casement` key. */
  readonly manifestSchema: JsonSchema;
  readonly errors: ErrorSink;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly requires: readonly string[];
  readonly plugins: readonly string[];
  /** Of the package.json, relative to the project. */
  readonly file: string;
}

interface Search {
  readonly options: FindOptions;
  readonly found: Map<string, FoundPackage>;
  /** Names on the way down, to tell a circle. */
  readonly trail: readonly string[];
}

/** The packages in the order they are layered: base, plugins after what they require, project. */
export interface FoundPackages {
  readonly layers: readonly FoundPackage[];
  /** Of the project itself; not among the layers when its folder is the base package's or a plugin's. */
  readonly project: FoundPackage;
}

export function findPackages(options: FindOptions): FoundPackages {
  const { projectDir, baseDir } = options;
  const project = readManifest(options, projectDir);
  const base: FoundPackage = {
    name: 'base',
    title: 'Casement',
    version: findCore().version,
    dir: baseDir,
    layer: 'base',
    dataDir: join(baseDir, 'schemas'),
  };
  const search: Search = { options, found: new Map(), trail: [] };
  const names = options.plugins ?? project.plugins;
  for (const [index, name] of names.entries()) {
    // What is no name is told by the meta-schema, and must not be followed as a path.
    if (!PACKAGE_NAME.test(name) || names.indexOf(name) !== index) continue;
    const pointer = options.plugins ? '/casement/plugins' : `/casement/plugins/${index}`;
    addPlugin(search, name, { dir: options.pluginsFrom ?? projectDir, file: project.file, pointer });
  }
  if (project.name === base.name)
    options.errors.add(project.file, '/name', `"${base.name}" is the name of the base package. Choose another.`);
  const last: FoundPackage = { ...project, dir: projectDir, layer: 'project', dataDir: projectDir };
  const isBase = samePlace(join(projectDir, 'schemas'), join(baseDir, 'schemas'));
  const layers = [base, ...search.found.values(), ...(isBase || search.found.has(project.name) ? [] : [last])];
  return { layers, project: last };
}

const PACKAGE_NAME = /^(@[a-z0-9-][a-z0-9-._]*\/)?[a-z0-9-][a-z0-9-._]*$/;

function addPlugin(
  search: Search,
  name: string,
  from: { readonly dir: string; readonly file: string; readonly pointer: string },
): void {
  const { options, found, trail } = search;
  if (trail.includes(name)) {
    options.errors.add(
      from.file,
      from.pointer,
      `The packages require one another in a circle: ${[...trail.slice(trail.indexOf(name)), name].join(' → ')}.`,
    );
    return;
  }
  if (found.has(name)) return;
  const dir = resolvePackage(from.dir, name);
  if (dir === undefined) {
    options.errors.add(
      from.file,
      from.pointer,
      `The package "${name}" is not found from here. Install it (npm install ${name}) or take the name out.`,
    );
    return;
  }
  const manifest = readManifest(options, dir);
  for (const [index, required] of manifest.requires.entries()) {
    if (!PACKAGE_NAME.test(required)) continue;
    addPlugin({ ...search, trail: [...trail, name] }, required, {
      dir,
      file: manifest.file,
      pointer: `/casement/requires/${index}`,
    });
  }
  found.set(name, { name, title: manifest.title, version: manifest.version, dir, layer: 'plugin', dataDir: dir });
}

function resolvePackage(dir: string, name: string): string | undefined {
  try {
    return dirname(createRequire(join(dir, 'package.json')).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function readManifest(options: FindOptions, dir: string): Manifest {
  const path = join(dir, 'package.json');
  const file = relativeName(options.projectDir, path);
  const read = existsSync(path) ? readJsonFile(path, file, options.errors) : {};
  if (read !== undefined && !isObject(read)) options.errors.add(file, '', 'Must be an object.');
  const json = objectOf(read);
  const casement = json['casement'] ?? {};
  const errors = options.errors;
  checkSchema(options.manifestSchema, casement, {
    root: options.manifestSchema,
    add: (pointer, message) => errors.add(file, `/casement${pointer}`, message),
  });
  const manifest = objectOf(casement);
  const name = typeof json['name'] === 'string' ? json['name'] : 'project';
  const version = typeof json['version'] === 'string' ? json['version'] : '0.0.0';
  checkCore(manifest['core'], file, errors);
  return {
    name,
    version,
    title: typeof manifest['title'] === 'string' ? manifest['title'] : name,
    requires: textsOf(manifest['requires']),
    plugins: textsOf(manifest['plugins']),
    file,
  };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

const RANGE = /^(>=|\^|~)?(\d+)\.(\d+)\.(\d+)$/;

function checkCore(range: unknown, file: string, errors: ErrorSink): void {
  const wanted = typeof range === 'string' ? RANGE.exec(range) : null;
  if (!wanted) return;
  const { version } = findCore();
  const have = version.split('.').map(Number.parseFloat);
  const need = wanted.slice(2, 5).map(Number);
  if (fits(wanted[1] ?? '', have, need)) return;
  errors.add(
    file,
    '/casement/core',
    `Works with Casement ${String(range)}, and this is ${version}. Install a release of the package that fits.`,
  );
}

function fits(sign: string, have: readonly number[], need: readonly number[]): boolean {
  const order = have.map((part, index) => part - (need[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
  if (sign === '>=') return order >= 0;
  if (sign === '') return order === 0;
  // A caret keeps the first part that is not 0, a tilde the first two.
  const kept = sign === '~' ? 2 : Math.min(need.findIndex((part) => part !== 0) + 1 || 3, 3);
  return order >= 0 && need.slice(0, kept).every((part, index) => part === have[index]);
}

/** Found once: names are told by the hundred. */
const BASE_DIR = findBaseDir();

/**
 * A file's name as errors and answers tell it: relative to the project, with `/`. Of what lies outside of it nothing tells of the machine:
 * `base/schemas/roles/owner.json`, or the last of its folders.
 */
export function relativeName(projectDir: string, path: string): string {
  const name = relative(projectDir, path);
  if (!isOutside(name)) return withSlashes(name);
  const inBase = relative(BASE_DIR, path);
  return isOutside(inBase) ? withSlashes(path).split('/').slice(-4).join('/') : `base/${withSlashes(inBase)}`;
}

function isOutside(name: string): boolean {
  return name.startsWith('..') || isAbsolute(name);
}

function withSlashes(path: string): string {
  return path.split(sep).join('/');
}

function samePlace(a: string, b: string): boolean {
  return existsSync(a) && existsSync(b) && realpathSync(a) === realpathSync(b);
}
