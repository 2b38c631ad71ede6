import { CasementError } from '../../errors.ts';
import { readAppliedTables } from '../../storage/applied-tables.ts';
import type { Database } from '../../storage/database.ts';
import type { DumpSummary, Report } from '../../storage/dump/format.ts';
import { findSchema } from '../../storage/introspect.ts';
import { readApplied } from '../../storage/plan/journal.ts';
import { sql } from '../../storage/sql.ts';
import { findJournal } from './apply-plan.ts';
import { restoreSnapshot } from './snapshots.ts';

export interface Rollback {
  readonly db: Database;
  readonly dataDir: string;
  /** Changes made since are lost with it. */
  readonly discardChanges: boolean;
  readonly report?: Report;
}

/**
 * Puts the database back as it was before the last apply, whole or not at all, and proves it by reading it back. CONFLICT when records changed
 * since and nobody has said that they may be lost; NOT_FOUND when there is nothing to go back to. The definitions are files and stay as they are.
 */
export async function rollbackDatabase(
  of: Rollback,
): Promise<{ readonly snapshot: string; readonly summary: DumpSummary }> {
  const { db } = of;
  const begun = await findJournal(db);
  const snapshot = begun ? begun.journal.snapshot : await appliedSnapshot(of);
  if (snapshot === null)
    throw new CasementError(
      'NOT_FOUND',
      'The apply that was cut off could lose nothing, so no snapshot was taken. Run "casement apply" again to finish it.',
    );
  const known = await readAppliedTables((fragment) => db.read(fragment));
  const ours = new Set([...known, ...(begun?.journal.tables ?? [])].map(({ name }) => name));
  const found = [...(await findSchema(db)).tables.keys()];
  const alsoDrop = found.filter((name) => ours.has(name) || ours.has(name.replace(/__old$/, '')));
  const { dataDir, report } = of;
  const summary = await restoreSnapshot(db, { dataDir, name: snapshot, alsoDrop, ...(report ? { report } : {}) });
  return { snapshot, summary };
}

async function appliedSnapshot({ db, discardChanges }: Rollback): Promise<string> {
  const applied = await readApplied((fragment) => db.read(fragment)).catch(() => undefined);
  if (!applied)
    throw new CasementError(
      'NOT_FOUND',
      'There is nothing to go back to: no "casement apply" with a snapshot stands behind this database.',
    );
  const [row] = await db.read<{ count: number | string }>(
    sql`select count(*) as "count" from "_changes" where "seq" > ${applied.seq}`,
  );
  const count = Number(row?.count ?? 0);
  if (count > 0 && !discardChanges)
    throw new CasementError(
      'CONFLICT',
      `${count.toLocaleString('en')} ${count === 1 ? 'change was' : 'changes were'} made since the apply of ${applied.at} and would be lost. Nothing was done. To lose them: casement rollback --discard-changes`,
    );
  return applied.snapshot;
}
