import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { findBaseDir } from '../definitions/base-dir.ts';
import { editJson } from '../definitions/edit-json.ts';
import { foldOverlay } from '../definitions/fold-overlay.ts';
import { formatJson } from '../definitions/format-json.ts';
import type { Model } from '../definitions/model.ts';
import type { OverlayDocument } from '../definitions/overlay.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import { CasementError } from '../errors.ts';
import { loadProject } from './load-project.ts';
import type { ProjectChoice } from './load-project.ts';

/** What belongs to a package of definitions. */
const PARTS = ['package.json', 'README.md', 'schemas', 'templates', 'locales', 'seed', 'scenarios'];

export interface PackageExport extends ProjectChoice {
  readonly overlay: readonly OverlayDocument[];
  /** Absolute; the project's own folder to fold the overlay into its files. */
  readonly target: string;
}

/**
 * Writes the project's definitions with the overlay in them, each file changed only where it says something else. Made in a folder of its own
 * first and loaded there: nothing is written unless the result says what the running model says. Answers the files that changed.
 */
export function exportPackage(order: PackageExport): { readonly changed: readonly string[]; readonly hash: string } {
  const model = loadProject(order);
  const isBase = isBasePackage(order.projectDir);
  if (isBase && isSame(order.target, order.projectDir))
    throw new CasementError(
      'BAD_REQUEST',
      'This project has the base package in its own folder, so the overlay needs another one. Name it: casement package export DIR.',
    );
  const draft = mkdtempSync(join(tmpdir(), 'casement-export-'));
  try {
    for (const part of isBase ? ['package.json'] : PARTS) {
      const from = join(order.projectDir, part);
      if (existsSync(from)) cpSync(from, join(draft, part), { recursive: true, dereference: true });
    }
    fold(order, model, draft);
    refuseOther(order, model, draft);
    return { changed: publish(draft, order), hash: model.hash };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function fold(order: PackageExport, model: Model, draft: string): void {
  const own = model.locales.filter(({ layer }) => layer === 'project');
  const files = foldOverlay({
    project: nameIn(join(draft, 'package.json')),
    documents: model.documents.filter(({ layer }) => layer !== 'overlay'),
    texts: new Map(own.map(({ language, texts }): [string, JsonSchema] => [language, texts])),
    overlay: order.overlay,
  });
  for (const { path, before, after } of files) {
    const file = join(draft, path);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof after === 'string') writeFileSync(file, after);
    else writeFileSync(file, before ? editJson(readFileSync(file, 'utf8'), after) : `${formatJson(after)}\n`);
  }
}

function refuseOther(order: PackageExport, model: Model, draft: string): void {
  const { plugins, projectDir } = order;
  const made = loadProject({ projectDir: draft, pluginsFrom: projectDir, ...(plugins ? { plugins } : {}) });
  if (made.hash !== model.hash)
    throw new Error('The exported definitions do not say what the running ones say, so nothing was written.');
}

/** Puts what differs into the target; what the package no longer has goes from its folders there. */
function publish(draft: string, { target, projectDir }: PackageExport): readonly string[] {
  if (!isSame(target, projectDir)) refuseStrangers(draft, target);
  const made = filesBelow(draft);
  const changed: string[] = [];
  for (const path of made) {
    const to = join(target, path);
    const content = readFileSync(join(draft, path));
    if (existsSync(to) && readFileSync(to).equals(content)) continue;
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(`${to}.new`, content);
    renameSync(`${to}.new`, to);
    changed.push(path);
  }
  if (isSame(target, projectDir)) return changed;
  const stale = PARTS.flatMap((part) => filesBelow(target, part)).filter((path) => !made.includes(path));
  for (const path of stale) rmSync(join(target, path));
  return [...changed, ...stale];
}

function refuseStrangers(draft: string, target: string): void {
  if (!existsSync(target) || readdirSync(target).every((name) => name.startsWith('.'))) return;
  const manifest = join(target, 'package.json');
  if (existsSync(manifest) && nameIn(manifest) === nameIn(join(draft, 'package.json'))) return;
  throw new CasementError('BAD_REQUEST', `${target} holds something else. Name an empty folder, or an earlier export.`);
}

function filesBelow(dir: string, inside = '.'): readonly string[] {
  const start = join(dir, inside);
  if (!existsSync(start)) return [];
  if (inside !== '.' && !inside.includes('/') && /\.(json|md)$/.test(inside)) return [inside];
  const entries = readdirSync(start, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** As `findPackages` names it. */
function nameIn(manifest: string): string {
  const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown };
  return typeof name === 'string' ? name : 'project';
}

function isBasePackage(projectDir: string): boolean {
  return isSame(join(projectDir, 'schemas'), join(findBaseDir(), 'schemas'));
}

function isSame(a: string, b: string): boolean {
  return existsSync(a) && existsSync(b) && realpathSync(a) === realpathSync(b);
}
