import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTestDatabase } from '../../tests/support/databases.ts';
import { sql } from './sql.ts';

const CORE = new URL('..', import.meta.url).pathname;

/** What was acknowledged is on the disk (G3). */
describe('durability', () => {
  test('G3: whatever writes to an SQLite file waits for the disk, with a write-ahead log; what reads cannot write', async () => {
    const database = await openTestDatabase('sqlite', { poolSize: 3 });
    const { db } = database;
    try {
      const written = await db.transaction(async (tx) => [
        await tx.all(sql`pragma synchronous`),
        await tx.all(sql`pragma journal_mode`),
        await tx.all(sql`pragma foreign_keys`),
        await tx.all(sql`pragma query_only`),
      ]);
      expect(written).toEqual([
        [{ synchronous: 2 }],
        [{ journal_mode: 'wal' }],
        [{ foreign_keys: 1 }],
        [{ query_only: 0 }],
      ]);
      const readers = await Promise.all(Array.from({ length: 9 }, () => db.read(sql`pragma query_only`)));
      expect(readers).toEqual(Array.from({ length: 9 }, () => [{ query_only: 1 }]));
      expect(await db.snapshot((tx) => tx.all(sql`pragma query_only`))).toEqual([{ query_only: 1 }]);
    } finally {
      await database.remove();
    }
  });

  test('G3: a transaction on PostgreSQL waits for the disk as its server is told to: nothing of ours lowers that', async () => {
    const database = await openTestDatabase('postgres');
    try {
      const [row] = await database.db.transaction((tx) =>
        tx.all<{ source: string }>(sql`select "source" from pg_settings where "name" = 'synchronous_commit'`),
      );
      expect(['default', 'configuration file', 'command line']).toContain(row?.source);
    } finally {
      await database.remove();
    }
  });

  test('G3: no other place of the product speaks of it, so that no switch lowers it unseen', () => {
    const files = readdirSync(CORE, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.ts') && !/^(dist|node_modules)|\.(test|d)\.ts$/.test(path),
    );
    const speaks = files.filter((path) =>
      /synchronous\s*=|synchronous_commit|journal_mode/i.test(readFileSync(join(CORE, path), 'utf8')),
    );
    expect(files.length).toBeGreaterThan(100);
    expect(speaks).toEqual(['storage/open-sqlite.ts']);
  });
});
