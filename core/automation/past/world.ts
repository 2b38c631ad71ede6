import type { Model } from '../../definitions/model.ts';
import type { RecordData, Value } from '../../fields/field-type.ts';
import type { ListPath } from '../../rules/condition.ts';
import { isGone } from '../../records/types.ts';
import type { Change } from '../../records/types.ts';
import { idOf } from '../people.ts';

/** All records as they stood at some moment of the past, put together change by change from the ledger. */
export interface World {
  /** Goes one change on. Answers the record before and after it. */
  apply(change: Applied): { readonly before: RecordData | null; readonly after: RecordData };
  /** The record, deleted or not. */
  find(entity: string, id: string): RecordData | undefined;
  /** Live records of an entity. */
  all(entity: string): readonly RecordData[];
  /** The live records of a list of a record. */
  listed(list: ListPath, record: RecordData): readonly RecordData[];
}

/** A change, or what it moved of a parent. */
export type Applied = Pick<Change, 'entity' | 'record' | 'kind' | 'fields' | 'at' | 'version' | 'by'> & {
  readonly isDerived?: boolean;
};

export function createWorld(model: Model): World {
  const records = new Map<string, Map<string, RecordData>>();
  const of = (entity: string) => {
    const found = records.get(entity) ?? new Map<string, RecordData>();
    records.set(entity, found);
    return found;
  };
  const children = createChildren(model, of);
  const live = (entity: string, ids: Iterable<string>) =>
    [...ids].flatMap((id) => {
      const found = of(entity).get(id);
      return isLive(found) ? [found] : [];
    });
  return {
    apply(change) {
      const known = of(change.entity);
      const before = known.get(change.record) ?? null;
      const after = applied(change, before);
      known.set(change.record, after);
      children.move(before, after);
      return { before, after };
    },
    find: (entity, id) => of(entity).get(id),
    all: (entity) => [...of(entity).values()].filter(isLive),
    listed({ entity, field, link }, record) {
      if (!link) return live(entity, [...children.of(entity, field.key, String(record['id']))].sort());
      const ids: Value = record[field.key] ?? null;
      return live(
        entity,
        (Array.isArray(ids) ? ids : []).flatMap((id) => idOf(id) ?? []),
      );
    },
  };
}

function isLive(record: RecordData | undefined): record is RecordData {
  return record?.['deletedAt'] === null;
}

interface Children {
  /** Ids of the records whose reference points there. */
  of(entity: string, field: string, parent: string): ReadonlySet<string>;
  move(before: RecordData | null, after: RecordData): void;
}

/** Who points to whom, kept for the references somebody has asked for. */
function createChildren(model: Model, all: (entity: string) => ReadonlyMap<string, RecordData>): Children {
  const indexes = new Map<string, Map<string, Set<string>>>();
  const add = (index: Map<string, Set<string>>, record: RecordData, key: string) => {
    const parent = idOf(record[key]);
    if (parent === null) return;
    const ids = index.get(parent) ?? new Set<string>();
    index.set(parent, ids.add(String(record['id'])));
  };
  return {
    of(entity, key, parent) {
      let index = indexes.get(`${entity}.${key}`);
      if (!index) {
        index = new Map();
        indexes.set(`${entity}.${key}`, index);
        for (const record of all(entity).values()) add(index, record, key);
      }
      return index.get(parent) ?? new Set();
    },
    move(before, after) {
      const entity = String(after[ENTITY]);
      for (const { key, reference } of model.entities.get(entity)?.fields.values() ?? []) {
        const index = reference ? indexes.get(`${entity}.${key}`) : undefined;
        if (!index) continue;
        const was = before ? idOf(before[key]) : null;
        if (was !== null) index.get(was)?.delete(String(after['id']));
        add(index, after, key);
      }
    },
  };
}

/** Tells a record of the past where it belongs; no field can be called so. */
export const ENTITY = '#entity';

function applied(change: Applied, before: RecordData | null): RecordData {
  const { entity, record: id, fields, at, version, by, kind } = change;
  const values = Object.fromEntries(Object.entries(fields).map(([key, { after }]) => [key, after]));
  const isFieldless = !['created', 'updated', 'moved', 'deleted', 'restored', 'merged'].includes(kind);
  if (isFieldless) return before ?? { id, [ENTITY]: entity, deletedAt: null };
  const stamps = change.isDerived ? {} : { version, updatedAt: at, updatedBy: by.id };
  const made = before ?? { id, [ENTITY]: entity, createdAt: at, createdBy: by.id, deletedAt: null };
  const bin = isGone(kind) ? { deletedAt: at } : kind === 'restored' || kind === 'created' ? { deletedAt: null } : {};
  return { ...made, ...values, ...stamps, ...bin };
}
