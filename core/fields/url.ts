import { FieldError } from './field-type.ts';
import type { FieldType } from './field-type.ts';
import { fold } from './fold.ts';
import { checkLength, readText, TEXT_OPERATORS, textCells, textColumns, textComparable } from './text-checks.ts';

const MAX_LENGTH = 2_000;
const SCHEMES = new Set(['http:', 'https:', 'mailto:', 'tel:']);
const BARE_HOST = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}.-]*\.[\p{L}][\p{L}\p{M}\p{N}-]*(?::\d{1,5})?(?:[/?#]\S*)?$/u;

/** A link a browser may safely open: http, https, mailto or tel. A bare `www.example.com` becomes https. */
export const urlType: FieldType = {
  name: 'url',
  infer: (schema) => schema['format'] === 'uri',
  columns: (field) => textColumns(field.maxLength ?? MAX_LENGTH),
  parse(value, field) {
    const text = readText(value).trim();
    if (text === '') return null;
    const link = withScheme(text);
    checkLength(link, field, MAX_LENGTH);
    checkLink(link);
    return link;
  },
  cells: (value) => textCells(value),
  operators: TEXT_OPERATORS,
  operand: (value) => withScheme(readText(value).trim()),
  textOperand: (value) => fold(readText(value)),
  match: { text: '_f', sort: '_f' },
  comparable: (value, _field, of) => textComparable(value, of),
  searchText: (value) => (typeof value === 'string' ? [value] : []),
  schema: (field) => ({ type: 'string', format: 'uri', maxLength: field.maxLength ?? MAX_LENGTH }),
};

function withScheme(text: string): string {
  return BARE_HOST.test(text) ? `https://${text}` : text;
}

function checkLink(link: string): void {
  // The URL parser drops tabs and line ends, so that `java\nscript:` would pass unseen.
  const parsed = /[\s\p{C}]/u.test(link) ? null : parseLink(link);
  if (!parsed) throw new FieldError('format', 'Must be a link such as "https://example.com".');
  if (!SCHEMES.has(parsed.protocol)) {
    throw new FieldError('format', 'Must start with http, https, mailto or tel.', { schemes: [...SCHEMES] });
  }
}

function parseLink(link: string): URL | null {
  return URL.canParse(link) ? new URL(link) : null;
}
