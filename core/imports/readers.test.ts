import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import readXlsxFile from 'read-excel-file/node';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import writeXlsxFile from 'write-excel-file/node';
import { CasementError } from '../errors.ts';
import { writeXlsx } from '../exports/write-xlsx.ts';
import type { SheetValue } from '../exports/xlsx-cells.ts';
import { zip } from '../exports/zip-writer.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import type { ImportLimits } from './limits.ts';
import { openTable } from './table-source.ts';
import type { SourceOptions } from './table-source.ts';

let dir: string;
let files = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'casement-readers-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function fileOf(content: string | Uint8Array): Promise<string> {
  const path = join(dir, String((files += 1)));
  await writeFile(path, content);
  return path;
}

async function read(
  content: string | Uint8Array,
  options: Partial<SourceOptions> = {},
  limits: Partial<ImportLimits> = {},
) {
  const table = await openTable(await fileOf(content), { format: 'csv', ...options }, { ...DEFAULT_LIMITS, ...limits });
  const rows: (readonly [number, ...string[]])[] = [];
  for await (const { number, cells } of table.rows) rows.push([number, ...cells]);
  return { columns: table.columns, rows, ...table.shape };
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    expect(error).toBeInstanceOf(CasementError);
    return `${(error as CasementError).code} ${(error as CasementError).message}`;
  }
  throw new Error('It was taken.');
}

const bytes = async (parts: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
};

describe('JSON Lines', () => {
  const lines = (content: string | Uint8Array, limits: Partial<ImportLimits> = {}) =>
    read(content, { format: 'jsonl' }, limits);

  it('has a column for each member of its first rows, in the order in which they come up', async () => {
    expect(await lines('{"a":"x","b":null}\n\n{"b":[1,"2"],"c":{"d":true},"a":1.50}\n{}')).toEqual({
      columns: ['a', 'b', 'c'],
      rows: [
        [1, 'x', '', ''],
        [3, '1.5', '[1,"2"]', '{"d":true}'],
      ],
    });
  });

  it('reads letters that are cut by the pieces of the file', async () => {
    const name = 'õ𝒳'.repeat(50_000);
    const { rows } = await lines(`${JSON.stringify({ n: 'x' })}\n${JSON.stringify({ n: name })}`, {
      cellChars: 200_000,
    });
    expect(rows[1]).toEqual([2, name]);
  });

  it('keeps a member that is no column behind the columns, so that the row is refused', async () => {
    const content = `${'{"a":"1"}\n'.repeat(1000)}{"late":"2"}\n`;
    expect((await lines(content)).rows.at(-1)).toEqual([1001, '', '2']);
  });

  it.each([
    ['{"a":1', /^VALIDATION Line 1: Not JSON: /],
    ['{"a":1}\n[1]', /^VALIDATION Line 2 is JSON, but no object/],
    ['{"a":1,"a":2}', /stands here twice/],
    ['{"__proto__":{"b":1}}', /^VALIDATION Line 1: .*"__proto__" is not taken/],
    ['{"constructor":1}', /^VALIDATION A column must not be named "constructor"/],
    ['{\n"a":1}', /^VALIDATION Line 1: Not JSON: /],
    [`{"a":${'['.repeat(100)}${']'.repeat(100)}}`, /Nested deeper/],
    [new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /^VALIDATION JSON Lines must be UTF-8/],
    [' \n\n', /^VALIDATION The file is empty/],
  ])('refuses %j', async (content, message) => {
    expect(await refusal(lines(content))).toMatch(message);
  });

  it('holds no line longer than a record may be', async () => {
    const limits = { columns: 1, cellChars: 100 };
    expect(await refusal(lines(`{"a":"${'x'.repeat(200_000)}"}`, limits))).toMatch(/^TOO_LARGE/);
  });
});

