import type { SqlFragment } from '../context.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { isOneOf } from '../storage/bind.ts';
import type { NotedRename } from '../storage/plan/noted-renames.ts';
import { sql } from '../storage/sql.ts';
import type { Change } from './types.ts';

/** The ledger is chained and never rewritten: what was written under a former name is read under the present one. */
export interface FormerNames {
  /** Every name the entity's changes may bear, the present one first. */
  ofEntity(entity: string): readonly string[];
  /** A row of the ledger with the names of today. */
  present<Row extends LedgerRow>(row: Row): Row;
}

/** The rows of an entity, by whatever name. */
export function isNamed(column: SqlFragment, names: readonly string[]): SqlFragment {
  return names.length === 1 ? sql`${column} = ${names[0]}` : isOneOf(column, names, 'text');
}

export interface LedgerRow {
  readonly seq: string | number;
  readonly entity: string;
  readonly data: string;
}

export const NO_FORMER_NAMES: FormerNames = createFormerNames([]);

export function createFormerNames(renames: readonly NotedRename[]): FormerNames {
  const entities = renames.filter((rename) => rename.kind === 'entity');
  return {
    ofEntity(entity) {
      const names = [entity];
      for (const { from, to } of entities.toReversed()) if (names.includes(to)) names.push(from);
      return [...new Set(names)];
    },
    present(row) {
      const later = renames.filter(({ seq }) => seq >= Number(row.seq));
      return later.length === 0 ? row : later.reduce(renamedRow, row);
    },
  };
}

function renamedRow<Row extends LedgerRow>(row: Row, rename: NotedRename): Row {
  const data = JSON.parse(row.data) as { fields?: Change['fields'] };
  const isHere = rename.kind !== 'entity' && rename.entity === row.entity;
  const entity = rename.kind === 'entity' && row.entity === rename.from ? rename.to : row.entity;
  const fields = Object.entries(data.fields ?? {}).map(([key, sides]) => {
    const { before, after } = sides;
    const value = (side: Value) =>
      renamedValue(side, rename, isHere && rename.kind === 'option' && rename.field === key);
    return [isHere ? renamedKey(key, rename) : key, { before: value(before), after: value(after) }] as const;
  });
  return { ...row, entity, data: JSON.stringify({ ...data, fields: Object.fromEntries(fields) }) };
}

/** `phone:typed` goes with its field. */
function renamedKey(key: string, rename: NotedRename): string {
  if (rename.kind !== 'field') return key;
  if (key === rename.from) return rename.to;
  return key.startsWith(`${rename.from}:`) ? `${rename.to}${key.slice(rename.from.length)}` : key;
}

function renamedValue(value: Value, rename: NotedRename, isOption: boolean): Value {
  if (isOption && value === rename.from) return rename.to;
  if (Array.isArray(value)) return value.map((item: Value) => renamedValue(item, rename, isOption));
  if (rename.kind !== 'entity' || value === null || typeof value !== 'object') return value;
  const target = value as RecordData;
  return target['entity'] === rename.from && 'id' in target ? { ...target, entity: rename.to } : value;
}
