import { Buffer } from 'node:buffer';
import { writeXlsx } from '../../../core/exports/write-xlsx.ts';
import { zip } from '../../../core/exports/zip-writer.ts';

/** Tables as files: some that an import takes, some that have broken readers of tables before. */
export interface Tables {
  readonly good: readonly Uint8Array[];
  readonly bad: readonly Uint8Array[];
}

const HEAD = ['name', 'email', 'phone', 'city'];
const ROWS = [
  ['Anna Tamm', 'anna.tamm@example.com', '+372 5551 2345', 'Tartu'],
  ['Jānis "JB" Bērziņš', '', '00371 29123456', 'Rīga, LV'],
  ['=cmd|x', 'formula@example.com', '5551234', '{{name}}'],
];

export async function makeTables(): Promise<Tables> {
  const csv = [HEAD, ...ROWS].map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join()).join('\r\n');
  const workbook = await bytesOf(writeXlsx('Contacts', HEAD, asRows()));
  const sheet = (xml: string) => bytesOf(zip(partsWith(xml)));
  const bomb = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "${'x'.repeat(1000)}"><!ENTITY b "${'&a;'.repeat(1000)}">]><worksheet><sheetData><row><c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>`;
  return {
    good: [
      Buffer.from(csv),
      Buffer.from(`\ufeff${csv.replaceAll(',', ';')}`),
      Buffer.from(csv, 'utf16le'),
      Buffer.from('name\nOnly a name\n'),
      workbook,
    ],
    bad: [
      ...BAD_TEXTS.map((text) => Buffer.from(text)),
      Buffer.from([0x6e, 0x61, 0x6d, 0x65, 0x0a, 0xff, 0xc0, 0x80, 0x0a]),
      Buffer.from('name\nЖук\n', 'utf16le').subarray(1),
      workbook.subarray(0, workbook.length >> 1),
      flipped(workbook),
      await sheet(bomb),
      await sheet('<worksheet><sheetData><row r="1048577"><c r="XFE1"><v>1</v></c></row></sheetData></worksheet>'),
      await sheet(`<worksheet><sheetData>${'<row>'.repeat(5000)}`),
      await sheet(`<worksheet><sheetData><row><c t="s"><v>999999</v></c></row></sheetData></worksheet>`),
      await sheet(
        `<worksheet><sheetData><row><c t="inlineStr"><is><t>${'a'.repeat(4_000_000)}</t></is></c></row></sheetData></worksheet>`,
      ),
      await bytesOf(zip([{ name: '../../etc/passwd', content: ['x'] }])),
      await bytesOf(zip([{ name: '[Content_Types].xml', content: ['<Types/>'] }])),
      Buffer.from('PK\u0005\u0006' + '\0'.repeat(18), 'latin1'),
    ],
  };
}

const BAD_TEXTS = [
  '',
  '\n\n\n',
  'name',
  'name\n"never closed',
  'name\n"a" b "c\n',
  'name,name,name\n1,2,3\n',
  '__proto__,constructor,prototype\n1,2,3\n',
  'id,version,createdAt,deletedAt\nx,1,x,x\n',
  `${Array.from({ length: 3000 }, (_, at) => `c${at}`).join()}\n1\n`,
  `name\n${'x'.repeat(200_000)}\n`,
  `name\n${'a\n'.repeat(20_000)}`,
  'name\na\u0000b\n',
  'sep=|\nname|email\na|b\n',
  'name,email\n=HYPERLINK("http://evil.example"),+1\n',
  'name\r"a\r\nb"\r',
  ',,,,\n,,,,\n',
];

async function* asRows() {
  for (const row of ROWS) yield row.map((text) => ({ kind: 'text', text }) as const);
}

/** A workbook of one sheet, said by hand. */
function partsWith(sheet: string) {
  const relations = 'http://schemas.openxmlformats.org/package/2006/relationships';
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  return [
    {
      name: '_rels/.rels',
      content: [
        `<Relationships xmlns="${relations}"><Relationship Id="r" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
      ],
    },
    {
      name: 'xl/workbook.xml',
      content: [`<workbook xmlns:r="${office}"><sheets><sheet name="a" sheetId="1" r:id="r"/></sheets></workbook>`],
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: [
        `<Relationships xmlns="${relations}"><Relationship Id="r" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
      ],
    },
    { name: 'xl/worksheets/sheet1.xml', content: [sheet] },
  ];
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let at = 100; at < copy.length; at += 97) copy[at] = copy[at]! ^ 0x55;
  return copy;
}

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
