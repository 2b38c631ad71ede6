import type { Client } from 'pg';
import { CasementError } from '../errors.ts';
import { Batch } from './postgres-batch.ts';
import type { Ask, Prepared } from './postgres-batch.ts';
import type { Connection } from './transaction-scope.ts';
import { translateError } from './translate-error.ts';

/** Names given to statements on one connection before all of them are forgotten. */
const MOST_STATEMENTS = 400;
/** "Current transaction is aborted": the consequence of an earlier failure. */
const ABORTED = '25P02';
/** "Division by zero", which nothing else here divides by: `only` and the check of the epoch. */
export const REFUTED = '22012';

/**
 * A connection to PostgreSQL whose statements travel together: what is asked for before the answer to the last is there goes out as one message
 * and is answered by one. Every statement is prepared once, under a name.
 */
export interface PostgresConnection extends Connection {
  /** Begins with the first statement that is asked for, in one message with it. */
  begin(how: Beginning): void;
  /** Sends all that waits, and `commit`. Throws what made the server take back instead. */
  commit(): Promise<void>;
  /** Whether the model this transaction began under is no longer the one of now. */
  isBehind(): Promise<boolean>;
  /** Forgets what was not sent yet and takes back what was. */
  rollback(): Promise<void>;
  /** Forgets all prepared statements once they have become too many. Only between transactions. */
  trim(): Promise<void>;
}

export interface Beginning {
  /** No other transaction runs beside this one. */
  readonly alone: boolean;
  /** That of the model the work is done under; the transaction does not get beyond its beginning when it is another by now. */
  readonly epoch?: number;
}

/** Key of the lock that every transaction shares and a change of the model takes alone. */
const MODEL_LOCK = '4274, 2';
/**
 * The lock is a statement of its own: what waited for it then sees what was committed meanwhile. An epoch that is not the one given divides by
 * zero, so that nothing behind it is run.
 */
const SHARE = `select pg_advisory_xact_lock_shared(${MODEL_LOCK})`;
const ALONE = `select pg_advisory_xact_lock(${MODEL_LOCK})`;
const SAME_EPOCH = `select 1 / (case when "value" = $1 then 1 else 0 end) from "_meta" where "key" = 'epoch'`;

export function createPostgresConnection(client: Client): PostgresConnection {
  const statements = createStatements(client);
  const sender = createSender(client, statements);
  let beginning: Promise<boolean> | undefined;

  const asked = (text: string, values: readonly unknown[]) => {
    const answer = sender.ask(text, values);
    sender.soon();
    return answer;
  };
  return {
    async define(work) {
      // Sends what waits, "begin" among it.
      await asked('select 1', []);
      await work(client);
    },
    async all<Row>(text: string, values: readonly unknown[]) {
      return (await asked(text, values)).rows as readonly Row[] as Row[];
    },
    async run(text, values) {
      if (text.startsWith('rollback to')) sender.takeBack();
      return countOf((await asked(text, values)).tag);
    },
    later(text, values, only = false) {
      sender.ask(only ? onlyOne(text) : text, values).catch(sender.note);
    },
    settle: () => Promise.resolve(),
    begin({ alone, epoch }) {
      sender.takeBack();
      const asks = [sender.ask('begin', [])];
      if (alone) asks.push(sender.ask(ALONE, []));
      if (epoch !== undefined) asks.push(sender.ask(SHARE, []), sender.ask(SAME_EPOCH, [String(epoch)]));
      beginning = Promise.all(asks).then(
        () => false,
        (error: unknown) => isCode(error, REFUTED),
      );
    },
    async commit() {
      const { tag } = await asked('commit', []).catch((error: unknown) => {
        throw isCode(error, ABORTED) ? swallowed() : error;
      });
      if (tag !== 'COMMIT') throw sender.failure() ?? swallowed();
    },
    async isBehind() {
      sender.soon();
      return (await beginning) ?? false;
    },
    async rollback() {
      sender.takeBack();
      await client.query('rollback');
    },
    trim: statements.trim,
  };
}

/** What is to be sent, and when: after everything that is asked for in one turn, and never beside what is under way. */
function createSender(client: Client, statements: ReturnType<typeof createStatements>) {
  let waiting: Ask[] = [];
  let isUnderWay = false;
  let isDue = false;
  /** What went wrong in this transaction without anybody having been told. */
  let failure: unknown;

  const flush = () => {
    isDue = false;
    if (waiting.length === 0 || isUnderWay) return;
    const asks = waiting;
    waiting = [];
    isUnderWay = true;
    const ended = () => {
      isUnderWay = false;
      if (isDue) flush();
    };
    client.query(new Batch(asks, ended));
  };
  return {
    ask: (text: string, values: readonly unknown[]) =>
      new Promise<Answer>((resolve, reject) => {
        waiting.push({
          prepared: statements.find(text),
          values: values.map(encode),
          answered: (rows, tag) => resolve({ rows, tag }),
          failed: (error) => {
            statements.forgetPlan(text, error);
            reject(isCode(error, ABORTED) && failure !== undefined ? failure : translateError(error));
          },
        });
      }),
    soon() {
      if (isDue) return;
      isDue = true;
      if (!isUnderWay) process.nextTick(flush);
    },
    /** What was not sent yet is not sent any more: it would be taken back at once, and might fail before that. */
    takeBack() {
      for (const one of waiting.splice(0)) one.failed(new NotSentError());
      failure = undefined;
    },
    note(error: unknown) {
      if (!(error instanceof NotSentError)) failure ??= error;
    },
    failure: () => failure,
  };
}

class NotSentError extends Error {
  constructor() {
    super('The transaction was taken back before this statement was sent.');
    this.name = 'NotSentError';
  }
}

interface Answer {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly tag: string;
}

/** The statements of one connection, by their text. */
function createStatements(client: Client) {
  const known = new Map<string, Prepared>();
  let names = 0;
  const find = (text: string): Prepared => {
    const found = known.get(text);
    if (found) return found;
    names += 1;
    const made: Prepared = { name: `s${names}`, text, isParsed: false };
    known.set(text, made);
    return made;
  };
  return {
    find,
    forgetPlan(text: string, error: Error) {
      // The tables have changed under the plan ("cached plan must not change result type"), or nobody knows whether it was made.
      if (isCode(error, '0A000') || known.get(text)?.isParsed === false) known.delete(text);
    },
    async trim() {
      if (names <= MOST_STATEMENTS) return;
      await client.query('deallocate all');
      known.clear();
      names = 0;
    },
  };
}

/** The statement, which fails unless it changes exactly one row: nobody looks at its answer before the commit. */
function onlyOne(text: string): string {
  return `with "changed" as (${text} returning 1) select 1 / count(*) from "changed"`;
}

function swallowed(): Error {
  return new Error('A statement of this transaction had failed and its error was not passed on, so nothing was kept.');
}

/** Of the error, or of what it was translated from. */
export function isCode(error: unknown, code: string): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && error.code === code) return true;
  return error instanceof CasementError && isCode(error.cause, code);
}

/** `UPDATE 3`, `INSERT 0 3`. */
function countOf(tag: string): number {
  return Number(/\d+$/.exec(tag)?.[0] ?? 0);
}

/** A value as the server reads it; lists as its arrays. */
function encode(value: unknown): string | Buffer | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `{${value.map(item).join()}}`;
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

function item(value: unknown): string {
  const text = encode(value);
  if (text === null) return 'NULL';
  return `"${String(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
