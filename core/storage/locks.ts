import type { SqlFragment, Transaction } from '../context.ts';
import type { Entity, Field } from '../definitions/model.ts';
import { isOneOf } from './bind.ts';
import { isPolymorphic } from './columns.ts';
import { targetColumn } from './names.ts';
import { id, join, raw, sql } from './sql.ts';

/**
 * How a record is held until the transaction ends. `change`: nobody else changes it, though new records may point to it. `remove`: that
 * neither. SQLite has one writer at a time and holds nothing.
 */
export type Hold = 'change' | 'remove';

const STRENGTH: Readonly<Record<Hold, string>> = { change: 'for no key update', remove: 'for update' };

export function lockClause(hold: Hold, of?: SqlFragment): SqlFragment {
  const which = of ? sql` of ${of}` : sql``;
  return sql.byDialect({ sqlite: () => sql``, postgres: () => sql` ${raw(STRENGTH[hold])}${which}` });
}

/** Holds these records, in order of id, so that two writers of several cannot wait for each other; whatever is asked for next sees them held. */
export function lockRecords(
  tx: Transaction,
  entity: Entity,
  of: { readonly ids: readonly string[]; readonly hold: Hold },
): Promise<void> {
  if (of.ids.length > 0) tx.later(pointing(entity, { ...of, to: [], order: heldInOrder(of.hold) }));
  return Promise.resolve();
}

/** One place a record points to: a reference, and which of its entities is meant. */
export interface Pointing {
  readonly field: Field;
  readonly target: string;
}

/** Ids in the order of the places asked for; null where the record points to nothing there. */
export type Pointers = readonly (string | null)[];

interface Asked {
  readonly ids: readonly string[];
  readonly to: readonly Pointing[];
}

/** Holds these records, in order of id, and answers where they point to now that nobody else changes them. */
export function holdRecords(
  tx: Transaction,
  entity: Entity,
  of: Asked & { readonly hold: Hold },
): Promise<ReadonlyMap<string, Pointers>> {
  return pointersOf(tx, entity, { ...of, order: heldInOrder(of.hold) });
}

function heldInOrder(hold: Hold): SqlFragment {
  return sql` order by "id"${lockClause(hold)}`;
}

/** Where these records point to at this moment; none of them is held. */
export function referencesOf(tx: Transaction, entity: Entity, of: Asked): Promise<ReadonlyMap<string, Pointers>> {
  return pointersOf(tx, entity, { ...of, order: sql`` });
}

interface Ordered extends Asked {
  readonly order: SqlFragment;
}

function pointing(entity: Entity, { ids, to, order }: Ordered): SqlFragment {
  const columns = to.map(({ field, target }, index) => {
    const name = isPolymorphic(field) ? targetColumn(field.key, target) : field.key;
    return sql`${id(name)} as ${id(`p${index}`)}`;
  });
  return sql`select ${join([sql`"id"`, ...columns])} from ${id(entity.name)} where ${isOneOf(raw('"id"'), [...ids].sort(), 'uuid')}${order}`;
}

async function pointersOf(tx: Transaction, entity: Entity, of: Ordered): Promise<ReadonlyMap<string, Pointers>> {
  if (of.ids.length === 0) return new Map();
  const rows = await tx.all<Readonly<Record<string, string | null>> & { readonly id: string }>(pointing(entity, of));
  return new Map(rows.map((row) => [row.id, of.to.map((_place, index) => row[`p${index}`] ?? null)]));
}
