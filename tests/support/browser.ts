import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startBrowser } from '../../core/documents/start-browser.ts';
import { silentLog } from './databases.ts';

/** The same browser that prints documents; without any, the test fails with the sentence that names the remedy. */
export function openBrowser(): Promise<Browser> {
  return startBrowser({ log: silentLog });
}

export const DESK = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** A window of its own, with whatever goes wrong in it kept: errors of scripts and failed answers of the server. */
export interface Window {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly failures: readonly string[];
}

export async function openWindow(
  browser: Browser,
  size: { width: number; height: number },
  locale = 'en-GB',
): Promise<Window> {
  const touch = size.width < 600;
  const context = await browser.newContext({
    viewport: size,
    locale,
    timezoneId: 'Europe/Tallinn',
    hasTouch: touch,
    isMobile: touch,
  });
  const page = await context.newPage();
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 500) failures.push(`${response.status()} ${response.url()}`);
  });
  return { context, page, failures };
}
