import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Log, SqlFragment, Transaction } from '../context.ts';
import type { Database } from './database.ts';
import { createPostgresConnection } from './postgres-connection.ts';
import type { PostgresConnection } from './postgres-connection.ts';
import { BehindError } from './model-gate.ts';
import type { ModelGate } from './model-gate.ts';
import { configOf } from './postgres-config.ts';
import { createPostgresListener } from './postgres-listener.ts';
import { createClientPool } from './postgres-pool.ts';
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
