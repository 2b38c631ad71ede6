import { CasementError } from '../errors.ts';
import type { SqlFragment } from '../context.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';

/** Which record changed; never a value. A change that moved the figures of parents counts for each of them. */
export interface LiveChange {
  readonly seq: number;
  readonly entity: string;
  readonly record: string;
  readonly kind: string;
}

export interface Followed {
  /** In the order of the ledger. */
  readonly changes: readonly LiveChange[];
  /** Where to go on: everything committed until now is before it. */
  readonly mark: string;
  /** False: so much happened since, or the mark is so foreign, that whoever follows must read everything anew. */
  readonly isWhole: boolean;
}

const MOST = 500;
/** The newest rows, among which all that a snapshot has not seen must lie. */
const WINDOW = 2000;
/** The oldest rows of a full window: one unseen among them means that more may lie before it. */
const MARGIN = 100;

/**
 * What was committed since a mark, exactly once each; without a mark nothing but where to begin. On SQLite, where one writer commits in
 * order, a mark is a number of the ledger. On PostgreSQL it is a snapshot: a number alone loses the rows of slower transactions, and
 * waiting for those would hold up everybody's news. A bare number is taken there as well, with that weakness.
 */
export async function followLedger(db: Database, since?: string): Promise<Followed> {
  const rows = await readSince(db, since).catch((error: unknown) => {
    // What looks like a snapshot and is none.
    if (error instanceof CasementError && error.status < 500) return undefined;
    throw error;
  });
  if (!rows) return { ...(await followLedger(db)), isWhole: false };
  const mark = String(rows[0]?.mark ?? '');
  const found = rows.filter((row) => row.seq !== null);
  const isWhole = found.length <= MOST && rows[0]?.known !== 0 && !found.some(({ edge }) => edge === 1);
  return { changes: found.flatMap(changesOf), mark, isWhole };
}

/** One row for each change, or a single one without a change; undefined for a mark that is none. */
async function readSince(db: Database, since: string | undefined): Promise<readonly Row[] | undefined> {
  if (since === undefined) return db.read<Row>(sql`select ${MARK} as "mark", 1 as "known", null as "seq"`);
  if (/^\d{1,15}$/.test(since)) return db.read<Row>(after(Number(since)));
  if (db.dialect === 'postgres' && /^\d{1,19}:\d{1,19}:[\d,]{0,2000}$/.test(since))
    return db.read<Row>(unseenBy(since));
  return undefined;
}

interface Row {
  readonly mark: string | number;
  /** 0: the mark lies ahead of everything this database has done, so it is of another one. */
  readonly known: number;
  readonly seq: string | number | null;
  readonly entity: string;
  readonly record: string;
  readonly kind: string;
  /** The change with the figures of parents that it moved, as JSON. */
  readonly data: string | null;
  /** 1: at the far end of what was looked at. */
  readonly edge: number;
}

const LAST = sql`(select coalesce(max("seq"), 0) from "_changes")`;
const MARK = sql.byDialect({ sqlite: () => LAST, postgres: () => sql`pg_current_snapshot()::text` });
/** Canonical JSON sorts its members, so a change with derived figures begins with them. */
const TOLD = sql`c."seq", c."entity", c."record", c."kind", case when c."data" like '{"derived"%' then c."data" end as "data"`;

function after(seq: number): SqlFragment {
  return sql`select m."mark", m."known", t.*, 0 as "edge"
    from (select ${MARK} as "mark", case when ${LAST} >= ${seq} then 1 else 0 end as "known") m
    left join (select ${TOLD} from "_changes" c where c."seq" > ${seq} order by c."seq" limit ${MOST + 1}) t on 1 = 1
    order by t."seq"`;
}

function unseenBy(snapshot: string): SqlFragment {
  return sql`select m."mark", m."known", t.*
    from (select ${MARK} as "mark", case when pg_snapshot_xmax(${snapshot}::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot()) then 1 else 0 end as "known") m
    left join (
      select ${TOLD}, case when w."size" = ${WINDOW} and w."place" <= ${MARGIN} then 1 else 0 end as "edge"
      from (
        select "seq", "xid", row_number() over (order by "seq") as "place", count(*) over () as "size"
        from (select "seq", "xid" from "_changes" order by "seq" desc limit ${WINDOW}) newest
      ) w
      join "_changes" c on c."seq" = w."seq"
      where w."xid" >= pg_snapshot_xmin(${snapshot}::pg_snapshot) and not pg_visible_in_snapshot(w."xid", ${snapshot}::pg_snapshot)
      order by c."seq" limit ${MOST + 1}
    ) t on true
    order by t."seq"`;
}

function changesOf(row: Row): readonly LiveChange[] {
  const { entity, record, kind } = row;
  const seq = Number(row.seq);
  const { derived = [] } = row.data === null ? {} : (JSON.parse(row.data) as { derived?: readonly LiveChange[] });
  return [
    { seq, entity, record, kind },
    ...derived.map((above) => ({ seq, entity: above.entity, record: above.record, kind: 'updated' })),
  ];
}
