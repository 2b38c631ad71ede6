import type { Transaction } from '../../context.ts';
import type { Cell } from '../../fields/field-type.ts';
import { cellList } from '../bind.ts';
import type { Dialect } from '../sql.ts';
import { id, join, sql } from '../sql.ts';
import type { TableSpec } from '../table-spec.ts';
import { dumpedColumns } from './format.ts';

/** SQLite takes 32,766 values in a statement; on PostgreSQL a column travels as one list. */
const MOST_VALUES = 8_000;
const MOST_ROWS: Readonly<Record<Dialect, number>> = { sqlite: 250, postgres: 2_000 };

/** Few different texts, so that each is prepared once: full batches, then what is left one by one. */
export async function insertRows(
  tx: Transaction,
  dialect: Dialect,
  { table, rows }: { readonly table: TableSpec; readonly rows: readonly (readonly Cell[])[] },
): Promise<void> {
  const columns = dumpedColumns(table);
  const names = join(columns.map((column) => id(column.name)));
  const into = sql`insert into ${id(table.name)} (${names})`;
  const full =
    dialect === 'sqlite' ? Math.min(MOST_ROWS.sqlite, Math.floor(MOST_VALUES / columns.length)) : MOST_ROWS.postgres;
  for (let from = 0; from < rows.length;) {
    const size = dialect === 'postgres' || rows.length - from >= full ? full : 1;
    const some = rows.slice(from, from + size);
    from += size;
    if (dialect === 'sqlite') {
      await tx.run(sql`${into} values ${join(some.map((cells) => sql`(${join(cells)})`))}`);
    } else {
      const lists = columns.map((column, index) =>
        cellList(
          some.map((cells) => cells[index] ?? null),
          column.kind,
        ),
      );
      await tx.run(sql`${into} select * from unnest(${join(lists)})`);
    }
  }
}
