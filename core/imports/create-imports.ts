import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Jobs } from '../jobs/types.ts';
import { sql } from '../storage/sql.ts';
import type { DriveDeps } from './drive.ts';
import { createDrivers } from './drivers.ts';
import { errorFile } from './error-file.ts';
import type { ErrorFile } from './error-file.ts';
import { askToCancel, selectRuns } from './journal.ts';
import type { ImportRun } from './journal.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import type { ImportLimits } from './limits.ts';
import { createPlanReader } from './plan.ts';
import type { PlanReader, TablePlan } from './plan.ts';
import { previewTable } from './preview.ts';
import type { Preview } from './preview.ts';
import { readReport } from './report.ts';
import type { ReportLine, ReportQuery } from './report.ts';
import { createMappings } from './saved-mappings.ts';
import type { SavedMapping } from './saved-mappings.ts';
import { sourceOf } from './source-of.ts';
import { guardRuns, ownRuns, start } from './start-run.ts';
import type { StartDeps, StartOptions } from './start-run.ts';
import { createUploads } from './uploads.ts';
import type { ImportFile, Uploads } from './uploads.ts';

export interface ImportsOptions extends Omit<DriveDeps, 'uploads' | 'limits'> {
  readonly jobs: Pick<Jobs, 'handle' | 'enqueue'>;
  /** Folder for uploaded tables. */
  readonly dir: string;
  readonly limits?: Partial<ImportLimits>;
}

