import type { Transaction } from '../context.ts';
import { id, join, raw, sql } from './sql.ts';

export interface TextRows {
  readonly table: string;
  /** Columns of texts; `entity` stands before them. */
  readonly columns: readonly string[];
  readonly entity: string;
}

/** A statement's worth: each is sent as one value, or one for each column. */
const MOST_ROWS = 10_000;

/**
 * Rows of texts that say what to find the records of one entity by. However many, they are one statement of one shape: each statement
 * makes SQLite's trigram index write down what it has gathered.
 */
export async function insertTexts(
  tx: Transaction,
  { table, columns, entity }: TextRows,
  rows: readonly (readonly string[])[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += MOST_ROWS) {
    const some = rows.slice(from, from + MOST_ROWS);
    const lists = columns.map((_column, at) => sql`${some.map((row) => row[at])}::text[]`);
    const values = columns.map((_column, at) => raw(`value ->> ${at}`));
    const cells = sql.byDialect({
      sqlite: () => sql`select ${entity}, ${join(values)} from json_each(${some})`,
      postgres: () => sql`select ${entity}::text, * from unnest(${join(lists)})`,
    });
    await tx.run(sql`insert into ${id(table)} (${join(['entity', ...columns].map(id))}) ${cells}`);
  }
}
