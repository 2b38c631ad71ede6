import type { Transaction } from '../../context.ts';
import type { Database } from '../../storage/database.ts';
import { sql } from '../../storage/sql.ts';

/** Every statement on `_webhooks`. */

/** Told after every change of the table, to every process. */
export const WEBHOOKS_TOPIC = 'webhooks';

export interface WebhookRow {
  readonly id: string;
  readonly url: string;
  /** Entities; empty = all. */
  readonly entities: readonly string[];
  /** Kinds of changes and named events; empty = all. */
  readonly kinds: readonly string[];
  /** Who made it: it tells what he may see. */
  readonly user: string;
  /** Counts exchanges of the secret. */
  readonly generation: number;
  /** Milliseconds, as all instants here. */
  readonly rotatedAt: number;
  readonly isOn: boolean;
  readonly failingSince: number | null;
  readonly lastError: string | null;
  readonly createdAt: number;
}

type Raw = Readonly<Record<keyof WebhookRow, unknown>>;

const COLUMNS = sql`"id", "url", "entities", "kinds", "user", "generation", "rotatedAt", "isOn", "failingSince", "lastError", "createdAt"`;

export async function readWebhooks(db: Database): Promise<readonly WebhookRow[]> {
  return (await db.read<Raw>(sql`SELECT ${COLUMNS} FROM "_webhooks" ORDER BY "id"`)).map(toRow);
}

export async function readWebhook(db: Database, id: string): Promise<WebhookRow | undefined> {
  const [row] = await db.read<Raw>(sql`SELECT ${COLUMNS} FROM "_webhooks" WHERE "id" = ${id}`);
  return row && toRow(row);
}

export async function insertWebhook(tx: Transaction, row: WebhookRow): Promise<void> {
  await tx.run(sql`INSERT INTO "_webhooks" (${COLUMNS}) VALUES (${row.id}, ${row.url}, ${JSON.stringify(row.entities)},
    ${JSON.stringify(row.kinds)}, ${row.user}, ${row.generation}, ${row.rotatedAt}, ${row.isOn ? 1 : 0}, ${row.failingSince},
    ${row.lastError}, ${row.createdAt})`);
}

/** False when there is none of that id. */
export async function updateWebhook(tx: Transaction, row: WebhookRow): Promise<boolean> {
  const changed =
    await tx.run(sql`UPDATE "_webhooks" SET "url" = ${row.url}, "entities" = ${JSON.stringify(row.entities)},
    "kinds" = ${JSON.stringify(row.kinds)}, "user" = ${row.user}, "generation" = ${row.generation}, "rotatedAt" = ${row.rotatedAt},
    "isOn" = ${row.isOn ? 1 : 0}, "failingSince" = ${row.failingSince}, "lastError" = ${row.lastError} WHERE "id" = ${row.id}`);
  return changed > 0;
}

export async function deleteWebhook(tx: Transaction, id: string): Promise<boolean> {
  return (await tx.run(sql`DELETE FROM "_webhooks" WHERE "id" = ${id}`)) > 0;
}

/** The beginning of a failure stays; only its last reason changes. */
export async function noteFailure(tx: Transaction, id: string, of: { now: number; error: string }): Promise<void> {
  await tx.run(
    sql`UPDATE "_webhooks" SET "failingSince" = coalesce("failingSince", ${of.now}), "lastError" = ${of.error} WHERE "id" = ${id}`,
  );
}

export async function noteSuccess(tx: Transaction, id: string): Promise<void> {
  await tx.run(sql`UPDATE "_webhooks" SET "failingSince" = ${null}, "lastError" = ${null} WHERE "id" = ${id}`);
}

/** True for the one who switches it off. */
export async function switchOff(tx: Transaction, id: string, error: string): Promise<boolean> {
  return (
    (await tx.run(sql`UPDATE "_webhooks" SET "isOn" = 0, "lastError" = ${error} WHERE "id" = ${id} AND "isOn" = 1`)) > 0
  );
}

function toRow(raw: Raw): WebhookRow {
  return {
    id: String(raw.id),
    url: String(raw.url),
    entities: JSON.parse(String(raw.entities)) as readonly string[],
    kinds: JSON.parse(String(raw.kinds)) as readonly string[],
    user: String(raw.user),
    generation: Number(raw.generation),
    rotatedAt: Number(raw.rotatedAt),
    isOn: Number(raw.isOn) === 1,
    failingSince: raw.failingSince === null ? null : Number(raw.failingSince),
    lastError: raw.lastError === null ? null : String(raw.lastError),
    createdAt: Number(raw.createdAt),
  };
}
