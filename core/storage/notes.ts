import type { SqlFragment, Transaction } from '../context.ts';
import type { Dialect } from './sql.ts';
import { sql } from './sql.ts';

/** What can be asked: a database, a transaction. */
export type Ask = <Row>(fragment: SqlFragment) => Promise<Row[]>;

/** Whether this is a database of ours: it has the table of notes that each has. */
export async function hasNotes(ask: Ask, dialect: Dialect): Promise<boolean> {
  const [row] = await ask<{ name: string | null }>(
    dialect === 'sqlite'
      ? sql`select name from sqlite_master where name = '_meta'`
      : sql`select to_regclass('"_meta"')::text as name`,
  );
  return row !== undefined && row.name !== null;
}

/** What a database notes about itself, in `_meta`. */
export async function readNote(ask: Ask, key: string): Promise<string | undefined> {
  const [row] = await ask<{ value: string }>(sql`select "value" from "_meta" where "key" = ${key}`);
  return row?.value;
}

export async function writeNote(tx: Transaction, key: string, value: string): Promise<void> {
  await tx.run(sql`insert into "_meta" ("key", "value") values (${key}, ${value})
    on conflict ("key") do update set "value" = excluded."value"`);
}

export async function removeNote(tx: Transaction, key: string): Promise<void> {
  await tx.run(sql`delete from "_meta" where "key" = ${key}`);
}
