import { resolve } from 'node:path';
import type { Log } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Database } from './database.ts';
import { openPostgres } from './open-postgres.ts';
import { openSqlite } from './open-sqlite.ts';

export interface DatabaseOptions {
  /** `sqlite:PATH` (absolute or relative to the project) or `postgres://user:password@host:port/name`. */
  readonly url: string;
  readonly projectDir: string;
  readonly log: Log;
  /** Readers on SQLite, connections on PostgreSQL. */
  readonly poolSize?: number;
  /** False for commands that run beside a server: the lock of a SQLite file is not taken. Default true. */
  readonly exclusive?: boolean;
}

/** Opens either database. UNAVAILABLE when it cannot be reached or another server holds the file; BAD_REQUEST for an unknown URL. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, log, poolSize, exclusive = true } = options;
  const size = poolSize === undefined ? {} : { poolSize };
  if (/^postgres(ql)?:\/\//.test(url)) return openPostgres({ url, log, ...size });
  const [, path] = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(url) ?? [];
  if (path !== undefined && path !== ':memory:') {
    return openSqlite({ file: resolve(options.projectDir, path), log, exclusive, ...size });
  }
  throw new CasementError(
    'BAD_REQUEST',
    `DATABASE_URL must be sqlite:PATH or postgres://user:password@host:port/name, not "${hidePassword(url)}".`,
  );
}

function hidePassword(url: string): string {
  return url.replace(/:[^:@/]*@/, ':…@');
}
