import type { SqlFragment, Transaction } from '../context.ts';
import type { Value } from '../fields/field-type.ts';
import { isOneOf } from '../storage/bind.ts';
import { removeNote, writeNote } from '../storage/notes.ts';
import { raw, sql } from '../storage/sql.ts';
import type { DroppedHandler, HeldChoice } from './types.ts';

/** In `_meta` from a restore until somebody has decided about every job that came with it: the instant of the restore. */
export const JOBS_HELD = 'jobsHeld';

/**
 * After a restore: whatever waited or ran when the backup was made waits for a person. What is due may have happened long ago, in the
 * database that was lost. Answers how many jobs that are.
 */
export async function holdJobs(tx: Transaction, now: number): Promise<number> {
  const held = await tx.run(sql`
    UPDATE "_jobs" SET "state" = 'held', "leaseUntil" = NULL, "fence" = "fence" + 1 WHERE "state" IN ('ready', 'running')`);
  if (held > 0) await writeNote(tx, JOBS_HELD, new Date(now).toISOString());
  return held;
}

/** Lets the chosen ones run when they are due, or never; each says so in its log. Answers how many, and how many are still held. */
export async function decideHeld(
  tx: Transaction,
  choice: HeldChoice,
  { now, dropped }: Deciding,
): Promise<{ readonly changed: number; readonly left: number }> {
  const chosen = sql`"state" = 'held' AND ${chosenBy(choice, now)}`;
  const what = choice.action === 'run' ? 'Released' : 'Dropped';
  await tx.run(sql`
    INSERT INTO "_job_log" ("job", "at", "message")
    SELECT "id", ${now}, ${`${what} after the restore by ${choice.by}.`} FROM "_jobs" WHERE ${chosen} ORDER BY "due", "id"`);
  const decided = await tx.all<{ kind: string; payload: string }>(
    choice.action === 'run'
      ? sql`UPDATE "_jobs" SET "state" = 'ready' WHERE ${chosen} RETURNING "kind", "payload"`
      : sql`UPDATE "_jobs" SET "state" = 'cancelled', "finishedAt" = ${now} WHERE ${chosen} RETURNING "kind", "payload"`,
  );
  const [row] = await tx.all<{ n: string | number }>(sql`SELECT count(*) AS "n" FROM "_jobs" WHERE "state" = 'held'`);
  const left = Number(row?.n ?? 0);
  if (left === 0) await removeNote(tx, JOBS_HELD);
  if (choice.action === 'drop')
    for (const { kind, payload } of decided) await dropped.get(kind)?.(tx, JSON.parse(payload) as Value);
  return { changed: decided.length, left };
}

interface Deciding {
  readonly now: number;
  /** By kind. */
  readonly dropped: ReadonlyMap<string, DroppedHandler>;
}

function chosenBy({ ids, due }: HeldChoice, now: number): SqlFragment {
  if (ids !== undefined) return ids.length === 0 ? raw('1 = 0') : isOneOf(raw('"id"'), ids, 'text');
  if (due === 'past') return sql`"due" <= ${now}`;
  return due === 'ahead' ? sql`"due" > ${now}` : raw('1 = 1');
}
