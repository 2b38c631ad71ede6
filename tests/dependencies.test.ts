import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lockfileFaults } from './support/check-lockfile.ts';
import type { LockedPackage, Lockfile } from './support/check-lockfile.ts';

const ROOT = new URL('..', import.meta.url).pathname;

interface Manifest {
  readonly license?: string;
  /** The form of old packages. */
  readonly licenses?: readonly { readonly type: string }[];
}

/** Of the installed package; of one for another system, of which nothing is installed, what the lockfile says. */
function installedLicence(lock: Lockfile): (path: string) => string {
  return (path) => {
    const file = join(ROOT, path, 'package.json');
    const locked = lock.packages[path] as Manifest | undefined;
    const manifest = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : locked;
    return manifest?.license ?? manifest?.licenses?.map(({ type }) => type).join(' OR ') ?? 'unknown';
  };
}

const mit = () => 'MIT';
const locked = (version: string, rest: LockedPackage = {}): LockedPackage => ({
  version,
  integrity: 'sha512-x',
  ...rest,
});
const planted = (packages: Readonly<Record<string, LockedPackage>>, licenceOf: (path: string) => string = mit) =>
  lockfileFaults({ packages: { '': {}, ...packages } }, licenceOf);

/** The packages we stand on, checked offline: there may be no registry that tells of weaknesses. */
describe('dependencies', () => {
  test('R-83: the lockfile has no version below the lowest, nothing forbidden, only permissive licences, few packages, one native build', () => {
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lockfile;
    expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
    expect(lockfileFaults(lock, installedLicence(lock))).toEqual([]);
  });

  test('R-83: every package.json of ours names exact versions', () => {
    for (const file of ['package.json', 'core/package.json', 'admin-ui/package.json']) {
      const manifest = JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as Readonly<
        Record<string, object | undefined>
      >;
      for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'])
        for (const [name, version] of Object.entries(manifest[kind] ?? {}))
          expect(`${file} ${name} ${String(version)}`).toMatch(/ \d+\.\d+\.\d+(-[\w.]+)?$/);
    }
  });

  test('R-83: a planted old version is found, wherever it lies', () => {
    const faults = planted({
      'node_modules/handlebars': locked('4.7.8'),
      'node_modules/a/node_modules/qs': locked('6.15.9', { dev: true }),
      'node_modules/sequelize': locked('6.37.8-beta.1'),
      'node_modules/ajv': locked('8.18.0'),
      'node_modules/nodemailer': locked('10.0.0'),
    });
    expect(faults).toHaveLength(3);
    expect(faults[0]).toContain('node_modules/handlebars is 4.7.8, below 4.7.9');
    expect(faults[1]).toContain('node_modules/a/node_modules/qs is 6.15.9');
    expect(faults[2]).toContain('sequelize is 6.37.8-beta.1');
  });

  test('R-83: a forbidden package, one without a hash, a second native build and a flood of packages are found', () => {
    expect(planted({ 'node_modules/xlsx': locked('0.20.3') })).toEqual([expect.stringContaining('must not be used')]);
    expect(planted({ 'node_modules/a': { version: '1.0.0' } })).toEqual(['node_modules/a is not pinned by a hash.']);
    const built = locked('1.0.0', { hasInstallScript: true });
    expect(planted({ 'node_modules/a': built, 'node_modules/b': { ...built, dev: true } })).toEqual([]);
    expect(planted({ 'node_modules/a': built, 'node_modules/b': built })).toEqual([expect.stringContaining('a, b')]);
    const many = Object.fromEntries(
      Array.from({ length: 331 }, (_, index) => [`node_modules/p${index}`, locked('1.0.0')]),
    );
    expect(planted(many)).toEqual(['331 packages in production are more than 330.']);
  });

  test.each([
    ['GPL-3.0', false],
    ['(MIT OR GPL-3.0)', true],
    ['MIT AND GPL-3.0', false],
    ['(MIT AND Zlib)', true],
    ['unknown', false],
    ['SEE LICENSE IN LICENSE.txt', false],
  ])('R-83: the licence %s is permissive: %s', (licence, isPermissive) => {
    const faults = planted({ 'node_modules/a': locked('1.0.0') }, () => licence);
    expect(faults).toHaveLength(isPermissive ? 0 : 1);
  });
});
