import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Sequelize } from 'sequelize';
import type { Options } from 'sequelize';
import type { Log, SqlFragment, Transaction } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Database } from './database.ts';
import { createFairGate } from './fair-gate.ts';
import type { Kind } from './fair-gate.ts';
import { createPostgresConnection } from './postgres-connection.ts';
import type { PostgresConnection } from './postgres-connection.ts';
import { BehindError } from './model-gate.ts';
import type { ModelGate } from './model-gate.ts';
import { configOf } from './postgres-config.ts';
import { createPostgresListener } from './postgres-listener.ts';
import { withPatience } from './patience.ts';
import { render } from './sql.ts';
import { StartOverError } from './start-over.ts';
import { createTopics } from './topics.ts';
import { createTransactionScope } from './transaction-scope.ts';
import type { TransactionScope } from './transaction-scope.ts';
import { isRetryable, translateError } from './translate-error.ts';

export interface PostgresOptions {
  readonly url: string;
  readonly log: Log;
  /** Connections besides the listening one; default 10. */
  readonly poolSize?: number;
}

const MOST_ATTEMPTS = 5;
/** Each time somebody else has got on, so this ends; the limit is for what nobody has thought of. */
const MOST_STARTS = 100;
const ACQUIRE_TIMEOUT = 5000;

export async function openPostgres({ url, log, poolSize = 10 }: PostgresOptions): Promise<Database> {
  const config = configOf(url);
  const clients = createClientPool(config, poolSize);
  const scope = createTransactionScope('postgres', log);
  const topics = createTopics(log);
  let gate: ModelGate | undefined;
  const listener = await createPostgresListener(config, topics, log).catch((error: unknown) => {
    throw translateError(error);
  });
  return {
    dialect: 'postgres',
    async read<Row>(fragment: SqlFragment, patience?: number) {
      scope.assertOutside('A read outside the transaction was started');
      const { text, values } = render(fragment, 'postgres');
      return clients.use('read', (connection, client) => {
        const work = () => connection.all<Row>(text, values);
        return withPatience(patience, work, () => cancelStatement(config, client));
      });
    },
    async transaction(work, { alone = false } = {}) {
      scope.assertOutside('A second transaction was started');
      const way: Way = { scope, alone, ...(gate ? { gate } : {}) };
      for (const tries = { attempts: 1, starts: 1 }; ;) {
        try {
          return await clients.use('write', (connection) => transact(connection, way, work));
        } catch (error) {
          await beforeNextTry(error, tries, { gate: way.gate, log });
        }
      }
    },
    guard: (next) => void (gate = next),
    snapshot: (work) => readSnapshot(config, scope, work),
    publish: listener.publish,
    subscribe: topics.subscribe,
    async close() {
      await listener.close();
      await clients.close();
    },
  };
}

interface Tries {
  attempts: number;
  starts: number;
}

/** Ends once the work can be run again; throws what cannot be mended by that. */
async function beforeNextTry(
  error: unknown,
  tries: Tries,
  { gate, log }: { readonly gate: ModelGate | undefined; readonly log: Log },
): Promise<void> {
  if (error instanceof StartOverError) {
    if (tries.starts === MOST_STARTS) throw translateError(error);
    tries.starts += 1;
    return;
  }
  const isBehind = error instanceof BehindError;
  if (!(isBehind || isRetryable(error)) || tries.attempts === MOST_ATTEMPTS) throw error;
  if (isBehind) await gate?.catchUp();
  else {
    log.warn({ err: error, attempt: tries.attempts }, 'a deadlock or a like collision: the transaction is run again');
    await pause(tries.attempts * 10 * (1 + Math.random()));
  }
  tries.attempts += 1;
}

