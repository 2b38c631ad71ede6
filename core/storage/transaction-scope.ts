import type { Log, SqlFragment, Transaction } from '../context.ts';
import { createAsyncScope } from '../definitions/async-scope.ts';
import { createSchemaRunner } from './schema-runner.ts';
import type { SchemaRunner } from './schema-runner.ts';
import { render } from './sql.ts';
import type { Dialect } from './sql.ts';
import { translateError } from './translate-error.ts';

/** What a connection can do; the two drivers look the same from here. */
export interface Connection {
  /** Work on the driver's own handle, in its turn. It changes the tables. */
  define(work: (driver: object) => Promise<void>): Promise<void>;
  all<Row>(text: string, values: readonly unknown[]): Promise<Row[]>;
  /** Rows changed. */
  run(text: string, values: readonly unknown[]): Promise<number>;
  /** Sent in its turn without anybody waiting; its error is thrown by what is asked for after it. */
  later(text: string, values: readonly unknown[], onlyOne?: boolean): void;
  /** Once everything asked for has ended; throws what `later` left behind. A connection whose commit does that needs nothing. */
  settle(): Promise<void>;
}

interface Scope {
  open: boolean;
}

/** A transaction on one connection, and the guard that it is used alone and only while it is open. */
export interface TransactionScope {
  /** Throws when called inside a transaction of the same async context. */
  assertOutside(what: string): void;
  /** Runs the work; the returned function runs what was asked for after the commit. */
  run<T>(connection: Connection, work: (tx: Transaction) => Promise<T>): Promise<{ result: T; committed: () => void }>;
}

export function createTransactionScope(dialect: Dialect, log: Log): TransactionScope {
  const current = createAsyncScope<Scope>();
  const schema = createSchemaRunner(dialect);
  return {
    assertOutside(what) {
      if (!current.current()?.open) return;
      throw new Error(`${what} inside an open transaction: use the transaction that is in the context (ctx.tx).`);
    },
    async run(connection, work) {
      const scope: Scope = { open: true };
      const tasks: (() => void)[] = [];
      const tx = openTransaction({ dialect, schema, connection, scope, tasks });
      try {
        const result = await current.run(scope, () => work(tx));
        await connection.settle();
        return { result, committed: () => current.outside(() => runTasks(tasks, log)) };
      } catch (error) {
        await connection.settle().catch(() => undefined);
        throw error;
      } finally {
        scope.open = false;
      }
    },
  };
}

interface Parts {
  readonly dialect: Dialect;
  readonly schema: SchemaRunner;
  readonly connection: Connection;
  readonly scope: Scope;
  readonly tasks: (() => void)[];
}

function openTransaction(parts: Parts): Transaction {
  const { dialect, schema, connection, scope, tasks } = parts;
  const rendered = (fragment: SqlFragment) => {
    if (!scope.open)
      throw new Error('This transaction is over: a statement came after its work had ended (a missing await?).');
    return render(fragment, dialect);
  };
  return {
    async all<Row>(fragment: SqlFragment) {
      const { text, values } = rendered(fragment);
      return connection.all<Row>(text, values);
    },
    async run(fragment) {
      const { text, values } = rendered(fragment);
      return connection.run(text, values);
    },
    later(fragment, only) {
      const { text, values } = rendered(fragment);
      connection.later(text, values, only !== undefined);
    },
    async define(fragment) {
      const { text } = rendered(fragment);
      await connection
        .define((driver) => schema.run(driver, text))
        .catch((error: unknown) => {
          throw translateError(error);
        });
    },
    afterCommit(task) {
      tasks.push(task);
    },
    async savepoint(work) {
      const own: (() => void)[] = [];
      const run = (text: string) => connection.run(text, []);
      await run('savepoint "part"');
      try {
        const result = await work(openTransaction({ ...parts, tasks: own }));
        await run('release savepoint "part"');
        tasks.push(...own);
        return result;
      } catch (error) {
        await run('rollback to savepoint "part"');
        await run('release savepoint "part"');
        throw error;
      }
    },
  };
}

/** The write has happened; a failure here is only logged. */
function runTasks(tasks: readonly (() => void)[], log: Log): void {
  for (const task of tasks) {
    try {
      task();
    } catch (error) {
      log.error({ err: error }, 'a task after the commit failed');
    }
  }
}
