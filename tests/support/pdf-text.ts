import { inflateSync } from 'node:zlib';

/**
 * The text of a PDF as Chromium writes it, one line per run of glyphs: what a reader can select, search and have read aloud. Uses the
 * file's own tables from glyphs to letters, so a letter without a glyph in the font does not come back.
 */
export function pdfText(pdf: Uint8Array): string {
  const objects = readObjects(Buffer.from(pdf).toString('latin1'));
  const fonts = new Map([...objects].map(([id, object]) => [id, letters(objects, object.head)]));
  const lines: string[] = [];
  for (const { head, stream } of objects.values()) {
    if (stream === undefined || /\/(Type|Subtype|FunctionType|Length1)\b/.test(head)) continue;
    for (const [, body = ''] of stream.matchAll(/\bBT\b([\s\S]*?)\bET\b/g)) lines.push(runText(body, fonts));
  }
  return lines.join('\n');
}

interface PdfObject {
  readonly head: string;
  readonly stream?: string;
}

function readObjects(file: string): Map<string, PdfObject> {
  const objects = new Map<string, PdfObject>();
  for (const match of file.matchAll(/(?:^|\n)(\d+) 0 obj\b/g)) {
    const start = match.index + match[0].length;
    const end = file.indexOf('endobj', start);
    const body = file.slice(start, end);
    const at = /stream\r?\n/.exec(body);
    const head = at ? body.slice(0, at.index) : body;
    objects.set(match[1] ?? '', at ? { head, stream: unpack(head, file, start + at.index + at[0].length) } : { head });
  }
  return objects;
}

function unpack(head: string, file: string, at: number): string {
  const length = Number(/\/Length (\d+)/.exec(head)?.[1] ?? 0);
  const bytes = Buffer.from(file.slice(at, at + length), 'latin1');
  return head.includes('FlateDecode') ? inflateSync(bytes).toString('latin1') : bytes.toString('latin1');
}

/** The ToUnicode table of a font, by glyph. */
function letters(objects: ReadonlyMap<string, PdfObject>, head: string): Map<number, string> {
  const table = objects.get(/\/ToUnicode (\d+) 0 R/.exec(head)?.[1] ?? '')?.stream ?? '';
  const map = new Map<number, string>();
  for (const [, part = ''] of table.matchAll(/beginbfchar([\s\S]*?)endbfchar/g)) {
    for (const [, glyph = '', to = ''] of part.matchAll(/<(\w+)>\s*<(\w+)>/g))
      map.set(Number.parseInt(glyph, 16), unicode(to));
  }
  for (const [, part = ''] of table.matchAll(/beginbfrange([\s\S]*?)endbfrange/g)) {
    for (const [, first = '', last = '', to = ''] of part.matchAll(/<(\w+)>\s*<(\w+)>\s*<(\w+)>/g)) {
      const from = Number.parseInt(first, 16);
      for (let glyph = from; glyph <= Number.parseInt(last, 16); glyph += 1) {
        map.set(glyph, String.fromCodePoint((unicode(to).codePointAt(0) ?? 0) + glyph - from));
      }
    }
  }
  return map;
}

function unicode(hex: string): string {
  return Buffer.from(hex, 'hex').swap16().toString('utf16le');
}

function runText(body: string, fonts: ReadonlyMap<string, ReadonlyMap<number, string>>): string {
  let font: ReadonlyMap<number, string> | undefined;
  let text = '';
  for (const [token, name, hex] of body.matchAll(/\/F(\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>/g)) {
    if (name !== undefined) font = fonts.get(name);
    else if (hex !== undefined)
      for (const glyph of hex.match(/.{4}/g) ?? []) text += font?.get(Number.parseInt(glyph, 16)) ?? '\uFFFD';
    else throw new Error(`Unexpected ${token}`);
  }
  return text;
}
