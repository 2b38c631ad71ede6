import type { Clock, Log } from '../context.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';

/** How a channel does: `untried` until it has been used. Kept in the database, so that every process tells the same. */
export interface ChannelState {
  readonly state: 'untried' | 'working' | 'failing';
  /** Milliseconds: since when it is so. */
  readonly since: number | null;
  /** Of `failing`: the last reason, for people. */
  readonly detail: string | null;
}

export interface ChannelStates {
  /** Notes an outcome. Written only when something changes, and never in the way: a database that is away is no reason to fail. */
  note(channel: string, failure: string | null): Promise<void>;
  read(): Promise<ReadonlyMap<string, ChannelState>>;
}

const LONGEST = 500;

export function createChannelStates({ db, clock, log }: { db: Database; clock: Clock; log: Log }): ChannelStates {
  const known = new Map<string, string | null>();
  return {
    async note(channel, failure) {
      const detail = failure === null ? null : failure.slice(0, LONGEST);
      if (known.get(channel) === detail) return;
      try {
        await db.transaction((tx) => tx.run(upsert({ channel, detail, now: clock.now() })));
        known.set(channel, detail);
        if (detail !== null) log.warn({ channel, detail }, 'A channel fails; it is tried again');
      } catch (error) {
        log.warn({ channel, err: error }, 'The state of a channel could not be noted');
      }
    },
    async read() {
      const rows = await db.read<{ name: string; state: string; since: string | number; detail: string | null }>(
        sql`SELECT "name", "state", "since", "detail" FROM "_channels"`,
      );
      return new Map(
        rows.map(({ name, state, since, detail }): [string, ChannelState] => {
          return [name, { state: state === 'failing' ? 'failing' : 'working', since: Number(since), detail }];
        }),
      );
    },
  };
}

/** `since` moves only when working turns into failing or back. */
function upsert({ channel, detail, now }: { channel: string; detail: string | null; now: number }) {
  const state = detail === null ? 'working' : 'failing';
  return sql`INSERT INTO "_channels" ("name", "state", "since", "detail") VALUES (${channel}, ${state}, ${now}, ${detail})
    ON CONFLICT ("name") DO UPDATE SET "detail" = excluded."detail", "state" = excluded."state",
      "since" = CASE WHEN "_channels"."state" = excluded."state" THEN "_channels"."since" ELSE excluded."since" END`;
}
