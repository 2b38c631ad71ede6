import { setTimeout as pause } from 'node:timers/promises';
import { accessOf } from '../access/access.ts';
import type { Clock, Context, Log, Principal, Transaction } from '../context.ts';
import type { Model } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import type { OpenBatch } from '../records/batch-types.ts';
import type { RecordsService } from '../records/create-records.ts';
import type { Database } from '../storage/database.ts';
import type { Chunk, RowReport } from './chunk.ts';
import { importRows } from './import-rows.ts';
import { addCounts, endRun, holdRun, insertChunk, lastRows, setBatch } from './journal.ts';
import type { Counts, Holding, ImportRun, RunState } from './journal.ts';
import { linkTable } from './link-table.ts';
import type { LinkedTable } from './link-table.ts';
import type { ImportLimits } from './limits.ts';
import { orderTables } from './order-tables.ts';
import type { SheetRow } from './sheet-row.ts';
import { countRows, openTable } from './table-source.ts';
import type { Table } from './table-source.ts';
import { sourceOf } from './source-of.ts';
import type { Uploads } from './uploads.ts';

export interface DriveDeps {
  readonly db: Database;
  readonly records: RecordsService;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: ImportLimits;
  readonly uploads: Uploads;
  /** The rights of a user as they are now. Throws for one who is not active. */
  readonly principalOf: (user: string) => Promise<Principal>;
}

/** One run in the hands of this process. */
interface Drive {
  readonly deps: DriveDeps;
  readonly run: ImportRun;
  readonly holding: Holding;
  readonly signal: AbortSignal;
  counts: Counts;
}

/** Thrown out of a transaction whose run is no longer ours: cancelled, or taken over. */
class RunEnded extends Error {}

const CHUNK_ROWS = 500;
/** Long cells make shorter chunks, so that memory stays bounded whatever the rows hold. */
const CHUNK_CHARS = 2_000_000;
const ATTEMPTS = 5;

/**
 * Runs the tables of a claimed run to its end, chunk by chunk, each in one transaction with its own journal entry: whatever ends the process,
 * a later drive goes on after the last chunk that was committed. Resolves early when the signal aborts. Never rejects.
 */
export async function drive(deps: DriveDeps, run: ImportRun, holding: Holding, signal: AbortSignal): Promise<void> {
  const state: Drive = { deps, run, holding, signal, counts: run.counts };
  try {
    const ctx = await contextOf(state);
    if (run.total === 0) await countTables(state);
    if (run.isDryRun) await dryRun(state, ctx);
    else await realRun(state, ctx);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof RunEnded) return finish(state, { state: 'cancelled' });
    const isOurs = !(error instanceof CasementError) || error.status >= 500;
    if (isOurs) deps.log.error({ import: run.id, err: error }, 'An import broke off');
    const message = isOurs
      ? 'Something went wrong on the server; the log has it. Start the same import again to go on.'
      : explain(error);
    await finish(state, { state: 'failed', message });
  }
}

function explain(error: CasementError): string {
  const details = error.errors.filter(({ message }) => !error.message.includes(message));
  return [error.message, ...details.map(({ path, message }) => `${path}: ${message}`)].join(' ').slice(0, 2000);
}

async function finish({ deps, holding, counts }: Drive, end: { state: RunState; message?: string }): Promise<void> {
  try {
    await deps.db.transaction((tx) => endRun(tx, holding, { ...end, counts }));
  } catch (error) {
    deps.log.error(
      { import: holding.id, err: error },
      'The end of an import could not be written; it is taken up again',
    );
  }
}

/** The rights of whoever started it, as far as he still has them. */
async function contextOf({ deps, run }: Drive): Promise<Context> {
  const { principal } = run;
  const now = principal.kind === 'system' || principal.id === null ? principal : await deps.principalOf(principal.id);
  // A key may have had fewer roles than its owner: it never gets more than it began with.
  const roles = now.roles.filter((role) => principal.roles.includes(role));
  const still: Principal = { ...now, roles };
  const access = accessOf(deps.records.model(), still);
  if (!access.operation('import'))
    throw new CasementError('FORBIDDEN', 'The right "import" was taken away from whoever started this.');
  return {
    principal: still,
    door: 'import',
    clock: deps.clock,
    log: deps.log,
    locale: deps.records.organisation().language,
    isQuiet: run.plan.automations !== true,
  };
}

