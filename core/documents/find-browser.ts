import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { CasementError } from '../errors.ts';
import { findPackedChromium, unpackChromium } from './unpack-chromium.ts';

/** A browser that can print, and how to start it. */
export interface FoundBrowser {
  readonly program: string;
  /** Environment it needs besides ours. */
  readonly env: Readonly<Record<string, string>>;
  /** Tried when the program lacks system libraries. */
  readonly fallbackEnv?: Readonly<Record<string, string>>;
}

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
  'msedge',
];

const FIXED: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['/usr/bin', '/usr/local/bin', '/snap/bin'].flatMap((folder) => NAMES.map((name) => join(folder, name))),
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((name) => {
    const folder = process.env[name];
    return folder
      ? [join(folder, 'Google/Chrome/Application/chrome.exe'), join(folder, 'Microsoft/Edge/Application/msedge.exe')]
      : [];
  }),
};

/** The one sentence that every door shows when no document can be printed. */
export const BROWSER_REMEDY =
  'No browser was found to make PDF files: install Chromium or Chrome, name one in CHROMIUM_PATH, or add the npm package @sparticuz/chromium (Linux x64).';

/** Marks the errors that trying again cannot cure: there is no browser, or none that starts. */
export const WITHOUT_BROWSER = { browser: 'missing' };

export function isWithoutBrowser(error: unknown): boolean {
  return error instanceof CasementError && error.extra['browser'] === WITHOUT_BROWSER.browser;
}

export interface BrowserSearch {
  /** A named program; nothing else is then tried. Default `CHROMIUM_PATH`. */
  readonly path?: string | undefined;
  /** Look on this machine; false leaves only the npm package. */
  readonly installed?: boolean;
  /** Folder of the npm package's archives. */
  readonly packed?: string | undefined;
}

/** The browser named in the settings, else one installed here, else the npm package unpacked. UNAVAILABLE names the remedy. */
export async function findBrowser(search: BrowserSearch = {}): Promise<FoundBrowser> {
  const named = 'path' in search ? search.path : process.env['CHROMIUM_PATH'];
  if (named) {
    if (await isProgram(named)) return { program: named, env: {} };
    throw new CasementError(
      'UNAVAILABLE',
      `CHROMIUM_PATH names ${named}, which is not a program that can be started. Correct or remove it.`,
      {
        extra: WITHOUT_BROWSER,
      },
    );
  }
  const installed = search.installed === false ? undefined : await findInstalled();
  if (installed) return { program: installed, env: {} };
  const packed = 'packed' in search ? search.packed : findPackedChromium();
  if (!packed) throw new CasementError('UNAVAILABLE', BROWSER_REMEDY, { extra: WITHOUT_BROWSER });
  const chromium = await unpackChromium(packed).catch((cause: unknown) => {
    throw new CasementError(
      'UNAVAILABLE',
      `The browser of @sparticuz/chromium could not be unpacked. ${BROWSER_REMEDY}`,
      { cause, extra: WITHOUT_BROWSER },
    );
  });
  const env = { FONTCONFIG_FILE: chromium.fontConfig };
  return { program: chromium.program, env, fallbackEnv: { ...env, LD_LIBRARY_PATH: chromium.libraries } };
}

async function findInstalled(): Promise<string | undefined> {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const candidates = [
    ...onPath.flatMap((folder) => NAMES.map((name) => join(folder, name + suffix))),
    ...(FIXED[process.platform] ?? []),
  ];
  for (const candidate of candidates) if (await isProgram(candidate)) return candidate;
  return undefined;
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
