import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERRORS } from '../core/errors.ts';
import { createFieldTypes } from '../core/fields/registry.ts';

const root = new URL('..', import.meta.url).pathname;

/** A folder (or file) of core may import only from rows above its own; those of one row never import one another. */
const ROWS: readonly (readonly string[])[] = [
  ['errors.ts', 'context.ts'],
  ['fields'],
  ['rules'],
  ['definitions'],
  ['storage'],
  ['access', 'pipelines', 'calendar'],
  ['records'],
  ['jobs'],
  ['auth', 'automation', 'documents', 'reports', 'channels', 'files', 'imports', 'exports'],
  ['plugins'],
  ['http'],
  ['app.ts', 'app', 'codegen', 'cli', 'testing'],
];

/** Only these may import the library: every other folder goes through them. */
const OWNERS: Readonly<Record<string, string>> = {
  sequelize: 'storage',
  sqlite3: 'storage',
  pg: 'storage',
  express: 'http',
  'graphile-worker': 'jobs',
  nodemailer: 'channels',
  imapflow: 'channels',
  'postal-mime': 'channels',
  'ical-generator': 'channels',
  'request-filtering-agent': 'channels',
  'playwright-core': 'documents',
};

const MAX_LINES = 400;
const LONG_FILES: readonly string[] = [];

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (['node_modules', 'dist', 'dist-types', 'data', 'generated'].includes(name)) return [];
    return statSync(path).isDirectory() ? filesBelow(path) : /\.(ts|tsx)$/.test(name) ? [path] : [];
  });
}

function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  return [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
}

const coreFiles = filesBelow(join(root, 'core')).filter((file) => !file.endsWith('.test.ts'));
const partOf = (file: string) => relative(join(root, 'core'), file).split('/')[0]!;
const rowOf = (part: string) => ROWS.findIndex((row) => row.includes(part));

describe('architecture', () => {
  test('every part of core stands in the table', () => {
    const unknown = [...new Set(coreFiles.map(partOf))].filter((part) => rowOf(part) < 0);
    expect(unknown).toEqual([]);
  });

  test('imports of core point upwards in the table only', () => {
    const wrong = coreFiles.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolve(dirname(file), specifier))
        .filter((target) => {
          const [from, to] = [partOf(file), partOf(target)];
          const lastRow = rowOf(from) === ROWS.length - 1;
          return from !== to && (rowOf(to) > rowOf(from) || (rowOf(to) === rowOf(from) && !lastRow && rowOf(from) > 0));
        })
        .map((target) => `${relative(root, file)} imports ${relative(root, target)}`),
    );
    expect(wrong).toEqual([]);
  });

  test('a library is imported by its owner only', () => {
    const wrong = coreFiles.flatMap((file) =>
      importsOf(file)
        .filter(
          (specifier) =>
            OWNERS[specifier.split('/')[0]!] !== undefined && OWNERS[specifier.split('/')[0]!] !== partOf(file),
        )
        .map((specifier) => `${relative(root, file)} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  test('only api/ of the admin UI speaks to the server', () => {
    const files = filesBelow(join(root, 'admin-ui/src')).filter((file) => !file.includes('/src/api/'));
    const wrong = files.filter((file) => /\bfetch\(|new EventSource\(|XMLHttpRequest/.test(readFileSync(file, 'utf8')));
    expect(wrong.map((file) => relative(root, file))).toEqual([]);
  });

  test(`no file is longer than ${MAX_LINES} lines`, () => {
    const files = ['core', 'admin-ui', 'plugins', 'tests'].flatMap((folder) => filesBelow(join(root, folder)));
    const long = files
      .filter((file) => readFileSync(file, 'utf8').split('\n').length > MAX_LINES + 1)
      .map((file) => relative(root, file));
    expect(long).toEqual(LONG_FILES);
  });

  test('every field type has its module in the admin UI', () => {
    const known = readFileSync(join(root, 'admin-ui/src/fields/registry.ts'), 'utf8');
    const missing = [...createFieldTypes().keys()]
      .filter((name) => name !== 'id')
      .filter((name) => !new RegExp(`\\b${name}\\b`).test(known));
    expect(missing).toEqual([]);
  });

  test('every error code is documented', () => {
    const docs = readFileSync(join(root, 'core/README.md'), 'utf8');
    expect(Object.keys(ERRORS).filter((code) => !docs.includes(`\`${code}\``))).toEqual([]);
  });

  test('no name of a trade stands in core or the admin UI', () => {
    const trade = /\b(window[- ]?installer|salon|wholesale|measurer|glazing)\b/i;
    const files = ['core', 'admin-ui/src', 'schemas'].flatMap((folder) => filesBelow(join(root, folder)));
    const wrong = files.filter((file) => !file.endsWith('.test.ts') && trade.test(readFileSync(file, 'utf8')));
    expect(wrong.map((file) => relative(root, file))).toEqual([]);
  });
});
