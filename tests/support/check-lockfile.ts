/** Rules that the installed packages keep, checked without asking anybody. */

/** What a package-lock.json (version 3) says of one package. */
export interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly integrity?: string;
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** Below these a published weakness is open; beside each, one of its advisories. */
const LOWEST: Readonly<Record<string, { readonly version: string; readonly because: string }>> = {
  ajv: { version: '8.18.0', because: 'CVE-2025-69873' },
  'body-parser': { version: '2.3.0', because: 'CVE-2026-12590' },
  express: { version: '5.3.0', because: 'it brings the body-parser and the router without known weaknesses' },
  handlebars: { version: '4.7.9', because: 'CVE-2026-33937' },
  multer: { version: '2.3.0', because: 'CVE-2026-5079' },
  nodemailer: { version: '9.1.1', because: 'GHSA-c7w3-x93f-qmm8' },
  qs: { version: '6.16.0', because: 'older ones can be made to take memory without end' },
  sequelize: { version: '6.37.8', because: 'CVE-2026-30951' },
};

const FORBIDDEN: Readonly<Record<string, string>> = {
  csurf: 'nobody maintains it',
  exceljs: 'nobody maintains it',
  'expr-eval': 'CVE-2025-12735: expressions run code',
  'json-logic-js': 'expressions reach Function',
  jsonata: 'CVE-2026-12208: expressions without bounds',
  rrule: 'nobody maintains it, and it is wrong with time zones',
  vm2: 'it is no boundary',
  xlsx: 'CVE-2023-30533 and CVE-2024-22363 are open on npm',
};

/** Whoever gives Casement on needs to ask nobody. */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
  'WTFPL',
  'Zlib',
]);

const MOST_PACKAGES = 330;
const MOST_BUILDS = 1;

/** Every rule that is broken, one sentence each. `licenceOf` answers the licence of the package installed at this path of the lockfile. */
export function lockfileFaults(lock: Lockfile, licenceOf: (path: string) => string): readonly string[] {
  const all = Object.entries(lock.packages).flatMap(([path, locked]) => {
    const name = path.split('node_modules/').at(-1) ?? '';
    return path.includes('node_modules/') && !locked.link ? [{ path, name, ...locked }] : [];
  });
  const production = all.filter(({ dev }) => dev !== true);
  const needed = production.filter(({ optional }) => optional !== true);
  const builds = needed.filter(({ hasInstallScript }) => hasInstallScript === true);
  return [
    ...all.flatMap(({ name, path, version = '0.0.0' }) => {
      const lowest = Object.hasOwn(LOWEST, name) ? LOWEST[name] : undefined;
      const isOld = lowest !== undefined && isBelow(version, lowest.version);
      return isOld ? [`${path} is ${version}, below ${lowest.version}: ${lowest.because}.`] : [];
    }),
    ...all.flatMap(({ name, path }) =>
      Object.hasOwn(FORBIDDEN, name) ? [`${path} must not be used: ${FORBIDDEN[name]}.`] : [],
    ),
    ...all.flatMap(({ path, integrity }) => (integrity === undefined ? [`${path} is not pinned by a hash.`] : [])),
    ...production.flatMap(({ path }) => {
      const licence = licenceOf(path);
      return isPermissive(licence) ? [] : [`${path} has the licence ${licence}, which is not a permissive one.`];
    }),
    ...(needed.length > MOST_PACKAGES
      ? [`${needed.length} packages in production are more than ${MOST_PACKAGES}.`]
      : []),
    ...(builds.length > MOST_BUILDS
      ? [`More than ${MOST_BUILDS} package runs a script at install: ${builds.map(({ name }) => name).join(', ')}.`]
      : []),
  ];
}

/** The number alone: what comes before a release counts as older than it. */
function isBelow(version: string, lowest: string): boolean {
  const numbers = (text: string) => text.split('-')[0]!.split('.').map(Number);
  const [own, other] = [numbers(version), numbers(lowest)];
  for (const [index, part] of other.entries()) if ((own[index] ?? 0) !== part) return (own[index] ?? 0) < part;
  return version.includes('-');
}

/** `(MIT OR WTFPL)`: one that fits is enough; `MIT AND ISC`: all must fit. */
function isPermissive(licence: string): boolean {
  const bare = licence.replace(/^\(|\)$/g, '');
  return bare.split(' OR ').some((choice) => choice.split(' AND ').every((part) => PERMISSIVE.has(part.trim())));
}
