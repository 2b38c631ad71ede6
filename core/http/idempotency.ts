import { createHash } from 'node:crypto';
import type { Request } from 'express';
import type { Context, Transaction } from '../context.ts';
import { CasementError } from '../errors.ts';
import { sql } from '../storage/sql.ts';
import type { HttpDeps } from './deps.ts';

/** An answer that can be given again, word for word. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** The record's version, for the ETag. */
  readonly version?: number;
}

type Work = (ctx: Context) => Promise<Answer>;

const KEEP = 48 * 3_600_000;

/**
 * Runs the work once per `Idempotency-Key` of a caller: key, work and answer stand in one transaction, so a repeat finds either the
 * stored answer or nothing at all. The same key with another request is VALIDATION; without a key the work just runs.
 */
export async function onceByKey(deps: HttpDeps, request: Request, ctx: Context, work: Work): Promise<Answer> {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return work(ctx);
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new CasementError('BAD_REQUEST', 'Idempotency-Key must be 1 to 255 printable characters without spaces.');
  }
  const owner = ctx.principal.id ?? ctx.principal.kind;
  const entry = { key, principal: owner, hash: fingerprint(request) };
  return deps.records.transaction(ctx, async (inside) => {
    const now = deps.clock.now();
    if (!(await claim(inside.tx, entry, now))) return replay(inside.tx, entry);
    const answer = await work(inside);
    await inside.tx.run(
      sql`UPDATE "_idempotency" SET "status" = ${answer.status}, "body" = ${JSON.stringify(answer)} WHERE "key" = ${key} AND "principal" = ${owner}`,
    );
    return answer;
  });
}

interface Entry {
  readonly key: string;
  readonly principal: string;
  readonly hash: string;
}

async function claim(tx: Transaction, entry: Entry, now: number): Promise<boolean> {
  const old = new Date(now - KEEP).toISOString();
  await tx.run(sql`DELETE FROM "_idempotency" WHERE "createdAt" < ${old}`);
  const inserted = await tx.run(
    sql`INSERT INTO "_idempotency" ("key", "principal", "hash", "createdAt") VALUES (${entry.key}, ${entry.principal}, ${entry.hash}, ${new Date(now).toISOString()}) ON CONFLICT DO NOTHING`,
  );
  return inserted > 0;
}

async function replay(tx: Transaction, entry: Entry): Promise<Answer> {
  const rows = await tx.all<{ hash: string; body: string | null }>(
    sql`SELECT "hash", "body" FROM "_idempotency" WHERE "key" = ${entry.key} AND "principal" = ${entry.principal}`,
  );
  const row = rows[0];
  if (!row?.body)
    throw new CasementError('UNAVAILABLE', 'The first request with this Idempotency-Key is still running.');
  if (row.hash !== entry.hash) {
    throw new CasementError('VALIDATION', 'This Idempotency-Key was used for another request. Use a new one.');
  }
  return JSON.parse(row.body) as Answer;
}

function fingerprint(request: Request): string {
  const body: unknown = request.body;
  const plain = body instanceof URLSearchParams ? body.toString() : JSON.stringify(body ?? null);
  const match = request.headers['if-match'] ?? '';
  return createHash('sha256').update(`${request.method} ${request.originalUrl} ${match}\n${plain}`).digest('hex');
}
