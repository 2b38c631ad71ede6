import { CasementError } from '../errors.ts';
import { safeText } from '../fields/formula-text.ts';
import type { Database } from '../storage/database.ts';
import { selectChunks } from './journal.ts';
import type { ImportRun } from './journal.ts';
import type { ImportLimits } from './limits.ts';
import { sourceOf } from './source-of.ts';
import { openTable } from './table-source.ts';
import type { Table } from './table-source.ts';
import type { SheetRow } from './sheet-row.ts';
import type { Uploads } from './uploads.ts';

export interface ErrorFileDeps {
  readonly db: Database;
  readonly uploads: Uploads;
  readonly limits: ImportLimits;
}

/** Columns this file has beside those of the source; a later import leaves them out. */
export const REASON_COLUMN = 'import error';

/** What could not be imported of one table. */
export interface ErrorFile {
  readonly format: 'csv' | 'jsonl';
  readonly lines: AsyncIterable<string>;
}

/**
 * The failed rows of one table, with the reason behind them: to be mended and imported again. JSON Lines where the table was such, else CSV
 * in the columns of its file: UTF-8 with a byte order mark, so that spreadsheet programs read the letters right.
 */
export async function errorFile(deps: ErrorFileDeps, run: ImportRun, position: number): Promise<ErrorFile> {
  const table = run.plan.tables[position];
  if (!table) throw new CasementError('NOT_FOUND', 'The import has no such table.');
  const source = await sourceOf(deps.uploads, table);
  const opened = await openTable(deps.uploads.pathOf(table.file), source, deps.limits);
  const failures = failedRows(deps.db, run.id, position);
  if (source.format === 'jsonl') return { format: 'jsonl', lines: jsonLines(opened, failures) };
  return { format: 'csv', lines: csvLines(opened, failures) };
}

/** A line of the head before the first row. */
async function* csvLines(opened: Table, failures: AsyncGenerator<Failure>): AsyncGenerator<string> {
  const { stringify } = await import('csv-stringify/sync');
  const line = (cells: readonly string[]) => stringify([cells.map(safeText)]);
  const width = opened.columns.length;
  yield `\ufeff${line([...opened.columns.filter((name) => name !== REASON_COLUMN), REASON_COLUMN])}`;
  const kept = opened.columns.map((name) => name !== REASON_COLUMN);
  for await (const [{ cells }, reason] of failed(opened, failures)) {
    const own = Array.from({ length: width }, (_, index) => cells[index] ?? '').filter((_, index) => kept[index]);
    yield line([...own, reason]);
  }
}

async function* jsonLines(opened: Table, failures: AsyncGenerator<Failure>): AsyncGenerator<string> {
  for await (const [{ record }, reason] of failed(opened, failures))
    yield `${JSON.stringify({ ...record, [REASON_COLUMN]: reason })}\n`;
}

async function* failed(
  opened: Table,
  failures: AsyncGenerator<Failure>,
): AsyncGenerator<readonly [row: SheetRow, reason: string]> {
  let failure = await failures.next();
  for await (const row of opened.rows) {
    if (failure.done) return;
    if (row.number < failure.value.row) continue;
    yield [row, failure.value.reason];
    failure = await failures.next();
  }
}

interface Failure {
  readonly row: number;
  readonly reason: string;
}

async function* failedRows(db: Database, run: string, position: number): AsyncGenerator<Failure> {
  let row = 0;
  for (;;) {
    const chunks = await selectChunks(db, run, { from: { position, row }, status: 'failed', limit: 50 });
    const own = chunks.filter((chunk) => chunk.position === position);
    if (own.length === 0) return;
    for (const chunk of own) {
      for (const report of chunk.rows) {
        if (report.status !== 'failed') continue;
        const reason = (report.errors ?? [])
          .map(({ path, message }) => (path === '' ? message : `${path.slice(1)}: ${message}`))
          .join(' ');
        yield { row: report.row, reason };
      }
      row = chunk.rows.at(-1)?.row ?? row;
    }
  }
}
