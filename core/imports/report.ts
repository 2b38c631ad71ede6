import { CasementError } from '../errors.ts';
import type { Database } from '../storage/database.ts';
import type { RowReport, RowStatus } from './chunk.ts';
import { selectChunks } from './journal.ts';

export interface ReportLine extends RowReport {
  /** Of the table in the plan, from 0. */
  readonly table: number;
}

export interface ReportQuery {
  readonly status?: RowStatus;
  readonly limit: number;
  readonly after?: string;
}

/** What became of each row, in the order of the tables and rows; `next` is the place of the last one. */
export async function readReport(
  db: Database,
  run: string,
  query: ReportQuery,
): Promise<{ readonly data: readonly ReportLine[]; readonly next: string | null }> {
  const from = placeOf(query.after);
  const lines: ReportLine[] = [];
  let at = from;
  while (lines.length <= query.limit) {
    const status = query.status === undefined ? {} : { status: query.status };
    const chunks = await selectChunks(db, run, { from: at, ...status, limit: 20 });
    if (chunks.length === 0) break;
    for (const { position, rows } of chunks) {
      for (const report of rows) {
        const isBehind = position > from.position || report.row > from.row;
        if (isBehind && (query.status === undefined || report.status === query.status))
          lines.push({ table: position, ...report });
      }
      at = { position, row: rows.at(-1)?.row ?? at.row };
    }
  }
  const page = lines.slice(0, query.limit);
  const last = page.at(-1);
  return { data: page, next: lines.length > query.limit && last ? `${last.table}.${last.row}` : null };
}

function placeOf(after: string | undefined): { position: number; row: number } {
  if (after === undefined) return { position: 0, row: 0 };
  const match = /^(\d{1,4})\.(\d{1,9})$/.exec(after);
  if (!match) throw new CasementError('BAD_REQUEST', 'The parameter "after" is not "next" of the page before.');
  return { position: Number(match[1]), row: Number(match[2]) };
}
