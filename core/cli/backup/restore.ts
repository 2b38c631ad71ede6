import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isRestoring, RESTORING, restoreMarker } from '../../app/unfinished-restore.ts';
import { CasementError } from '../../errors.ts';
import { filePath } from '../../files/file-path.ts';
import { holdJobs } from '../../jobs/held-jobs.ts';
import type { Database } from '../../storage/database.ts';
import { loadDump, requireEmpty } from '../../storage/dump/dump.ts';
import type { Report } from '../../storage/dump/format.ts';
import { removeNote, writeNote } from '../../storage/notes.ts';
import { damagedBackup, DATABASE_ENTRY, FILES_FOLDER, PROJECT_FOLDER } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { readEntries } from './read-backup.ts';

export interface RestoreOptions {
  readonly file: string;
  /** What `verifyBackup` said of the file. */
  readonly manifest: Manifest;
  /** Empty, and no server on it. */
  readonly db: Database;
  readonly dataDir: string;
  /** A new or empty folder for the definitions; absent: they stay in the backup. */
  readonly definitionsDir?: string | undefined;
  readonly report: Report;
}

interface Place {
  readonly files: string;
  /** The files until the rows are there as well. */
  readonly incoming: string;
  readonly marker: string;
}

/**
 * Fills an empty database and an empty data folder. A marker in the folder, then a note in the database, make a server refuse to start
 * until everything is there; when the restore is broken off, the next one clears its remains. CONFLICT when a place is not empty.
 */
export async function restoreBackup(options: RestoreOptions): Promise<{ readonly heldJobs: number }> {
  const { db, dataDir } = options;
  const place: Place = {
    files: join(dataDir, 'files'),
    incoming: join(dataDir, 'files.incoming'),
    marker: restoreMarker(dataDir),
  };
  const isRepeated = existsSync(place.marker) || (await isRestoring(db));
  await refuseFull(options, place, isRepeated);
  await mark(place, options.file);
  try {
    if (isRepeated) for (const path of [place.incoming, place.files]) await rm(path, { recursive: true, force: true });
    await unpackFiles(options, place);
    await loadDatabase(options, isRepeated);
  } catch (error) {
    // The transaction took the rows back; after a kill the marker stays instead.
    await rm(place.incoming, { recursive: true, force: true });
    if (!(await isRestoring(db).catch(() => true))) await rm(place.marker, { force: true });
    throw error;
  }
  return { heldJobs: await finish(db, place) };
}

async function refuseFull(options: RestoreOptions, place: Place, isRepeated: boolean): Promise<void> {
  const { db, definitionsDir } = options;
  if (!(await isRestoring(db))) await requireEmpty(db);
  if (!isRepeated) await refuseFilled(place.files);
  if (definitionsDir !== undefined) await refuseFilled(definitionsDir);
}

async function refuseFilled(dir: string): Promise<void> {
  if (!existsSync(dir) || !(await isFilled(dir))) return;
  throw new CasementError('CONFLICT', `The folder ${dir} is not empty. Name an empty one. Nothing was written.`);
}

/** Empty folders inside do not count. */
async function isFilled(dir: string): Promise<boolean> {
  const entries = await readdir(dir, { withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isDirectory() || (await isFilled(join(dir, entry.name)))) return true;
  }
  return false;
}

async function mark(place: Place, backup: string): Promise<void> {
  await mkdir(dirname(place.marker), { recursive: true });
  const handle = await open(place.marker, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ backup, begun: new Date().toISOString() })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(dirname(place.marker));
}

async function unpackFiles(options: RestoreOptions, place: Place): Promise<void> {
  const wanted = new Map(options.manifest.entries.map((entry) => [entry.name, entry.sha256]));
  let done = 0;
  for await (const { name, bytes } of readEntries(options.file)) {
    const path = targetOf(name, options, place);
    if (path === undefined) {
      for await (const _ of bytes);
      continue;
    }
    if ((await unpackOne(path, bytes)) !== wanted.get(name)) throw damagedBackup(`"${name}" is not as it was written`);
    done += 1;
    options.report('files', done, 0);
  }
  await syncFolder(place.incoming);
}

function targetOf(name: string, options: RestoreOptions, place: Place): string | undefined {
  if (name.startsWith(FILES_FOLDER)) return filePath(place.incoming, name.slice(FILES_FOLDER.length));
  const { definitionsDir } = options;
  if (!name.startsWith(PROJECT_FOLDER) || definitionsDir === undefined) return undefined;
  return join(definitionsDir, name.slice(PROJECT_FOLDER.length));
}

async function unpackOne(path: string, bytes: AsyncIterable<Uint8Array>): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const handle = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  try {
    await writeFile(handle, hashed(bytes, hash));
    await handle.sync();
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

async function* hashed(bytes: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

async function loadDatabase({ file, db, manifest, report }: RestoreOptions, replace: boolean): Promise<void> {
  for await (const { name, bytes } of readEntries(file)) {
    if (name !== DATABASE_ENTRY) continue;
    const found = await loadDump(db, bytes, {
      replace,
      report,
      finish: (tx) => writeNote(tx, RESTORING, new Date().toISOString()),
    });
    if (found.sha256 !== manifest.database.sha256)
      throw damagedBackup('its database is not that of its list of contents');
    return;
  }
}

/** Nothing that came with the backup runs by itself: from the moment a server may start here, its jobs are held. Answers how many. */
async function finish(db: Database, place: Place): Promise<number> {
  await rm(place.files, { recursive: true, force: true });
  if (existsSync(place.incoming)) await rename(place.incoming, place.files);
  await syncFolder(dirname(place.files));
  const held = await db.transaction(async (tx) => {
    await removeNote(tx, RESTORING);
    return holdJobs(tx, Date.now());
  });
  await rm(place.marker, { force: true });
  return held;
}

/** Without this a power cut could keep what points to a file and lose its name. */
async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32' || !existsSync(dir)) return;
  const handle = await open(dir, 'r');
  await handle.sync().finally(() => handle.close());
}