/** A client of its own: it may take long, and must not take one from the others. */
async function readSnapshot<T>(
  config: pg.ClientConfig,
  scope: TransactionScope,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  scope.assertOutside('A snapshot was started');
  const client = new pg.Client({ ...config, keepAlive: true });
  // The statement under way fails with the same error.
  client.on('error', () => undefined);
  try {
    await client.connect().catch((error: unknown) => {
      throw translateError(error);
    });
    for (const text of SNAPSHOT) await statement(client, text);
    return (await scope.run(createPostgresConnection(client), work)).result;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Values read the same as on the pool's clients; a server that ends long transactions must let this one be. */
const SNAPSHOT = [
  "set time zone 'UTC'",
  "set datestyle to 'ISO'",
  'begin isolation level repeatable read read only',
  'set local statement_timeout = 0',
  'set local idle_in_transaction_session_timeout = 0',
];

/** Over a connection of its own: all others may be busy with statements that wait to be broken off. */
async function cancelStatement(
  config: pg.ClientConfig,
  client: pg.Client & { readonly processID?: number },
): Promise<void> {
  const other = new pg.Client(config);
  await other.connect();
  try {
    await other.query('select pg_cancel_backend($1)', [client.processID]);
  } finally {
    await other.end();
  }
}

/** How a transaction of this process is run. */
interface Way {
  readonly scope: TransactionScope;
  readonly gate?: ModelGate;
  readonly alone: boolean;
}

async function transact<T>(
  connection: PostgresConnection,
  { scope, gate, alone }: Way,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const run = () => scope.run(connection, work);
  try {
    // In this order and in one turn: the epoch is that of the model the work is pinned to.
    connection.begin({ alone, ...(gate && !alone ? { epoch: gate.epoch() } : {}) });
    const { result, committed } = await (alone || !gate ? run() : gate.enter(run));
    await connection.commit();
    committed();
    return result;
  } catch (error) {
    // Whatever went wrong under an old model may go well under that of now.
    const isBehind = await connection.isBehind();
    await connection.rollback().catch(() => undefined);
    throw isBehind ? new BehindError() : error;
  }
}

async function statement(client: pg.Client, text: string) {
  return client.query(text).catch((error: unknown) => {
    throw translateError(error);
  });
}

/**
 * The driver with clients that have a listener for errors from their first moment. Sequelize listens a little later: a server that ends a
 * connection right after taking it would otherwise end this process. Such a client fails at its first statement and is thrown away.
 */
function driverOf(driver: typeof pg): object {
  class Client extends driver.Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      this.on('error', () => undefined);
    }
  }
  // Not a copy: one would load the native binding.
  return Object.create(driver, { Client: { value: Client } }) as object;
}

interface ClientPool {
  use<T>(kind: Kind, work: (connection: PostgresConnection, client: pg.Client) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Sequelize keeps the pool, a gate before it keeps the order, so that reads never wait for writes alone nor these for reads; statements run on the clients themselves. A client whose connection broke never comes back into the pool. */
function createClientPool(config: pg.ClientConfig, size: number): ClientPool {
  const options: Options & { databaseVersion: string } = {
    dialect: 'postgres',
    dialectModule: driverOf(pg),
    // Said, so that Sequelize opens no connection only to ask.
    databaseVersion: '14.0.0',
    logging: false,
    host: config.host ?? 'localhost',
    port: config.port ?? 5432,
    username: config.user ?? '',
    password: config.password as string,
    database: config.database ?? '',
    dialectOptions: { application_name: 'casement', keepAlive: true, ...(config.ssl ? { ssl: config.ssl } : {}) },
    pool: { max: size, min: 0, acquire: ACQUIRE_TIMEOUT, idle: 30_000 },
  };
  const sequelize = new Sequelize(options);
  const { connectionManager } = sequelize;
  const connections = new WeakMap<pg.Client, PostgresConnection>();
  const connectionOf = (client: pg.Client) => {
    const connection = connections.get(client) ?? createPostgresConnection(client);
    connections.set(client, connection);
    return connection;
  };
  const acquire = async () => {
    try {
      return (await connectionManager.getConnection({ type: 'write', useMaster: true })) as pg.Client;
    } catch (error) {
      if (error instanceof Error && error.name === 'SequelizeConnectionAcquireTimeoutError')
        throw new CasementError('UNAVAILABLE', BUSY, { cause: error });
      throw translateError(error);
    }
  };
  const gate = createFairGate({ size, longestWait: ACQUIRE_TIMEOUT, message: BUSY });
  const withClient = async <T>(work: (connection: PostgresConnection, client: pg.Client) => Promise<T>) => {
    const client = await acquire();
    const connection = connectionOf(client);
    try {
      return await work(connection, client);
    } catch (error) {
      if (isBroken(error)) await connectionManager.destroyConnection(client).catch(() => undefined);
      throw error;
    } finally {
      try {
        await connection.trim();
        connectionManager.releaseConnection(client);
      } catch {
        // The pool has already dropped a broken client and refuses to take it back.
      }
    }
  };
  return {
    use: (kind, work) => gate.pass(kind, () => withClient(work)),
    close: () => sequelize.close(),
  };
}

const BUSY = 'All connections to the database are in use. Try again in a moment.';

function isBroken(error: unknown): boolean {
  return error instanceof CasementError && error.code === 'UNAVAILABLE' && !isRetryable(error);
}
