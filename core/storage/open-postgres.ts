import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Sequelize } from 'sequelize';
import type { Options } from 'sequelize';
import type { Log, SqlFragment, Transaction } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Database } from './database.ts';
import { connectionOf, trimStatements } from './postgres-connection.ts';
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
      return clients.use((client) => {
        const work = () => connectionOf(client).all<Row>(text, values);
        return withPatience(patience, work, () => cancelStatement(config, client));
      });
    },
    async transaction(work, { alone = false } = {}) {
      scope.assertOutside('A second transaction was started');
      const way: Way = { scope, alone, ...(gate ? { gate } : {}) };
      for (const tries = { attempts: 1, starts: 1 }; ;) {
        try {
          return await clients.use((client) => transact(client, way, work));
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
    return (await scope.run(connectionOf(client), work)).result;
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

async function transact<T>(client: pg.Client, way: Way, work: (tx: Transaction) => Promise<T>): Promise<T> {
  let done: { result: T; committed: () => void };
  try {
    const epoch = await begin(client, way);
    const run = () => way.scope.run(connectionOf(client), work);
    done = await (way.alone || !way.gate ? run() : way.gate.enter(epoch, run));
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
  const { command } = await statement(client, 'commit');
  if (command !== 'COMMIT') {
    throw new Error('A statement of this transaction had failed and its error was not passed on, so nothing was kept.');
  }
  done.committed();
  return done.result;
}

/** Key of the lock that every transaction shares and a change of the model takes alone. */
const MODEL_LOCK = '4274, 2';

/**
 * Begins, holds off changes of the model until the end, and reads which model is the one of now, in one round trip. The lock is a statement of
 * its own: what waited for it then reads what was committed meanwhile.
 */
async function begin(client: pg.Client, { gate, alone }: Way): Promise<number | undefined> {
  if (alone) {
    await statement(client, `begin; select pg_advisory_xact_lock(${MODEL_LOCK})`);
    return undefined;
  }
  if (!gate) {
    await statement(client, 'begin');
    return undefined;
  }
  const lock = `select pg_advisory_xact_lock_shared(${MODEL_LOCK})`;
  const results: unknown = await statement(client, `begin; ${lock}; select "value" from "_meta" where "key" = 'epoch'`);
  const last = (Array.isArray(results) ? results.at(-1) : results) as pg.QueryResult<{ value: string }> | undefined;
  return Number(last?.rows[0]?.value ?? 0);
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
  use<T>(work: (client: pg.Client) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Sequelize keeps the pool; statements run on the clients themselves. A client whose connection broke never comes back into the pool. */
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
  const acquire = async () => {
    try {
      return (await connectionManager.getConnection({ type: 'write', useMaster: true })) as pg.Client;
    } catch (error) {
      if (error instanceof Error && error.name === 'SequelizeConnectionAcquireTimeoutError') throw busy(error);
      throw translateError(error);
    }
  };
  return {
    async use(work) {
      const client = await acquire();
      try {
        return await work(client);
      } catch (error) {
        if (isBroken(error)) await connectionManager.destroyConnection(client).catch(() => undefined);
        throw error;
      } finally {
        await giveBack(connectionManager, client);
      }
    },
    close: () => sequelize.close(),
  };
}

async function giveBack(connectionManager: Sequelize['connectionManager'], client: pg.Client): Promise<void> {
  try {
    await trimStatements(client);
    connectionManager.releaseConnection(client);
  } catch {
    // The pool has already dropped a broken client and refuses to take it back.
  }
}

function busy(cause: Error): CasementError {
  return new CasementError('UNAVAILABLE', 'All connections to the database are in use. Try again in a moment.', {
    cause,
  });
}

function isBroken(error: unknown): boolean {
  return error instanceof CasementError && error.code === 'UNAVAILABLE' && !isRetryable(error);
}
