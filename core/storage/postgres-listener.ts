import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Log, Transaction } from '../context.ts';
import { sql } from './sql.ts';
import type { Topics } from './topics.ts';

const CHANNEL = 'casement';
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 10_000;

export interface PostgresListener {
  publish(tx: Transaction, topic: string, payload: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * One connection of its own that listens. This process hears its own messages right after the commit, without the way over the server;
 * a lost connection is opened again, and every listener is then told that messages may be missing.
 */
export async function createPostgresListener(
  config: pg.ClientConfig,
  topics: Topics,
  log: Log,
): Promise<PostgresListener> {
  const self = randomUUID();
  let closed = false;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;

  const connect = async () => {
    const next = new pg.Client({ ...config, keepAlive: true });
    next.on('error', (error) => lost(next, error));
    next.on('end', () => lost(next, undefined));
    next.on('notification', ({ payload = '' }) => {
      const [sender, topic = '', ...rest] = payload.split('\n');
      if (sender !== self) topics.deliver(topic, rest.join('\n'));
    });
    client = next;
    await next.connect();
    await next.query(`listen ${CHANNEL}`);
  };

  const lost = (which: pg.Client, error: Error | undefined) => {
    if (closed || which !== client) return;
    client = undefined;
    log.warn({ err: error }, 'the listening connection to the database was lost');
    topics.deliverLoss();
    reconnect(FIRST_PAUSE);
  };

  const reconnect = (pause: number) => {
    timer = setTimeout(() => {
      connect().then(
        () => topics.deliverLoss(),
        () => {
          client = undefined;
          if (!closed) reconnect(Math.min(pause * 2, LONGEST_PAUSE));
        },
      );
    }, pause);
    timer.unref();
  };

  await connect();
  return {
    async publish(tx, topic, payload) {
      tx.later(sql`select pg_notify(${CHANNEL}, ${[self, topic, payload].join('\n')})`);
      tx.afterCommit(() => topics.deliver(topic, payload));
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