describe('CSV', () => {
  it.each([
    [',', 'name,city\nAnn,Riga\n'],
    [';', 'name;city\r\nAnn;Riga\r\n'],
    ['\t', 'name\tcity\rAnn\tRiga'],
    ['|', 'name|city\nAnn|Riga'],
    [';', 'sep=;\nname;city\nAnn;Riga'],
    [';', 'name;city\n"Ann";"Riga"\n'],
  ])('with %j between its cells', async (delimiter, text) => {
    const table = await read(text);
    expect([table.delimiter, table.columns]).toEqual([delimiter, ['name', 'city']]);
    expect(table.rows.map(([, ...cells]) => cells)).toEqual([['Ann', 'Riga']]);
  });

  it('keeps quoted line ends, quotes and separators, and counts rows as spreadsheets do', async () => {
    const table = await read('a,b\n"line 1\nline 2","say ""hi"", you"\n\n,\n last ,x\n');
    expect(table.rows).toEqual([
      [2, 'line 1\nline 2', 'say "hi", you'],
      [5, ' last ', 'x'],
    ]);
  });

  const encoded = (text: string, encoding: string): Buffer => {
    const table = new Map<string, number>();
    for (let byte = 0; byte < 256; byte += 1) table.set(new TextDecoder(encoding).decode(Uint8Array.of(byte)), byte);
    return Buffer.from([...text].map((char) => table.get(char) ?? 63));
  };
  const utf16 = (text: string, big: boolean) =>
    big ? Buffer.from(text, 'utf16le').swap16() : Buffer.from(text, 'utf16le');

  it.each([
    ['utf-8', 'имя;город\nИван;Рига\n', (text: string) => Buffer.from(text)],
    ['utf-8', 'nimi;linn\nTõnu;Jõgeva\n', (text: string) => Buffer.from(`\ufeff${text}`)],
    ['utf-16le', 'имя;город\nИван;Рига\n', (text: string) => utf16(`\ufeff${text}`, false)],
    ['utf-16be', 'имя;город\nИван;Рига\n', (text: string) => utf16(`\ufeff${text}`, true)],
    ['utf-16le', 'name;city\nAnn;Riga\n', (text: string) => utf16(text, false)],
    ['windows-1251', 'имя;город\nИван Петров;Санкт-Петербург\n', (text: string) => encoded(text, 'windows-1251')],
    [
      'windows-1257',
      'vārds;pilsēta\nJānis Bērziņš;Rīga\nŠarlote Ķīse;Jūrmala\n',
      (text: string) => encoded(text, 'windows-1257'),
    ],
    [
      'windows-1252',
      'nom;ville\nFrédérique Citeaux;Besançon\nRenée;Orléans\n',
      (text: string) => encoded(text, 'windows-1252'),
    ],
  ])('in %s: %j', async (encoding, text, encode) => {
    const table = await read(encode(text));
    const lines = text
      .trim()
      .split('\n')
      .map((line) => line.split(';'));
    expect([table.encoding, table.columns, ...table.rows.map(([, ...cells]) => cells)]).toEqual([encoding, ...lines]);
  });

  it('takes the encoding it is told', async () => {
    const table = await read(Buffer.from([0x61, 0x0a, 0xe4]), { encoding: 'windows-1251' });
    expect(table.rows).toEqual([[2, 'д']]);
    expect(await refusal(read('a\n1', { encoding: 'klingon' }))).toContain('not an encoding known here');
  });

  it('joins what a bare separator has parted, where it is asked to and only where it is sure', async () => {
    const text = 'name,street,city\nAnn,24, place Kléber,Riga\nBob,x,Riga\nEve,a,b,c\n';
    const table = await read(text, { surplus: 'join' });
    expect(table.rows.map(([, ...cells]) => cells)).toEqual([
      ['Ann', '24, place Kléber', 'Riga'],
      ['Bob', 'x', 'Riga'],
      ['Eve', 'a', 'b', 'c'],
    ]);
  });
});

