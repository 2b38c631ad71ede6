import { CasementError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import type { Chunk, RowReport } from './chunk.ts';
import { findExisting } from './find-existing.ts';
import type { Existing, ExistingFinder } from './find-existing.ts';
import { findReferences } from './find-references.ts';
import type { ReferenceFinder } from './find-references.ts';
import { rowInput, textsOf } from './row-input.ts';
import type { RowInput } from './row-input.ts';
import type { SheetRow } from './sheet-row.ts';

interface Finders {
  readonly references: ReferenceFinder;
  readonly existing: ExistingFinder;
  /** Rows may ask for records they point to: what they point to is known only when their turn comes. */
  readonly makesTargets: boolean;
}

/** A row and what it says. */
interface ReadRow extends RowInput {
  readonly row: number;
  readonly cells: readonly string[];
}

/**
 * Writes the rows of one chunk in the transaction of its context: a wrong row is reported and the others stand. New records are made
 * together, everything else row by row in a savepoint of its own; the outcome is that of row after row. Throws only what concerns the
 * whole transaction.
 */
export async function importRows(chunk: Chunk, rows: readonly SheetRow[]): Promise<readonly RowReport[]> {
  const given = rows.map((row) => ({ row: row.number, cells: textsOf(chunk.table, row) }));
  const references = await findReferences(
    chunk,
    given.map(({ cells }) => cells),
  );
  const reading = { table: chunk.table, zone: chunk.zone, references };
  const readings = given.map(({ row, cells }) => ({ row, cells, ...rowInput(reading, cells) }));
  const existing = await findExisting(chunk, readings);
  const makesTargets = chunk.table.targets.some(({ plan }) => plan.create === true);
  return writeRows(chunk, { references, existing, makesTargets }, readings);
}

/** In the order of the rows: what is made together is made before a row that may be about one of these, or that changes a record. */
async function writeRows(chunk: Chunk, finders: Finders, rows: readonly ReadRow[]): Promise<readonly RowReport[]> {
  const { existing, makesTargets } = finders;
  const reports: RowReport[] = [];
  const marks = new Set<string>();
  let waiting: ReadRow[] = [];
  const makeWaiting = async () => {
    reports.push(...(await makeTogether(chunk, finders, waiting)));
    waiting = [];
    marks.clear();
  };
  for (const row of rows) {
    const own = makesTargets ? [] : existing.marksOf(row);
    if (own.some((mark) => marks.has(mark))) await makeWaiting();
    if (!makesTargets && isToBeMade(chunk, row, existing.find(row))) {
      waiting.push(row);
      for (const mark of own) marks.add(mark);
      continue;
    }
    await makeWaiting();
    reports.push(await importRow(chunk, finders, row));
  }
  await makeWaiting();
  return reports;
}

function isToBeMade({ table }: Chunk, row: ReadRow, found: Existing): boolean {
  if (row.errors.length > 0) return false;
  return found.kind === 'none' || (table.duplicates === 'new' && !isSurely(found));
}

function isSurely(found: Existing): boolean {
  return found.kind === 'one' && found.surely;
}

/** New records, all or none; when there is something wrong with some, these for themselves, in their turn. */
async function makeTogether(chunk: Chunk, finders: Finders, rows: readonly ReadRow[]): Promise<readonly RowReport[]> {
  const [first] = rows;
  if (!first) return [];
  if (rows.length === 1) return [await importRow(chunk, finders, first)];
  const { ctx, table, records } = chunk;
  try {
    return await ctx.tx.savepoint(async (tx) => {
      const inside = { ...chunk, ctx: { ...ctx, tx } };
      const inputs = rows.map(({ input }) => input);
      const ids = await records.createIds(inside.ctx, { entity: table.entity.name, inputs });
      const made = rows.map((row, at) => ({ row, id: ids[at] ?? '' }));
      await finders.existing.keep(inside, made);
      return made.map(({ row: { row }, id }) => ({ row, status: 'created' as const, record: id }));
    });
  } catch (error) {
    if (!(error instanceof CasementError) || error.status >= 500) throw error;
    const reports: RowReport[] = [];
    for (const part of partsOf(rows, error)) reports.push(...(await makeTogether(chunk, finders, part)));
    return reports;
  }
}

/** Each row that the error names by itself and what stands between them together; halves where it names none. */
function partsOf<T>(rows: readonly T[], { errors }: CasementError): readonly (readonly T[])[] {
  const named = new Set(errors.map(({ path }) => Number(/^\/(\d+)(?:\/|$)/.exec(path)?.[1] ?? Number.NaN)));
  const parts: T[][] = [[]];
  for (const [at, row] of rows.entries()) {
    if (named.has(at)) parts.push([row], []);
    else parts.at(-1)?.push(row);
  }
  if (parts.length > 1) return parts;
  const half = Math.ceil(rows.length / 2);
  return [rows.slice(0, half), rows.slice(half)];
}

async function importRow(chunk: Chunk, finders: Finders, given: ReadRow): Promise<RowReport> {
  const { ctx, table } = chunk;
  const { row, cells } = given;
  try {
    return await ctx.tx.savepoint(async (tx) => {
      const inside = { ...chunk, ctx: { ...ctx, tx } };
      if (finders.makesTargets) await finders.references.create(inside, cells);
      const anew = { table, zone: chunk.zone, references: finders.references };
      const reading = finders.makesTargets ? { row, cells, ...rowInput(anew, cells) } : given;
      return { row, ...(await settle(inside, finders, reading)) };
    });
  } catch (error) {
    if (!(error instanceof CasementError) || error.status >= 500) throw error;
    return { row, status: 'failed', errors: detailsOf(error) };
  }
}

async function settle(chunk: Chunk, finders: Finders, row: ReadRow): Promise<Omit<RowReport, 'row'>> {
  const { table, records, ctx } = chunk;
  const found = finders.existing.find(row);
  const isThere = found.kind === 'one' && (found.surely || table.duplicates !== 'new');
  if (isThere && table.duplicates !== 'update') {
    await finders.existing.keep(chunk, [{ row, id: found.id }]);
    return { status: 'skipped', record: found.id };
  }
  if (found.kind === 'several' && table.duplicates !== 'new') throw severalRecords(table.entity.title, found.field);
  if (row.errors.length > 0) throw new CasementError('VALIDATION', 'The row is not right.', { errors: row.errors });
  const { input } = row;
  const record = isThere
    ? await records.write(ctx, { op: 'update', entity: table.entity.name, id: found.id, input })
    : await records.write(ctx, { op: 'create', entity: table.entity.name, input });
  const id = String(record['id']);
  await finders.existing.keep(chunk, [{ row, id }]);
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
