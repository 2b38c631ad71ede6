import { randomFillSync } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { instant } from '../context.ts';
import type { Context, Transaction } from '../context.ts';
import type { Entity } from '../definitions/model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { isOneOf } from '../storage/bind.ts';
import type { Database } from '../storage/database.ts';
import { deferring } from '../storage/deferring.ts';
import { insertReturning, insertRows } from '../storage/insert-rows.ts';
import { raw, sql } from '../storage/sql.ts';
import { canonicalJson } from '../definitions/canonical-json.ts';
import { isNamed, NO_FORMER_NAMES } from './former-names.ts';
import type { FormerNames } from './former-names.ts';
import type { HybridClock } from './hybrid-clock.ts';
import { changeWith, linkHash, payloadHash } from './ledger-row.ts';
import type { LedgerRow } from './ledger-row.ts';
import type { Change } from './types.ts';

/** What a write hands to the ledger; the ledger adds order, time, who, why and the chain. */
export interface NewChange {
  /** Of something that is no record: its name, such as `_definition`, and no fields. */
  readonly entity: Pick<Entity, 'name' | 'fields'>;
  readonly record: string;
  readonly kind: string;
  readonly fields: Change['fields'];
  readonly version: number;
  readonly note?: string;
  /** Parents whose figures moved with this change. */
  readonly derived?: readonly { readonly entity: string; readonly record: string; readonly fields: Change['fields'] }[];
  /** Of `merged`: the record of the same entity it has become a part of, on whose timeline the change stands, too. */
  readonly into?: string;
  /** The record before and after, for its timeline references. */
  readonly sides: readonly RecordData[];
}

/** What the next change of each of some records stands on. */
export interface Footing {
  /** By record: the hash of its newest change. */
  readonly hashes: ReadonlyMap<string, string>;
  /** The numbers the changes get; none on SQLite, where a row tells its number as it is written. */
  readonly seqs: readonly number[];
}

export interface Ledger {
  /**
   * Asked for together with something else, so that `append` waits for nothing. The records are held by then, and nothing is appended to
   * them before what it is asked for.
   */
  footing(tx: Transaction, of: FootingOf): Promise<Footing>;
  append(ctx: Context, tx: Transaction, change: NewChange, on?: Footing): Promise<Change>;
  /** Many at once, of one entity and of as many records: three statements in place of three for each. Answers in the order given. */
  appendAll(ctx: Context, tx: Transaction, changes: readonly NewChange[], on?: Footing): Promise<readonly Change[]>;
}

export interface FootingOf {
  readonly entity: string;
  readonly count: number;
  /** Those of them that have changes already. */
  readonly records: readonly string[];
}

export interface LedgerOptions {
  readonly clock: HybridClock;
  readonly node: string;
  readonly dialect: Database['dialect'];
  readonly names?: FormerNames;
}

/**
 * One row per change, in the transaction of the change, chained by `linkHash`. The chain covers a salted hash of the values, never the
 * values: erasure can empty them and the chain still verifies.
 */
export function createLedger({ clock, node, dialect, names = NO_FORMER_NAMES }: LedgerOptions): Ledger {
  const newSalt = createSalts();
  const footing: Ledger['footing'] = async (tx, { entity, count, records }) => {
    const [hashes, seqs] = await Promise.all([
      records.length === 0 ? new Map<string, string>() : lastHashes(tx, { entity, records }, names),
      dialect === 'sqlite' ? [] : reserveNumbers(tx, count),
    ]);
    return { hashes, seqs };
  };
  const appendAll: Ledger['appendAll'] = async (ctx, tx, changes, on) => {
    const { hashes, seqs: reserved } = on ?? (await footing(tx, footingOf(changes)));
    const subjects = changes.map(subjectsOf);
    const rows = changes.map((change, index) => {
      const stamp = { node, hlc: clock.next() };
      const previous = hashes.get(change.record) ?? '';
      return nextRow(ctx, { change, subjects: subjects[index]!, stamp, salt: newSalt(), previous });
    });
    const seqs = await insertLedgerRows(tx, rows, reserved);
    const named = subjects.flatMap((some, index) => some.map((one) => [seqs[index], one.entity, one.record]));
    await insertRows(deferring(tx), { table: '_subjects', columns: ['seq', 'entity', 'record'], rows: named });
    return rows.map((row, index) => {
      const appended = changeWith({ ...row, seq: seqs[index]! }, changes[index]!);
      return ctx.isQuiet ? { ...appended, isQuiet: true } : appended;
    });
  };
  return {
    footing,
    append: async (ctx, tx, change, on) => (await appendAll(ctx, tx, [change], on))[0]!,
    appendAll,
  };
}

function footingOf(changes: readonly NewChange[]): FootingOf {
  const followers = changes.filter(({ kind }) => kind !== 'created');
  return {
    entity: changes[0]?.entity.name ?? '',
    count: changes.length,
    records: followers.map(({ record }) => record),
  };
}

