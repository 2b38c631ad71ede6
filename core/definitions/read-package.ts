import { join } from 'node:path';
import { hint, isObject } from './check-schema.ts';
import { FOLDERS, KINDS, type Document, type Kind, type LocaleFile } from './documents.ts';
import { relativeName, type FoundPackage } from './find-packages.ts';
import { checkFolder, namesIn, readJsonFile, readTextFile } from './read-file.ts';
import { LANGUAGE } from './keys.ts';
import type { ErrorSink } from './definition-errors.ts';

/** A package with everything it brings. */
export interface Package extends FoundPackage {
  readonly documents: readonly Document[];
  readonly locales: readonly LocaleFile[];
}

interface Reading {
  readonly from: FoundPackage;
  readonly projectDir: string;
  readonly errors: ErrorSink;
}

/** Reads every definition file of a package. Mistakes of the JSON go to the sink; such a file is left out. */
export function readPackage(from: FoundPackage, projectDir: string, errors: ErrorSink): Package {
  const reading: Reading = { from, projectDir, errors };
  checkFolders(reading);
  const documents = KINDS.flatMap((kind) => readKind(reading, kind));
  return { ...from, documents, locales: readLocales(reading) };
}

function checkFolders({ from, projectDir, errors }: Reading): void {
  const known = new Set<string>([
    ...Object.values(FOLDERS),
    ...(from.layer === 'base' ? ['meta', 'locales', 'seed', 'scenarios'] : []),
  ]);
  const dir = join(from.dir, 'schemas');
  for (const path of [
    dir,
    ...Object.values(FOLDERS).map((folder) => join(dir, folder)),
    join(from.dir, 'templates'),
    ...['locales', 'seed'].map((folder) => join(from.dataDir, folder)),
  ])
    checkFolder(path, relativeName(projectDir, path), errors);
  for (const name of namesIn(dir)) {
    if (known.has(name) || name === 'README.md') continue;
    errors.add(
      relativeName(projectDir, join(dir, name)),
      '',
      `Nothing is read from here${hint(name, known)} Known folders: ${[...known].join(', ')}.`,
    );
  }
}

function readKind(reading: Reading, kind: Kind): Document[] {
  const { from, projectDir, errors } = reading;
  const dir = kind === 'template' ? join(from.dir, 'templates') : join(from.dir, 'schemas', FOLDERS[kind]);
  const names = namesIn(dir);
  const documents: Document[] = [];
  for (const name of names) {
    const file = relativeName(projectDir, join(dir, name));
    if (!name.endsWith('.json')) {
      if (!isKnownBeside(kind, name))
        errors.add(
          file,
          '',
          `Only ${kind === 'template' ? '.json and .hbs' : '.json'} files are read here. Move it elsewhere.`,
        );
      continue;
    }
    const json = readJsonFile(join(dir, name), file, errors);
    if (json === undefined) continue;
    const stem = nameOf(name);
    const document = { kind, name: stem, package: from.name, layer: from.layer, file };
    const word = isObject(json) ? misnamed(name, json) : undefined;
    if (!isObject(json)) errors.add(file, '', 'Must be an object.');
    else if (word !== undefined)
      errors.add(file, '', `Only a document with "x-${word}" is called so. Take .${word} out.`);
    else
      documents.push(
        kind === 'template' ? { ...document, json, sources: readSources(reading, dir, stem) } : { ...document, json },
      );
  }
  if (kind === 'template') checkSources(reading, dir, names);
  return documents;
}

/**
 * `deal.patch.json` and `deal.extends.json` are files of `deal`, too: a package may add to an entity and patch it, and one name holds one file.
 */
function nameOf(file: string): string {
  return file.replace(/(\.(patch|extends)\d*)?\.json$/, '');
}

/** The word in a file's name that its content does not bear out. */
function misnamed(file: string, json: object): string | undefined {
  const word = /\.(patch|extends)\d*\.json$/.exec(file)?.[1];
  return word !== undefined && !(`x-${word}` in json) ? word : undefined;
}

function isKnownBeside(kind: Kind, name: string): boolean {
  return name === 'README.md' || (kind === 'template' && name.endsWith('.hbs'));
}

function readSources({ projectDir, errors }: Reading, dir: string, stem: string): Document['sources'] & object {
  const sources = new Map<string, { file: string; text: string }>();
  for (const name of namesIn(dir)) {
    if (!name.startsWith(`${stem}.`) || !name.endsWith('.hbs')) continue;
    const language = name.slice(stem.length + 1, -'hbs'.length).replace(/\.$/, '');
    if (language !== '' && !LANGUAGE.test(language)) continue;
    const file = relativeName(projectDir, join(dir, name));
    const text = readTextFile(join(dir, name), file, errors);
    if (text !== undefined) sources.set(language, { file, text });
  }
  return sources;
}

/** Every `.hbs` belongs to a `.json` of the same name. */
function checkSources({ projectDir, errors }: Reading, dir: string, names: readonly string[]): void {
  const stems = new Set(names.filter((name) => name.endsWith('.json')).map(nameOf));
  for (const name of names) {
    if (!name.endsWith('.hbs')) continue;
    const [stem = '', language = 'hbs'] = name.split('.');
    const file = relativeName(projectDir, join(dir, name));
    if (!stems.has(stem)) errors.add(file, '', `There is no ${stem}.json beside it. Add it, or remove this file.`);
    else if (language !== 'hbs' && !LANGUAGE.test(language))
      errors.add(file, '', `"${language}" is not a language such as en or pt-BR.`);
  }
}

function readLocales({ from, projectDir, errors }: Reading): LocaleFile[] {
  const dir = join(from.dataDir, 'locales');
  const locales: LocaleFile[] = [];
  for (const name of namesIn(dir)) {
    const file = relativeName(projectDir, join(dir, name));
    const language = name.slice(0, -'.json'.length);
    if (!name.endsWith('.json') || !LANGUAGE.test(language)) {
      errors.add(file, '', 'Must be named after a language, such as et.json or pt-BR.json.');
      continue;
    }
    const texts = readJsonFile(join(dir, name), file, errors);
    if (isObject(texts)) locales.push({ language, package: from.name, layer: from.layer, file, texts });
    else if (texts !== undefined) errors.add(file, '', 'Must be an object of texts by key.');
  }
  return locales;
}
