import { createRequire } from 'node:module';
import type sanitizeHtml from 'sanitize-html';
import type { FieldType } from './field-type.ts';
import { fold } from './fold.ts';
import { checkLength, readText, textColumns } from './text-checks.ts';

const require = createRequire(import.meta.url);

const MAX_LENGTH = 100_000;

const ALLOWED: sanitizeHtml.IOptions = {
  allowedTags:
    'p br hr h1 h2 h3 h4 b strong i em u s code pre sub sup blockquote ul ol li a table thead tbody tr th td'.split(
      ' ',
    ),
  allowedAttributes: { a: ['href', 'title'], th: ['colspan', 'rowspan'], td: ['colspan', 'rowspan'] },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  parseStyleAttributes: false,
};

/** Formatted text, kept as the small set of HTML a browser may safely show. Matching and search see the bare words. */
export const richTextType: FieldType = {
  name: 'richText',
  columns: (field) => textColumns(field.maxLength ?? MAX_LENGTH),
  parse(value, field) {
    const text = readText(value);
    checkLength(text, field, MAX_LENGTH);
    const clean = sanitise(text);
    // Escaping can lengthen a text; the stored form must fit too.
    checkLength(clean, field, MAX_LENGTH);
    return clean === '' ? null : clean;
  },
  cells: (value) => (typeof value === 'string' ? { '': value, _f: fold(stripTags(value)) } : { '': null, _f: null }),
  operators: ['contains', 'startsWith', 'empty'],
  operand: (value) => readText(value),
  textOperand: (value) => fold(readText(value)),
  match: { text: '_f', sort: '_f' },
  comparable: (value, _field, of) => {
    if (typeof value !== 'string') return null;
    return of === '_f' ? fold(stripTags(value)) : value;
  },
  searchText: (value) => (typeof value === 'string' ? [stripTags(value)] : []),
  schema: (field) => ({ type: 'string', contentMediaType: 'text/html', maxLength: field.maxLength ?? MAX_LENGTH }),
};

/** The library is loaded with the first text, not at boot: it is the slowest of all to load. */
function sanitise(html: string): string {
  const library: typeof sanitizeHtml = require('sanitize-html');
  return library(html, ALLOWED).trim();
}

/** The words of sanitised HTML: tags become spaces, the entities sanitising leaves become characters. */
export function stripTags(html: string): string {
  return html
    .replace(/<(?!\/?(?:b|strong|i|em|u|s|code|a|sub|sup)\b)[^>]*>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&nbsp;/g, ' ')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim();
}
