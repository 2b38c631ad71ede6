import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CasementError } from '../errors.ts';
import type { Database } from '../storage/database.ts';
import { hasNotes, readNote } from '../storage/notes.ts';

/** Stands in `_meta` from the moment the rows of a restore are there until its files are, too. */
export const RESTORING = 'restoring';

/** Stands in the data folder from the beginning of a restore to its end. */
export function restoreMarker(dataDir: string): string {
  return join(dataDir, 'restore-unfinished');
}

/** CONFLICT while a restore into this place was begun and not finished: rows and files would not belong together. */
export async function refuseUnfinishedRestore(db: Database, dataDir: string): Promise<void> {
  if (!existsSync(restoreMarker(dataDir)) && !(await isRestoring(db))) return;
  throw new CasementError(
    'CONFLICT',
    'A restore into this database and data folder was broken off. Run "casement restore FILE" again: it clears what is there and begins anew.',
  );
}

export async function isRestoring(db: Database): Promise<boolean> {
  const there = await hasNotes((text) => db.read(text), db.dialect);
  return there && (await readNote((text) => db.read(text), RESTORING)) !== undefined;
}
