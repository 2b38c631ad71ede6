import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { instant } from '../context.ts';
import type { Context, Transaction } from '../context.ts';
import type { Entity } from '../definitions/model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { isOneOf } from '../storage/bind.ts';
import { insertReturning, insertRows } from '../storage/insert-rows.ts';
import { raw, sql } from '../storage/sql.ts';
import { canonicalJson } from '../definitions/canonical-json.ts';
import { isNamed, NO_FORMER_NAMES } from './former-names.ts';
import type { FormerNames } from './former-names.ts';
import type { HybridClock } from './hybrid-clock.ts';
import { changeOf, linkHash, payloadHash } from './ledger-row.ts';
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

export interface Ledger {
  append(ctx: Context, tx: Transaction, change: NewChange): Promise<Change>;
  /** Many at once, of one entity and of as many records: three statements in place of three for each. Answers in the order given. */
  appendAll(ctx: Context, tx: Transaction, changes: readonly NewChange[]): Promise<readonly Change[]>;
}

/**
 * One row per change, in the transaction of the change, chained by `linkHash`. The chain covers a salted hash of the values, never the
 * values: erasure can empty them and the chain still verifies.
 */
export function createLedger(clock: HybridClock, node: string, names: FormerNames = NO_FORMER_NAMES): Ledger {
  const appendAll: Ledger['appendAll'] = async (ctx, tx, changes) => {
    const followers = changes.filter(({ kind }) => kind !== 'created');
    const hashes = await lastHashes(tx, followers, names);
    const subjects = changes.map(subjectsOf);
    const rows = changes.map((change, index) => {
      const stamp = { node, hlc: clock.next() };
      return nextRow(ctx, { change, subjects: subjects[index]!, stamp, previous: hashes.get(change.record) ?? '' });
    });
    const seqs = await insertLedgerRows(tx, rows);
    const named = subjects.flatMap((some, index) => some.map((one) => [seqs[index], one.entity, one.record]));
    await insertRows(tx, { table: '_subjects', columns: ['seq', 'entity', 'record'], rows: named });
    return rows.map((row, index) => {
      const { derived: _derived, ...appended } = changeOf({ ...row, seq: seqs[index]! });
      return ctx.isQuiet ? { ...appended, isQuiet: true } : appended;
    });
  };
  return { append: async (ctx, tx, change) => (await appendAll(ctx, tx, [change]))[0]!, appendAll };
}

/** Their numbers, in the order given. */
async function insertLedgerRows(tx: Transaction, rows: readonly Omit<LedgerRow, 'seq'>[]): Promise<readonly number[]> {
  const columns = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => Object.values(row));
  const inserted = await insertReturning<{ id: string; seq: string | number }>(
    tx,
    { table: '_changes', columns, rows: cells },
    ['id', 'seq'],
  );
  const numbers = new Map(inserted.map(({ id, seq }) => [id, Number(seq)]));
  return rows.map(({ id }) => numbers.get(id) ?? 0);
}

interface Entry {
  readonly change: NewChange;
  readonly subjects: readonly Subject[];
  readonly stamp: { readonly node: string; readonly hlc: string };
  /** Hash of the record's change before; empty for the first. */
  readonly previous: string;
}

function nextRow(ctx: Context, { change, subjects, stamp, previous }: Entry): Omit<LedgerRow, 'seq'> {
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
    salt: randomBytes(16).toString('hex'),
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
  changes: readonly NewChange[],
  names: FormerNames,
): Promise<ReadonlyMap<string, string>> {
  const entity = changes[0]?.entity.name;
  if (entity === undefined) return new Map();
  const named = isNamed(raw('"entity"'), names.ofEntity(entity));
  const [only] = changes.length === 1 ? changes : [];
  if (only) {
    const [row] = await tx.all<{ hash: string }>(
      sql`select "hash" from "_changes" where ${named} and "record" = ${only.record} order by "seq" desc limit 1`,
    );
    return new Map(row ? [[only.record, row.hash]] : []);
  }
  const records = isOneOf(
    raw('"record"'),
    changes.map(({ record }) => record),
    'text',
  );
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
