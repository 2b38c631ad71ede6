import type { Log } from '../context.ts';
import type { BrowserSearch } from './find-browser.ts';
import { createHtmlRenderer } from './render-html.ts';
import type { HtmlRenderer } from './render-html.ts';
import { createPdfRenderer } from './render-pdf.ts';
import type { PdfRenderer } from './render-pdf.ts';

/** Both halves of making a document. `stop` ends the worker thread and the browser. */
export interface Renderer {
  readonly html: HtmlRenderer;
  readonly pdf: PdfRenderer;
  stop(): Promise<void>;
}

export function createRenderer(options: { readonly log: Log; readonly search?: BrowserSearch }): Renderer {
  const html = createHtmlRenderer(options);
  const pdf = createPdfRenderer(options);
  return { html, pdf, stop: async () => void (await Promise.all([html.stop(), pdf.stop()])) };
}
