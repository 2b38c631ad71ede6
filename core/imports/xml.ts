import { unreadable } from './limits.ts';

export type Attributes = Readonly<Record<string, string>>;

/** What a reader of XML is told, in order. Names come without their namespace prefix. */
export interface XmlHandler {
  open(name: string, attributes: Attributes): void;
  close(name: string): void;
  text(text: string): void;
}

const LONGEST_TAG = 65_536;
const DEEPEST = 64;

/**
 * A small push reader for the XML of workbooks: elements, attributes, texts, CDATA. A document type is refused, so that no entity can be
 * declared; unknown entities are refused too. Throws VALIDATION.
 */
export function createXmlReader(handler: XmlHandler): { write(chunk: string): void; end(): void } {
  let rest = '';
  let depth = 0;
  const markup = (tag: string) => {
    if (tag.startsWith('<?')) return;
    if (tag.startsWith('<![CDATA[')) handler.text(tag.slice(9, -3));
    else if (tag.startsWith('<!--')) return;
    else if (tag.startsWith('<!')) throw malformed();
    else if (tag.startsWith('</')) {
      depth -= 1;
      handler.close(localName(tag.slice(2, -1).trim()));
    } else {
      const isEmpty = tag.endsWith('/>');
      const [, name = '', attributes = ''] = /^<([^\s/>]+)([\s\S]*?)\/?>$/.exec(tag) ?? [];
      if (name === '') throw malformed();
      handler.open(localName(name), attributesOf(attributes));
      if (isEmpty) handler.close(localName(name));
      else if ((depth += 1) > DEEPEST) throw malformed();
    }
  };
  return {
    write(chunk) {
      const text = rest + chunk;
      let at = 0;
      for (;;) {
        const start = text.indexOf('<', at);
        if (start < 0) break;
        if (start > at) handler.text(unescape(text.slice(at, start)));
        at = start;
        const end = endOf(text, start);
        if (end < 0) break;
        markup(text.slice(start, end));
        at = end;
      }
      rest = text.slice(at);
      // Text without a tag after it may end inside an entity: it waits for the next piece.
      if (rest.length > LONGEST_TAG * 4) throw malformed();
    },
    end() {
      if (rest.trim() !== '' || depth !== 0) throw malformed();
    },
  };
}

/** The place after the tag that starts here; -1 when its end has not come yet. */
function endOf(text: string, start: number): number {
  const closing = text.startsWith('<!--', start) ? '-->' : text.startsWith('<![CDATA[', start) ? ']]>' : '>';
  if (closing === '>' && '<![CDATA['.startsWith(text.slice(start, start + 9))) return -1;
  const end = closing === '>' ? endOfTag(text, start) : text.indexOf(closing, start);
  return end < 0 ? -1 : end + closing.length;
}

/** A `>` inside quotes belongs to an attribute. */
function endOfTag(text: string, start: number): number {
  const plain = text.indexOf('>', start);
  if (plain < 0) return -1;
  let quote = '';
  for (let at = start; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '>') return at;
  }
  return -1;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function attributesOf(source: string): Attributes {
  const found: Record<string, string> = Object.create(null);
  if (source.trim() === '') return found;
  for (const [, name = '', double, single] of source.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
    found[localName(name)] = unescape(double ?? single ?? '');
  return found;
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescape(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&\s]{0,10});?/g, (_, name: string) => {
    const code = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name);
    const point = code ? Number.parseInt(code[1] ?? code[2] ?? '', code[1] === undefined ? 10 : 16) : -1;
    if (point > 0 && point <= 0x10ffff) return String.fromCodePoint(point);
    const char = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
    if (char === undefined) throw malformed();
    return char;
  });
}

function malformed(): Error {
  return unreadable(
    'A part of the workbook is not XML as workbooks have it. Open it in a spreadsheet program and save it anew.',
  );
}
