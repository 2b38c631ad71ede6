import { isDateFormat, plainXmlText } from './xlsx-values.ts';
import { tooMuch, unreadable } from './limits.ts';
import type { ImportLimits } from './limits.ts';
import { createXmlReader } from './xml.ts';
import type { XmlHandler } from './xml.ts';
import type { Zip } from './zip.ts';

/** What the cells of a sheet refer to. */
export interface Workbook {
  readonly sheets: readonly { readonly name: string; readonly part: string }[];
  /** Texts that cells name by their number. */
  readonly texts: readonly string[];
  /** For each style: does it show a number as a date or time? */
  readonly dateStyles: readonly boolean[];
  /** Days count from 1904 in place of 1900. */
  readonly from1904: boolean;
}

/** Reads everything of a workbook but its rows. */
export async function readWorkbook(zip: Zip, limits: ImportLimits): Promise<Workbook> {
  const targets = await readTargets(zip);
  const sheets: { name: string; part: string }[] = [];
  let from1904 = false;
  await readPart(zip, 'xl/workbook.xml', {
    open(name, attributes) {
      if (name === 'workbookPr') from1904 = /^(1|true)$/.test(attributes['date1904'] ?? '');
      if (name !== 'sheet') return;
      const part = targets.get(attributes['id'] ?? '');
      if (part !== undefined) sheets.push({ name: attributes['name'] ?? '', part });
    },
    close: () => undefined,
    text: () => undefined,
  });
  if (sheets.length === 0) throw unreadable('The workbook has no sheet.');
  const [texts, dateStyles] = [await readSharedTexts(zip, limits), await readDateStyles(zip)];
  return { sheets, texts, dateStyles, from1904 };
}

/** Feeds a part to a handler. */
export async function readPart(zip: Zip, name: string, handler: XmlHandler): Promise<void> {
  for await (const _ of readXml(zip, name, handler));
}

/** The same, with a pause after each piece so that the caller can take what the handler has gathered. */
export async function* readXml(zip: Zip, name: string, handler: XmlHandler): AsyncGenerator<void> {
  const reader = createXmlReader(handler);
  const decoder = new TextDecoder('utf-8');
  for await (const bytes of zip.read(name)) {
    reader.write(decoder.decode(bytes, { stream: true }));
    yield;
  }
  reader.write(decoder.decode());
  reader.end();
  yield;
}

async function readTargets(zip: Zip): Promise<ReadonlyMap<string, string>> {
  const targets = new Map<string, string>();
  await readPart(zip, 'xl/_rels/workbook.xml.rels', {
    open(name, { Id = '', Target = '' }) {
      if (name === 'Relationship') targets.set(Id, Target.startsWith('/') ? Target.slice(1) : `xl/${Target}`);
    },
    close: () => undefined,
    text: () => undefined,
  });
  return targets;
}

async function readSharedTexts(zip: Zip, limits: ImportLimits): Promise<readonly string[]> {
  const part = 'xl/sharedStrings.xml';
  if (!zip.has(part)) return [];
  const texts: string[] = [];
  let chars = 0;
  await readPart(
    zip,
    part,
    richTextReader('si', (text) => {
      chars += text.length + 16;
      if (chars > limits.sharedTextChars)
        throw tooMuch('The workbook holds more different texts than an import takes. Save it as CSV, or in parts.');
      texts.push(text);
    }),
  );
  return texts;
}

/** Gathers the `t` elements inside an element; phonetic readings (`rPh`) are left out. */
export function richTextReader(element: string, done: (text: string) => void): XmlHandler {
  let gathered: string | null = null;
  let isText = false;
  let skipping = 0;
  return {
    open(name) {
      if (name === element) gathered = '';
      else if (name === 'rPh') skipping += 1;
      else if (name === 't') isText = skipping === 0;
    },
    close(name) {
      if (name === 'rPh') skipping -= 1;
      else if (name === 't') isText = false;
      else if (name === element) {
        done(plainXmlText(gathered ?? ''));
        gathered = null;
      }
    },
    text(text) {
      if (isText && gathered !== null) gathered += text;
    },
  };
}

async function readDateStyles(zip: Zip): Promise<readonly boolean[]> {
  const part = 'xl/styles.xml';
  if (!zip.has(part)) return [];
  const custom = new Map<string, string>();
  const styles: boolean[] = [];
  let isCellStyles = false;
  await readPart(zip, part, {
    open(name, attributes) {
      if (name === 'numFmt') custom.set(attributes['numFmtId'] ?? '', attributes['formatCode'] ?? '');
      else if (name === 'cellXfs') isCellStyles = true;
      else if (name === 'xf' && isCellStyles) {
        const id = attributes['numFmtId'] ?? '0';
        styles.push(isDateFormat(Number(id), custom.get(id)));
      }
    },
    close(name) {
      if (name === 'cellXfs') isCellStyles = false;
    },
    text: () => undefined,
  });
  return styles;
}
