import type { Browser } from 'playwright-core';
import type { Log } from '../context.ts';
import { CasementError } from '../errors.ts';
import { BROWSER_REMEDY, findBrowser, WITHOUT_BROWSER } from './find-browser.ts';
import type { BrowserSearch, FoundBrowser } from './find-browser.ts';

export interface BrowserOptions {
  readonly log: Log;
  readonly search?: BrowserSearch;
}

const ARGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const START_TIME = 30_000;

/** Playwright is large: it is loaded when the first document is printed, not at boot. UNAVAILABLE names the remedy. */
export async function startBrowser({ log, search }: BrowserOptions): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  const found = await findBrowser(search);
  const isRoot = process.getuid?.() === 0;
  const failures: unknown[] = [];
  for (const { env, sandbox } of attempts(found, isRoot)) {
    try {
      const environment = { ...definedEnv(), ...env };
      return await chromium.launch({
        executablePath: found.program,
        args: ARGS,
        chromiumSandbox: sandbox,
        env: environment,
        timeout: START_TIME,
      });
    } catch (error) {
      failures.push(error);
      log.warn({ err: error, program: found.program, sandbox }, 'The browser for documents did not start this way');
    }
  }
  throw new CasementError('UNAVAILABLE', `The browser ${found.program} does not start. ${BROWSER_REMEDY}`, {
    cause: failures[0],
    extra: WITHOUT_BROWSER,
  });
}

/** Root cannot have Chromium's sandbox, and many containers forbid it to others; scripts and network are off in any case. */
function attempts(
  found: FoundBrowser,
  isRoot: boolean,
): { readonly env: Readonly<Record<string, string>>; readonly sandbox: boolean }[] {
  const environments = [found.env, ...(found.fallbackEnv ? [found.fallbackEnv] : [])];
  return environments.flatMap((env) =>
    isRoot
      ? [{ env, sandbox: false }]
      : [
          { env, sandbox: true },
          { env, sandbox: false },
        ],
  );
}

/** What a browser needs of our environment; settings and secrets stay here. */
function definedEnv(): Record<string, string> {
  const names = [
    'PATH',
    'HOME',
    'LANG',
    'TMPDIR',
    'TEMP',
    'TMP',
    'SYSTEMROOT',
    'LOCALAPPDATA',
    'APPDATA',
    'USERPROFILE',
    'XDG_CACHE_HOME',
    'XDG_CONFIG_HOME',
  ];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
