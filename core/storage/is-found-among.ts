import type { SqlFragment } from '../context.ts';
import { column } from './compile-path.ts';
import { sql } from './sql.ts';

/**
 * Whether the record behind `alias` is one of those that `select "record" …` finds in a system table. The records are one list, worked out
 * before the entity is asked: not knowing the texts looked for, PostgreSQL would guess that a good share of the entity is found, and walk it.
 */
export function isFoundAmong(alias: SqlFragment, records: SqlFragment): SqlFragment {
  return sql.byDialect({
    sqlite: () => sql`${column(alias, 'id')} in (${records})`,
    postgres: () => sql`${column(alias, 'id')} = any(array(select f."record"::uuid from (${records}) f))`,
  });
}
