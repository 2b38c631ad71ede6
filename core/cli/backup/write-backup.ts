import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { Pack } from 'tar-stream';
import type { Transaction } from '../../context.ts';
import { findCore } from '../../definitions/base-dir.ts';
import type { Model } from '../../definitions/model.ts';
import { filePath, listFiles } from '../../files/file-path.ts';
import type { StoredFile } from '../../files/file-path.ts';
import type { Database } from '../../storage/database.ts';
import { writeSnapshot } from '../../storage/dump/dump.ts';
import type { DumpSummary, Report } from '../../storage/dump/format.ts';
import { readNote } from '../../storage/notes.ts';
import { DATABASE_ENTRY, FILES_FOLDER, MANIFEST_ENTRY, manifestText, PROJECT_FOLDER } from './manifest.ts';
import type { Entry, Manifest } from './manifest.ts';
import { projectFiles } from './project-files.ts';
import { sealing } from './seal.ts';

export interface BackupOptions {
  readonly db: Database;
  readonly model: Model;
  readonly projectDir: string;
  /** The folder of uploaded files. */
  readonly filesDir: string;
  /** Must not exist. */
  readonly file: string;
  readonly report: Report;
}

/**
 * Writes a backup beside a running server. Database and list of files are of one moment; a file is never changed once it is there, so its
 * content may be read later. The backup has its name only once it is whole and on the disk.
 */
export async function writeBackup(options: BackupOptions): Promise<Manifest> {
  const { db, file } = options;
  const partial = `${file}.partial`;
  const dump = `${file}.database`;
  try {
    const manifest = await db.snapshot(async (tx) => {
      const summary = await writeSnapshot(
        { tx, dialect: db.dialect },
        createWriteStream(dump, { flags: 'wx', mode: 0o600 }),
        { report: (_table, done, total) => options.report('database', done, total) },
      );
      return writeTar(options, { tx, dump, partial, summary });
    });
    await syncAndName(partial, file);
    return manifest;
  } finally {
    await Promise.all([rm(dump, { force: true }), rm(partial, { force: true })]);
  }
}

interface Moment {
  readonly tx: Transaction;
  readonly dump: string;
  readonly partial: string;
  readonly summary: DumpSummary;
}

async function writeTar(options: BackupOptions, moment: Moment): Promise<Manifest> {
  const tar = pack();
  const written = pipeline(tar, sealing(), createWriteStream(moment.partial, { flags: 'wx', mode: 0o600 }));
  const filled = fill(tar, options, moment).catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  });
  // A full disk ends `written` first, and `filled` then waits for nobody.
  await Promise.race([written, filled]);
  const manifest = await filled;
  await written;
  return manifest;
}

async function fill(tar: Pack, options: BackupOptions, { tx, dump, summary }: Moment): Promise<Manifest> {
  const entries: Entry[] = [await addFile(tar, { name: DATABASE_ENTRY, path: dump })];
  const missing: string[] = [];
  let seen = 0;
  const total = summary.tables.get('_files')?.rows ?? 0;
  for await (const file of listFiles(tx)) {
    const entry = await addStored(tar, options.filesDir, file);
    if (entry) entries.push(entry);
    else if (file.isClaimed) missing.push(file.id);
    seen += 1;
    options.report('files', seen, total);
  }
  for (const path of await projectFiles(options.projectDir, options.model.packages))
    entries.push(await addFile(tar, { name: PROJECT_FOLDER + path, path: join(options.projectDir, path) }));
  const manifest: Manifest = {
    casement: findCore().version,
    createdAt: new Date().toISOString(),
    modelHash: (await readNote((text) => tx.all(text), 'modelHash')) ?? null,
    database: { rows: summary.rows, sha256: summary.sha256 },
    packages: options.model.packages.map(({ name, version }) => ({ name, version })),
    entries,
    missing,
  };
  tar.entry({ name: MANIFEST_ENTRY, mode: 0o600 }, manifestText(manifest));
  tar.finalize();
  return manifest;
}

/** A file whose content is gone, cut off or altered is left out: what cannot be given back must not look as if it could. */
async function addStored(tar: Pack, dir: string, file: StoredFile): Promise<Entry | undefined> {
  const path = filePath(dir, file.id);
  const sha256 = await hashOf(path).catch(() => undefined);
  if (sha256 !== file.sha256) return undefined;
  return addFile(tar, { name: FILES_FOLDER + file.id, path }).catch((error: unknown) => {
    // Nobody had claimed it and it went meanwhile, before anything of it was written.
    if (!file.isClaimed && error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function addFile(tar: Pack, { name, path }: { readonly name: string; readonly path: string }): Promise<Entry> {
  const handle = await open(path, 'r');
  try {
    return await addOpen(tar, name, handle);
  } finally {
    await handle.close();
  }
}

async function addOpen(tar: Pack, name: string, handle: FileHandle): Promise<Entry> {
  const { size } = await handle.stat();
  const hash = createHash('sha256');
  const entry = tar.entry({ name, size, mode: 0o600 });
  const written = new Promise<void>((resolve, reject) => {
    entry.on('close', () => resolve());
    entry.on('error', reject);
  });
  const chunks: AsyncIterable<Buffer> | [] =
    size === 0 ? [] : handle.createReadStream({ end: size - 1, autoClose: false });
  for await (const chunk of chunks) {
    hash.update(chunk);
    const drained = new Promise<void>((resolve) => void entry.once('drain', () => resolve()));
    if (!entry.write(chunk)) await Promise.race([drained, written]);
  }
  entry.end(null);
  await written;
  return { name, size, sha256: hash.digest('hex') };
}

/** A power cut keeps either the whole backup or none. */
async function syncAndName(partial: string, file: string): Promise<void> {
  const handle = await open(partial, 'r+');
  await handle.sync().finally(() => handle.close());
  await rename(partial, file);
  if (process.platform === 'win32') return;
  const folder = await open(dirname(file), 'r');
  await folder.sync().finally(() => folder.close());
}
