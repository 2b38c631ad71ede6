import type { Browser } from 'playwright-core';
import type { Log } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { BrowserSearch } from './find-browser.ts';
import { startBrowser } from './start-browser.ts';

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