async function countTables({ deps, run, holding }: Drive): Promise<void> {
  let total = 0;
  for (const table of run.plan.tables)
    total += await countRows(deps.uploads.pathOf(table.file), await sourceOf(deps.uploads, table), deps.limits);
  await deps.db.transaction(async (tx) => {
    if (!(await holdRun(tx, holding, { total }))) throw new RunEnded();
  });
}

async function realRun(state: Drive, ctx: Context): Promise<void> {
  const { deps, run, signal } = state;
  const batch = await openBatch(state, ctx);
  const done = await lastRows(deps.db, run.id);
  const started = deps.clock.now();
  for (const table of await tablesOf(state, ctx)) {
    const { position, rows } = table;
    for await (const chunk of chunksOf(rows, done.get(position) ?? 0)) {
      if (signal.aborted) return;
      if (deps.clock.now() - started > deps.limits.runMs)
        throw new CasementError('TOO_LARGE', 'The import took longer than it may. Import it in parts.');
      const reports = await commitChunk(state, batch, { position, table, rows: chunk });
      state.counts = addCounts(state.counts, reports);
    }
  }
  const { skipped, failed } = state.counts;
  await batch.close({ state: 'done', counts: { skipped, failed } });
  await finish(state, { state: 'done' });
}

async function openBatch({ deps, run }: Drive, ctx: Context): Promise<OpenBatch> {
  if (run.batch !== null) return deps.records.batches.resume(ctx, run.batch);
  const entities = new Set(run.plan.tables.map(({ entity }) => entity));
  const [entity] = entities.size === 1 ? entities : [];
  const batch = await deps.records.batches.open(ctx, {
    kind: 'import',
    title: run.name,
    ...(entity === undefined ? {} : { entity }),
  });
  await deps.db.transaction((tx) => setBatch(tx, run.id, batch.id));
  return batch;
}

interface RunTable {
  readonly position: number;
  /** Checked against the definitions of now: they may be exchanged while a run is under way. */
  readonly link: () => LinkedTable;
  readonly rows: AsyncIterable<SheetRow>;
}

/** Every table opened and checked before the first row is written, in the order in which they need one another. */
async function tablesOf(state: Drive, ctx: Context): Promise<readonly RunTable[]> {
  const { deps, run } = state;
  const errors: ErrorDetail[] = [];
  const found: RunTable[] = [];
  for (const index of orderTables(deps.records.model(), run.plan.tables)) {
    const table = run.plan.tables[index];
    if (!table) continue;
    const path = deps.uploads.pathOf(table.file);
    const opened: Table = await openTable(path, await sourceOf(deps.uploads, table), deps.limits);
    const { columns, nulls } = opened;
    const link = linker(state, ctx, { index, table, columns, ...(nulls ? { nulls } : {}) });
    found.push({ position: index, link, rows: opened.rows });
    errors.push(...errorsOf(link));
  }
  if (errors.length > 0) throw new CasementError('VALIDATION', 'The plan does not fit the files.', { errors });
  return found;
}

function errorsOf(link: () => unknown): readonly ErrorDetail[] {
  try {
    link();
    return [];
  } catch (error) {
    if (error instanceof CasementError && error.code === 'VALIDATION') return error.errors;
    throw error;
  }
}

/** Links a table once for each model. */
function linker({ deps, run }: Drive, ctx: Context, at: Parameters<typeof linkTable>[1]): () => LinkedTable {
  const links = new WeakMap<Model, LinkedTable>();
  return () => {
    const model = deps.records.model();
    const known = links.get(model);
    if (known) return known;
    const errors: ErrorDetail[] = [];
    const linked = linkTable({ model, access: accessOf(model, ctx.principal), plan: run.plan, errors }, at);
    if (!linked) throw new CasementError('VALIDATION', 'The plan does not fit the definitions.', { errors });
    links.set(model, linked);
    return linked;
  };
}

async function* chunksOf(rows: AsyncIterable<SheetRow>, after: number): AsyncGenerator<readonly SheetRow[]> {
  let chunk: SheetRow[] = [];
  let chars = 0;
  for await (const row of rows) {
    if (row.number <= after) continue;
    chunk.push(row);
    for (const cell of row.cells) chars += cell.length;
    if (chunk.length < CHUNK_ROWS && chars < CHUNK_CHARS) continue;
    yield chunk;
    chunk = [];
    chars = 0;
  }
  if (chunk.length > 0) yield chunk;
}

