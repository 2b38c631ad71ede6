import type { SqlFragment, Transaction } from '../context.ts';
import { id, join, raw, sql } from './sql.ts';

export interface TextRows {
  readonly table: string;
  /** Texts that all rows have in common, by column. */
  readonly same: Readonly<Record<string, string>>;
  /** Columns of texts that differ, in the order of the rows' cells. */
  readonly columns: readonly string[];
  /** Rows with this key that are there already take on the new values; no two rows given may have the same. */
  readonly replaces?: readonly string[];
}

/** A statement's worth: each is sent as one value, or one for each column. */
const MOST_ROWS = 10_000;

/**
 * Rows of texts, such as those that say by what records are found. However many, they are one statement of one shape: each statement makes
 * SQLite's trigram index write down what it has gathered.
 */
export async function insertTexts(
  tx: Transaction,
  into: TextRows,
  rows: readonly (readonly string[])[],
): Promise<void> {
  const { table, same, columns } = into;
  const all = [...Object.keys(same), ...columns];
  for (let from = 0; from < rows.length; from += MOST_ROWS) {
    const cells = cellsOf(into, rows.slice(from, from + MOST_ROWS));
    await tx.run(sql`insert into ${id(table)} (${join(all.map(id))}) ${cells}${conflict(into, all)}`);
  }
}

function cellsOf({ same, columns }: TextRows, rows: readonly (readonly string[])[]): SqlFragment {
  const common = Object.values(same);
  const lists = columns.map((_column, at) => sql`${rows.map((row) => row[at])}::text[]`);
  // Without "where" SQLite takes "on conflict" for a part of the join.
  return sql.byDialect({
    sqlite: () =>
      sql`select ${join([...common, ...columns.map((_column, at) => raw(`value ->> ${at}`))])} from json_each(${rows}) where true`,
    postgres: () =>
      sql`select ${join([...common.map((text) => sql`${text}::text`), raw('r.*')])} from unnest(${join(lists)}) r`,
  });
}

function conflict({ replaces = [] }: TextRows, all: readonly string[]): SqlFragment {
  if (replaces.length === 0) return sql``;
  const sets = all.filter((name) => !replaces.includes(name)).map((name) => sql`${id(name)} = excluded.${id(name)}`);
  return sql` on conflict (${join(replaces.map(id))}) do update set ${join(sets)}`;
}
