import type { SqlFragment, Transaction } from '../../context.ts';
import { sql } from '../sql.ts';
import type { Rename } from './step.ts';

/** A rename, and the last change of the ledger before it: what was written up to there bears the old name. */
export type NotedRename = Rename & { readonly seq: number };

const NOTE = 'renames';

/** Oldest first. */
export async function readRenames(
  ask: <Row>(fragment: SqlFragment) => Promise<Row[]>,
): Promise<readonly NotedRename[]> {
  const [row] = await ask<{ value: string }>(sql`select "value" from "_meta" where "key" = ${NOTE}`);
  return row ? (JSON.parse(row.value) as readonly NotedRename[]) : [];
}

export async function noteRenames(tx: Transaction, renames: readonly Rename[]): Promise<void> {
  if (renames.length === 0) return;
  const [last] = await tx.all<{ seq: number | string | null }>(sql`select max("seq") as "seq" from "_changes"`);
  const seq = Number(last?.seq ?? 0);
  const known = await readRenames((fragment) => tx.all(fragment));
  const all = [...known, ...renames.map((rename) => ({ ...rename, seq }))];
  await tx.run(sql`insert into "_meta" ("key", "value") values (${NOTE}, ${JSON.stringify(all)})
    on conflict ("key") do update set "value" = excluded."value"`);
}
