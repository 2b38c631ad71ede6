import { resolve } from 'node:path';
import type { Log } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Database } from './database.ts';

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
  try {
    return await open(options);
  } catch (error) {
    throw explained(error, hidePassword(options.url));
  }
}

async function open(options: DatabaseOptions): Promise<Database> {
  const { url, log, poolSize, exclusive = true } = options;
  const size = poolSize === undefined ? {} : { poolSize };
  // Each brings its driver, and only one is needed.
  if (/^postgres(ql)?:\/\//.test(url)) {
    const { openPostgres } = await import('./open-postgres.ts');
    return openPostgres({ url, log, ...size });
  }
  const [, path] = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(url) ?? [];
  if (path !== undefined && path !== ':memory:') {
    const { openSqlite } = await import('./open-sqlite.ts');
    return openSqlite({ file: resolve(options.projectDir, path), log, exclusive, ...size });
  }
  throw new CasementError(
    'BAD_REQUEST',
    `DATABASE_URL must be sqlite:PATH or postgres://user:password@host:port/name, not "${hidePassword(url)}".`,
  );
}

/** What a wrong DATABASE_URL looks like to a driver, as a sentence for the operator. */
function explained(error: unknown, url: string): unknown {
  const remedy = remedyOf(error);
  return remedy === undefined
    ? error
    : new CasementError('UNAVAILABLE', `DATABASE_URL ${url}: ${remedy}`, { cause: error });
}

function remedyOf(error: unknown): string | undefined {
  const given = error instanceof CasementError ? error.cause : error;
  const code = given instanceof Error && 'code' in given ? String(given.code) : '';
  if (code === '28P01' || code === '28000') return 'the server refuses this user or password.';
  if (code === '3D000') return 'the server has no such database. Create it first, or name another.';
  if (code === 'SQLITE_NOTADB') return 'the file is not an SQLite database. Name another.';
  if (code === 'SQLITE_CANTOPEN' || code === 'SQLITE_READONLY')
    return `the file cannot be written (${code}). Check the rights of its folder.`;
  if (/^E[A-Z]+$/.test(code) && error instanceof CasementError)
    return `the server cannot be reached (${code}). Check the address, and that it runs.`;
  return undefined;
}

function hidePassword(url: string): string {
  return url.replace(/:[^:@/]*@/, ':…@');
}
