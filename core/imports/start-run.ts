import { createHash } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { instant } from '../context.ts';
import type { Clock, Context, SqlFragment } from '../context.ts';
import { canonicalJson } from '../definitions/canonical-json.ts';
import { CasementError } from '../errors.ts';
import type { Jobs } from '../jobs/types.ts';
import { nextCounter } from '../storage/rows.ts';
import { sql } from '../storage/sql.ts';
import { checkPlan } from './check-plan.ts';
import type { DriveDeps } from './drive.ts';
import type { Drivers } from './drivers.ts';
import { insertRun, NO_COUNTS, openRun, reopenRun, selectRuns } from './journal.ts';
import type { ImportRun } from './journal.ts';
import type { ImportPlan } from './plan.ts';
import type { Mappings } from './saved-mappings.ts';

export interface StartOptions {
  /** Does everything and takes it back. */
  readonly dryRun?: boolean;
  /** The same files with the same plan once more, though they were imported before and their rows have nothing to be known by. */
  readonly again?: boolean;
}

export interface StartDeps {
  readonly deps: DriveDeps;
  readonly mappings: Mappings;
  readonly jobs: Pick<Jobs, 'enqueue'>;
  readonly drivers: Drivers;
}

const JOB_KIND = 'import';
/** How often somebody looks whether a run still has a living process. */
const GUARD_EVERY = 30_000;

/** A run for the plan, driven from now on: a new one, or the one that was cut off with the same files and the same plan. */
export async function start(
  parts: StartDeps,
  ctx: Context,
  of: StartOptions & { readonly plan: ImportPlan },
): Promise<ImportRun> {
  const { deps, drivers } = parts;
  const { plan, knowsRows } = await checkPlan({ ...deps, mappings: parts.mappings }, ctx, of.plan);
  const isDryRun = of.dryRun === true;
  const { fingerprint, names } = await identify(deps, ctx, { plan, isDryRun });
  const known = await standing(deps, ctx, fingerprint);
  const cutOff = known.find((run) => run.state !== 'done');
  const before = known.find((run) => run.state === 'done');
  if (before && !cutOff && !isDryRun && !knowsRows && of.again !== true) throw importedBefore(before);
  const run = cutOff ?? newRun(ctx, { plan, fingerprint, isDryRun, name: plan.name ?? names });
  const id = await deps.db.transaction(async (tx) => {
    // One start at a time, on every process: whoever asks twice at once gets one run.
    await nextCounter(tx, 'imports');
    const open = await openRun(tx, fingerprint);
    if (open !== undefined) return open;
    await (cutOff ? reopenRun(tx, run.id) : insertRun(tx, run));
    const key = `import:${run.id}:${uuidv7()}`;
    await parts.jobs.enqueue(tx, { kind: JOB_KIND, key, payload: { id: run.id }, due: deps.clock.now() + GUARD_EVERY });
    return run.id;
  });
  await drivers.take(id);
  const [now] = await selectRuns(deps.db, { where: sql`"id" = ${id}`, limit: 1 });
  return now ?? run;
}

/** A run whose process has ended is driven by another: the job looks after it until it is over. */
export function guardRuns(of: { jobs: Pick<Jobs, 'handle' | 'enqueue'>; drivers: Drivers; clock: Clock }): void {
  const { jobs, drivers, clock } = of;
  jobs.handle(JOB_KIND, async (run) => {
    const { id } = run.job.payload as { id: string };
    const isOver = await drivers.take(id);
    await run.commit(
      async (tx) => {
        const next = {
          kind: JOB_KIND,
          key: `import:${id}:${uuidv7()}`,
          payload: { id },
          due: clock.now() + GUARD_EVERY,
        };
        if (!isOver) await jobs.enqueue(tx, next);
      },
      { done: true },
    );
  });
}

/** The runs a caller has started himself. */
export function ownRuns(ctx: Context): SqlFragment {
  return ctx.principal.kind === 'system' ? sql`1 = 1` : sql`"createdBy" = ${ctx.principal.id}`;
}

/** What makes two runs the same: the bytes of the files, the plan, whether it is a try, and who asks. */
async function identify(
  { uploads }: DriveDeps,
  ctx: Context,
  { plan, isDryRun }: { plan: ImportPlan; isDryRun: boolean },
): Promise<{ fingerprint: string; names: string }> {
  const files = new Map<string, { sha256: string; name: string }>();
  for (const { file } of plan.tables) files.set(file, await uploads.find(ctx, file));
  const tables = plan.tables.map((table) => ({ ...table, file: files.get(table.file)?.sha256 ?? '' }));
  const text = canonicalJson({ plan: { ...plan, tables }, isDryRun, who: ctx.principal.id });
  const names = [...new Set([...files.values()].map(({ name }) => name))].join(', ').slice(0, 200);
  return { fingerprint: createHash('sha256').update(text).digest('hex'), names };
}

/** Runs of the same whose rows still stand: what was undone does not count, nor does a try that is over. */
async function standing(deps: DriveDeps, ctx: Context, fingerprint: string): Promise<readonly ImportRun[]> {
  const runs = await selectRuns(deps.db, {
    where: sql`"fingerprint" = ${fingerprint} and (${ownRuns(ctx)})`,
    limit: 20,
  });
  const found: ImportRun[] = [];
  for (const run of runs) {
    if (run.isDryRun && run.finishedAt !== null) continue;
    const batch = run.batch === null ? null : await deps.records.batches.get(ctx, run.batch);
    if (batch === null || batch.undoneBy === null) found.push(run);
  }
  return found;
}

function importedBefore(run: ImportRun): CasementError {
  const message = `The same was imported before, at ${run.createdAt}, and its rows have no key, phone or e-mail to be known by: they would come twice.`;
  return new CasementError('CONFLICT', `${message} Undo that import, name a key column, or ask for it again.`, {
    extra: { import: run.id },
  });
}

function newRun(
  ctx: Context,
  of: { readonly plan: ImportPlan; readonly fingerprint: string; readonly isDryRun: boolean; readonly name: string },
): ImportRun {
  return {
    ...of,
    id: uuidv7(),
    state: 'running',
    principal: ctx.principal,
    createdBy: ctx.principal.id,
    batch: null,
    leaseUntil: 0,
    holder: null,
    total: 0,
    counts: NO_COUNTS,
    message: null,
    createdAt: instant(ctx.clock),
    finishedAt: null,
  };
}
