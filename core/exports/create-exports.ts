import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import type { Entity } from '../definitions/model.ts';
import { CasementError, validationError } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { safeText } from '../fields/formula-text.ts';
import type { RecordsService } from '../records/create-records.ts';
import { recordTexts } from '../records/read.ts';
import type { ReadQuery } from '../records/types.ts';
import { columnsOf, sheetValueOf, textOf } from './columns.ts';
import type { ExportColumn } from './columns.ts';
import { writeXlsx } from './write-xlsx.ts';

export const EXPORT_FORMATS = ['csv', 'xlsx', 'jsonl'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportQuery extends Pick<ReadQuery, 'entity' | 'filter' | 'sort' | 'fields' | 'search'> {
  readonly format: ExportFormat;
  /** CSV cells as they are: a spreadsheet may run what looks like a formula. */
  readonly raw?: boolean;
}

/** A table that is written while it is read. */
export interface Export {
  readonly fileName: string;
  readonly contentType: string;
  readonly rows: number;
  readonly body: AsyncIterable<string | Uint8Array>;
}

export interface Exports {
  /**
   * The caller's records as a table: his rows and fields, in keyset pages. Needs the operation `export`. Stands in the ledger, at the user's
   * record, before the first byte leaves. VALIDATION when there are more rows than one export takes.
   */
  open(ctx: Context, query: ExportQuery): Promise<Export>;
}

export interface ExportsOptions {
  readonly records: RecordsService;
  /** Default 1,000,000; a sheet holds 1,048,576. */
  readonly maxRows?: number;
}

const MAX_ROWS = 1_000_000;
const PAGE = 1000;
const TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  jsonl: 'application/jsonl; charset=utf-8',
};

export function createExports({ records, maxRows = MAX_ROWS }: ExportsOptions): Exports {
  return {
    async open(ctx, query) {
      const model = records.model();
      if (!accessOf(model, ctx.principal).operation('export'))
        throw new CasementError('FORBIDDEN', 'This needs the right "export". Ask the owner of this Casement for it.');
      const entity = model.entity(query.entity);
      const { format, fields, raw = false, ...rest } = query;
      if (raw && format !== 'csv')
        throw new CasementError('BAD_REQUEST', '"raw" is for CSV: nothing runs in the other formats.');
      const columns = columnsOf(model, ctx, { entity, ...(fields ? { fields } : {}) });
      const { total = 0 } = await records.list(ctx, { ...rest, limit: 1, fields: ['id'], count: 'exact' });
      if (total > maxRows) throw tooMany(total, maxRows);
      await keepTrace(records, ctx, { query, rows: total, raw });
      const paths = fields ?? columns.filter(({ name }) => !name.includes(':')).map(({ name }) => name);
      const read = format === 'jsonl' && !fields ? rest : { ...rest, fields: paths };
      const label = raw ? '.raw' : '';
      return {
        fileName: `${entity.plural}${label}.${format}`,
        contentType: TYPES[format],
        rows: total,
        body: bodyOf({ records, ctx, read, entity, columns }, format, raw),
      };
    },
  };
}

function tooMany(total: number, limit: number): CasementError {
  const message = `${total} records are more than one export takes (${limit}). Narrow it with a filter.`;
  return validationError([{ path: '/filter', code: 'maximum', message, params: { limit } }]);
}

/** Who took what away, before it leaves: at the record of the user, of a command at that of the organisation. */
async function keepTrace(
  records: RecordsService,
  ctx: Context,
  { query, rows, raw }: { query: ExportQuery; rows: number; raw: boolean },
): Promise<void> {
  const { entity, format, filter, fields, search } = query;
  const data: Record<string, Value> = {
    entity,
    format,
    rows,
    raw,
    filter: (filter ?? null) as Value,
    fields: fields ?? null,
    search: search ?? null,
  };
  const user = ctx.principal.id;
  const place =
    user === null ? { entity: 'organisation', id: records.organisation().id } : { entity: 'user', id: user };
  if (place.id === null)
    return ctx.log.warn({ export: data }, 'An export without an organisation to keep its trace at');
  await records.event(ctx, { ...place, id: place.id, kind: 'records.exported', data });
}

interface Reading {
  readonly records: RecordsService;
  readonly ctx: Context;
  readonly read: ReadQuery;
  readonly entity: Entity;
  readonly columns: readonly ExportColumn[];
}

function bodyOf(reading: Reading, format: ExportFormat, raw: boolean): Export['body'] {
  const { columns, entity } = reading;
  if (format === 'jsonl') return lines(reading);
  const names = columns.map(({ name }) => name);
  if (format === 'xlsx') return writeXlsx(entity.pluralTitle, names, sheetRows(reading));
  return csv(reading, raw ? (text) => text : safeText);
}

async function* lines(reading: Reading): AsyncGenerator<string> {
  for await (const page of pages(reading)) yield page.map((json) => `${json}\n`).join('');
}

/** With a byte order mark: without it spreadsheet programs take UTF-8 for the code page of the machine. */
async function* csv(reading: Reading, cell: (text: string) => string): AsyncGenerator<string> {
  const { stringify } = await import('csv-stringify/sync');
  const { columns } = reading;
  yield `\ufeff${stringify([columns.map(({ name }) => name)], { record_delimiter: '\r\n' })}`;
  for await (const page of pages(reading)) {
    const rows = page.map((json) => {
      const record = JSON.parse(json) as RecordData;
      return columns.map((column) => cell(textOf(column, record)));
    });
    yield stringify(rows, { record_delimiter: '\r\n' });
  }
}

async function* sheetRows(reading: Reading) {
  for await (const page of pages(reading)) {
    for (const json of page) {
      const record = JSON.parse(json) as RecordData;
      yield reading.columns.map((column) => sheetValueOf(column, record));
    }
  }
}

async function* pages({ records, ctx, read }: Reading): AsyncGenerator<readonly string[]> {
  let after: string | undefined;
  do {
    const page = await records.read(ctx, { ...read, limit: PAGE, ...(after === undefined ? {} : { after }) });
    if (page.text !== '') yield recordTexts(page);
    after = page.next ?? undefined;
  } while (after !== undefined);
}
