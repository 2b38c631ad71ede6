import { uuidv7 } from 'uuidv7';
import type { Clock, SqlFragment, Transaction } from '../context.ts';
import type { Value } from '../fields/field-type.ts';
import { sql } from '../storage/sql.ts';
import type { AutomationJob } from './automation-job.ts';

/**
 * How a run stands. `waiting`: a step waits for a time. `skipped`: it had nothing to do after all. `retrying`: the last try failed, another one
 * comes. `failed`: given up. `stopped`: cut off as a loop.
 */
export type RunState = 'running' | 'waiting' | 'done' | 'skipped' | 'retrying' | 'failed' | 'stopped';

export const RUN_STATES: readonly RunState[] = [
  'running',
  'waiting',
  'done',
  'skipped',
  'retrying',
  'failed',
  'stopped',
];

export interface RunLine {
  /** Milliseconds. */
  readonly at: number;
  readonly step?: string;
  readonly message: string;
  readonly data?: Value;
}

/** A run as people see it. */
export interface RunInfo {
  readonly id: string;
  readonly rule: string;
  readonly entity: string | null;
  readonly record: string | null;
  /** What set it off: a kind of change, an event, or `due`, `stayed`, `schedule`, `received`, `manual`. */
  readonly kind: string;
  /** When that was. */
  readonly at: string;
  /** Why it ran, or did not, in a sentence. */
  readonly reason: string;
  readonly state: RunState;
  readonly error: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Milliseconds of work, waiting left out. */
  readonly duration: number;
  /** The job that carries it, for "run again". */
  readonly job: string;
  readonly log: readonly {
    readonly at: string;
    readonly step: string | null;
    readonly message: string;
    readonly data: Value;
  }[];
}

/** What one commit, or one failed try, adds to a run. */
export interface RunNote {
  readonly run: string;
  readonly job: string;
  readonly of: AutomationJob;
  readonly state: RunState;
  /** Absent = as it stands. */
  readonly reason?: string;
  readonly error?: string;
  readonly lines: readonly RunLine[];
  /** When this try began. */
  readonly began: number;
}

const MOST_LINES = 200;
const LONGEST = 2_000;
const ENDS: ReadonlySet<RunState> = new Set(['done', 'skipped', 'failed', 'stopped']);

/** Adds to the run's row, or makes it. A run that was given up and is run again goes on in its row. */
export async function writeRun(tx: Transaction, clock: Clock, note: RunNote): Promise<void> {
  const { of } = note;
  const now = clock.now();
  const ended = ENDS.has(note.state) ? now : null;
  const log = note.lines.slice(0, MOST_LINES).map((line) => `${JSON.stringify(line)}\n`);
  const error = note.error?.slice(0, LONGEST) ?? null;
  const reason = note.reason?.slice(0, LONGEST);
  await tx.run(sql`
    INSERT INTO "_rule_runs" ("id", "run", "job", "rule", "entity", "record", "kind", "at", "reason", "state", "error", "depth", "root", "outer",
      "startedAt", "endedAt", "busy", "log")
    VALUES (${uuidv7()}, ${note.run}, ${note.job}, ${of.rule}, ${of.entity}, ${of.record}, ${kindOf(of)}, ${whenOf(of)},
      ${reason ?? ''}, ${note.state}, ${error}, ${of.depth}, ${of.root}, ${outerOf(of)}, ${note.began}, ${ended},
      ${now - note.began}, ${log.join('')})
    ON CONFLICT ("run") DO UPDATE SET "job" = excluded."job", "state" = excluded."state", "error" = excluded."error",
      "endedAt" = excluded."endedAt", "busy" = "_rule_runs"."busy" + excluded."busy", "log" = "_rule_runs"."log" || excluded."log",
      "reason" = CASE WHEN excluded."reason" = '' THEN "_rule_runs"."reason" ELSE excluded."reason" END`);
}

/** A timer never rings before it was set, however long ago its instant is. */
function whenOf({ timer, at }: AutomationJob): string {
  return timer?.due !== undefined && timer.due > at ? timer.due : at;
}

function kindOf({ timer, kind }: AutomationJob): string {
  return timer?.kind ?? kind;
}

function outerOf({ each }: AutomationJob): string | null {
  return each?.outer ? `${each.outer.entity}/${each.outer.id}` : null;
}

export interface RunQuery {
  readonly rule?: string;
  readonly entity?: string;
  readonly record?: string;
  readonly state?: RunState;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
}

interface RunRow {
  readonly id: string;
  readonly rule: string;
  readonly entity: string | null;
  readonly record: string | null;
  readonly kind: string;
  readonly at: string;
  readonly reason: string;
  readonly state: RunState;
  readonly error: string | null;
  readonly startedAt: string | number;
  readonly endedAt: string | number | null;
  readonly busy: string | number;
  readonly job: string;
  readonly log: string;
}

