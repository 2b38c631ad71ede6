import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Manifest } from '../backup/manifest.ts';
import { verifyBackup } from '../backup/read-backup.ts';
import { restoreBackup } from '../backup/restore.ts';
import { openDatabase } from '../../storage/open-database.ts';
import { settingsOf, text, UsageError } from '../command.ts';
import type { Call, Command } from '../command.ts';
import { heldText } from '../held-text.ts';
import { sqliteFile } from '../open-existing.ts';
import { createProgress } from '../progress.ts';
import type { Progress } from '../progress.ts';
import { parseDatabaseUrl } from '../settings.ts';
import { describe, existingBackup } from './backup.ts';

/** `casement restore`: a backup into an empty database, of either kind, and an empty data folder. */
export const restoreCommand: Command = {
  name: 'restore',
  summary: 'bring a backup back, into an empty database of either kind and an empty data folder',
  about: `The backup is read and checked whole before anything is written. The database must be empty, no server may run on it, and the data
folder must have no files; otherwise nothing happens (exit code 1). Rows are read back and compared with the backup.
When it is broken off, a server refuses to start there. Run it again: it clears the remains and begins anew.
Automations, timers and mails that waited when the backup was made stay paused until "casement jobs run" or "casement jobs drop".
The definitions stay in the backup unless --definitions names a folder for them. Sessions and API keys are as they were at the time
of the backup; log-ins and keys revoked since then have to be revoked again.`,
  operands: ['FILE'],
  options: {
    into: { type: 'string', hint: 'URL', text: "another database than the project's: sqlite:PATH or postgres://…" },
    data: {
      type: 'string',
      hint: 'DIR',
      text: 'the data folder (default: that of the project, or the folder of --into sqlite:PATH)',
    },
    definitions: { type: 'string', hint: 'DIR', text: 'write the definitions into this new or empty folder, too' },
  },
  async run(call) {
    const { settings, log } = settingsOf(call);
    const into = text(call, 'into');
    const url = into === undefined ? settings.databaseUrl : addressOf(into, call);
    const dataDir = dataFolder(call, { url, isOther: into !== undefined, usual: settings.dataDir });
    const file = existingBackup(call);
    const progress = createProgress();
    try {
      const manifest = await verifyBackup(file, progress.report);
      const held = await restore(call, { url, dataDir, file, manifest, log, progress });
      progress.end();
      call.print(`Restored ${describe(manifest)}, of ${manifest.createdAt}. Every row reads back as it was.\n`);
      call.print(
        `Start it with the definitions it was made with, DATABASE_URL of this database and CASEMENT_DATA=${dataDir}.\n`,
      );
      if (held > 0) call.print(heldText(held));
    } finally {
      progress.end();
    }
  },
};

function addressOf(typed: string, call: Call): string {
  try {
    return parseDatabaseUrl(typed, call.projectDir);
  } catch (error) {
    throw new UsageError(`--into: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function dataFolder(
  call: Call,
  of: { readonly url: string; readonly isOther: boolean; readonly usual: string },
): string {
  const given = text(call, 'data');
  if (given !== undefined) return resolve(given);
  const file = sqliteFile(of.url);
  if (!of.isOther || process.env['CASEMENT_DATA']) return of.usual;
  if (file === undefined)
    throw new UsageError('--into a PostgreSQL database needs --data DIR: the folder for its files.');
  return dirname(file);
}

interface Restoring {
  readonly url: string;
  readonly dataDir: string;
  readonly file: string;
  readonly manifest: Manifest;
  readonly log: Parameters<typeof openDatabase>[0]['log'];
  readonly progress: Progress;
}

/** Answers how many jobs are held. */
async function restore(call: Call, { url, progress, log, ...rest }: Restoring): Promise<number> {
  const path = sqliteFile(url);
  const isNew = path !== undefined && !existsSync(path);
  const db = await openDatabase({ url, projectDir: call.projectDir, log, poolSize: 2 });
  const definitions = text(call, 'definitions');
  let restored: { readonly heldJobs: number };
  try {
    const definitionsDir = definitions === undefined ? undefined : resolve(definitions);
    restored = await restoreBackup({ ...rest, db, definitionsDir, report: progress.report });
  } catch (error) {
    await db.close();
    if (isNew) for (const end of ['', '-wal', '-shm']) await rm(`${path}${end}`, { force: true });
    throw error;
  }
  await db.close();
  return restored.heldJobs;
}
