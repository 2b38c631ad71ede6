import type { Transaction } from '../context.ts';
import type { Entity, Field } from '../definitions/model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { isMany, linkOf } from './columns.ts';
import { id, join, sql } from './sql.ts';

/** Rows of one insert; each has three values, and PostgreSQL takes 65,535 in a statement, SQLite 32,766. */
const MOST_ROWS = 1000;

/** Makes the link rows of every `many` reference among the values what the record says; the order of the ids is kept. */
export async function writeLinks(
  tx: Transaction,
  entity: Entity,
  of: { id: string; values: RecordData; isNew: boolean },
): Promise<void> {
  for (const [key, value] of Object.entries(of.values)) {
    const field = entity.fields.get(key);
    if (field && isMany(field))
      await writeLink(tx, { entity, field, source: of.id, targets: idsOf(value), isNew: of.isNew });
  }
}

interface Link {
  readonly entity: Entity;
  readonly field: Field;
  readonly source: string;
  readonly targets: readonly string[];
  readonly isNew: boolean;
}

async function writeLink(tx: Transaction, link: Link): Promise<void> {
  const table = id(linkOf(link.entity.name, link.field));
  if (!link.isNew) await tx.run(sql`delete from ${table} where "source" = ${link.source}`);
  for (let from = 0; from < link.targets.length; from += MOST_ROWS) {
    const some = link.targets.slice(from, from + MOST_ROWS);
    const rows = some.map((target, index) => sql`(${link.source}, ${target}, ${from + index})`);
    await tx.run(sql`insert into ${table} ("source", "target", "position") values ${join(rows)}`);
  }
}

function idsOf(value: Value): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
