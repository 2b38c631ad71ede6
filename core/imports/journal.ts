import { instant } from '../context.ts';
import type { Clock, Principal, SqlFragment, Transaction } from '../context.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';
import type { RowReport, RowStatus } from './chunk.ts';
import type { ImportPlan } from './plan.ts';

export type RunState = 'running' | 'cancelling' | 'done' | 'failed' | 'cancelled';
export type Counts = Readonly<Record<RowStatus, number>>;

export const NO_COUNTS: Counts = { created: 0, updated: 0, skipped: 0, failed: 0 };

/** A run as it stands in `_imports`. */
export interface ImportRun {
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  readonly plan: ImportPlan;
  readonly fingerprint: string;
  readonly isDryRun: boolean;
  /** With whose rights it runs. */
  readonly principal: Principal;
  readonly createdBy: string | null;
  readonly batch: string | null;
  readonly leaseUntil: number;
  readonly holder: string | null;
  /** Rows of all tables; 0 while they are not counted. */
  readonly total: number;
  readonly counts: Counts;
  readonly message: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

type RunRow = Omit<ImportRun, 'plan' | 'isDryRun' | 'principal' | 'counts' | 'leaseUntil' | 'total'> & {
  /** 64-bit integers may come as text. */
  readonly leaseUntil: number | string;
  readonly total: number | string;
  readonly plan: string;
  readonly isDryRun: number | string;
  readonly principal: string;
  readonly counts: string;
};

function runOf(row: RunRow): ImportRun {
  return {
    ...row,
    plan: JSON.parse(row.plan) as ImportPlan,
    principal: JSON.parse(row.principal) as Principal,
    counts: JSON.parse(row.counts) as Counts,
    isDryRun: Number(row.isDryRun) === 1,
    leaseUntil: Number(row.leaseUntil),
    total: Number(row.total),
  };
}

export async function insertRun(tx: Transaction, run: ImportRun): Promise<void> {
  await tx.run(sql`insert into "_imports" ("id", "name", "state", "plan", "fingerprint", "isDryRun", "principal", "createdBy", "batch",
      "holder", "leaseUntil", "total", "counts", "message", "createdAt", "finishedAt")
    values (${run.id}, ${run.name}, ${run.state}, ${JSON.stringify(run.plan)}, ${run.fingerprint}, ${run.isDryRun ? 1 : 0},
      ${JSON.stringify(run.principal)}, ${run.createdBy}, ${run.batch}, ${run.holder}, ${run.leaseUntil}, ${run.total},
      ${JSON.stringify(run.counts)}, ${run.message}, ${run.createdAt}, ${run.finishedAt})`);
}

/** The run of these files with this plan that is under way. */
export async function openRun(tx: Transaction, fingerprint: string): Promise<string | undefined> {
  const [row] = await tx.all<{ id: string }>(
    sql`select "id" from "_imports" where "fingerprint" = ${fingerprint} and "finishedAt" is null`,
  );
  return row?.id;
}

/** Newest first. */
export async function selectRuns(
  db: Pick<Database, 'read'>,
  of: { readonly where: SqlFragment; readonly limit: number },
): Promise<readonly ImportRun[]> {
  const rows = await db.read<RunRow>(
    sql`select * from "_imports" where ${of.where} order by "id" desc limit ${of.limit}`,
  );
  return rows.map(runOf);
}

/** A holder that has not been heard of for so long has died; its run may be taken over. */
const LEASE = 20_000;

export interface Holding {
  readonly id: string;
  readonly holder: string;
  readonly clock: Clock;
}

/** Takes a run that nobody holds. False when somebody does, or when it has ended. */
export async function claimRun(tx: Transaction, { id, holder, clock }: Holding): Promise<boolean> {
  const now = clock.now();
  const taken = await tx.run(sql`update "_imports" set "holder" = ${holder}, "leaseUntil" = ${now + LEASE}
    where "id" = ${id} and "state" in ('running', 'cancelling') and ("holder" is null or "holder" = ${holder} or "leaseUntil" <= ${now})`);
  return taken === 1;
}

/** Lets go of a run without ending it: another may go on at once. */
export async function releaseRun(tx: Transaction, { id, holder }: Omit<Holding, 'clock'>): Promise<void> {
  await tx.run(
    sql`update "_imports" set "holder" = ${null}, "leaseUntil" = 0 where "id" = ${id} and "holder" = ${holder}`,
  );
}

/** False when the run was taken over or cancelled meanwhile: then nothing of the transaction may stand. */
export async function holdRun(
  tx: Transaction,
  { id, holder, clock }: Holding,
  set: Partial<Pick<ImportRun, 'counts' | 'total'>>,
): Promise<boolean> {
  const counts = set.counts === undefined ? sql`` : sql`, "counts" = ${JSON.stringify(set.counts)}`;
  const total = set.total === undefined ? sql`` : sql`, "total" = ${set.total}`;
  const held = await tx.run(sql`update "_imports" set "leaseUntil" = ${clock.now() + LEASE}${counts}${total}
    where "id" = ${id} and "holder" = ${holder} and "state" = 'running'`);
  return held === 1;
}

/** A run that was cut off, cancelled or broke goes on; one that is at work is left alone. */
export async function reopenRun(tx: Transaction, id: string): Promise<void> {
  await tx.run(sql`update "_imports" set "state" = 'running', "finishedAt" = ${null}, "message" = ${null}, "holder" = ${null}, "leaseUntil" = 0
    where "id" = ${id} and "state" <> 'done' and "finishedAt" is not null`);
}

export async function setBatch(tx: Transaction, id: string, batch: string): Promise<void> {
  await tx.run(sql`update "_imports" set "batch" = ${batch} where "id" = ${id}`);
}

export async function endRun(
  tx: Transaction,
  { id, holder, clock }: Holding,
  end: { readonly state: RunState; readonly message?: string; readonly counts?: Counts },
): Promise<void> {
  const counts = end.counts === undefined ? sql`` : sql`, "counts" = ${JSON.stringify(end.counts)}`;
  await tx.run(sql`update "_imports" set "state" = ${end.state}, "message" = ${end.message ?? null}, "finishedAt" = ${instant(clock)}${counts}
    where "id" = ${id} and "holder" = ${holder} and "finishedAt" is null`);
}

export async function askToCancel(tx: Transaction, id: string): Promise<boolean> {
  return (
    (await tx.run(sql`update "_imports" set "state" = 'cancelling' where "id" = ${id} and "state" = 'running'`)) === 1
  );
}

/** What became of the rows of one chunk: the report, and the place from which a run that was cut off goes on. */
export interface ChunkReport {
  /** Of the table in the plan. */
  readonly position: number;
  readonly rows: readonly RowReport[];
}

/** In the transaction of the rows themselves. A second runner of the same rows meets the primary key and is rolled back. */
export async function insertChunk(tx: Transaction, run: string, { position, rows }: ChunkReport): Promise<void> {
  const count = (status: RowStatus) => rows.filter((row) => row.status === status).length;
  await tx.run(sql`insert into "_import_chunks" ("import", "position", "fromRow", "toRow", "failed", "skipped", "rows")
    values (${run}, ${position}, ${rows[0]?.row ?? 0}, ${rows.at(-1)?.row ?? 0}, ${count('failed')}, ${count('skipped')}, ${JSON.stringify(rows)})`);
}

/** The last row of each table that is done. */
export async function lastRows(db: Pick<Database, 'read'>, run: string): Promise<ReadonlyMap<number, number>> {
  const rows = await db.read<{ position: number | string; last: number | string }>(
    sql`select "position", max("toRow") as "last" from "_import_chunks" where "import" = ${run} group by "position"`,
  );
  return new Map(rows.map(({ position, last }) => [Number(position), Number(last)]));
}

/** Chunks from a place on, in the order of the tables and rows. */
export async function selectChunks(
  db: Pick<Database, 'read'>,
  run: string,
  of: { readonly from: { position: number; row: number }; readonly status?: RowStatus; readonly limit: number },
): Promise<readonly ChunkReport[]> {
  const { position, row } = of.from;
  const only =
    of.status === 'failed' ? sql` and "failed" > 0` : of.status === 'skipped' ? sql` and "skipped" > 0` : sql``;
  const rows = await db.read<{ position: number | string; rows: string }>(sql`
    select "position", "rows" from "_import_chunks"
    where "import" = ${run} and ("position" > ${position} or ("position" = ${position} and "toRow" > ${row}))${only}
    order by "position", "fromRow" limit ${of.limit}`);
  return rows.map((chunk) => ({ position: Number(chunk.position), rows: JSON.parse(chunk.rows) as RowReport[] }));
}

export function addCounts(counts: Counts, rows: readonly RowReport[]): Counts {
  const sum = { ...counts };
  for (const { status } of rows) sum[status] += 1;
  return sum;
}