describe('XLSX', () => {
  it('reads what another library writes: texts, exact numbers, dates, yes and no, the sheet asked for', async () => {
    const row = (...cells: unknown[]) =>
      cells.map((value) => (value instanceof Date ? { value, type: Date, format: 'dd.mm.yyyy' } : { value }));
    const sheet = [
      row('name', 'price', 'born', 'active', 'note'),
      row('Ann', 12.5, new Date(Date.UTC(1990, 4, 17)), true, ' =1+1 '),
      row('Õnne & <b>', 0.1 + 0.2, new Date(Date.UTC(2026, 2, 31, 10, 15)), false, 'two\nlines'),
    ];
    const file = join(dir, 'other.xlsx');
    await (writeXlsxFile as unknown as (data: unknown, options?: unknown) => { toFile(path: string): Promise<void> })(
      sheet,
    ).toFile(file);
    const table = await openTable(file, { format: 'xlsx' }, DEFAULT_LIMITS);
    const rows: unknown[] = [];
    for await (const { cells } of table.rows) rows.push(cells);
    expect(rows).toEqual([
      ['Ann', '12.5', '1990-05-17', 'true', ' =1+1 '],
      ['Õnne & <b>', '0.3', '2026-03-31T10:15:00', 'false', 'two\nlines'],
    ]);
  });

  const values: readonly SheetValue[] = [
    { kind: 'text', text: '=cmd|calc' },
    { kind: 'number', text: '-1234.50' },
    { kind: 'number', text: '12345678901234567.89' },
    { kind: 'day', text: '2026-03-31' },
    { kind: 'day', text: '1850-01-01' },
    { kind: 'boolean', value: true },
    null,
    { kind: 'text', text: '_x0041_ \u0001 <&>"\' 😀\r\nend ' },
  ];
  async function* one() {
    yield values;
  }
  const head = values.map((_, index) => `c${index}`);

  it('R-30: what we write reads back the same, and is no formula to anybody', async () => {
    const book = await bytes(writeXlsx('Contacts/1', head, one()));
    const table = await read(book, { format: 'xlsx' });
    expect(table.rows).toEqual([
      [
        2,
        '=cmd|calc',
        '-1234.50',
        '12345678901234567.89',
        '2026-03-31',
        '1850-01-01',
        'true',
        '',
        '_x0041_ \u0001 <&>"\' 😀\r\nend ',
      ],
    ]);
    const file = await fileOf(book);
    const other = (await readXlsxFile(file as never)) as unknown;
    const rows = (Array.isArray(other) && other[0]?.data ? other[0].data : other) as unknown[][];
    expect(rows[1]?.slice(0, 2)).toEqual(['=cmd|calc', -1234.5]);
    const sheet = (await bytes(writeXlsx('x', head, one()))).length;
    expect(sheet).toBeGreaterThan(1000);
  });

  const SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
  const bookOf = (sheet: string, parts: Readonly<Record<string, string>> = {}) =>
    bytes(
      zip([
        {
          name: 'xl/workbook.xml',
          content: [`<workbook ${SPACE} xmlns:r="r"><sheets><sheet name="S" r:id="a"/></sheets></workbook>`],
        },
        {
          name: 'xl/_rels/workbook.xml.rels',
          content: ['<Relationships><Relationship Id="a" Target="worksheets/s.xml"/></Relationships>'],
        },
        { name: 'xl/worksheets/s.xml', content: [sheet] },
        ...Object.entries(parts).map(([name, text]) => ({ name, content: [text] })),
      ]),
    );
  const rowsXml = (...rows: readonly string[]) =>
    `<worksheet ${SPACE}><sheetData>${rows.join('')}</sheetData></worksheet>`;
  const headXml = '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>';

  it('takes the saved result of a formula, never the formula', async () => {
    const book = await bookOf(
      rowsXml(headXml, '<row r="2"><c r="A2" t="str"><f>HYPERLINK("http://x")</f><v>click</v></c></row>'),
    );
    expect((await read(book, { format: 'xlsx' })).rows).toEqual([[2, 'click']]);
  });

  it.each([
    ['a document type', `<!DOCTYPE x [<!ENTITY a "aaaa">]>${rowsXml(headXml)}`],
    ['an unknown entity', rowsXml(headXml, '<row r="2"><c r="A2" t="inlineStr"><is><t>&boom;</t></is></c></row>')],
    ['a text it does not have', rowsXml(headXml, '<row r="2"><c r="A2" t="s"><v>7</v></c></row>')],
    ['a wrong place', rowsXml('<row r="1"><c r="1"><v>1</v></c></row>')],
    ['no end', '<worksheet><sheetData><row r="1"><c r="A1"><v>1'],
  ])('R-25: refuses a sheet with %s', async (_, sheet) => {
    expect(await refusal(read(await bookOf(sheet), { format: 'xlsx' }))).toMatch(/^VALIDATION/);
  });

  it('R-25, R-35: stops at a bomb, a flood of shared texts, a far column, a long cell', async () => {
    const bomb = await bookOf(rowsXml(headXml, '<row r="2"><c r="A2"><v>1</v></c></row>'.repeat(1_500_000)));
    expect(bomb.length).toBeLessThan(300_000);
    expect(await refusal(read(bomb, { format: 'xlsx' }))).toMatch(/^TOO_LARGE The workbook unpacks/);
    const texts = `<sst>${'<si><t>abcdefgh</t></si>'.repeat(1000)}</sst>`;
    const shared = await bookOf(rowsXml(headXml), { 'xl/sharedStrings.xml': texts });
    expect(await refusal(read(shared, { format: 'xlsx' }, { sharedTextChars: 1000 }))).toMatch(/^TOO_LARGE/);
    const far = await bookOf(rowsXml('<row r="1"><c r="XFD1"><v>1</v></c></row>'));
    expect(await refusal(read(far, { format: 'xlsx' }))).toMatch(/^TOO_LARGE/);
    const long = await bookOf(
      rowsXml(headXml, `<row r="2"><c r="A2" t="inlineStr"><is><t>${'x'.repeat(200)}</t></is></c></row>`),
    );
    expect(await refusal(read(long, { format: 'xlsx' }, { cellChars: 100 }))).toMatch(/^TOO_LARGE/);
  });

  it('names the sheets it has', async () => {
    expect(await refusal(read(await bookOf(rowsXml(headXml)), { format: 'xlsx', sheet: 'T' }))).toContain(
      'It has "S".',
    );
  });
});

