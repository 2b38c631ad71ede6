import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CasementError } from '../../errors.ts';
import type { Manifest } from '../backup/manifest.ts';
import { verifyBackup } from '../backup/read-backup.ts';
import { writeBackup } from '../backup/write-backup.ts';
import { flag, modelOf, settingsOf } from '../command.ts';
import type { Call, Command } from '../command.ts';
import { openExisting } from '../open-existing.ts';
import { createProgress } from '../progress.ts';

/** A backup that lacks files is written, but nobody should take it for whole. */
const INCOMPLETE = 3;

/** `casement backup`: everything of an installation in one file, beside the running server. */
export const backupCommand: Command = {
  name: 'backup',
  summary: 'write database, files and definitions into one verified file, beside the running server',
  about: `FILE is a new .tar file, or a folder in which one named by the time is made. It holds the database as of one moment, the uploaded
files its records have, the definitions of the project, and the name and version of every package; all of it hashed and sealed.
Keep it safe: it holds everything, password hashes too. Not in it: CASEMENT_SECRET and the file "secret" (a new one is made),
the outbox, packages that npm installs. Exit code 3: written, but the content of some files was missing in the data folder.

--verify reads a backup from end to end and writes nothing: exit code 0 when every byte, hash and row is right, 1 when not.`,
  operands: ['FILE'],
  options: { verify: { type: 'boolean', text: 'check the backup FILE in place of writing one' } },
  async run(call) {
    if (flag(call, 'verify')) await verify(call);
    else await write(call);
  },
};

async function write(call: Call): Promise<void> {
  const { settings, log } = settingsOf(call);
  const file = targetOf(resolve(call.operands[0] ?? ''));
  const model = modelOf(call);
  const db = await openExisting(settings.databaseUrl, call.projectDir, log);
  const progress = createProgress();
  try {
    const manifest = await writeBackup({
      db,
      model,
      projectDir: call.projectDir,
      filesDir: join(settings.dataDir, 'files'),
      file,
      report: progress.report,
    });
    call.print(`${file}: ${describe(manifest)}.\n`);
    if (manifest.missing.length > 0) {
      process.exitCode = INCOMPLETE;
      call.print(
        `Incomplete: the content of ${manifest.missing.length} uploaded files is missing or damaged in ${settings.dataDir}: ${manifest.missing.slice(0, 5).join(', ')}${manifest.missing.length > 5 ? ', …' : ''}\n`,
      );
    }
  } finally {
    progress.end();
    await db.close();
  }
}

/** A folder gets a file named by the time; a file that is there is never written over. */
function targetOf(path: string): string {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const stamp = new Date()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
  const file = isFolder ? join(path, `casement-${stamp}.tar`) : path;
  if (existsSync(file)) throw new CasementError('CONFLICT', `${file} is there already. Name a new file, or a folder.`);
  return file;
}

async function verify(call: Call): Promise<void> {
  const file = existingBackup(call);
  const progress = createProgress();
  const manifest = await verifyBackup(file, progress.report).finally(() => progress.end());
  call.print(`${file} is whole: ${describe(manifest)}, of ${manifest.createdAt}, Casement ${manifest.casement}.\n`);
}

/** The backup named on the command line. */
export function existingBackup(call: Call): string {
  const file = resolve(call.operands[0] ?? '');
  if (!existsSync(file) || !statSync(file).isFile()) throw new CasementError('NOT_FOUND', `There is no file ${file}.`);
  return file;
}

/** What a backup holds, in one line. */
export function describe(manifest: Manifest): string {
  const files = manifest.entries.filter(({ name }) => name.startsWith('files/')).length;
  const { rows, sha256 } = manifest.database;
  return `${rows.toLocaleString('en')} rows (${sha256}), ${files} files, ${manifest.packages.length} packages`;
}
