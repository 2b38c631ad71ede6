import { existsSync } from 'node:fs';
import type { Log } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Database } from '../storage/database.ts';
import { openDatabase } from '../storage/open-database.ts';

/** The file of an SQLite database; undefined for PostgreSQL. */
export function sqliteFile(url: string): string | undefined {
  return url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : undefined;
}

/** A database that is there, beside whatever server uses it. NOT_FOUND in place of a new, empty SQLite file. */
export async function openExisting(url: string, projectDir: string, log: Log): Promise<Database> {
  const file = sqliteFile(url);
  if (file !== undefined && !existsSync(file))
    throw new CasementError('NOT_FOUND', `There is no database ${file}. Check DATABASE_URL.`);
  return openDatabase({ url, projectDir, log, exclusive: false, poolSize: 2 });
}
