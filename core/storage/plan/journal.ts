import { createHash } from 'node:crypto';
import { canonicalJson } from '../../definitions/canonical-json.ts';
import type { SqlFragment, Transaction } from '../../context.ts';
import { CasementError } from '../../errors.ts';
import type { SchemaPlan } from '../plan.ts';
import { sql } from '../sql.ts';
import type { FieldWork, Rename } from './step.ts';

/** One piece of an apply: done whole or not at all, but for a rewriting, which goes on where it was cut. */
export type Task =
  | {
      readonly kind: 'sql';
      readonly label: string;
      readonly texts: readonly string[];
      readonly renames: readonly Rename[];
    }
  | ({ readonly kind: 'rewrite'; readonly label: string; readonly rows: number } & Rewriting);

/** What happens to the records of one entity, in one pass. */
export interface Rewriting {
  readonly entity: string;
  readonly works: readonly FieldWork[];
  /** Computed fields and rollups to be worked out anew. */
  readonly derive: readonly string[];
}

/** An apply that has begun and not ended. Kept in the database it changes, so that whoever comes next can finish it. */
export interface Journal extends Pick<SchemaPlan, 'tables' | 'notes' | 'modelHash' | 'organisation'> {
  /** The batch of its changes in the ledger. */
  readonly id: string;
  readonly checksum: string;
  readonly startedAt: string;
  /** File name of the snapshot taken before; null where nothing could be lost. */
  readonly snapshot: string | null;
  readonly tasks: readonly Task[];
}

export interface JournalProgress {
  /** Index of the task to be done next. */
  readonly next: number;
  /** Id of the last record rewritten by it. */
  readonly cursor: string | null;
}

/** What `rollback` needs to know of the last apply. */
export interface AppliedNote {
  readonly id: string;
  readonly at: string;
  readonly snapshot: string;
  readonly modelHash: string;
  /** The newest change of the ledger when it ended. */
  readonly seq: number;
}

const JOURNAL = 'apply';
const PROGRESS = 'applyProgress';
const APPLIED = 'applied';

type Ask = <Row>(fragment: SqlFragment) => Promise<Row[]>;

/** Equal plans have equal sums, whatever database they were made on. */
export function checksumOf(plan: SchemaPlan): string {
  const steps = plan.steps.map(({ kind, table, sql: texts, work, derive, renames }) => ({
    kind,
    table,
    texts,
    work,
    derive,
    renames,
  }));
  return createHash('sha256')
    .update(canonicalJson({ steps, model: plan.modelHash }))
    .digest('hex')
    .slice(0, 12);
}

/** The steps as tasks: neighbouring changes of one entity's values are made in one pass over its records. */
export function tasksOf(plan: SchemaPlan): readonly Task[] {
  const tasks: Task[] = [];
  for (const step of plan.steps) {
    const { kind, table, sql: texts, work, derive = [], text, rows = 0, renames = [] } = step;
    const last = tasks.at(-1);
    if (kind !== 'changeValues') {
      if (texts.length > 0) tasks.push({ kind: 'sql', label: text, texts, renames });
      continue;
    }
    const works = work ? [work] : [];
    if (last?.kind === 'rewrite' && last.entity === table) {
      const merged = { works: [...last.works, ...works], derive: [...last.derive, ...derive] };
      tasks[tasks.length - 1] = { ...last, ...merged, rows: Math.max(last.rows, rows) };
    } else tasks.push({ kind: 'rewrite', label: `rewrite ${table}`, rows, entity: table, works, derive });
  }
  return tasks;
}

export async function readJournal(ask: Ask): Promise<{ journal: Journal; progress: JournalProgress } | undefined> {
  const journal = await readNote<Journal>(ask, JOURNAL);
  const progress = await readNote<JournalProgress>(ask, PROGRESS);
  return journal ? { journal, progress: progress ?? { next: 0, cursor: null } } : undefined;
}

export async function openJournal(tx: Transaction, journal: Journal): Promise<void> {
  await writeNote(tx, JOURNAL, journal);
  await saveProgress(tx, { next: 0, cursor: null });
}

export async function saveProgress(tx: Transaction, progress: JournalProgress): Promise<void> {
  await writeNote(tx, PROGRESS, progress);
}

/** The apply has ended. With a snapshot it can be rolled back; without one nothing was lost, and an older snapshot no longer fits. */
export async function closeJournal(tx: Transaction, { id, snapshot, modelHash }: Journal, at: string): Promise<void> {
  await tx.run(sql`delete from "_meta" where "key" in (${JOURNAL}, ${PROGRESS}, ${APPLIED})`);
  if (snapshot === null) return;
  const [last] = await tx.all<{ seq: number | string | null }>(sql`select max("seq") as "seq" from "_changes"`);
  await writeNote(tx, APPLIED, { id, at, snapshot, modelHash, seq: Number(last?.seq ?? 0) } satisfies AppliedNote);
}

export async function readApplied(ask: Ask): Promise<AppliedNote | undefined> {
  return readNote<AppliedNote>(ask, APPLIED);
}

/** CONFLICT with the remedy when an apply was cut off. */
export function refuseHalfApplied(found: { journal: Journal; progress: JournalProgress } | undefined): void {
  if (!found) return;
  const { journal, progress } = found;
  throw new CasementError(
    'CONFLICT',
    `The database is half changed: "casement apply" of ${journal.startedAt} was cut off after ${progress.next} of ${journal.tasks.length} steps. Run "casement apply" again to finish it${journal.snapshot === null ? '' : ', or "casement rollback" to go back'}.`,
  );
}

async function readNote<T>(ask: Ask, key: string): Promise<T | undefined> {
  const [row] = await ask<{ value: string }>(sql`select "value" from "_meta" where "key" = ${key}`);
  return row ? (JSON.parse(row.value) as T) : undefined;
}

async function writeNote(tx: Transaction, key: string, value: object): Promise<void> {
  await tx.run(sql`insert into "_meta" ("key", "value") values (${key}, ${JSON.stringify(value)})
    on conflict ("key") do update set "value" = excluded."value"`);
}
