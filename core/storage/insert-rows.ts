import type { SqlFragment, Transaction } from '../context.ts';
import { id, join, sql } from './sql.ts';

export interface Rows {
  readonly table: string;
  readonly columns: readonly string[];
  /** Cells in the order of the columns. */
  readonly rows: readonly (readonly unknown[])[];
}

/** SQLite takes 32,766 values in a statement, PostgreSQL 65,535. */
const MOST_VALUES = 30_000;
/** A statement is prepared for each number of rows: few numbers, few statements. */
const SIZES = [500, 100, 20, 8];
const FEW = 8;

/** Many rows in few statements. */
export async function insertRows(tx: Transaction, into: Rows): Promise<void> {
  for (const some of chunksOf(into)) await tx.run(insertOf(into, some));
}

/** The same, and answers these columns of each row, in no promised order. */
export async function insertReturning<Row>(
  tx: Transaction,
  into: Rows,
  columns: readonly string[],
): Promise<readonly Row[]> {
  const answered: Row[] = [];
  for (const some of chunksOf(into))
    answered.push(...(await tx.all<Row>(sql`${insertOf(into, some)} returning ${join(columns.map(id))}`)));
  return answered;
}

/** The text between the values, put together here in one go: with a fragment for each row it would take longer than to run it. */
function insertOf({ table, columns }: Rows, rows: Rows['rows']): SqlFragment {
  const names = columns.map((name) => `"${name.replaceAll('"', '""')}"`).join(', ');
  const chunks = [`insert into "${table.replaceAll('"', '""')}" (${names}) values (`];
  const cells: unknown[] = [];
  for (const row of rows) {
    for (const cell of row) {
      cells.push(cell);
      chunks.push(', ');
    }
    chunks[chunks.length - 1] = '), (';
  }
  chunks[chunks.length - 1] = ')';
  return sql(Object.assign(chunks, { raw: chunks }), ...cells);
}

function chunksOf({ columns, rows }: Rows): readonly Rows['rows'][] {
  const chunks: Rows['rows'][] = [];
  const sizes = SIZES.filter((size) => size * columns.length <= MOST_VALUES);
  for (let from = 0; from < rows.length;) {
    const left = rows.length - from;
    const size = sizes.find((one) => one <= left) ?? Math.min(left, FEW);
    chunks.push(rows.slice(from, from + size));
    from += size;
  }
  return chunks;
}
