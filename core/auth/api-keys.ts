import { uuidv7 } from 'uuidv7';
import type { Clock, Principal, Transaction } from '../context.ts';
import { CasementError, validationError } from '../errors.ts';
import type { Database } from '../storage/database.ts';
import { insertKey, readKey, readKeysOf, revokeKey } from './store.ts';
import type { KeyRow } from './store.ts';
import { hashToken, newToken } from './tokens.ts';

const PREFIX = 'csk_';
const DAY = 86_400_000;
const DEFAULT_LIFETIME = 90 * DAY;

/** Keys for programs: shown once, hashed at rest, never with more rights than their maker has, always with an end. */
export interface ApiKeys {
  create(tx: Transaction, maker: Principal, input: NewKey): Promise<{ id: string; key: string; expiresAt: string }>;
  /** A live key by its secret. */
  find(secret: string): Promise<KeyRow | undefined>;
  /** The same from memory alone; undefined when it must be looked for. The same object as long as it is believed. */
  known(secret: string): KeyRow | undefined;
  list(
    user: string,
  ): Promise<readonly { id: string; name: string; roles: readonly string[]; createdAt: string; expiresAt: string }[]>;
  /** NOT_FOUND when the user has no such key. */
  revoke(tx: Transaction, key: { id: string; user: string }): Promise<void>;
  drop(): void;
}

export interface NewKey {
  readonly name: string;
  readonly roles: readonly string[];
  /** ISO instant; 90 days from now when absent. */
  readonly expiresAt?: string;
}

export interface ApiKeysDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly maxAge: number;
}

export function createApiKeys(deps: ApiKeysDeps): ApiKeys {
  const { db, clock } = deps;
  let cache = new Map<string, { row: KeyRow; readAt: number }>();

  const isLive = (row: KeyRow) => row.revokedAt === null && row.expiresAt > clock.now();
  const believed = (hash: string) => {
    const known = cache.get(hash);
    return known && clock.now() - known.readAt < deps.maxAge ? known.row : undefined;
  };
  return {
    async create(tx, maker, input) {
      const expires = checkNewKey(maker, input, clock.now());
      const key = PREFIX + newToken();
      const row: KeyRow = {
        id: uuidv7(),
        name: input.name,
        user: maker.id ?? '',
        roles: input.roles,
        createdAt: clock.now(),
        expiresAt: expires,
        revokedAt: null,
      };
      await insertKey(tx, hashToken(key), row);
      return { id: row.id, key, expiresAt: new Date(expires).toISOString() };
    },
    async find(secret) {
      if (!secret.startsWith(PREFIX)) return undefined;
      const hash = hashToken(secret);
      const fresh = believed(hash);
      const generation = cache;
      const row = fresh ?? (await readKey(db, hash));
      if (!row || !isLive(row)) return undefined;
      if (!fresh && generation === cache) cache.set(hash, { row, readAt: clock.now() });
      return row;
    },
    known(secret) {
      const row = secret.startsWith(PREFIX) ? believed(hashToken(secret)) : undefined;
      return row && isLive(row) ? row : undefined;
    },
    async list(user) {
      const iso = (at: number) => new Date(at).toISOString();
      return (await readKeysOf(db, user)).map(({ id, name, roles, createdAt, expiresAt }) => {
        return { id, name, roles, createdAt: iso(createdAt), expiresAt: iso(expiresAt) };
      });
    },
    async revoke(tx, key) {
      if (!(await revokeKey(tx, key, clock.now()))) throw new CasementError('NOT_FOUND', 'You have no such key.');
    },
    drop: () => void (cache = new Map()),
  };
}

/** Answers when the key ends; the roles are checked before. */
function checkNewKey(maker: Principal, input: NewKey, now: number): number {
  if (maker.kind !== 'user' || maker.id === null) {
    throw new CasementError('FORBIDDEN', 'A key can only be made by a person who is logged in.');
  }
  if (input.roles.length === 0) {
    throw validationError([{ path: '/roles', code: 'required', message: 'Name at least one role.' }]);
  }
  const expires = input.expiresAt === undefined ? now + DEFAULT_LIFETIME : parseInstant(input.expiresAt);
  if (!(expires > now)) {
    const message = 'Must be an instant in the future, such as 2030-01-31T00:00:00Z.';
    throw validationError([{ path: '/expiresAt', code: 'format', message }]);
  }
  return expires;
}

/** NaN for anything but a date or an instant with an offset. */
function parseInstant(text: string): number {
  return /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : NaN;
}
