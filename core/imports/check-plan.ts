import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import { CasementError, validationError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import type { Records } from '../records/types.ts';
import { linkTable } from './link-table.ts';
import type { LinkedTable } from './link-table.ts';
import { tooMuch } from './limits.ts';
import type { ImportLimits } from './limits.ts';
import type { ImportPlan, TablePlan } from './plan.ts';
import { guessMapping } from './guess-mapping.ts';
import type { Mappings } from './saved-mappings.ts';
import { sourceOf } from './source-of.ts';
import { openTable } from './table-source.ts';
import type { Table } from './table-source.ts';
import type { Uploads } from './uploads.ts';

export interface PlanDeps {
  readonly records: Pick<Records, 'model'>;
  readonly uploads: Uploads;
  readonly mappings: Mappings;
  readonly limits: ImportLimits;
}

export interface CheckedPlan {
  /** Whole: saved and guessed mappings stand in it. */
  readonly plan: ImportPlan;
  /** Every row can be known again, by its id, its key or a value of its own. */
  readonly knowsRows: boolean;
}

const SAMPLE = 1000;

/** Fills in what the plan leaves open and checks it against the model, the caller's rights and the columns of its files. VALIDATION. */
export async function checkPlan(deps: PlanDeps, ctx: Context, given: ImportPlan): Promise<CheckedPlan> {
  if (given.tables.length > deps.limits.tables) throw tooMuch(`A run takes at most ${deps.limits.tables} tables.`);
  const errors: ErrorDetail[] = [];
  if (given.zone !== undefined && !isZone(given.zone))
    errors.push({ path: '/zone', code: 'plan', message: `"${given.zone}" is not a time zone such as Europe/Tallinn.` });
  const tables: TablePlan[] = [];
  const linked: LinkedTable[] = [];
  const model = deps.records.model();
  const linking = { model, access: accessOf(model, ctx.principal), plan: given, errors };
  for (const [index, table] of given.tables.entries()) {
    const found = await opened(deps, ctx, { table, index, errors });
    if (!found) continue;
    const { whole, columns, nulls, sample } = found;
    const entity = model.entities.get(whole.entity);
    const guessed = entity && !whole.map ? guessMapping({ ...linking, entity, columns, sample }) : undefined;
    const filled = guessed ? { ...whole, map: guessed } : whole;
    const link = linkTable(linking, { index, table: filled, columns, ...(nulls ? { nulls } : {}) });
    tables.push(filled);
    if (link) linked.push(link);
  }
  if (errors.length > 0) throw validationError(errors);
  const knowsRows = linked.every(
    (table) => table.id !== undefined || table.key !== undefined || table.match.length > 0,
  );
  return { plan: { ...given, tables }, knowsRows };
}

interface OpenedTable extends Pick<Table, 'columns' | 'nulls'> {
  readonly whole: TablePlan;
  readonly sample: readonly (readonly string[])[];
}

/** A table whose mapping or file is not there is an error of the plan; one that cannot be read refuses the whole. */
async function opened(
  deps: PlanDeps,
  ctx: Context,
  of: { readonly table: TablePlan; readonly index: number; readonly errors: ErrorDetail[] },
): Promise<OpenedTable | null> {
  const { table, index, errors } = of;
  try {
    const whole = table.mapping === undefined ? table : { ...(await deps.mappings.get(table.mapping)).table, ...table };
    const { id } = await deps.uploads.find(ctx, table.file);
    const source = await openTable(deps.uploads.pathOf(id), await sourceOf(deps.uploads, whole), deps.limits);
    const sample: (readonly string[])[] = [];
    for await (const { cells } of source.rows) {
      sample.push(cells);
      if (sample.length === SAMPLE || whole.map) break;
    }
    return { whole, columns: source.columns, ...(source.nulls ? { nulls: source.nulls } : {}), sample };
  } catch (error) {
    if (!(error instanceof CasementError) || error.status >= 500) throw error;
    const place = error.code === 'NOT_FOUND' && table.mapping !== undefined ? 'mapping' : 'file';
    errors.push({ path: `/tables/${index}/${place}`, code: 'file', message: error.message });
    return null;
  }
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
