import { headXml, rowXml, STYLES } from './xlsx-cells.ts';
import { escapeXml } from './xlsx-cells.ts';
import type { SheetValue } from './xlsx-cells.ts';
import { zip } from './zip-writer.ts';

const HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const SHEET = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/**
 * A workbook of one sheet as a stream. Our own writer, because those at hand hold all rows in memory before the first byte, or bring a
 * dozen packages along.
 */
export function writeXlsx(
  title: string,
  columns: readonly string[],
  rows: AsyncIterable<readonly SheetValue[]>,
): AsyncIterable<Uint8Array> {
  const name = escapeXml(title.replace(/[[\]:*?/\\]/g, ' ').slice(0, 31) || 'Sheet');
  const types = `${HEADER}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${TYPE}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPE}.styles+xml"/></Types>`;
  const root = `${HEADER}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`;
  const book = `${HEADER}<workbook xmlns="${SHEET}" xmlns:r="${OFFICE}"><sheets><sheet name="${name}" sheetId="1" r:id="rId1"/></sheets></workbook>`;
  const links = `${HEADER}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`;
  return zip([
    { name: '[Content_Types].xml', content: [types] },
    { name: '_rels/.rels', content: [root] },
    { name: 'xl/workbook.xml', content: [book] },
    { name: 'xl/_rels/workbook.xml.rels', content: [links] },
    { name: 'xl/styles.xml', content: [STYLES] },
    { name: 'xl/worksheets/sheet1.xml', content: sheet(columns, rows) },
  ]);
}

async function* sheet(columns: readonly string[], rows: AsyncIterable<readonly SheetValue[]>): AsyncGenerator<string> {
  const pane =
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>';
  yield `${HEADER}<worksheet xmlns="${SHEET}">${pane}<sheetData>${headXml(columns)}`;
  let number = 1;
  for await (const cells of rows) yield rowXml((number += 1), cells);
  yield '</sheetData></worksheet>';
}
