import type { Browser } from 'playwright-core';
import type { Log } from '../context.ts';
import { CasementError } from '../errors.ts';
import { BROWSER_REMEDY, findBrowser, WITHOUT_BROWSER } from './find-browser.ts';
import type { BrowserSearch, FoundBrowser } from './find-browser.ts';

export type Paper = 'A4' | 'A5' | 'Letter';

export interface PdfRequest {
  readonly html: string;
  readonly paper: Paper;
}

export interface PdfRenderer {
  /** The PDF, tagged for screen readers. UNAVAILABLE when there is no browser or it does not answer. */
  render(request: PdfRequest): Promise<Buffer>;
  stop(): Promise<void>;
}

export interface PdfOptions {
  readonly log: Log;
  readonly search?: BrowserSearch;
  /** Milliseconds; default one minute. */
  readonly idle?: number;
}

const ARGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const IDLE_TIME = 60_000;
const PAGE_TIME = 30_000;
const MAX_PAGES = 2;
/** `@page { margin }` of the template wins over this; the paper is the definition's. */
const MARGIN = { top: '15mm', right: '15mm', bottom: '15mm', left: '15mm' };

/** One warm browser: started by the first document, closed a minute after the last. Each document gets a context of its own. */
export function createPdfRenderer(options: PdfOptions): PdfRenderer {
  let starting: Promise<Browser> | undefined;
  let idle: NodeJS.Timeout | undefined;
  let busy = 0;
  const waiting: (() => void)[] = [];

  const close = async () => {
    clearTimeout(idle);
    const old = starting;
    starting = undefined;
    await (await old?.catch(() => undefined))?.close().catch(() => undefined);
  };
  const browser = async (): Promise<Browser> => {
    const current = await starting?.catch(() => undefined);
    if (current?.isConnected()) return current;
    starting = startBrowser(options);
    return starting;
  };
  return {
    render: async (request) => {
      clearTimeout(idle);
      if (busy >= MAX_PAGES) await new Promise<void>((resolve) => waiting.push(resolve));
      else busy += 1;
      try {
        return await print(await browser(), request);
      } finally {
        const next = waiting.shift();
        if (next) next();
        else busy -= 1;
        if (busy === 0) idle = setTimeout(() => void close(), options.idle ?? IDLE_TIME).unref();
      }
    },
    stop: close,
  };
}

/** Playwright is large: it is loaded when the first document is printed, not at boot. */
async function startBrowser({ log, search }: PdfOptions): Promise<Browser> {
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
        timeout: PAGE_TIME,
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

/** No scripts, no network, no files: only what the HTML itself holds, `data:` addresses included, gets into a document. */
async function print(browser: Browser, { html, paper }: PdfRequest): Promise<Buffer> {
  try {
    const context = await browser.newContext({
      javaScriptEnabled: false,
      offline: true,
      serviceWorkers: 'block',
      acceptDownloads: false,
    });
    try {
      await context.route(
        () => true,
        (route) => (route.request().url().startsWith('data:') ? route.continue() : route.abort()),
      );
      const page = await context.newPage();
      page.setDefaultTimeout(PAGE_TIME);
      await page.setContent(html, { waitUntil: 'load' });
      return await page.pdf({ format: paper, margin: MARGIN, printBackground: true, tagged: true, outline: true });
    } finally {
      await context.close();
    }
  } catch (cause) {
    throw new CasementError('UNAVAILABLE', 'The browser did not finish the PDF. It will be tried again.', { cause });
  }
}
