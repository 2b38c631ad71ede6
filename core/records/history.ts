import type { Transaction } from '../context.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { raw, sql } from '../storage/sql.ts';
import { isEvent } from './event-rights.ts';
import type { Reversal } from './revert.ts';
import { isNamed } from './former-names.ts';
import type { FormerNames } from './former-names.ts';
import type { Change } from './types.ts';

/** A record that a batch has changed. */
export interface Touched {
  readonly entity: string;
  readonly record: string;
  /** Number of its first change by the batch. */
  readonly first: number;
}

interface TouchedRow {
  readonly entity: string;
  readonly record: string;
  readonly first: string | number;
  readonly last: string | number;
  readonly wasDeleted: string | number;
  readonly wasMerged: string | number;
}

/**
 * The records of a batch in the order in which they can be put back: first what was deleted, parents before children, then the rest, the
 * last change first, so that nothing is taken away from under another.
 */
export async function touchedBy(
  reader: Pick<Transaction, 'all'>,
  batch: string,
  names: FormerNames,
): Promise<readonly Touched[]> {
  const rows = await reader.all<TouchedRow>(sql`
    select "entity", "record", min("seq") as "first", max("seq") as "last",
      max(case when "kind" = 'deleted' then 1 else 0 end) as "wasDeleted",
      max(case when "kind" = 'merged' then 1 else 0 end) as "wasMerged"
    from "_changes" where "batch" = ${batch} and "kind" not like '%.%' group by "entity", "record"`);
  const deleted = rows.filter(({ wasDeleted }) => Number(wasDeleted) === 1);
  const merged = rows.filter(({ wasMerged }) => Number(wasMerged) === 1);
  const others = rows.filter(({ wasDeleted, wasMerged }) => Number(wasDeleted) + Number(wasMerged) === 0);
  deleted.sort((a, b) => Number(a.first) - Number(b.first));
  others.sort((a, b) => Number(b.last) - Number(a.last));
  // Whoever took the others in has changed last, and gives back what is theirs before they come back for it.
  const taker = merged.length > 0 ? others.splice(0, 1) : [];
  return [...taker, ...merged, ...deleted, ...others].map(({ entity, record, first }) => ({
    entity: names.present({ seq: first, entity, data: '{}' }).entity,
    record,
    first: Number(first),
  }));
}

/** A change as an undo looks at it. */
export interface PastChange {
  readonly id: string;
  readonly at: string;
  readonly kind: string;
  readonly fields: Change['fields'];
  readonly by: { readonly id: string | null; readonly name: string; readonly kind: string };
  readonly cause: string | null;
  readonly batch: string | null;
}

/** All that happened to a record from its first change by the batch on, oldest first. */
export async function changesSince(tx: Transaction, of: Touched, names: FormerNames): Promise<readonly PastChange[]> {
  const rows = await tx.all<{
    seq: string | number;
    entity: string;
    id: string;
    at: string;
    kind: string;
    data: string;
    principalKind: string;
    principalId: string | null;
    principalName: string;
    cause: string | null;
    batch: string | null;
  }>(sql`select "seq", "entity", "id", "at", "kind", "data", "principalKind", "principalId", "principalName", "cause", "batch" from "_changes"
    where ${isNamed(raw('"entity"'), names.ofEntity(of.entity))} and "record" = ${of.record} and "seq" >= ${of.first} order by "seq"`);
  return rows.map(names.present).map((row) => ({
    id: row.id,
    at: row.at,
    kind: row.kind,
    fields: (JSON.parse(row.data) as Pick<Change, 'fields'>).fields,
    by: { id: row.principalId, name: row.principalName, kind: row.principalKind },
    cause: row.cause,
    batch: row.batch,
  }));
}

/** Tells the batch's own changes, and what followed from them through rules and cascades, from everybody else's. */
export interface Descent {
  isOurs(tx: Transaction, change: Pick<PastChange, 'cause' | 'batch'>): Promise<boolean>;
}

export function createDescent(batches: ReadonlySet<string>): Descent {
  const known = new Map<string, boolean>();
  async function follows(tx: Transaction, id: string): Promise<boolean> {
    const verdict = known.get(id);
    if (verdict !== undefined) return verdict;
    const [cause] = await tx.all<{ cause: string | null; batch: string | null }>(
      sql`select "cause", "batch" from "_changes" where "id" = ${id}`,
    );
    const result = cause !== undefined && (await isOurs(tx, cause));
    known.set(id, result);
    return result;
  }
  async function isOurs(tx: Transaction, { batch, cause }: Pick<PastChange, 'cause' | 'batch'>): Promise<boolean> {
    if (batch !== null && batches.has(batch)) return true;
    return cause !== null && follows(tx, cause);
  }
  return { isOurs };
}

/** Where a record was before the batch: nowhere, in the bin, or there. */
export type Place = 'absent' | 'bin' | 'live';

export function placeBefore(changes: readonly PastChange[]): Place {
  const first = changes.find(({ kind }) => !isEvent(kind));
  if (first?.kind === 'created') return 'absent';
  return first?.kind === 'restored' ? 'bin' : 'live';
}

/** The first value before and the last value after of every field that changed. */
export function reversalOf(changes: readonly PastChange[], batch: string): Reversal {
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  const asked = new Set<string>();
  for (const change of changes) {
    if (isEvent(change.kind)) continue;
    for (const [key, sides] of Object.entries(change.fields)) {
      if (!(key in before)) before[key] = sides.before;
      after[key] = sides.after;
      if (change.batch === batch) asked.add(key);
    }
  }
  return { before: before satisfies RecordData, after, asked: [...asked] };
}

/** The changes of the batch on this record that no person made but a cascade: a reference cleared because its target was deleted. */
export function cascadeOf(changes: readonly PastChange[], batch: string): string | null {
  const own = changes.filter((change) => change.batch === batch && !isEvent(change.kind));
  const isAlong = own.every(({ by, cause }) => by.kind === 'system' && cause !== null);
  return isAlong ? (own[0]?.cause ?? null) : null;
}

/** The record that this one was a part of before its first change by the batch; null when it was in the bin by itself. */
export async function mergedBefore(
  tx: Transaction,
  { entity, record, first }: Touched,
  names: FormerNames,
): Promise<string | null> {
  const [row] = await tx.all<{ kind: string; data: string }>(sql`select "kind", "data" from "_changes"
    where ${isNamed(raw('"entity"'), names.ofEntity(entity))} and "record" = ${record} and "seq" < ${first} and "kind" in ('deleted', 'merged') order by "seq" desc limit 1`);
  if (row?.kind !== 'merged') return null;
  const into = (JSON.parse(row.data) as Pick<Change, 'into'>).into;
  if (into === undefined) return null;
  const [there] = await tx.all(sql`select 1 from ${sql.id(entity)} where "id" = ${into} and "deletedAt" is null`);
  return there === undefined ? null : into;
}

/** Whether the batch has changed the record that this change was about. */
export async function hasTouched(
  tx: Transaction,
  of: { readonly batch: string; readonly change: string },
): Promise<boolean> {
  const [row] =
    await tx.all(sql`select 1 from "_changes" c join "_changes" u on u."entity" = c."entity" and u."record" = c."record"
    where c."id" = ${of.change} and u."batch" = ${of.batch} limit 1`);
  return row !== undefined;
}
