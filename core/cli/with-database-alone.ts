import type { Log } from '../context.ts';
import type { Database } from '../storage/database.ts';
import { openDatabase } from '../storage/open-database.ts';
import { enterDatabase } from '../storage/presence.ts';

/** Opens the database for work that bears nobody beside it. UNAVAILABLE, naming who is there, when somebody is. */
export async function withDatabaseAlone<T>(
  of: { readonly databaseUrl: string; readonly projectDir: string; readonly log: Log },
  work: (db: Database) => Promise<T>,
): Promise<T> {
  const { databaseUrl, projectDir, log } = of;
  const db = await openDatabase({ url: databaseUrl, projectDir, log });
  try {
    const presence = await enterDatabase({ url: databaseUrl, as: 'alone', log });
    try {
      return await work(db);
    } finally {
      await presence.leave();
    }
  } finally {
    await db.close();
  }
}