/** Those of a transaction that is taken back are never given again. */
async function reserveNumbers(tx: Transaction, count: number): Promise<readonly number[]> {
  const rows = await tx.all<{ seq: string | number }>(
    sql`select nextval(pg_get_serial_sequence('"_changes"', 'seq')) as "seq" from generate_series(1, ${count}::integer)`,
  );
  return rows.map(({ seq }) => Number(seq));
}

/** Their numbers, in the order given: those reserved, else those the database gives them. */
async function insertLedgerRows(
  tx: Transaction,
  rows: readonly Omit<LedgerRow, 'seq'>[],
  reserved: readonly number[],
): Promise<readonly number[]> {
  const columns = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => Object.values(row));
  if (reserved.length === rows.length) {
    const numbered = cells.map((some, index) => [reserved[index], ...some]);
    await insertRows(deferring(tx), { table: '_changes', columns: ['seq', ...columns], rows: numbered });
    return reserved;
  }
  const inserted = await insertReturning<{ id: string; seq: string | number }>(
    tx,
    { table: '_changes', columns, rows: cells },
    ['id', 'seq'],
  );
  const numbers = new Map(inserted.map(({ id, seq }) => [id, Number(seq)]));
  return rows.map(({ id }) => numbers.get(id) ?? 0);
}

/** 16 random bytes at a time out of a larger draw: each draw costs as much as hashing a row. */
function createSalts(): () => string {
  const pool = Buffer.alloc(4096);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += 16;
    return pool.toString('hex', used - 16, used);
  };
}

interface Entry {
  readonly change: NewChange;
  readonly subjects: readonly Subject[];
  readonly stamp: { readonly node: string; readonly hlc: string };
  readonly salt: string;
  /** Hash of the record's change before; empty for the first. */
  readonly previous: string;
}

function nextRow(ctx: Context, { change, subjects, stamp, salt, previous }: Entry): Omit<LedgerRow, 'seq'> {
  const { principal, cause } = ctx;
  const derived = change.derived?.map(({ entity, record, fields }) => ({ entity, record, fields }));
  const payload = {
    data: canonicalJson({
      fields: change.fields,
      derived: derived?.length ? derived : undefined,
      into: change.into,
    }),
    note: change.note ?? null,
    principalName: principal.reason === undefined ? principal.name : `${principal.name}: ${principal.reason}`,
    salt,
  };
  const row = {
    id: uuidv7(),
    at: instant(ctx.clock),
    entity: change.entity.name,
    record: change.record,
    kind: change.kind,
    ...payload,
    principalKind: principal.kind,
    principalId: principal.id,
    door: ctx.door,
    cause: cause?.change ?? null,
    root: cause?.root ?? null,
    depth: cause?.depth ?? 0,
    rule: cause?.rule ?? null,
    batch: ctx.batch ?? null,
    ...stamp,
    version: change.version,
    payloadHash: payloadHash(payload),
  };
  const named = subjects.map(({ entity, record }) => `${entity}/${record}`);
  return { ...row, hash: linkHash(row, { previous, subjects: named }) };
}

/** The hash of each record's newest change. */
async function lastHashes(
  tx: Transaction,
  of: Pick<FootingOf, 'entity' | 'records'>,
  names: FormerNames,
): Promise<ReadonlyMap<string, string>> {
  const named = isNamed(raw('"entity"'), names.ofEntity(of.entity));
  const [only, ...others] = of.records;
  if (only !== undefined && others.length === 0) {
    const [row] = await tx.all<{ hash: string }>(
      sql`select "hash" from "_changes" where ${named} and "record" = ${only} order by "seq" desc limit 1`,
    );
    return new Map(row ? [[only, row.hash]] : []);
  }
  const records = isOneOf(raw('"record"'), of.records, 'text');
  const rows = await tx.all<{ record: string; hash: string }>(sql`select c."record", c."hash" from "_changes" c
    join (select max("seq") as "seq" from "_changes" where ${named} and ${records} group by "record") l on l."seq" = c."seq"`);
  return new Map(rows.map(({ record, hash }) => [record, hash]));
}

interface Subject {
  readonly entity: string;
  readonly record: string;
}

/** The record itself and every record its timeline references point to, before and after. */
function subjectsOf(change: NewChange): readonly Subject[] {
  const subjects = new Map([[change.record, { entity: change.entity.name, record: change.record }]]);
  if (change.into !== undefined) subjects.set(change.into, { entity: change.entity.name, record: change.into });
  for (const field of change.entity.fields.values()) {
    if (!field.reference?.timeline) continue;
    for (const side of change.sides) {
      for (const target of targetsOf(side[field.key] ?? null, field.reference.to)) subjects.set(target.record, target);
    }
  }
  return [...subjects.values()];
}

/** The records a reference value names: an id, `{entity, id}`, or a list of ids. */
export function targetsOf(value: Value, to: readonly string[]): readonly Subject[] {
  if (typeof value === 'string') return [{ entity: to[0]!, record: value }];
  if (Array.isArray(value)) return value.flatMap((item: Value) => targetsOf(item, to));
  if (value !== null && typeof value === 'object' && 'id' in value) {
    return [{ entity: String(value['entity']), record: String(value['id']) }];
  }
  return [];
}
