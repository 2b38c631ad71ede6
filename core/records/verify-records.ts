import type { Entity, Field, Model } from '../definitions/model.ts';
import { canonicalJson } from '../definitions/canonical-json.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { all } from '../rules/condition-tools.ts';
import type { Database } from '../storage/database.ts';
import { selectRows } from '../storage/select.ts';
import { sql } from '../storage/sql.ts';
import { isNamed } from './former-names.ts';
import type { FormerNames } from './former-names.ts';
import { isEvent } from './event-rights.ts';
import { changeOf, isErased } from './ledger-row.ts';
import type { LedgerRow } from './ledger-row.ts';
import { isGone } from './types.ts';
import type { LedgerFault } from './verify-ledger.ts';

/** A tampered ledger may name anything. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whole records as they are stored, deleted ones too, by id. */
export async function storedRecords(
  db: Database,
  entity: Entity,
  ids: readonly string[],
): Promise<ReadonlyMap<string, RecordData>> {
  const id = entity.fields.get('id')!;
  const path = { entity: entity.name, hops: [], field: id };
  const fields = [...entity.fields.values()].map((field) => ({ field }));
  const rows = await selectRows(
    { all: (fragment) => db.read(fragment) },
    {
      projection: { entity, fields, references: new Map(), lists: new Map() },
      where: all({
        kind: 'compare',
        path,
        op: 'in',
        operand: { kind: 'value', value: ids.filter((text) => UUID.test(text)) },
      }),
      sort: [{ path, descending: false }],
      limit: ids.length,
      deleted: 'with',
      env: { me: null, teamMates: [], now: 0, parse: { currency: 'EUR' } },
    },
    db.dialect,
  );
  return new Map(rows.map((row) => [row.id, JSON.parse(row.json) as RecordData]));
}

/** What its changes do not account for in a record: that it is there, its version, the bin, and, when asked, its values. */
export function recordFaults(
  entity: Entity,
  of: { readonly chain: readonly LedgerRow[]; readonly record: RecordData | undefined; readonly values: boolean },
): readonly LedgerFault[] {
  const { chain, record } = of;
  const last = chain.at(-1);
  if (!last) return [];
  const fault = (what: string) => ({ entity: entity.name, record: last.record, what });
  if (!record) return [fault('the record is gone from its table')];
  const faults: LedgerFault[] = [];
  if (Number(record['version']) !== Number(last.version))
    faults.push(fault(`the record has version ${Number(record['version'])}, its last change ${Number(last.version)}`));
  const isDeleted = record['deletedAt'] !== null;
  const bin = chain.findLast(({ kind }) => isGone(kind) || kind === 'restored');
  if (isDeleted !== (bin !== undefined && isGone(bin.kind)))
    faults.push(fault(`the record is ${isDeleted ? '' : 'not '}in the bin, its changes say otherwise`));
  if (of.values)
    for (const key of untold(entity, chain, record)) faults.push(fault(`"${key}" is not what its changes say`));
  return faults;
}

/** Fields whose value is not the last one its changes tell. Figures follow other records; of a renamed field the old key was told. */
function untold(entity: Entity, chain: readonly LedgerRow[], record: RecordData): readonly string[] {
  if (chain.some(isErased)) return [];
  const told = lastTold(chain);
  const own = [...entity.fields.values()].filter(
    (field) => !field.system && !field.computed && !field.rollup && field.was === undefined,
  );
  return own
    .filter((field) => canonicalJson(told.get(field.key) ?? blank(field)) !== canonicalJson(record[field.key] ?? null))
    .map(({ key }) => key);
}

function blank(field: Field): Value {
  return field.reference?.many ? [] : null;
}

function lastTold(chain: readonly LedgerRow[]): ReadonlyMap<string, Value> {
  const told = new Map<string, Value>();
  for (const row of chain) {
    if (isEvent(row.kind)) continue;
    for (const [key, { after }] of Object.entries(changeOf(row).fields)) told.set(key, after);
  }
  return told;
}

const MOST_NAMED = 100;

/** Records that no change has made: they came past the one write. */
export async function unmadeRecords(db: Database, model: Model, names: FormerNames): Promise<readonly LedgerFault[]> {
  const faults: LedgerFault[] = [];
  for (const entity of model.entities.values()) {
    const own = sql.byDialect({ sqlite: () => sql`r."id"`, postgres: () => sql`r."id"::text` });
    const rows = await db.read<{ id: string }>(
      sql`select r."id" from ${sql.id(entity.name)} r where not exists
        (select 1 from "_changes" c where ${isNamed(sql.raw('c."entity"'), names.ofEntity(entity.name))} and c."record" = ${own}) order by r."id" limit ${sql.raw(String(MOST_NAMED))}`,
    );
    faults.push(...rows.map(({ id }) => ({ entity: entity.name, record: id, what: 'no change has made this record' })));
  }
  return faults;
}
