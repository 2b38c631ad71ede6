import { CasementError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import type { Chunk, RowReport } from './chunk.ts';
import { findExisting } from './find-existing.ts';
import type { Existing, ExistingFinder } from './find-existing.ts';
import { findReferences } from './find-references.ts';
import type { ReferenceFinder } from './find-references.ts';
import { rowInput } from './row-input.ts';
import type { RowInput } from './row-input.ts';
import type { SheetRow } from './sheet-row.ts';

interface Finders {
  readonly references: ReferenceFinder;
  readonly existing: ExistingFinder;
  /** Rows may ask for records they point to: what they point to is known only when their turn comes. */
  readonly makesTargets: boolean;
}

/**
 * Writes the rows of one chunk in the transaction of its context, each in a savepoint of its own: a wrong row is reported and the others
 * stand. Throws only what concerns the whole transaction.
 */
export async function importRows(chunk: Chunk, rows: readonly SheetRow[]): Promise<readonly RowReport[]> {
  const references = await findReferences(
    chunk,
    rows.map(({ cells }) => cells),
  );
  const reading = { table: chunk.table, zone: chunk.zone, references };
  const readings = rows.map((row) => ({ row, cells: row.cells, ...rowInput(reading, row.cells) }));
  const existing = await findExisting(chunk, readings);
  const makesTargets = chunk.table.targets.some(({ plan }) => plan.create === true);
  const reports: RowReport[] = [];
  for (const { row, input, errors } of readings)
    reports.push(await importRow(chunk, { references, existing, makesTargets }, { row, reading: { input, errors } }));
  return reports;
}

async function importRow(
  chunk: Chunk,
  finders: Finders,
  of: { readonly row: SheetRow; readonly reading: RowInput },
): Promise<RowReport> {
  const { ctx, table } = chunk;
  const { number: row, cells } = of.row;
  try {
    return await ctx.tx.savepoint(async (tx) => {
      const inside = { ...chunk, ctx: { ...ctx, tx } };
      if (finders.makesTargets) await finders.references.create(inside, cells);
      const anew = { table, zone: chunk.zone, references: finders.references };
      const reading = finders.makesTargets ? rowInput(anew, cells) : of.reading;
      const found = finders.existing.find(cells, reading.input);
      return { row, ...(await settle(inside, finders, { cells, reading, found })) };
    });
  } catch (error) {
    if (!(error instanceof CasementError) || error.status >= 500) throw error;
    return { row, status: 'failed', errors: detailsOf(error) };
  }
}

interface Settling {
  readonly cells: readonly string[];
  readonly reading: RowInput;
  readonly found: Existing;
}

async function settle(chunk: Chunk, finders: Finders, of: Settling): Promise<Omit<RowReport, 'row'>> {
  const { table, records, ctx } = chunk;
  const { cells, reading, found } = of;
  const isThere = found.kind === 'one' && (found.surely || table.duplicates !== 'new');
  if (isThere && table.duplicates !== 'update') {
    await finders.existing.keep(chunk, { cells, input: reading.input }, found.id);
    return { status: 'skipped', record: found.id };
  }
  if (found.kind === 'several' && table.duplicates !== 'new') throw severalRecords(table.entity.title, found.field);
  if (reading.errors.length > 0)
    throw new CasementError('VALIDATION', 'The row is not right.', { errors: reading.errors });
  const record = isThere
    ? await records.write(ctx, { op: 'update', entity: table.entity.name, id: found.id, input: reading.input })
    : await records.write(ctx, { op: 'create', entity: table.entity.name, input: reading.input });
  const id = String(record['id']);
  await finders.existing.keep(chunk, { cells, input: reading.input }, id);
  return { status: isThere ? 'updated' : 'created', record: id };
}

function severalRecords(title: string, field: string): CasementError {
  const message = `The values of this row belong to more than one ${title.toLowerCase()}.`;
  return new CasementError('VALIDATION', message, { errors: [{ path: `/${field}`, code: 'ambiguous', message }] });
}

function detailsOf(error: CasementError): readonly ErrorDetail[] {
  if (error.errors.length > 0) return error.errors.slice(0, 20);
  return [{ path: '', code: error.code, message: error.message }];
}
