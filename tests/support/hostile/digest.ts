import { createHash } from 'node:crypto';
import BetterSqlite from 'better-sqlite3';
import pg from 'pg';
import { tablesOf } from '../../../core/storage/tables.ts';
import type { Dialect } from '../databases.ts';
import type { HttpTestApp } from '../http-app.ts';

/** What a database holds, told apart from what it held before. */
export interface Digest {
  /** Hash of every row by table. Read anew only when something was written since. */
  take(): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

/** When a session was last seen is nobody's data. */
const LEFT_OUT: ReadonlySet<string> = new Set(['_sessions']);

interface Source {
  /** The same as before when nothing was committed meanwhile. */
  mark(): Promise<string>;
  rows(table: string): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** Looks at the database from beside the application, so that nothing of it can hide a write. */
export async function openDigest(firm: HttpTestApp, dialect: Dialect): Promise<Digest> {
  const source = dialect === 'sqlite' ? openSqlite(firm.databaseUrl) : await openPostgres(firm.databaseUrl);
  let known: { readonly mark: string; readonly hashes: ReadonlyMap<string, string> } | undefined;
  return {
    async take() {
      const mark = await source.mark();
      if (known?.mark === mark) return known.hashes;
      const hashes = new Map<string, string>();
      for (const { name } of tablesOf(firm.app.model())) {
        if (!LEFT_OUT.has(name)) hashes.set(name, hashOf(await source.rows(name)));
      }
      known = { mark, hashes };
      return hashes;
    },
    close: () => source.close(),
  };
}

function hashOf(rows: readonly unknown[]): string {
  const texts = rows.map((row) =>
    JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
  );
  return createHash('sha256').update(texts.sort().join('\n')).digest('hex');
}

function openSqlite(url: string): Source {
  const db = new BetterSqlite(url.slice('sqlite:'.length), { readonly: true });
  return {
    mark: async () => JSON.stringify(db.pragma('data_version')),
    rows: async (table) => db.prepare(`select * from "${table}"`).raw().safeIntegers().all(),
    close: async () => void db.close(),
  };
}

async function openPostgres(url: string): Promise<Source> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const read = async (text: string): Promise<readonly unknown[]> => (await client.query<object>(text)).rows;
  return {
    mark: async () => JSON.stringify(await read('select pg_snapshot_xmax(pg_current_snapshot())::text')),
    rows: (table) => read(`select t::text from "${table}" t`),
    close: () => client.end(),
  };
}
