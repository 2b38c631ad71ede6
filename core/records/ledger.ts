import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { instant } from '../context.ts';
import type { Context, Transaction } from '../context.ts';
import type { Entity } from '../definitions/model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { join, sql } from '../storage/sql.ts';
import { canonicalJson } from '../definitions/canonical-json.ts';
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
  /** The record before and after, for its timeline references. */
  readonly sides: readonly RecordData[];
}

export interface Ledger {
  append(ctx: Context, tx: Transaction, change: NewChange): Promise<Change>;
}

/**
 * One row per change, in the transaction of the change, chained by `linkHash`. The chain covers a salted hash of the values, never the
 * values: erasure can empty them and the chain still verifies.
 */
export function createLedger(clock: HybridClock, node: string): Ledger {
  return {
    async append(ctx, tx, change) {
      const subjects = subjectsOf(change);
      const row = await nextRow(ctx, tx, { change, subjects, stamp: { node, hlc: clock.next() } });
      const [inserted] = await tx.all<{ seq: string | number }>(sql`
        insert into "_changes" (${join(Object.keys(row).map((key) => sql.id(key)))}) values (${join(Object.values(row))})
        returning "seq"`);
      const seq = Number(inserted!.seq);
      await appendSubjects(tx, seq, subjects);
      const { derived: _derived, ...appended } = changeOf({ ...row, seq });
      return appended;
    },
  };
}

interface Entry {
  readonly change: NewChange;
  readonly subjects: readonly Subject[];
  readonly stamp: { readonly node: string; readonly hlc: string };
}

async function nextRow(
  ctx: Context,
  tx: Transaction,
  { change, subjects, stamp }: Entry,
): Promise<Omit<LedgerRow, 'seq'>> {
  const { principal, cause } = ctx;
  const derived = change.derived?.map(({ entity, record, fields }) => ({ entity, record, fields }));
  const payload = {
    data: canonicalJson({ fields: change.fields, derived: derived?.length ? derived : undefined }),
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
  const previous = change.kind === 'created' ? undefined : await lastHash(tx, change);
  const named = subjects.map(({ entity, record }) => `${entity}/${record}`);
  return { ...row, hash: linkHash(row, { previous: previous ?? '', subjects: named }) };
}

/** The hash of the record's newest change. */
async function lastHash(tx: Transaction, change: NewChange): Promise<string | undefined> {
  const [row] = await tx.all<{ hash: string }>(
    sql`select "hash" from "_changes" where "entity" = ${change.entity.name} and "record" = ${change.record} order by "seq" desc limit 1`,
  );
  return row?.hash;
}

interface Subject {
  readonly entity: string;
  readonly record: string;
}

/** The record itself and every record its timeline references point to, before and after. */
function subjectsOf(change: NewChange): readonly Subject[] {
  const subjects = new Map([[change.record, { entity: change.entity.name, record: change.record }]]);
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

async function appendSubjects(tx: Transaction, seq: number, subjects: readonly Subject[]): Promise<void> {
  const rows = subjects.map((subject) => sql`(${seq}, ${subject.entity}, ${subject.record})`);
  await tx.run(sql`insert into "_subjects" ("seq", "entity", "record") values ${join(rows, ', ')}`);
}
