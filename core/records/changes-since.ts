import type { SqlFragment } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';
import { changeOf } from './ledger-row.ts';
import type { DerivedChange, LedgerRow } from './ledger-row.ts';
import type { Change } from './types.ts';

export interface FollowQuery {
  /** `next` of the call before, or `ledgerPosition()`; absent = from the first change. */
  readonly after?: string;
  /** At most so many; default and most 1,000. */
  readonly limit?: number;
}

/** A change with the parents whose figures moved with it. */
export interface FollowedChange extends Change {
  readonly derived: readonly DerivedChange[];
}

export interface FollowedChanges {
  /** In an order that is the same for every follower, each once. */
  readonly changes: readonly FollowedChange[];
  /** Where to go on; to be kept beside what was made of `changes`. */
  readonly next: string;
  /** There are more: ask again at once. */
  readonly more: boolean;
}

const MOST = 1000;

type Row = LedgerRow & { readonly place: string | number };

/**
 * For followers that keep their place and must miss nothing, such as branches; live screens use `follow.ts`. The changes after a position, whole and with nobody's rights: whoever shows them asks again with the rights of the one who looks. A
 * sequence alone loses the rows of transactions that took their number early and commit late; so followers on PostgreSQL read only below
 * the oldest transaction still running, in the order (transaction, seq). BAD_REQUEST for a position that is not of this ledger, such as
 * one from before a restore: the follower starts anew.
 */
export async function changesSince(db: Database, { after, limit = MOST }: FollowQuery): Promise<FollowedChanges> {
  const from = after === undefined ? START : parsePosition(after);
  const most = Math.min(Math.max(Math.trunc(limit), 1), MOST);
  const horizon = await currentHorizon(db);
  if (isBehind(horizon, from)) throw unknownPosition();
  const rows = await db.read<Row>(settled(from, { horizon, limit: most + 1 }));
  const page = rows.slice(0, most);
  const last = page.at(-1);
  const more = rows.length > most;
  const end = last ? { xid: BigInt(last.place), seq: BigInt(last.seq) } : from;
  return {
    changes: page.map(changeOf),
    next: printPosition(more || db.dialect === 'sqlite' ? end : later(end, horizon)),
    more,
  };
}

/** The position after everything that no slower transaction can still come before. */
export async function ledgerPosition(db: Database): Promise<string> {
  return printPosition(await currentHorizon(db));
}

/** The place in the order of (transaction, seq); on SQLite the transaction is always 0. */
interface Position {
  readonly xid: bigint;
  readonly seq: bigint;
}

const START: Position = { xid: 0n, seq: 0n };

/** On PostgreSQL the first place of the oldest transaction still running: all before it is settled. */
async function currentHorizon(db: Database): Promise<Position> {
  if (db.dialect === 'sqlite') {
    const [row] = await db.read<{ seq: string | number | null }>(sql`select max("seq") as "seq" from "_changes"`);
    return { xid: 0n, seq: BigInt(row?.seq ?? 0) };
  }
  const [row] = await db.read<{ xmin: string }>(sql`select pg_snapshot_xmin(pg_current_snapshot())::text as "xmin"`);
  return { xid: BigInt(row!.xmin), seq: 0n };
}

function settled(from: Position, of: { readonly horizon: Position; readonly limit: number }): SqlFragment {
  const limit = sql.raw(String(of.limit));
  const xid = (position: Position) => String(position.xid);
  return sql.byDialect({
    sqlite: () =>
      sql`select c.*, 0 as "place" from "_changes" c where c."seq" > ${from.seq} order by c."seq" limit ${limit}`,
    postgres: () => sql`select c.*, c."xid"::text as "place" from "_changes" c
      where (c."xid", c."seq") > (${xid(from)}::xid8, ${from.seq}::bigint) and c."xid" < ${xid(of.horizon)}::xid8
      order by c."xid", c."seq" limit ${limit}`,
  });
}

function isBehind(one: Position, other: Position): boolean {
  return one.xid === other.xid ? one.seq < other.seq : one.xid < other.xid;
}

function later(one: Position, other: Position): Position {
  return isBehind(one, other) ? other : one;
}

function printPosition({ xid, seq }: Position): string {
  return `${xid}.${seq}`;
}

function parsePosition(text: string): Position {
  const [, xid, seq] = /^(\d{1,18})\.(\d{1,18})$/.exec(text) ?? [];
  if (xid === undefined || seq === undefined) throw unknownPosition();
  return { xid: BigInt(xid), seq: BigInt(seq) };
}

function unknownPosition(): CasementError {
  return new CasementError('BAD_REQUEST', 'This is no position of this ledger. Start anew.');
}
