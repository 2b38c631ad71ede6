import { uuidv7 } from 'uuidv7';
import { instant } from '../../context.ts';
import type { Clock, Log, Transaction } from '../../context.ts';
import type { Model } from '../../definitions/model.ts';
import { CasementError } from '../../errors.ts';
import { rewriteRecords } from '../../records/rewrite.ts';
import type { Database } from '../../storage/database.ts';
import type { Report } from '../../storage/dump/format.ts';
import { notePlan, planSchema, rewritesRecords, takeSteps } from '../../storage/plan.ts';
import type { SchemaPlan } from '../../storage/plan.ts';
import { NO_ANSWERS } from '../../storage/plan/answers.ts';
import type { Answers } from '../../storage/plan/answers.ts';
import {
  checksumOf,
  closeJournal,
  openJournal,
  readJournal,
  saveProgress,
  tasksOf,
} from '../../storage/plan/journal.ts';
import type { Journal, JournalProgress, Task } from '../../storage/plan/journal.ts';
import { noteRenames } from '../../storage/plan/noted-renames.ts';
import { raw } from '../../storage/sql.ts';
import { openRewriter } from './open-rewriter.ts';
import { refuseOpen, refuseSurplus } from './refuse-open.ts';
import { takeSnapshot } from './snapshots.ts';

export interface Upgrade {
  readonly db: Database;
  readonly model: Model;
  readonly clock: Clock;
  readonly log: Log;
  /** Where snapshots go. */
  readonly dataDir: string;
  readonly answers?: Answers;
  /** The plan that was looked at; another one is refused. */
  readonly checksum?: string;
  readonly report?: Report;
  /** After each transaction of the journal; tests break off here. */
  readonly onCommit?: (progress: JournalProgress) => void;
}

export interface Upgraded {
  readonly tasks: number;
  /** Records looked at by rewritings. */
  readonly records: number;
  readonly snapshot: string | null;
  /** An apply that had been cut off was finished. */
  readonly resumed: boolean;
}

const NOTHING: Upgraded = { tasks: 0, records: 0, snapshot: null, resumed: false };

/**
 * Takes the steps between the database and the definitions, for whoever has the database alone. A snapshot comes first where anything could be
 * lost; then each task is one transaction (a rewriting: one for some hundred records) together with its mark in the journal, so that the next
 * call finishes what was cut off. CONFLICT when a step waits for an answer, when an answer fits no step, or when the definitions have changed
 * since a cut-off apply began; then nothing is changed.
 */
export async function upgradeDatabase(upgrade: Upgrade): Promise<Upgraded> {
  const { db } = upgrade;
  const begun = await findJournal(db);
  if (begun) {
    refuseOtherModel(begun.journal, upgrade.model);
    return { ...(await finishJournal(upgrade, begun.journal, begun.progress)), resumed: true };
  }
  const plan = await planSchema(db, upgrade.model, upgrade.answers ?? NO_ANSWERS);
  refuseSurplus(plan);
  refuseOpen(plan);
  if (upgrade.checksum !== undefined && upgrade.checksum !== checksumOf(plan))
    throw new CasementError(
      'CONFLICT',
      `The plan is no longer ${upgrade.checksum} but ${checksumOf(plan)}: the definitions, the answers or the database changed since it was looked at. Run "casement plan" again.`,
    );
  return takePlan(upgrade, plan);
}

/** For a plan whose every step may be taken. */
export async function takePlan(upgrade: Upgrade, plan: SchemaPlan): Promise<Upgraded> {
  const { db } = upgrade;
  const isSafe = plan.steps.every(({ safety }) => safety === 'safe');
  if (isSafe && !rewritesRecords(plan)) {
    await db.transaction((tx) => takeSteps(tx, plan));
    return { ...NOTHING, tasks: plan.steps.length };
  }
  const id = uuidv7();
  const startedAt = instant(upgrade.clock);
  const snapshot = isSafe
    ? null
    : await takeSnapshot(db, {
        dataDir: upgrade.dataDir,
        at: startedAt,
        id,
        ...(upgrade.report
          ? { report: (label, done, total) => upgrade.report?.(`snapshot ${label}`, done, total) }
          : {}),
      });
  const { tables, notes, modelHash, organisation } = plan;
  const journal: Journal = {
    id,
    startedAt,
    snapshot,
    checksum: checksumOf(plan),
    tasks: tasksOf(plan),
    tables,
    notes,
    modelHash,
    organisation,
  };
  await db.transaction((tx) => openJournal(tx, journal));
  const progress = { next: 0, cursor: null };
  upgrade.onCommit?.(progress);
  return finishJournal(upgrade, journal, progress);
}

/** The journal of an apply that was cut off, if there is one. */
export async function findJournal(db: Database) {
  const ask = <Row>(fragment: Parameters<Database['read']>[0]) => db.read<Row>(fragment);
  return (await hasNotes(db)) ? readJournal(ask) : undefined;
}

async function hasNotes(db: Database): Promise<boolean> {
  const there =
    db.dialect === 'sqlite'
      ? `select name from sqlite_master where name = '_meta'`
      : `select to_regclass('"_meta"')::text as name`;
  const [row] = await db.read<{ name: string | null }>(raw(there));
  return row !== undefined && row.name !== null;
}

function refuseOtherModel(journal: Journal, model: Model): void {
  if (journal.modelHash === model.hash) return;
  throw new CasementError(
    'CONFLICT',
    `"casement apply" of ${journal.startedAt} was cut off, and the definitions have changed since. Put back the definitions it began with and run "casement apply" again${journal.snapshot === null ? '' : ', or run "casement rollback"'}.`,
  );
}

async function finishJournal(upgrade: Upgrade, journal: Journal, from: JournalProgress): Promise<Upgraded> {
  const { db, clock } = upgrade;
  let records = 0;
  let progress = from;
  while (progress.next < journal.tasks.length) {
    const task = journal.tasks[progress.next]!;
    const done = await db.transaction(async (tx) => {
      const step = await doTask(upgrade, { journal, task, progress }, tx);
      await saveProgress(tx, step.progress);
      return step;
    });
    progress = done.progress;
    records += done.records;
    const isDone = progress.cursor === null;
    upgrade.report?.(task.label, isDone ? totalOf(task) : done.records, totalOf(task));
    upgrade.onCommit?.(progress);
  }
  await db.transaction(async (tx) => {
    await notePlan(tx, journal);
    await closeJournal(tx, journal, instant(clock));
  });
  upgrade.onCommit?.(progress);
  return { tasks: journal.tasks.length, records, snapshot: journal.snapshot, resumed: false };
}

function totalOf(task: Task): number {
  return task.kind === 'rewrite' ? task.rows : 1;
}

interface Doing {
  readonly journal: Journal;
  readonly task: Task;
  readonly progress: JournalProgress;
}

async function doTask(
  upgrade: Upgrade,
  { journal, task, progress }: Doing,
  tx: Transaction,
): Promise<{ readonly progress: JournalProgress; readonly records: number }> {
  const next = { next: progress.next + 1, cursor: null };
  if (task.kind === 'sql') {
    for (const text of task.texts) await tx.define(raw(text));
    await noteRenames(tx, task.renames);
    return { progress: next, records: 0 };
  }
  const { deps, ctx } = await openRewriter(upgrade, journal, tx);
  const { last, seen } = await rewriteRecords(deps, { ...ctx, tx }, { rewriting: task, after: progress.cursor });
  return { progress: last === null ? next : { next: progress.next, cursor: last }, records: seen };
}
