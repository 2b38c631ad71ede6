import pg from 'pg';
import { CasementError } from '../errors.ts';
import { createFairGate } from './fair-gate.ts';
import type { Kind } from './fair-gate.ts';
import { createPostgresConnection } from './postgres-connection.ts';
import type { PostgresConnection } from './postgres-connection.ts';
import { isRetryable, translateError } from './translate-error.ts';

/** Clients of one database, each used by one piece of work at a time. */
export interface ClientPool {
  /** UNAVAILABLE when none gets free in time, or none can be connected. A client whose connection broke never comes back into the pool. */
  use<T>(kind: Kind, work: (connection: PostgresConnection, client: pg.Client) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const ACQUIRE_TIMEOUT = 5000;
const IDLE_TIME = 30_000;
const BUSY = 'All connections to the database are in use. Try again in a moment.';
/** Values read the same on every server. */
const SESSION = "set time zone 'UTC'; set datestyle to 'ISO'; set client_min_messages to 'warning'";

/** The driver keeps the pool, a gate before it keeps the order, so that reads never wait for writes alone nor these for reads. */
export function createClientPool(config: pg.ClientConfig, size: number): ClientPool {
  const pool = new pg.Pool({
    ...config,
    Client: HeardClient,
    keepAlive: true,
    max: size,
    connectionTimeoutMillis: ACQUIRE_TIMEOUT,
    idleTimeoutMillis: IDLE_TIME,
    onConnect: async (client) => void (await client.query(SESSION)),
  });
  // Of a client that broke while nobody used it; the pool has thrown it away.
  pool.on('error', () => undefined);
  const connections = new WeakMap<pg.Client, PostgresConnection>();
  const connectionOf = (client: pg.Client) => {
    const connection = connections.get(client) ?? createPostgresConnection(client);
    connections.set(client, connection);
    return connection;
  };
  const gate = createFairGate({ size, longestWait: ACQUIRE_TIMEOUT, message: BUSY });
  const withClient = async <T>(work: (connection: PostgresConnection, client: pg.Client) => Promise<T>) => {
    const client = await pool.connect().catch((error: unknown) => {
      throw translateError(error);
    });
    const connection = connectionOf(client);
    let isLost = false;
    try {
      return await work(connection, client);
    } catch (error) {
      isLost = isBroken(error);
      throw error;
    } finally {
      client.release(isLost || !(await trimmed(connection)));
    }
  };
  return {
    use: (kind, work) => gate.pass(kind, () => withClient(work)),
    close: () => pool.end(),
  };
}

/**
 * With a listener for errors from its first moment: a server that ends a connection right after taking it would otherwise end this process.
 * Such a client fails at its first statement and is thrown away.
 */
class HeardClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

/** False: not even that could be done with it. */
async function trimmed(connection: PostgresConnection): Promise<boolean> {
  try {
    await connection.trim();
    return true;
  } catch {
    return false;
  }
}

function isBroken(error: unknown): boolean {
  return error instanceof CasementError && error.code === 'UNAVAILABLE' && !isRetryable(error);
}
