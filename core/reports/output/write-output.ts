import { accessOf } from '../../access/access.ts';
import type { Context } from '../../context.ts';
import { CasementError } from '../../errors.ts';
import type { RecordData } from '../../fields/field-type.ts';
import { safeText } from '../../fields/formula-text.ts';
import type { ReportDeps } from '../plan.ts';
import type { ReportRequest } from '../request.ts';
import type { ReportResult } from '../result.ts';
import { runReport } from '../run-report.ts';
import { printPage } from './print-page.ts';
import type { PageRenderer } from './print-page.ts';
import { detailTable, figureTable } from './tables.ts';
import type { Cell, Table } from './tables.ts';
import { wordsOf } from './words.ts';

export const REPORT_FORMATS = ['csv', 'xlsx', 'pdf'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface OutputRequest {
  readonly format: ReportFormat;
  /** Which table a CSV or XLSX holds; a PDF holds both. */
  readonly part?: 'figures' | 'details';
}

/** What output needs of exports and documents; the composition root hands it in. */
export interface OutputTools {
  xlsx(title: string, columns: readonly string[], rows: AsyncIterable<readonly Cell[]>): AsyncIterable<Uint8Array>;
  readonly renderer: PageRenderer;
  /** The organisation's record with its images. */
  letterhead(ctx: Context): Promise<RecordData>;
}

export interface ReportFile {
  readonly name: string;
  readonly type: string;
  readonly body: AsyncIterable<string | Uint8Array>;
}

export interface OutputDeps extends ReportDeps {
  readonly output: OutputTools;
}

const TYPES: Readonly<Record<ReportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pdf: 'application/pdf',
};
/** Records in a file, and on paper. */
const MOST = { csv: 20_000, xlsx: 20_000, pdf: 1_000 } as const;

/**
 * A report as a file. CSV and XLSX need the operation `export`, as every table that leaves; paper needs none. FORBIDDEN, BAD_REQUEST when it
 * has no such part, UNAVAILABLE for a PDF without a browser.
 */
export async function writeOutput(
  deps: OutputDeps,
  ctx: Context,
  of: { readonly request: ReportRequest; readonly output: OutputRequest },
): Promise<{ readonly file: ReportFile; readonly result: ReportResult }> {
  const { format, part = 'figures' } = of.output;
  if (format !== 'pdf' && !accessOf(deps.model(), ctx.principal).operation('export'))
    throw new CasementError('FORBIDDEN', 'This needs the right "export". Ask the owner of this Casement for it.');
  const wantsDetails = format === 'pdf' || part === 'details';
  const result = await runReport(deps, ctx, of.request, { details: wantsDetails ? MOST[format] : 0 });
  const body = await bodyOf(deps, ctx, { result, format, part });
  const label = part === 'details' && format !== 'pdf' ? '.details' : '';
  return { result, file: { name: `${result.name}${label}.${format}`, type: TYPES[format], body } };
}

async function bodyOf(
  deps: OutputDeps,
  ctx: Context,
  {
    result,
    format,
    part,
  }: { readonly result: ReportResult; readonly format: ReportFormat; readonly part: 'figures' | 'details' },
): Promise<ReportFile['body']> {
  const { locale } = ctx;
  const { zone, currency } = deps.organisation();
  if (format === 'pdf') {
    const letterhead = await deps.output.letterhead(ctx);
    return once(
      await printPage(deps.output.renderer, { result, letterhead, locale, zone, currency, now: ctx.clock.now() }),
    );
  }
  const table = tableOf(result, part, { locale, zone });
  if (format === 'csv') return once(await csv(table));
  return deps.output.xlsx(result.title, table.columns, each(table.rows));
}

function tableOf(
  result: ReportResult,
  part: 'figures' | 'details',
  { locale, zone }: { readonly locale: string; readonly zone: string },
): Table {
  if (part === 'figures') return figureTable(result, wordsOf(locale).total);
  if (result.details) return detailTable(result.details, zone);
  throw new CasementError('BAD_REQUEST', `The report "${result.name}" has no details.`);
}

/** With a byte order mark: without it spreadsheet programs take UTF-8 for the code page of the machine. */
async function csv({ columns, rows }: Table): Promise<string> {
  const { stringify } = await import('csv-stringify/sync');
  const lines = rows.map((row) => row.map((cell) => (cell === null ? '' : cellText(cell))));
  return `\ufeff${stringify([columns.map(safeText), ...lines], { record_delimiter: '\r\n' })}`;
}

/** A number less than nothing begins with a sign and is no formula. */
function cellText({ kind, text }: NonNullable<Cell>): string {
  return kind === 'number' ? text : safeText(text);
}

async function* once<T>(whole: T): AsyncGenerator<T> {
  yield await Promise.resolve(whole);
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}
