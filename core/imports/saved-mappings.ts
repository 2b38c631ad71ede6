import { instant } from '../context.ts';
import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';
import type { TablePlan } from './plan.ts';

/** How tables of one kind are read: everything of a table plan but its file. */
export interface SavedMapping {
  readonly name: string;
  readonly entity: string;
  readonly table: Omit<TablePlan, 'file'>;
}

export interface Mappings {
  list(): Promise<readonly SavedMapping[]>;
  /** NOT_FOUND. */
  get(name: string): Promise<SavedMapping>;
  /** In place of one of the same name. */
  save(ctx: Context, mapping: SavedMapping): Promise<void>;
  /** NOT_FOUND. */
  remove(name: string): Promise<void>;
}

interface Row {
  readonly name: string;
  readonly entity: string;
  readonly mapping: string;
}

export function createMappings(db: Database): Mappings {
  const read = (row: Row): SavedMapping => ({
    name: row.name,
    entity: row.entity,
    table: JSON.parse(row.mapping) as SavedMapping['table'],
  });
  const missing = (name: string) => new CasementError('NOT_FOUND', `There is no mapping "${name.slice(0, 80)}".`);
  return {
    async list() {
      const rows = await db.read<Row>(sql`select "name", "entity", "mapping" from "_import_mappings" order by "name"`);
      return rows.map(read);
    },
    async get(name) {
      const [row] = await db.read<Row>(
        sql`select "name", "entity", "mapping" from "_import_mappings" where "name" = ${name}`,
      );
      if (!row) throw missing(name);
      return read(row);
    },
    async save(ctx, { name, entity, table }) {
      const mapping = JSON.stringify(table);
      await db.transaction((tx) =>
        tx.run(sql`insert into "_import_mappings" ("name", "entity", "mapping", "createdBy", "createdAt")
          values (${name}, ${entity}, ${mapping}, ${ctx.principal.id}, ${instant(ctx.clock)})
          on conflict ("name") do update set "entity" = ${entity}, "mapping" = ${mapping}`),
      );
    },
    async remove(name) {
      const removed = await db.transaction((tx) => tx.run(sql`delete from "_import_mappings" where "name" = ${name}`));
      if (removed === 0) throw missing(name);
    },
  };
}