describe('R-18, R-25, R-35: hostile tables', () => {
  it.each(['__proto__', 'constructor', ' PROTOTYPE '])('a column named %j is refused', async (name) => {
    expect(await refusal(read(`name,${name}\na,b\n`))).toMatch(/^VALIDATION A column must not be named/);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('limits rows, columns, cells, and an open quotation mark', async () => {
    expect(await refusal(read('a\n1\n2\n3\n', {}, { rows: 2 }))).toMatch(/^TOO_LARGE The file has more than 2 rows/);
    expect(await refusal(read('a,b,c\n', {}, { columns: 2 }))).toMatch(/^TOO_LARGE/);
    expect(await refusal(read(`a\n1${',x'.repeat(20)}\n`, { delimiter: ',' }, { columns: 5 }))).toMatch(/^TOO_LARGE/);
    expect(await refusal(read(`a\n${'x'.repeat(50)}\n`, {}, { cellChars: 10 }))).toMatch(/^TOO_LARGE/);
    expect(await refusal(read('a,b\n"open,1\n2,3\n'))).toMatch(/^VALIDATION .*quotation mark/);
    expect(await refusal(read(`a,b\n"open${'\nxxxxxxxxxx'.repeat(500_000)}`))).toMatch(/^TOO_LARGE .*quotation mark/);
    expect(await refusal(read('a,a\n1,2\n'))).toMatch(/^VALIDATION Two columns/);
    expect(await refusal(read('\n\n'))).toMatch(/^VALIDATION The file is empty/);
  });

  test('G10: whatever the bytes are, they are read or refused in words', async () => {
    const book = await bytes(
      writeXlsx(
        'x',
        ['a', 'b'],
        (async function* () {
          yield [
            { kind: 'text', text: 'one' },
            { kind: 'number', text: '2' },
          ] as const;
        })(),
      ),
    );
    const spoilt = fc.tuple(fc.nat(book.length - 1), fc.nat(255), fc.nat(book.length)).map(([at, byte, length]) => {
      const copy = Buffer.from(book);
      copy[at] = byte;
      return copy.subarray(0, Math.max(1, length));
    });
    const text = fc
      .string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', '\0', "'", '=', 'ä') })
      .map((given) => Buffer.from(given));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          spoilt,
          text,
          fc.uint8Array().map((array) => Buffer.from(array)),
        ),
        fc.boolean(),
        async (given, isBook) => {
          try {
            await read(given, { format: isBook ? 'xlsx' : 'csv' });
          } catch (error) {
            expect(error).toBeInstanceOf(CasementError);
            expect((error as CasementError).status).toBeLessThan(500);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
