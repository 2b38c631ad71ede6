import { createHash, randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { instant } from '../context.ts';
import type { Context, Transaction } from '../context.ts';
import type { Entity } from '../definitions/model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { join, sql } from '../storage/sql.ts';
import { canonicalJson } from '../definitions/canonical-json.ts';
import type { HybridClock } from './hybrid-clock.ts';
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
 * One row per change, in the transaction of the change. Each row's hash covers the record's row before it, what happened, when and by
 * whom, and a salted hash of the payload (values and note), never values: erasure can empty the payload and the chain still verifies.
 */
export function createLedger(clock: HybridClock, node: string): Ledger {
  return {
    async append(ctx, tx, change) {
      const id = uuidv7();
      const at = instant(ctx.clock);
      const derived = change.derived?.map(({ entity, record, fields }) => ({ entity, record, fields }));
      const data = canonicalJson({ fields: change.fields, derived: derived?.length ? derived : undefined });
      const salt = randomBytes(16).toString('hex');
      const payloadHash = sha256(salt + data + (change.note ?? ''));
      const hlc = clock.next();
      const { principal, cause } = ctx;
      const previous = change.kind === 'created' ? undefined : await lastHash(tx, change);
      const hash = sha256(
        canonicalJson([
          previous ?? '',
          id,
          at,
          change.entity.name,
          change.record,
          change.kind,
          change.version,
          hlc,
          principal.kind,
          principal.id,
          ctx.door,
          payloadHash,
        ]),
      );
      const name = principal.reason === undefined ? principal.name : `${principal.name}: ${principal.reason}`;
      const [row] = await tx.all<{ seq: string | number }>(sql`
        insert into "_changes" ("id", "at", "entity", "record", "kind", "data", "note", "principalKind", "principalId", "principalName",
          "door", "cause", "root", "depth", "rule", "batch", "node", "hlc", "version", "payloadHash", "salt", "hash")
        values (${id}, ${at}, ${change.entity.name}, ${change.record}, ${change.kind}, ${data}, ${change.note ?? null},
          ${principal.kind}, ${principal.id}, ${name}, ${ctx.door}, ${cause?.change ?? null}, ${cause?.root ?? null},
          ${cause?.depth ?? 0}, ${cause?.rule ?? null}, ${ctx.batch ?? null}, ${node}, ${hlc}, ${change.version},
          ${payloadHash}, ${salt}, ${hash})
        returning "seq"`);
      const seq = Number(row!.seq);
      await appendSubjects(tx, seq, subjectsOf(change));
      return {
        seq,
        id,
        at,
        entity: change.entity.name,
        record: change.record,
        kind: change.kind,
        fields: change.fields,
        ...(change.note === undefined ? {} : { note: change.note }),
        by: { id: principal.id, name, kind: principal.kind },
        door: ctx.door,
        ...(cause ? { cause } : {}),
        ...(ctx.batch === undefined ? {} : { batch: ctx.batch }),
        version: change.version,
      };
    },
  };
}

/** The hash of the record's newest change. */
async function lastHash(tx: Transaction, change: NewChange): Promise<string | undefined> {
  const [row] = await tx.all<{ hash: string }>(
    sql`select "hash" from "_changes" where "entity" = ${change.entity.name} and "record" = ${change.record} order by "seq" desc limit 1`,
  );
  return row?.hash;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
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
