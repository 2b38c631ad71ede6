import type { Database as SqliteFile, Statement } from 'sqlite3';
import { translateError } from './translate-error.ts';

const MOST_STATEMENTS = 300;

/** The prepared statements of one connection, by their text. */
export interface SqliteStatements {
  /** Prepares the statement where that has not been done; one that is there already is asked at once. */
  use<R>(text: string, ask: (statement: Statement) => Promise<R>): Promise<R>;
  close(): Promise<void>;
}

interface Kept {
  readonly preparing: Promise<Statement>;
  /** Once it is prepared. */
  ready?: Statement;
}

export function createStatements(file: SqliteFile): SqliteStatements {
  const statements = new Map<string, Kept>();
  const keep = (text: string): Kept => {
    const kept: Kept = { preparing: prepare(file, text) };
    kept.preparing.then(
      (statement) => (kept.ready = statement),
      () => statements.delete(text),
    );
    return kept;
  };
  return {
    use(text, ask) {
      const kept = statements.get(text) ?? keep(text);
      statements.delete(text);
      statements.set(text, kept);
      dropOldest(statements);
      return kept.ready ? ask(kept.ready) : kept.preparing.then(ask);
    },
    async close() {
      const all = [...statements.values()];
      statements.clear();
      await Promise.all(all.map(({ preparing }) => finalize(preparing)));
    },
  };
}

function prepare(file: SqliteFile, text: string): Promise<Statement> {
  return new Promise((resolve, reject) => {
    const statement: Statement = file.prepare(text, (error: Error | null) =>
      error ? reject(asError(error)) : resolve(statement),
    );
  });
}

function dropOldest(statements: Map<string, Kept>): void {
  if (statements.size <= MOST_STATEMENTS) return;
  const [text, oldest] = statements.entries().next().value ?? [];
  if (text === undefined || !oldest) return;
  statements.delete(text);
  void finalize(oldest.preparing);
}

/** The driver runs this after whatever the statement is still doing. */
async function finalize(statement: Promise<Statement>): Promise<void> {
  const prepared = await statement.catch(() => undefined);
  if (prepared) await new Promise<void>((resolve) => prepared.finalize(() => resolve()));
}

export function asError(error: Error): Error {
  return translateError(error) as Error;
}
