import { createRequire } from 'node:module';
import type sanitizeHtml from 'sanitize-html';
import { stripTags } from '../../fields/rich-text.ts';

const require = createRequire(import.meta.url);

/** The words of a letter that came as HTML alone, its paragraphs as lines. */
export function textOfHtml(html: string): string {
  if (html.trim() === '') return '';
  const library: typeof sanitizeHtml = require('sanitize-html');
  const bare = library(html, { allowedTags: ['br', 'p', 'div', 'tr', 'li', 'h1', 'h2', 'h3'], allowedAttributes: {} });
  return bare
    .replaceAll(/\s+/g, ' ')
    .split(/<br \/>|<\/(?:p|div|tr|li|h[123])>/)
    .map(stripTags)
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