export interface Imports {
  /** Keeps a table until it is imported. Needs the operation `import`, as everything here. */
  upload(ctx: Context, file: Parameters<Uploads['store']>[1]): Promise<ImportFile>;
  file(ctx: Context, id: string): Promise<ImportFile>;
  preview(ctx: Context, table: Omit<TablePlan, 'entity'> & { readonly entity?: string }): Promise<Preview>;
  /**
   * Checks the plan and starts its run in the background. The same files with the same plan as a run that was cut off go on with that one.
   * VALIDATION names the wrong places of the plan; CONFLICT when the same was imported before and every row would come twice.
   */
  start(ctx: Context, plan: unknown, options?: StartOptions): Promise<ImportRun>;
  /** The caller's own runs, newest first; with the operation `jobs` everybody's. */
  list(ctx: Context, limit: number): Promise<readonly ImportRun[]>;
  /** NOT_FOUND for a run he may not see. */
  get(ctx: Context, id: string): Promise<ImportRun>;
  report(ctx: Context, id: string, query: ReportQuery): Promise<{ data: readonly ReportLine[]; next: string | null }>;
  /** The failed rows of a table as CSV, piece by piece. */
  errors(ctx: Context, id: string, table: number): Promise<ErrorFile>;
  /** Rows imported so far stay, and can be undone as one batch. CONFLICT when it has ended. */
  cancel(ctx: Context, id: string): Promise<ImportRun>;
  /** How tables of one kind are read, kept under a name for everybody who may import. */
  readonly mappings: {
    list(ctx: Context): Promise<readonly SavedMapping[]>;
    save(ctx: Context, mapping: SavedMapping): Promise<SavedMapping>;
    /** NOT_FOUND. */
    remove(ctx: Context, name: string): Promise<void>;
  };
  /** Removes old uploads. Answers how many. */
  sweep(): Promise<number>;
  /** Waits for the chunk at work; runs go on at the next start. */
  stop(): Promise<void>;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Tables in: uploads, plans, runs in the background. A run is driven by the process that started it; a job sees to it that another goes on. */
export function createImports(options: ImportsOptions): Imports {
  const { db, records, clock, jobs, log } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const uploads = createUploads({ db, dir: options.dir, limits, log });
  const deps: DriveDeps = { ...options, limits, uploads };
  const drivers = createDrivers(deps);
  const parts: Parts = {
    deps,
    drivers,
    jobs,
    mappings: createMappings(db),
    readPlan: createPlanReader(),
    mayImport(ctx) {
      if (accessOf(records.model(), ctx.principal).operation('import')) return;
      throw new CasementError('FORBIDDEN', 'This needs the right "import". Ask the owner of this Casement for it.');
    },
  };
  guardRuns({ jobs, drivers, clock });
  return {
    ...fileDoors(parts),
    ...runDoors(parts),
    mappings: mappingDoors(parts),
    async sweep() {
      const open = await selectRuns(db, { where: sql`"finishedAt" is null`, limit: 1000 });
      return uploads.sweep(clock.now(), new Set(open.flatMap(({ plan }) => plan.tables.map(({ file }) => file))));
    },
    stop: () => drivers.stop(),
  };
}

interface Parts extends StartDeps {
  readonly readPlan: PlanReader;
  /** Throws FORBIDDEN without the operation `import`. */
  readonly mayImport: (ctx: Context) => void;
}

function fileDoors({ deps, mayImport }: Parts): Pick<Imports, 'upload' | 'file' | 'preview'> {
  const { uploads, records, limits } = deps;
  return {
    async upload(ctx, file) {
      mayImport(ctx);
      return uploads.store(ctx, file);
    },
    async file(ctx, id) {
      mayImport(ctx);
      return uploads.find(ctx, id);
    },
    async preview(ctx, table) {
      mayImport(ctx);
      const { id } = await uploads.find(ctx, table.file);
      const of = { path: uploads.pathOf(id), options: await sourceOf(uploads, table) };
      const entity = table.entity === undefined ? {} : { entity: table.entity };
      return previewTable({ model: records.model(), limits }, ctx, { ...of, ...entity });
    },
  };
}

function mappingDoors({ mappings, mayImport, readPlan }: Parts): Imports['mappings'] {
  return {
    async list(ctx) {
      mayImport(ctx);
      return mappings.list();
    },
    async save(ctx, mapping) {
      mayImport(ctx);
      // Read as a table of a plan, so that a wrong one is refused when it is saved.
      readPlan({ tables: [{ ...mapping.table, entity: mapping.entity, file: '-' }] });
      await mappings.save(ctx, mapping);
      return mapping;
    },
    async remove(ctx, name) {
      mayImport(ctx);
      await mappings.remove(name);
    },
  };
}

type RunDoors = Pick<Imports, 'start' | 'list' | 'get' | 'report' | 'errors' | 'cancel'>;

function runDoors(parts: Parts): RunDoors {
  const { deps, mayImport } = parts;
  const { db } = deps;
  const visible = (ctx: Context) =>
    accessOf(deps.records.model(), ctx.principal).operation('jobs') ? sql`1 = 1` : ownRuns(ctx);
  const get = async (ctx: Context, id: string) => {
    mayImport(ctx);
    const where = sql`"id" = ${id.toLowerCase()} and (${visible(ctx)})`;
    const [run] = UUID.test(id) ? await selectRuns(db, { where, limit: 1 }) : [];
    if (!run) throw new CasementError('NOT_FOUND', 'There is no such import.');
    return run;
  };
  return {
    get,
    async start(ctx, plan, options = {}) {
      mayImport(ctx);
      return start(parts, ctx, { plan: parts.readPlan(plan), ...options });
    },
    async list(ctx, limit) {
      mayImport(ctx);
      return selectRuns(db, { where: visible(ctx), limit });
    },
    async report(ctx, id, query) {
      return readReport(db, (await get(ctx, id)).id, query);
    },
    async errors(ctx, id, table) {
      return errorFile(deps, await get(ctx, id), table);
    },
    async cancel(ctx, id) {
      const run = await get(ctx, id);
      const asked = await db.transaction((tx) => askToCancel(tx, run.id));
      if (!asked && run.state !== 'cancelling')
        throw new CasementError('CONFLICT', 'The import has ended already. Undo its batch instead.');
      return get(ctx, id);
    },
  };
}
