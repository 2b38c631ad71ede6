import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../context.ts';
import { copyDatabase } from '../../storage/dump/dump.ts';
import type { DumpSummary } from '../../storage/dump/format.ts';
import { openDatabase } from '../../storage/open-database.ts';
import { settingsOf, UsageError } from '../command.ts';
import type { Call, Command } from '../command.ts';
import { openExisting, sqliteFile } from '../open-existing.ts';
import { createProgress } from '../progress.ts';
import { parseDatabaseUrl } from '../settings.ts';
import type { Settings } from '../settings.ts';

/** `casement db copy`: everything of one database into another, of either kind, and the proof that it is the same. */
export const dbCopyCommand: Command = {
  name: 'db copy',
  summary: 'copy a database into an empty one, of either kind, and prove it equal',
  about: `FROM and TO are sqlite:PATH or postgres://user:password@host:port/name; "." is the project's own database (DATABASE_URL).
FROM is read at one moment and may be in use; TO must be empty and no server may run on it. All of it is one transaction: every
table is read back and compared before TO shows anything, and TO stays empty when anything goes wrong (exit code 1).
Uploaded files are not in the database. They lie in the folder "files" of the data folder: copy it after the database.`,
  operands: ['FROM', 'TO'],
  async run(call) {
    const { settings, log } = settingsOf(call);
    const [from = '', to = ''] = call.operands.map((operand) => addressOf(operand, call, settings));
    if (from === to) throw new UsageError('FROM and TO are the same database.');
    const { source, target } = await copy({ from, to, projectDir: call.projectDir, log });
    call.print(tableOf(source, target));
    call.print(`\nfrom  ${source.sha256}\nto    ${target.sha256}\nEqual: ${source.rows.toLocaleString('en')} rows.\n`);
    call.print(
      `\nUploaded files are not in the database: copy the folder ${join(settings.dataDir, 'files')} as well.\n`,
    );
  },
};

function addressOf(operand: string, call: Call, settings: Settings): string {
  if (operand === '.') return settings.databaseUrl;
  try {
    return parseDatabaseUrl(operand, call.projectDir);
  } catch {
    throw new UsageError(
      `"${operand.replace(/:[^:@/]*@/, ':…@')}" is no database: name sqlite:PATH or postgres://user:password@host:port/name, or "." for that of the project.`,
    );
  }
}

interface Copying {
  readonly from: string;
  readonly to: string;
  readonly projectDir: string;
  readonly log: Log;
}

async function copy({ from, to, projectDir, log }: Copying) {
  const file = sqliteFile(to);
  const isNew = file !== undefined && !existsSync(file);
  const progress = createProgress();
  const source = await openExisting(from, projectDir, log);
  try {
    const target = await openDatabase({ url: to, projectDir, log, poolSize: 2 });
    try {
      return await copyDatabase(source, target, { report: progress.report });
    } finally {
      await target.close();
    }
  } catch (error) {
    if (isNew) for (const end of ['', '-wal', '-shm']) await rm(`${file}${end}`, { force: true });
    throw error;
  } finally {
    progress.end();
    await source.close();
  }
}

const SHORT = 16;

function tableOf(source: DumpSummary, target: DumpSummary): string {
  const names = [...source.tables.keys()].sort();
  const width = Math.max(...names.map((name) => name.length), 5);
  const lines = names.map((name) => {
    const [one, other] = [source.tables.get(name), target.tables.get(name)];
    const hash = (of: typeof one) => (of?.sha256 ?? '').slice(0, SHORT);
    return line([name, String(one?.rows), String(other?.rows), hash(one), hash(other)], width);
  });
  return [line(['table', 'from', 'to', 'sha256 from', 'sha256 to'], width), ...lines].join('');
}

function line([name = '', from = '', to = '', ...hashes]: readonly string[], width: number): string {
  const shown = hashes.map((hash) => hash.padEnd(SHORT)).join('  ');
  return `${name.padEnd(width)}  ${from.padStart(9)}  ${to.padStart(9)}  ${shown}`.trimEnd() + '\n';
}
