import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, inject } from 'vitest';
import type { Log } from '../../core/context.ts';
import type { Database } from '../../core/storage/database.ts';
import { openDatabase } from '../../core/storage/open-database.ts';

export type Dialect = Database['dialect'];

/** Both databases the product runs on. */
export const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** An empty database of its own, and where it is, for a second process or a restart. */
export interface TestDatabase {
  readonly db: Database;
  readonly url: string;
  /** A folder of its own, for files. */
  readonly dir: string;
  /** Another opening of the same database, closed with the rest. On SQLite it takes no lock. */
  reopen(): Promise<Database>;
  /** Closes and removes everything; also happens by itself after `eachDatabase`. */
  remove(): Promise<void>;
}

export interface TestDatabaseOptions {
  readonly log?: Log;
  readonly poolSize?: number;
}

/** A fresh temporary SQLite file, or a fresh database on the run's PostgreSQL. */
export async function openTestDatabase(dialect: Dialect, options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'casement-test-'));
  const { url, drop } =
    dialect === 'sqlite'
      ? { url: `sqlite:${join(dir, 'test.db')}`, drop: async () => undefined }
      : await createPostgresDatabase();
  const shared = {
    url,
    projectDir: dir,
    log: options.log ?? silentLog,
    ...(options.poolSize === undefined ? {} : { poolSize: options.poolSize }),
  };
  const opened = [await openDatabase(shared)];
  return {
    db: opened[0]!,
    url,
    dir,
    async reopen() {
      const again = await openDatabase({ ...shared, exclusive: false });
      opened.push(again);
      return again;
    },
    async remove() {
      await Promise.all(opened.splice(0).map((db) => db.close().catch(() => undefined)));
      await drop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/**
 * The same tests on both databases: `eachDatabase((open, dialect) => { it(…, async () => { const { db } = await open(); … }) })`.
 * Every call of `open` gives a fresh, empty database; all are removed after the block.
 */
export function eachDatabase(
  define: (open: (options?: TestDatabaseOptions) => Promise<TestDatabase>, dialect: Dialect) => void,
): void {
  describe.each(DIALECTS)('on %s', (dialect) => {
    const opened: TestDatabase[] = [];
    afterAll(async () => {
      for (const database of opened) await database.remove();
    });
    define(async (options) => {
      const database = await openTestDatabase(dialect, options);
      opened.push(database);
      return database;
    }, dialect);
  });
}

async function createPostgresDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const server = inject('postgresUrl');
  const name = `casement_test_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, `create database "${name}" template template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(server, `drop database if exists "${name}" with (force)`) };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