interface ChunkOf {
  readonly position: number;
  readonly table: RunTable;
  readonly rows: readonly SheetRow[];
}

async function commitChunk(state: Drive, batch: OpenBatch, of: ChunkOf): Promise<readonly RowReport[]> {
  const { deps, run, holding, signal } = state;
  for (let attempt = 1; ; attempt += 1) {
    try {
      // Asked anew for each chunk: rights taken away bind at once.
      const ctx = { ...batch.ctx, ...(await contextOf(state)), batch: batch.id };
      return await deps.db.transaction(async (tx) => {
        const reports = await importRows(chunkOf(state, { ...ctx, tx }, of.table.link()), of.rows);
        await insertChunk(tx, run.id, { position: of.position, rows: reports });
        await batch.touch({ ...ctx, tx });
        if (!(await holdRun(tx, holding, { counts: addCounts(state.counts, reports) }))) throw new RunEnded();
        return reports;
      });
    } catch (error) {
      const mayPass = error instanceof CasementError && error.code === 'UNAVAILABLE';
      if (!mayPass || attempt === ATTEMPTS || signal.aborted) throw error;
      await pause(attempt * 500);
    }
  }
}

function chunkOf({ deps, run }: Drive, ctx: Context & { readonly tx: Transaction }, table: LinkedTable): Chunk {
  const { currency, country, zone } = deps.records.organisation();
  return {
    records: deps.records,
    ctx,
    table,
    source: run.plan.source ?? '',
    zone: run.plan.zone ?? zone,
    currency,
    country,
  };
}

/** Carries the reports out of a transaction that is rolled back. */
class DryRunEnd extends Error {
  readonly reports: readonly { readonly position: number; readonly rows: readonly RowReport[] }[];
  readonly isPartial: boolean;
  constructor(reports: DryRunEnd['reports'], isPartial: boolean) {
    super('The dry run is over.');
    this.reports = reports;
    this.isPartial = isPartial;
  }
}

/** All tables in one transaction that is rolled back: later tables find what earlier ones have made. */
async function dryRun(state: Drive, ctx: Context): Promise<void> {
  const { deps, run, holding } = state;
  const tables = await tablesOf(state, ctx);
  const ended = await deps.db
    .transaction((tx) => tryTables(state, { ...ctx, tx }, tables))
    .catch((error: unknown) => {
      if (error instanceof DryRunEnd) return error;
      throw error;
    });
  await deps.db.transaction(async (tx) => {
    for (const report of ended.reports) {
      await insertChunk(tx, run.id, report);
      state.counts = addCounts(state.counts, report.rows);
    }
    if (!(await holdRun(tx, holding, { counts: state.counts }))) throw new RunEnded();
  });
  const tried = Object.values(state.counts).reduce((sum, count) => sum + count, 0);
  const message = `Only the first ${tried} rows were tried: a dry run takes at most ${Math.round(deps.limits.dryRunMs / 1000)} seconds.`;
  await finish(state, { state: 'done', ...(ended.isPartial ? { message } : {}) });
}

/** What was made is taken back: there is no record to name. */
function withoutRecord({ row, status, errors }: RowReport): RowReport {
  return { row, status, ...(errors ? { errors } : {}) };
}

async function tryTables(
  state: Drive,
  ctx: Context & { readonly tx: Transaction },
  tables: readonly RunTable[],
): Promise<never> {
  const { deps, signal } = state;
  const started = performance.now();
  const reports: { position: number; rows: readonly RowReport[] }[] = [];
  for (const { position, link, rows } of tables) {
    for await (const chunk of chunksOf(rows, 0)) {
      if (signal.aborted) throw new Error('The server stops; the dry run begins anew after it.');
      if (performance.now() - started > deps.limits.dryRunMs) throw new DryRunEnd(reports, true);
      const done = await importRows(chunkOf(state, ctx, link()), chunk);
      reports.push({ position, rows: done.map(withoutRecord) });
    }
  }
  throw new DryRunEnd(reports, false);
}
