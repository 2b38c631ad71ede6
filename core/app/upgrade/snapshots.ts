import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CasementError } from '../../errors.ts';
import type { Database } from '../../storage/database.ts';
import { loadDump, writeDump } from '../../storage/dump/dump.ts';
import type { DumpSummary, Report } from '../../storage/dump/format.ts';

/** Folder of the snapshots in the data folder. */
export const SNAPSHOTS = 'snapshots';

/** The whole database into a file of its own, on the disk before this answers. Answers the file's name. */
export async function takeSnapshot(
  db: Database,
  of: { readonly dataDir: string; readonly at: string; readonly id: string; readonly report?: Report },
): Promise<string> {
  const dir = join(of.dataDir, SNAPSHOTS);
  const name = `${of.at.slice(0, 19).replaceAll(':', '-')}-${of.id.slice(-8)}.dump.gz`;
  const temp = join(dir, `${name}.part`);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  try {
    await writeDump(db, createWriteStream(temp, { mode: 0o600 }), of.report ? { report: of.report } : {});
    await syncFile(temp);
    await rename(temp, join(dir, name));
    await syncFile(dir);
    return name;
  } catch (error) {
    await rm(temp, { force: true });
    throw error;
  }
}

/** Puts the database back as it was; in one transaction, so that it is the old one or the present one. NOT_FOUND when the file is gone. */
export async function restoreSnapshot(
  db: Database,
  of: {
    readonly dataDir: string;
    readonly name: string;
    readonly alsoDrop: readonly string[];
    readonly report?: Report;
  },
): Promise<DumpSummary> {
  const path = join(of.dataDir, SNAPSHOTS, of.name);
  const file = await open(path).catch((cause: unknown) => {
    throw new CasementError(
      'NOT_FOUND',
      `The snapshot ${path} is not there. Without it the database cannot be put back.`,
      { cause },
    );
  });
  await file.close();
  return loadDump(db, createReadStream(path), { replace: true, alsoDrop: of.alsoDrop, report: of.report });
}

/** Without this a power cut could leave a name without its bytes. Windows cannot open folders. */
async function syncFile(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