export interface Reader {
  read<Row = Record<string, unknown>>(fragment: SqlFragment): Promise<readonly Row[]>;
}

/** Newest first. */
export async function listRuns(
  db: Reader,
  query: RunQuery,
): Promise<{ readonly data: readonly RunInfo[]; readonly next: string | null }> {
  const { rule, entity, record, state, limit, after } = query;
  const filters = [
    ...(rule === undefined ? [] : [sql`"rule" = ${rule}`]),
    ...(entity === undefined ? [] : [sql`"entity" = ${entity}`]),
    ...(record === undefined ? [] : [sql`"record" = ${record}`]),
    ...(state === undefined ? [] : [sql`"state" = ${state}`]),
    ...(after === undefined ? [] : [sql`"id" < ${after}`]),
    sql`1 = 1`,
  ];
  const rows = await db.read<RunRow>(
    sql`SELECT * FROM "_rule_runs" WHERE ${sql.join(filters, ' AND ')} ORDER BY "id" DESC LIMIT ${limit + 1}`,
  );
  const page = rows.slice(0, limit);
  return { data: page.map(infoOf), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

/** The run that began with this job; null while it has not begun. */
export async function findRun(db: Reader, run: string): Promise<RunInfo | null> {
  const [row] = await db.read<RunRow>(sql`SELECT * FROM "_rule_runs" WHERE "run" = ${run}`);
  return row ? infoOf(row) : null;
}

/** By rule: how many of its runs that began since an instant stand how. Ids are made in the order of time. */
export async function countRuns(
  db: Reader,
  since: number,
): Promise<ReadonlyMap<string, Readonly<Partial<Record<RunState, number>>>>> {
  const rows = await db.read<{ rule: string; state: RunState; n: string | number }>(
    sql`SELECT "rule", "state", count(*) AS "n" FROM "_rule_runs" WHERE "id" > ${firstIdOf(since)} GROUP BY "rule", "state"`,
  );
  const counts = new Map<string, Partial<Record<RunState, number>>>();
  for (const { rule, state, n } of rows) counts.set(rule, { ...counts.get(rule), [state]: Number(n) });
  return counts;
}

/** The least id that can have been made at an instant (UUIDv7: 48 bits of milliseconds first). */
function firstIdOf(milliseconds: number): string {
  const time = Math.max(0, Math.trunc(milliseconds)).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}

/** Runs of a record or chain since an instant: what the budgets against loops are measured by. */
export async function countSince(
  tx: Transaction,
  of: { readonly entity: string; readonly record: string; readonly rule: string; readonly since: number },
): Promise<number> {
  const [row] = await tx.all<{ n: string | number }>(sql`
    SELECT count(*) AS "n" FROM "_rule_runs" WHERE "entity" = ${of.entity} AND "record" = ${of.record} AND "rule" = ${of.rule}
      AND "startedAt" > ${of.since}`);
  return Number(row?.n ?? 0);
}

export async function countInChain(
  tx: Transaction,
  of: { readonly root: string; readonly depth: number },
): Promise<number> {
  const [row] = await tx.all<{ n: string | number }>(
    sql`SELECT count(*) AS "n" FROM "_rule_runs" WHERE "root" = ${of.root} AND "depth" >= ${of.depth}`,
  );
  return Number(row?.n ?? 0);
}

/** Ends the runs of a rule that wait for a time behind a timer of a record: the timer was replaced, and what waited is cancelled with it. */
export async function endWaiting(
  tx: Transaction,
  of: { readonly rule: string; readonly entity: string; readonly record: string; readonly now: number },
): Promise<void> {
  const line = { at: of.now, message: 'Ended: its timer was set anew, or is over.' };
  await tx.run(sql`
    UPDATE "_rule_runs" SET "state" = 'done', "endedAt" = ${of.now}, "log" = "log" || ${`${JSON.stringify(line)}\n`}
    WHERE "entity" = ${of.entity} AND "record" = ${of.record} AND "rule" = ${of.rule} AND "state" = 'waiting'`);
}

/** Forgets runs that ended before an instant. */
export async function forgetRuns(tx: Transaction, before: number): Promise<void> {
  await tx.run(sql`DELETE FROM "_rule_runs" WHERE "endedAt" < ${before}`);
}

function infoOf({ busy, startedAt, endedAt, log, ...row }: RunRow): RunInfo {
  const { id, rule, entity, record, kind, at, reason, state, error, job } = row;
  return {
    ...{ id, rule, entity, record, kind, at, reason, state, error },
    startedAt: instantText(startedAt),
    endedAt: endedAt === null ? null : instantText(endedAt),
    duration: Number(busy),
    job,
    log: log
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const { at, step = null, message, data = null } = JSON.parse(line) as RunLine;
        return { at: instantText(at), step, message, data };
      }),
  };
}

function instantText(milliseconds: string | number): string {
  return new Date(Number(milliseconds)).toISOString();
}
