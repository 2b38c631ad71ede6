import { runMigrations } from 'graphile-worker';
import type { Log } from '../context.ts';
import { CasementError } from '../errors.ts';
import { openPool } from '../storage/open-pool.ts';
import type { PostgresPool } from '../storage/open-pool.ts';
import { CARRIER_SCHEMA } from './carry.ts';
import { engineLogger } from './engine-log.ts';
import type { JobEngine } from './engine.ts';
import { createWorkerEngine } from './worker-engine.ts';
import type { WorkerOptions } from './worker-engine.ts';

/** The PostgreSQL engine that carries "run job N" between processes. Its own tables stand in a schema of their own and may be lost at any time. */
export interface Carrier {
  /** Takes the place of the loop that runs the jobs of one process. */
  createEngine(options: WorkerOptions): JobEngine;
}

/** Whoever makes or changes that schema. */
const MIGRATION_LOCK = '4274, 13';

/**
 * Makes the engine's tables, or brings them up to date; one process at a time. Undefined on SQLite, where the loop of the one process
 * needs no carrier. UNAVAILABLE, with the remedy, for a role that may not make a schema.
 */
export async function prepareCarrier(of: { readonly url: string; readonly log: Log }): Promise<Carrier | undefined> {
  const { url, log } = of;
  // One connection holds the lock, the other one works.
  const pool = openPool(url, { size: 2, log });
  if (!pool) return undefined;
  try {
    await migrate(pool, log);
  } finally {
    await pool.end();
  }
  return { createEngine: (options) => createWorkerEngine(options, (size) => openPool(url, { size, log }) ?? pool) };
}

async function migrate(pool: PostgresPool, log: Log): Promise<void> {
  const lock = await pool.connect();
  try {
    await lock.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    await runMigrations({ pgPool: pool, schema: CARRIER_SCHEMA, logger: engineLogger(log) });
  } catch (error) {
    throw explained(error);
  } finally {
    // The lock goes with the connection.
    lock.release(true);
  }
}

function explained(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code !== '42501') return error;
  return new CasementError(
    'UNAVAILABLE',
    `DATABASE_URL: its role may not make the schema "${CARRIER_SCHEMA}", in which jobs are handed to workers. Let the owner of the database run "grant create on database … to …" for it.`,
    { cause: error },
  );
}
