import type { Cell, ColumnKind } from '../../fields/field-type.ts';
import type { TableSpec } from '../table-spec.ts';
import { damaged, dumpedColumns, parseLine } from './format.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const LONG = /^-?\d{16,19}$/;

const isText = (cell: unknown) => typeof cell === 'string';
const matches = (pattern: RegExp) => (cell: unknown) => typeof cell === 'string' && pattern.test(cell);

/** SQLite takes anything into any column, so what a dump brings is looked at before. */
const FITS: Readonly<Record<ColumnKind, (cell: unknown) => boolean>> = {
  text: isText,
  json: isText,
  uuid: matches(UUID),
  integer: isInteger,
  scaled: isInteger,
  double: (cell) => typeof cell === 'number',
  boolean: (cell) => typeof cell === 'boolean',
  date: matches(DATE),
  instant: matches(INSTANT),
};

function isInteger(cell: unknown): boolean {
  if (typeof cell === 'number') return Number.isSafeInteger(cell);
  return typeof cell === 'string' && LONG.test(cell) && BigInt.asIntN(64, BigInt(cell)) === BigInt(cell);
}

/** A function that reads the lines of a table's rows; cells stand in the order of its dumped columns. */
export function rowParser(table: TableSpec): (line: string) => readonly Cell[] {
  const columns = dumpedColumns(table);
  return (line) => {
    const cells = parseLine(line);
    const fits = Array.isArray(cells) && cells.length === columns.length;
    const wrong = fits
      ? columns.find((column, index) => cells[index] !== null && !FITS[column.kind](cells[index]))
      : columns[0];
    if (wrong) throw damaged(`a row of ${table.name} does not fit its column ${wrong.name}`);
    return cells as readonly Cell[];
  };
}
