import { createHash } from 'node:crypto';
import type { Response } from 'express';
import { sendHtml } from './send.ts';

/** The few pages the server draws itself: no script, one style sheet that the policy names by its hash. */
export interface Page {
  readonly title: string;
  readonly language: string;
  /** Markup made with `html`. */
  readonly content: Markup;
}

/** Markup whose parts are already escaped. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Template for markup: every value is escaped unless it is markup itself; lists are joined, empty values vanish. */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Markup {
  return new Markup(
    strings.map((part, index) => part + (index < values.length ? markupOf(values[index]) : '')).join(''),
  );
}

function markupOf(value: unknown): string {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(markupOf).join('');
  if (value === undefined || value === null || value === false) return '';
  return escapeHtml(typeof value === 'string' || typeof value === 'number' ? String(value) : '');
}

function escapeHtml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (char) => names[char] ?? char);
}

export function sendPage(response: Response, page: Page, status = 200): void {
  response.setHeader('Content-Security-Policy', POLICY);
  response.setHeader('Cache-Control', 'no-store');
  const text = html`<!doctype html>
    <html lang="${page.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title}</title>
        <link rel="icon" href="/app/icon.svg" />
        ${STYLE_SHEET}
      </head>
      <body>
        <main>
          <h1>${page.title}</h1>
          ${page.content}
        </main>
      </body>
    </html> `;
  sendHtml(response, text.text, status);
}

const STYLE = `
:root { color-scheme: light dark; --text: #1d2129; --soft: #5b6472; --line: #cfd5de; --page: #f5f6f8; --card: #fff; --accent: #2557d6; --wrong: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #e8eaee; --soft: #a2abb9; --line: #3c4350; --page: #14161a; --card: #1d2026; --accent: #7ea2ff; --wrong: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 34rem; margin: 6vh auto; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
@media (max-width: 40rem) { main { margin: 0; border: 0; border-radius: 0; min-height: 100vh; padding: 1.25rem; } }
h1 { margin: 0 0 1.25rem; font-size: 1.5rem; line-height: 1.25; }
label { display: block; margin: 0 0 .25rem; font-weight: 600; }
.field { margin: 0 0 1.1rem; border: 0; padding: 0; }
.check { display: flex; gap: .5rem; align-items: center; }
.check input { width: auto; min-height: 0; }
.check label { margin: 0; font-weight: 400; }
input, textarea, select { width: 100%; min-height: 2.75rem; padding: .55rem .7rem; font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
textarea { min-height: 7rem; resize: vertical; }
input:focus-visible, textarea:focus-visible, select:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
[aria-invalid="true"] { border-color: var(--wrong); }
.wrong { margin: .3rem 0 0; color: var(--wrong); font-size: .925rem; }
.wrong::before { content: "⚠ "; }
.hint { color: var(--soft); font-size: .925rem; }
.apart { position: absolute; left: -9999px; height: 1px; overflow: hidden; }
button { min-height: 2.75rem; padding: .55rem 1.4rem; font: inherit; font-weight: 600; color: #fff; background: #2557d6; border: 0; border-radius: 8px; cursor: pointer; }
`;

/** Whole, because a formatter's blank between the tags would change the hash. */
const STYLE_SHEET = new Markup(`<style>${STYLE}</style>`);

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
