import type { Clock, Log, Transaction } from '../context.ts';
import type { Database } from '../storage/database.ts';
import { deleteSession, extendSession, insertSession, readSession } from './store.ts';
import type { SessionRow } from './store.ts';
import { hashToken, newToken } from './tokens.ts';

const DAY = 86_400_000;
const LIFETIME = 14 * DAY;
/** The end slides forward at most this often, so that reading does not become writing. */
const SLIDE_STEP = 3_600_000;
const MAX_CACHED = 10_000;

/** Sessions: opaque tokens, SHA-256 at rest, 14 days after the last use. */
export interface Sessions {
  /** Opens one inside a transaction; the token is shown only here. */
  open(tx: Transaction, user: string): Promise<{ token: string; expiresAt: number }>;
  /** The user of a live session. */
  userOf(token: string): Promise<string | undefined>;
  /** A live session from memory alone; undefined when it must be looked for or its end is due to slide. */
  known(token: string): SessionRow | undefined;
  close(tx: Transaction, token: string): Promise<void>;
  /** Forgets what is in memory; the next request looks into the database. */
  drop(): void;
}

export interface SessionsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds a session is believed without looking into the database. */
  readonly maxAge: number;
}

export function createSessions(deps: SessionsDeps): Sessions {
  const { db, clock, log } = deps;
  let cache = new Map<string, SessionRow & { readAt: number }>();

  function believed(hash: string): SessionRow | undefined {
    const known = cache.get(hash);
    return known && clock.now() - known.readAt < deps.maxAge ? known : undefined;
  }

  async function find(hash: string): Promise<SessionRow | undefined> {
    const known = believed(hash);
    if (known) return known;
    const generation = cache;
    const row = await readSession(db, hash);
    // A revocation during the read has replaced the cache: what was read may be gone already.
    if (row && generation === cache) remember(hash, row);
    return row;
  }

  function remember(hash: string, row: SessionRow): void {
    if (cache.size >= MAX_CACHED) cache = new Map();
    cache.set(hash, { ...row, readAt: clock.now() });
  }

  function slide(hash: string, row: SessionRow): void {
    const next = { user: row.user, seenAt: clock.now(), expiresAt: clock.now() + LIFETIME };
    if (cache.has(hash)) remember(hash, next);
    db.transaction((tx) => extendSession(tx, hash, next)).catch((error: unknown) =>
      log.warn({ error: String(error) }, 'a session could not be extended'),
    );
  }

  return {
    async open(tx, user) {
      const token = newToken();
      const expiresAt = clock.now() + LIFETIME;
      await insertSession(tx, hashToken(token), { user, seenAt: clock.now(), expiresAt });
      return { token, expiresAt };
    },
    async userOf(token) {
      const hash = hashToken(token);
      const row = await find(hash);
      if (!row || row.expiresAt <= clock.now()) return undefined;
      if (clock.now() - row.seenAt >= SLIDE_STEP) slide(hash, row);
      return row.user;
    },
    known(token) {
      const row = believed(hashToken(token));
      const now = clock.now();
      return row && row.expiresAt > now && now - row.seenAt < SLIDE_STEP ? row : undefined;
    },
    close: (tx, token) => deleteSession(tx, hashToken(token)),
    drop: () => void (cache = new Map()),
  };
}
