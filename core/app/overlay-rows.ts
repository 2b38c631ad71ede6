import type { Transaction } from '../context.ts';
import { OVERLAY_KINDS } from '../definitions/overlay.ts';
import type { OverlayDocument, OverlayKind } from '../definitions/overlay.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';

/** Every statement on the overlay and on the epoch of the model. */

/** A document of the overlay as it is kept. */
export interface OverlayRow extends OverlayDocument {
  /** The epoch of the model it came with: it never comes back, not even after a removal. */
  readonly version: number;
  readonly updatedAt: string;
  /** Id of the user; null for the system. */
  readonly updatedBy: string | null;
}

type Reader = Pick<Transaction, 'all'>;

/** The overlay and the epoch; empty and 0 for a database without tables. */
export async function readOverlay(
  db: Database,
): Promise<{ readonly epoch: number; readonly rows: readonly OverlayRow[] }> {
  const reader: Reader = { all: (fragment) => db.read(fragment) };
  if (!(await isThere(reader, '_meta'))) return { epoch: 0, rows: [] };
  // The epoch first: rows of a later one are then found out when the change is committed.
  const epoch = await readEpoch(reader);
  return { epoch, rows: (await isThere(reader, '_definitions')) ? await readRows(reader) : [] };
}

async function readRows(reader: Reader): Promise<readonly OverlayRow[]> {
  const rows = await reader.all<Omit<OverlayRow, 'json' | 'version'> & { json: string; version: string | number }>(
    sql`select "kind", "name", "json", "version", "updatedAt", "updatedBy" from "_definitions" order by "kind", "name"`,
  );
  return rows
    .filter(({ kind }) => isOverlayKind(kind))
    .map((row) => ({ ...row, json: JSON.parse(row.json) as JsonSchema, version: Number(row.version) }));
}

export function isOverlayKind(kind: string): kind is OverlayKind {
  return OVERLAY_KINDS.some((known) => known === kind);
}

async function isThere(reader: Reader, table: string): Promise<boolean> {
  const [row] = await reader.all<{ name: string | null }>(
    sql.byDialect({
      sqlite: () => sql`select name from sqlite_master where name = ${table}`,
      postgres: () => sql`select to_regclass(${`"${table}"`})::text as name`,
    }),
  );
  return row !== undefined && row.name !== null;
}

export async function readEpoch(reader: Reader): Promise<number> {
  const [row] = await reader.all<{ value: string }>(sql`select "value" from "_meta" where "key" = 'epoch'`);
  return Number(row?.value ?? 0);
}

export async function writeEpoch(tx: Transaction, epoch: number): Promise<void> {
  await tx.run(
    sql`insert into "_meta" ("key", "value") values ('epoch', ${String(epoch)}) on conflict ("key") do update set "value" = excluded."value"`,
  );
}

/** The hash of the model that was applied last, by any process. */
export async function readModelHash(reader: Reader): Promise<string | undefined> {
  const [row] = await reader.all<{ value: string }>(sql`select "value" from "_meta" where "key" = 'modelHash'`);
  return row?.value;
}

export async function saveRow(tx: Transaction, row: OverlayRow): Promise<void> {
  await tx.run(sql`
    insert into "_definitions" ("kind", "name", "json", "version", "updatedAt", "updatedBy")
    values (${row.kind}, ${row.name}, ${JSON.stringify(row.json)}, ${row.version}, ${row.updatedAt}, ${row.updatedBy})
    on conflict ("kind", "name") do update set "json" = excluded."json", "version" = excluded."version",
      "updatedAt" = excluded."updatedAt", "updatedBy" = excluded."updatedBy"`);
}

export async function dropRow(tx: Transaction, { kind, name }: Pick<OverlayRow, 'kind' | 'name'>): Promise<void> {
  await tx.run(sql`delete from "_definitions" where "kind" = ${kind} and "name" = ${name}`);
}
