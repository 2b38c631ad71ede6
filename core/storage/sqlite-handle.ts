import type { Database as SqliteFile } from 'sqlite3';
import { CasementError } from '../errors.ts';
import { createDeferredWork } from './deferred-work.ts';
import { asError, createStatements } from './sqlite-statements.ts';
import type { Connection } from './transaction-scope.ts';
import { OVERTAKEN } from './translate-error.ts';

/** One connection to the file, with its prepared statements. */
export interface SqliteHandle extends Connection {
  exec(text: string): Promise<void>;
  /** How many statements have been run that may have changed something. */
  changes(): number;
  /** Breaks off the statement that is running. */
  interrupt(): Promise<void>;
  close(): Promise<void>;
}

/** Wraps the driver's handle. This file, `sqlite-statements.ts` and `open-sqlite.ts` are the seam behind which another SQLite driver would go. */
export function createSqliteHandle(file: SqliteFile): SqliteHandle {
  const statements = createStatements(file);
  let changes = 0;
  const deferred = createDeferredWork();
  const run = (text: string, values: readonly unknown[]) => {
    changes += 1;
    return statements.use(
      text,
      (statement) =>
        new Promise<number>((resolve, reject) => {
          statement.run(values.map(encode), function done(error) {
            if (error) reject(asError(error));
            else resolve(this.changes);
          });
        }),
    );
  };
  /** Behind what was asked for before. What went wrong there is forgotten with what takes it back. */
  const inTurn = (text: string) => deferred.settle(text.startsWith('rollback'));
  return {
    async define(work) {
      if (deferred.isOpen()) await inTurn('');
      changes += 1;
      await work(file);
    },
    all<Row>(text: string, values: readonly unknown[]) {
      const ask = () =>
        statements.use(
          text,
          (statement) =>
            new Promise<Row[]>((resolve, reject) => {
              statement.all<Row>(values.map(encode), (error, rows) => (error ? reject(asError(error)) : resolve(rows)));
            }),
        );
      if (!/^\s*select\b/i.test(text)) changes += 1;
      return deferred.isOpen() ? inTurn(text).then(ask) : ask();
    },
    async run(text, values) {
      if (deferred.isOpen()) await inTurn(text);
      return run(text, values);
    },
    later(text, values, onlyOne = false) {
      deferred.add(async () => {
        const changed = await run(text, values);
        if (onlyOne && changed !== 1) throw new CasementError('CONFLICT', OVERTAKEN);
      });
    },
    settle: () => deferred.settle(),
    changes: () => changes,
    async exec(text) {
      if (deferred.isOpen()) await inTurn(text);
      return new Promise((resolve, reject) => file.exec(text, (error) => (error ? reject(asError(error)) : resolve())));
    },
    interrupt: async () => file.interrupt(),
    async close() {
      await statements.close();
      await new Promise<void>((resolve, reject) => file.close((error) => (error ? reject(asError(error)) : resolve())));
    },
  };
}

/** The driver binds a bigint as null; as text the column's affinity makes it an exact 64-bit integer. Lists travel as JSON. */
function encode(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(jsonItem).join()}]`;
  return value ?? null;
}

function jsonItem(item: unknown): string {
  return typeof item === 'bigint' ? String(item) : JSON.stringify(item ?? null);
}
