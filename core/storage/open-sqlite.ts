import { mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import sqlite3 from 'sqlite3';
import type { Log, SqlFragment, Transaction } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Database } from './database.ts';
import type { ModelGate } from './model-gate.ts';
import { withPatience } from './patience.ts';
import { render } from './sql.ts';
import { createSqliteHandle } from './sqlite-handle.ts';
import type { SqliteHandle } from './sqlite-handle.ts';
import { lockDatabaseFile } from './sqlite-lock.ts';
import { createTopics } from './topics.ts';
import { createTransactionScope } from './transaction-scope.ts';
import type { TransactionScope } from './transaction-scope.ts';
import { translateError } from './translate-error.ts';
import { createWriteQueue } from './write-queue.ts';

export interface SqliteOptions {
  /** Absolute. */
  readonly file: string;
  readonly log: Log;
  /** Readers; default one per processor, at least 2, at most 8. */
  readonly poolSize?: number;
  /** Take the lock beside the file. */
  readonly exclusive: boolean;
}

/** FULL: what was acknowledged is on the disk. */
const PRAGMAS =
  'pragma busy_timeout = 5000; pragma synchronous = full; pragma foreign_keys = on; pragma temp_store = memory;';

/**
 * Pages of the log before a commit carries them over into the file. More than the default of 1,000: most are pages that change again and again,
 * and are then carried over once.
 */
const LONGEST_LOG = 4000;
/** KiB of pages kept. A writer that runs out of them writes unfinished work to the disk; a reader finds more in the system's own cache. */
const WRITER = `${PRAGMAS} pragma cache_size = -16000; pragma journal_mode = wal; pragma wal_autocheckpoint = ${LONGEST_LOG};`;
const READER = `${PRAGMAS} pragma cache_size = -8000; pragma query_only = on;`;

export async function openSqlite(options: SqliteOptions): Promise<Database> {
  mkdirSync(dirname(options.file), { recursive: true });
  const unlock = options.exclusive ? lockDatabaseFile(options.file) : () => undefined;
  try {
    return await openFile(options, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function openFile(options: SqliteOptions, unlock: () => void): Promise<Database> {
  const writer = await openHandle(options.file, WRITER);
  const size = options.poolSize ?? Math.min(8, Math.max(2, cpus().length));
  const handles = await Promise.all(Array.from({ length: size }, () => openHandle(options.file, READER)));
  const readers = createReaderPool(handles);
  const scope = createTransactionScope('sqlite', options.log);
  const topics = createTopics(options.log);
  const queue = createWriteQueue(writer);
  let gate: ModelGate | undefined;
  return {
    dialect: 'sqlite',
    async read<Row>(fragment: SqlFragment, patience?: number) {
      scope.assertOutside('A read outside the transaction was started');
      const { text, values } = render(fragment, 'sqlite');
      return readers.use((handle) => withPatience(patience, () => handle.all<Row>(text, values), handle.interrupt));
    },
    async transaction(work, { alone = false } = {}) {
      scope.assertOutside('A second transaction was started');
      const run = () => scope.run(writer, work);
      // One process writes the file, so the model of this process is the model of now.
      return queue.add(() => (alone || !gate ? run() : gate.enter(run)), alone);
    },
    guard: (next) => void (gate = next),
    snapshot: (work) => readSnapshot(options.file, scope, work),
    async publish(tx, topic, payload) {
      tx.afterCommit(() => topics.deliver(topic, payload));
    },
    subscribe: topics.subscribe,
    async close() {
      await queue.idle();
      await readers.idle();
      await Promise.all(handles.map((handle) => handle.close()));
      await writer.close();
      unlock();
    },
  };
}

async function openHandle(file: string, pragmas: string): Promise<SqliteHandle> {
  const opened = await new Promise<sqlite3.Database>((resolve, reject) => {
    const made = new sqlite3.Database(file, (error) => (error ? reject(translateError(error)) : resolve(made)));
  });
  const handle = createSqliteHandle(opened);
  try {
    await handle.exec(pragmas);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A connection of its own: the log keeps what it sees while the writer goes on. */
async function readSnapshot<T>(
  file: string,
  scope: TransactionScope,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  scope.assertOutside('A snapshot was started');
  // The moment is that of the first read, not of "begin".
  const handle = await openHandle(file, `${READER} begin; select count(*) from sqlite_master;`);
  try {
    return (await scope.run(handle, work)).result;
  } finally {
    await handle.close();
  }
}

interface ReaderPool {
  use<T>(work: (handle: SqliteHandle) => Promise<T>): Promise<T>;
  idle(): Promise<void>;
}

/** Milliseconds a read waits for a free handle before it is refused. */
const LONGEST_WAIT = 10_000;

/** One read per handle at a time; the others wait in the order they came. */
function createReaderPool(handles: readonly SqliteHandle[]): ReaderPool {
  const free = [...handles];
  const waiting: ((handle: SqliteHandle) => void)[] = [];
  const give = (handle: SqliteHandle) => {
    const next = waiting.shift();
    if (next) next(handle);
    else free.push(handle);
  };
  return {
    async use(work) {
      const handle = free.pop() ?? (await waitForHandle(waiting));
      try {
        return await work(handle);
      } finally {
        give(handle);
      }
    },
    async idle() {
      while (free.length < handles.length) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

function waitForHandle(waiting: ((handle: SqliteHandle) => void)[]): Promise<SqliteHandle> {
  return new Promise((resolve, reject) => {
    const take = (handle: SqliteHandle) => {
      clearTimeout(timer);
      resolve(handle);
    };
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(take), 1);
      reject(new CasementError('UNAVAILABLE', 'Too many reads are waiting. Try again in a moment.'));
    }, LONGEST_WAIT);
    waiting.push(take);
  });
}
