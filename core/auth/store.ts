import type { Transaction } from '../context.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';

/** Every statement on the tables of auth. They stand outside the model: no filter, sort or report can name them. */

export interface SessionRow {
  readonly user: string;
  /** Milliseconds, as all instants here. */
  readonly seenAt: number;
  readonly expiresAt: number;
}

export interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly roles: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
}

export type TokenPurpose = 'invite' | 'reset' | 'setup';

/** Instants are ISO text in the tables: it sorts as it counts, and people can read it. */
const iso = (ms: number) => new Date(ms).toISOString();
const ms = (text: unknown) => Date.parse(String(text));

export async function readCredential(db: Database, user: string): Promise<string | undefined> {
  const rows = await db.read<{ hash: string }>(sql`SELECT "hash" FROM "_credentials" WHERE "user" = ${user}`);
  return rows[0]?.hash;
}

export async function hasCredentials(reader: { read: Database['read'] } | Transaction): Promise<boolean> {
  const query = sql`SELECT "user" FROM "_credentials" LIMIT 1`;
  const rows = 'read' in reader ? await reader.read(query) : await reader.all(query);
  return rows.length > 0;
}

export async function usersWithCredentials(db: Database): Promise<ReadonlySet<string>> {
  const rows = await db.read<{ user: string }>(sql`SELECT "user" FROM "_credentials"`);
  return new Set(rows.map((row) => row.user));
}

export async function putCredential(tx: Transaction, user: string, hash: string): Promise<void> {
  await tx.run(
    sql`INSERT INTO "_credentials" ("user", "hash") VALUES (${user}, ${hash}) ON CONFLICT ("user") DO UPDATE SET "hash" = excluded."hash"`,
  );
}

/** False when the password is no longer the one that was asked for. */
export async function swapCredential(
  tx: Transaction,
  user: string,
  hash: { readonly from: string; readonly to: string },
): Promise<boolean> {
  const changed = await tx.run(
    sql`UPDATE "_credentials" SET "hash" = ${hash.to} WHERE "user" = ${user} AND "hash" = ${hash.from}`,
  );
  return changed > 0;
}

export async function insertSession(tx: Transaction, hash: string, row: SessionRow): Promise<void> {
  const seen = iso(row.seenAt);
  await tx.run(
    sql`INSERT INTO "_sessions" ("hash", "user", "createdAt", "seenAt", "expiresAt") VALUES (${hash}, ${row.user}, ${seen}, ${seen}, ${iso(row.expiresAt)})`,
  );
}

export async function readSession(db: Database, hash: string): Promise<SessionRow | undefined> {
  const rows = await db.read(sql`SELECT "user", "seenAt", "expiresAt" FROM "_sessions" WHERE "hash" = ${hash}`);
  const row = rows[0];
  return row && { user: String(row['user']), seenAt: ms(row['seenAt']), expiresAt: ms(row['expiresAt']) };
}

export async function extendSession(tx: Transaction, hash: string, row: SessionRow): Promise<void> {
  await tx.run(
    sql`UPDATE "_sessions" SET "seenAt" = ${iso(row.seenAt)}, "expiresAt" = ${iso(row.expiresAt)} WHERE "hash" = ${hash}`,
  );
}

export async function deleteSession(tx: Transaction, hash: string): Promise<void> {
  await tx.run(sql`DELETE FROM "_sessions" WHERE "hash" = ${hash}`);
}

export async function deleteSessionsOf(tx: Transaction, user: string): Promise<void> {
  await tx.run(sql`DELETE FROM "_sessions" WHERE "user" = ${user}`);
}

export async function insertKey(tx: Transaction, hash: string, row: KeyRow): Promise<void> {
  await tx.run(
    sql`INSERT INTO "_keys" ("id", "hash", "name", "user", "roles", "createdAt", "expiresAt") VALUES (${row.id}, ${hash}, ${row.name}, ${row.user}, ${JSON.stringify(row.roles)}, ${iso(row.createdAt)}, ${iso(row.expiresAt)})`,
  );
}

