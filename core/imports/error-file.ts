import { stringify } from 'csv-stringify/sync';
import { safeText } from '../fields/formula-text.ts';
import type { Database } from '../storage/database.ts';
import { selectChunks } from './journal.ts';
import type { ImportRun } from './journal.ts';
import type { ImportLimits } from './limits.ts';
import { sourceOf } from './source-of.ts';
import { openTable } from './table-source.ts';
import type { Uploads } from './uploads.ts';

export interface ErrorFileDeps {
  readonly db: Database;
  readonly uploads: Uploads;
  readonly limits: ImportLimits;
}

/** Columns this file has beside those of the source; a later import leaves them out. */
export const REASON_COLUMN = 'import error';

/**
 * The failed rows of one table as CSV, in the columns of its file and with the reason behind them: to be mended and imported again.
 * UTF-8 with a byte order mark, so that spreadsheet programs read the letters right.
 */
export async function* errorFile(deps: ErrorFileDeps, run: ImportRun, position: number): AsyncGenerator<string> {
  const table = run.plan.tables[position];
  if (!table) return;
  const opened = await openTable(deps.uploads.pathOf(table.file), await sourceOf(deps.uploads, table), deps.limits);
  const line = (cells: readonly string[]) => stringify([cells.map(safeText)]);
  const width = opened.columns.length;
  yield `\ufeff${line([...opened.columns.filter((name) => name !== REASON_COLUMN), REASON_COLUMN])}`;
  const kept = opened.columns.map((name) => name !== REASON_COLUMN);
  const failures = failedRows(deps.db, run.id, position);
  let failure = await failures.next();
  for await (const { number, cells } of opened.rows) {
    if (failure.done) return;
    if (number < failure.value.row) continue;
    const own = Array.from({ length: width }, (_, index) => cells[index] ?? '').filter((_, index) => kept[index]);
    yield line([...own, failure.value.reason]);
    failure = await failures.next();
  }
}

async function* failedRows(
  db: Database,
  run: string,
  position: number,
): AsyncGenerator<{ row: number; reason: string }> {
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
