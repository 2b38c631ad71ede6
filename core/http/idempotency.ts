import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { peerKey } from '../auth/throttle.ts';
import type { Clock, Context, Transaction } from '../context.ts';
import { CasementError } from '../errors.ts';
import { attempt } from '../records/attempt.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';
import type { HttpDeps } from './deps.ts';

/** An answer that can be given again, word for word. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** The record's version, for the ETag. */
  readonly version?: number;
}

/** A refusal that can be given again; with the request it was first given to, so that it is the same to the letter. */
type Refusal = Pick<CasementError, 'code' | 'message' | 'errors' | 'extra' | 'status'> & { readonly requestId: string };

type Kept = { readonly answer: Answer } | { readonly refusal: Refusal };

type Work = (ctx: Context) => Promise<Answer>;

/** Milliseconds a key is remembered at least. */
const KEEP = 48 * 3_600_000;

/**
 * Runs the work once per `Idempotency-Key` of a caller: key, work and answer stand in one transaction, so a repeat finds either the kept
 * answer or nothing at all. A refusal is an answer as well; only what says "try again" is not kept. The same key with another request is
 * VALIDATION; without a key the work just runs.
 */
export async function onceByKey(deps: HttpDeps, request: Request, ctx: Context, work: Work): Promise<Answer> {
  const entry = entryOf(request, ctx);
  if (!entry) return work(ctx);
  const kept = await deps.records.transaction(ctx, async (inside): Promise<Kept> => {
    if (!(await claim(inside.tx, entry, deps.clock))) return replay(inside.tx, entry);
    const outcome = await attempt(inside, work);
    const result =
      'done' in outcome ? { answer: outcome.done } : { refusal: refusalOf(outcome.refused, ctx.requestId ?? '') };
    await keep(inside.tx, entry, result);
    return result;
  });
  if ('answer' in kept) return kept.answer;
  const { code, message, requestId, ...options } = kept.refusal;
  throw new CasementError(code, message, { ...options, extra: { ...options.extra, requestId } });
}

/**
 * For work that keeps its own key, such as a document with a number: refuses the key of another request. Answers the key as it is kept
 * there; undefined without one.
 */
export async function ownKey(deps: HttpDeps, request: Request, ctx: Context): Promise<string | undefined> {
  const entry = entryOf(request, ctx);
  if (!entry) return undefined;
  await deps.records.transaction(ctx, async ({ tx }) => {
    if (!(await claim(tx, entry, deps.clock))) await readEntry(tx, entry);
  });
  return `http:${entry.principal}:${entry.key}`;
}

/** Forgets keys whose time is over. Called now and then, not by requests. */
export async function forgetOldKeys(db: Database, clock: Clock): Promise<void> {
  const old = new Date(clock.now() - KEEP).toISOString();
  await db.transaction((tx) => tx.run(sql`DELETE FROM "_idempotency" WHERE "createdAt" < ${old}`));
}

interface Entry {
  readonly key: string;
  readonly principal: string;
  readonly hash: string;
}

function entryOf(request: Request, ctx: Context): Entry | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new CasementError('BAD_REQUEST', 'Idempotency-Key must be 1 to 255 printable characters without spaces.');
  }
  const { id, kind } = ctx.principal;
  // Strangers share no account; one must not meet the key of another.
  const principal = id ?? (kind === 'public' ? `public ${peerKey(request.ip)}` : kind);
  return { key, principal, hash: fingerprint(request) };
}

function fingerprint(request: Request): string {
  const body: unknown = request.body;
  const plain = body instanceof URLSearchParams ? body.toString() : JSON.stringify(body ?? null);
  const match = request.headers['if-match'] ?? '';
  return createHash('sha256').update(`${request.method} ${request.originalUrl} ${match}\n${plain}`).digest('hex');
}

async function claim(tx: Transaction, { key, principal, hash }: Entry, clock: Clock): Promise<boolean> {
  const at = new Date(clock.now()).toISOString();
  const inserted = await tx.run(
    sql`INSERT INTO "_idempotency" ("key", "principal", "hash", "createdAt") VALUES (${key}, ${principal}, ${hash}, ${at}) ON CONFLICT DO NOTHING`,
  );
  return inserted > 0;
}

async function keep(tx: Transaction, { key, principal }: Entry, kept: Kept): Promise<void> {
  const { status } = 'answer' in kept ? kept.answer : kept.refusal;
  await tx.run(
    sql`UPDATE "_idempotency" SET "status" = ${status}, "body" = ${JSON.stringify(kept)} WHERE "key" = ${key} AND "principal" = ${principal}`,
  );
}

async function replay(tx: Transaction, entry: Entry): Promise<Kept> {
  const body = await readEntry(tx, entry);
  if (body === null)
    throw new CasementError('UNAVAILABLE', 'The first request with this Idempotency-Key is still running.');
  return JSON.parse(body) as Kept;
}

async function readEntry(tx: Transaction, { key, principal, hash }: Entry): Promise<string | null> {
  const [row] = await tx.all<{ hash: string; body: string | null }>(
    sql`SELECT "hash", "body" FROM "_idempotency" WHERE "key" = ${key} AND "principal" = ${principal}`,
  );
  if (row && row.hash !== hash)
    throw new CasementError('VALIDATION', 'This Idempotency-Key was used for another request. Use a new one.');
  return row?.body ?? null;
}

function refusalOf({ code, message, errors, extra, status }: CasementError, requestId: string): Refusal {
  return { code, message, errors, extra, status, requestId };
}
