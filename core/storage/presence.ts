import type pg from 'pg';
import type { Log } from '../context.ts';
import { CasementError } from '../errors.ts';
import { configOf } from './postgres-config.ts';
import { translateError } from './translate-error.ts';

/**
 * Who is at a PostgreSQL database: servers together, or one command alone. SQLite needs none of it, since its file has one holder.
 * Held by a connection of its own, so that a process that dies is gone from it at once.
 */
export interface Presence {
  /** Nobody else is here, and nobody comes until `settled`. False: other servers are connected. */
  alone(): Promise<boolean>;
  /** The start is over: the next process may come in. */
  settled(): Promise<void>;
  leave(): Promise<void>;
}

export interface PresenceOptions {
  readonly url: string;
  /** `server`: beside others of its kind. `alone`: refused while any server is connected. */
  readonly as: 'server' | 'alone';
  readonly log: Log;
}

const STARTING = '4274, 11';
const PRESENT = '4274, 12';
/** Another server that starts first may have to rewrite records; a command says at once who is in its way. */
const PATIENCE = { server: '120s', alone: '5s' } as const;
const RETURN_AFTER = 2000;

/** UNAVAILABLE while an apply, a rollback or a restore is at work, and for `alone` while servers are connected. */
export async function enterDatabase({ url, as, log }: PresenceOptions): Promise<Presence> {
  if (!/^postgres(ql)?:\/\//.test(url)) return ALONE_ANYWAY;
  const seat = createSeat(url, log);
  try {
    await seat.take(PATIENCE[as]);
    await (as === 'alone' ? takeAlone(seat) : takeShared(seat));
  } catch (error) {
    await seat.leave();
    throw error;
  }
  if (as === 'server') seat.stay(() => isTrue(seat, `pg_try_advisory_lock_shared(${PRESENT})`));
  let isAlone = false;
  return {
    alone: async () => (isAlone ||= await isTrue(seat, `pg_try_advisory_lock(${PRESENT})`)),
    async settled() {
      if (as === 'alone') return;
      if (isAlone) await seat.ask(`pg_advisory_unlock(${PRESENT})`);
      isAlone = false;
      await seat.ask(`pg_advisory_unlock(${STARTING})`);
    },
    leave: seat.leave,
  };
}

const ALONE_ANYWAY: Presence = {
  alone: async () => true,
  settled: async () => undefined,
  leave: async () => undefined,
};

async function takeShared(seat: Seat): Promise<void> {
  if (await isTrue(seat, `pg_try_advisory_lock_shared(${PRESENT})`)) return;
  throw new CasementError(
    'UNAVAILABLE',
    'The database is being changed by "casement apply", "rollback" or "restore". Start again when that has ended.',
  );
}

async function takeAlone(seat: Seat): Promise<void> {
  if (await isTrue(seat, `pg_try_advisory_lock(${PRESENT})`)) return;
  const others = await seat.ask(
    `(select count(distinct pid) from pg_locks where locktype = 'advisory' and classid = 4274 and objid = 12
      and database = (select oid from pg_database where datname = current_database()))`,
  );
  throw new CasementError(
    'UNAVAILABLE',
    `This needs the database alone, and ${others === '1' ? 'a server is' : `${others} servers are`} connected to it. Stop them first.`,
  );
}

async function isTrue(seat: Seat, expression: string): Promise<boolean> {
  return (await seat.ask(expression)) === 'true';
}

interface Seat {
  /** Waits for whoever is starting. */
  take(patience: string): Promise<void>;
  /** The value of an expression of this file, as text. */
  ask(expression: string): Promise<string>;
  /** From now on a lost connection is made again, and `again` takes the seat. */
  stay(again: () => Promise<boolean>): void;
  leave(): Promise<void>;
}

function createSeat(url: string, log: Log): Seat {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isLeaving = false;
  let again: (() => Promise<boolean>) | undefined;

  const connect = async () => {
    const { Client } = (await import('pg')).default;
    const next = new Client({ ...configOf(url), keepAlive: true });
    next.on('error', () => undefined);
    next.on('end', () => lost(next));
    await next.connect();
    client = next;
  };
  const lost = (which: pg.Client) => {
    if (which !== client || isLeaving || !again) return;
    client = undefined;
    timer = setTimeout(() => void comeBack(), RETURN_AFTER).unref();
  };
  const comeBack = async () => {
    try {
      await connect();
      if (await again?.()) return;
      log.error({}, 'The database is being changed by a command while this server is connected: stop this server');
    } catch (error) {
      log.warn({ err: error }, 'the connection that shows this server at the database cannot be made again yet');
    }
    await client?.end().catch(() => undefined);
    if (!isLeaving) timer = setTimeout(() => void comeBack(), RETURN_AFTER).unref();
  };
  const ask = async (expression: string) => {
    if (!client)
      throw new CasementError('UNAVAILABLE', 'The connection to the database was lost. Try again in a moment.');
    const { rows } = await client.query<{ answer: unknown }>(`select ${expression} as "answer"`);
    return String(rows[0]?.answer);
  };
  return {
    ask,
    async take(patience) {
      try {
        await connect();
        await client?.query(`set lock_timeout = '${patience}'`);
        await ask(`pg_advisory_lock(${STARTING})`);
      } catch (error) {
        throw isTimeout(error) ? busy(error) : translateError(error);
      }
    },
    stay(whenBack) {
      again = whenBack;
    },
    async leave() {
      isLeaving = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03';
}

function busy(cause: unknown): CasementError {
  return new CasementError(
    'UNAVAILABLE',
    'Another process is starting on this database, or a command is changing it. Try again when that has ended.',
    { cause },
  );
}