export async function readKey(db: Database, hash: string): Promise<KeyRow | undefined> {
  const rows = await db.read(sql`SELECT * FROM "_keys" WHERE "hash" = ${hash}`);
  return rows[0] && toKey(rows[0]);
}

export async function readKeysOf(db: Database, user: string): Promise<readonly KeyRow[]> {
  const rows = await db.read(
    sql`SELECT * FROM "_keys" WHERE "user" = ${user} AND "revokedAt" IS NULL ORDER BY "createdAt"`,
  );
  return rows.map(toKey);
}

/** Answers whether there was such a key of this user, not yet revoked. */
export async function revokeKey(tx: Transaction, key: { id: string; user: string }, now: number): Promise<boolean> {
  const changed = await tx.run(
    sql`UPDATE "_keys" SET "revokedAt" = ${iso(now)} WHERE "id" = ${key.id} AND "user" = ${key.user} AND "revokedAt" IS NULL`,
  );
  return changed > 0;
}

export async function revokeKeysOf(tx: Transaction, user: string, now: number): Promise<void> {
  await tx.run(sql`UPDATE "_keys" SET "revokedAt" = ${iso(now)} WHERE "user" = ${user} AND "revokedAt" IS NULL`);
}

function toKey(row: Record<string, unknown>): KeyRow {
  const roles = row['roles'];
  return {
    id: String(row['id']),
    name: String(row['name']),
    user: String(row['user']),
    roles: (typeof roles === 'string' ? JSON.parse(roles) : roles) as readonly string[],
    createdAt: ms(row['createdAt']),
    expiresAt: ms(row['expiresAt']),
    revokedAt: row['revokedAt'] === null ? null : ms(row['revokedAt']),
  };
}

export interface TokenRow {
  readonly user: string;
  readonly purpose: TokenPurpose;
  readonly expiresAt: number;
  readonly usedAt: number | null;
}

/** A new one replaces the unused ones of the same person: only the last link sent works. */
export async function insertToken(tx: Transaction, hash: string, row: TokenRow): Promise<void> {
  await deleteUnusedTokensOf(tx, row.user);
  await tx.run(
    sql`INSERT INTO "_tokens" ("hash", "user", "purpose", "expiresAt") VALUES (${hash}, ${row.user}, ${row.purpose}, ${iso(row.expiresAt)})`,
  );
}

export async function deleteUnusedTokensOf(tx: Transaction, user: string): Promise<void> {
  await tx.run(sql`DELETE FROM "_tokens" WHERE "user" = ${user} AND "usedAt" IS NULL`);
}

/** Sessions and links that open nothing any more. */
export async function deleteSpent(tx: Transaction, now: number): Promise<void> {
  await tx.run(sql`DELETE FROM "_sessions" WHERE "expiresAt" <= ${iso(now)}`);
  await tx.run(sql`DELETE FROM "_tokens" WHERE "usedAt" IS NOT NULL OR "expiresAt" <= ${iso(now)}`);
}

export async function readToken(db: Database, hash: string): Promise<TokenRow | undefined> {
  const rows = await db.read(sql`SELECT * FROM "_tokens" WHERE "hash" = ${hash}`);
  const row = rows[0];
  return (
    row && {
      user: String(row['user']),
      purpose: String(row['purpose']) as TokenPurpose,
      expiresAt: ms(row['expiresAt']),
      usedAt: row['usedAt'] === null ? null : ms(row['usedAt']),
    }
  );
}

/** Takes the token in this transaction; false when somebody else did or its time is over. */
export async function takeToken(tx: Transaction, hash: string, now: number): Promise<boolean> {
  const changed = await tx.run(
    sql`UPDATE "_tokens" SET "usedAt" = ${iso(now)} WHERE "hash" = ${hash} AND "usedAt" IS NULL AND "expiresAt" > ${iso(now)}`,
  );
  return changed > 0;
}
