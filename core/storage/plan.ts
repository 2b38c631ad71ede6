import type { Model } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import { mergeTables, noteAppliedTables, readAppliedTables, signaturesOf } from './applied-tables.ts';
import type { Database } from './database.ts';
import { addForeignKeyDdl, createIndexDdl, createTableDdl, searchDdl } from './ddl.ts';
import { findSchema } from './introspect.ts';
import type { FoundSchema } from './introspect.ts';
import { compareTable } from './plan-table.ts';
import { raw, sql } from './sql.ts';
import type { Dialect } from './sql.ts';
import { indexesOn } from './table-spec.ts';
import type { TableSpec } from './table-spec.ts';
import { tablesOf } from './tables.ts';

/** `safe`: nothing is lost and no row stands in the way. `needs data`: rows must be filled or changed first. `lossy`: values would go. */
export type Safety = 'safe' | 'needs data' | 'lossy';

export interface SchemaStep {
  readonly kind:
    | 'createTable'
    | 'addColumn'
    | 'setNotNull'
    | 'dropNotNull'
    | 'addCheck'
    | 'dropConstraint'
    | 'addForeignKey'
    | 'createIndex'
    | 'dropIndex'
    | 'createSearch'
    | 'changeColumn';
  readonly table: string;
  /** In order; empty for a step that cannot be taken by SQL alone. */
  readonly sql: readonly string[];
  readonly safety: Safety;
  /** What it does and, where it is not safe, what to do about it. */
  readonly text: string;
}

export interface SchemaPlan {
  readonly steps: readonly SchemaStep[];
  /** All that stands in the database once the plan is applied, retired tables and columns too; noted there. */
  readonly tables: readonly TableSpec[];
  readonly modelHash: string;
}

/** What it takes to make the database hold this model. Reads only; a table or column the model does not know is left alone. */
export async function planSchema(db: Database, model: Model): Promise<SchemaPlan> {
  const found = await findSchema(db);
  const known = found.tables.has('_meta') ? await readAppliedTables((text) => db.read(text)) : [];
  const specs = tablesOf(model);
  const created = specs.filter((spec) => !found.tables.has(spec.name));
  const steps = created.map((spec) => createStep(spec, db.dialect));
  for (const spec of specs) {
    const table = found.tables.get(spec.name);
    const signatures = signaturesOf(known.find(({ name }) => name === spec.name));
    if (table) steps.push(...(await compareTable(db, { spec, table, signatures })));
  }
  return {
    steps: [
      ...steps,
      ...created.flatMap((spec) => foreignKeySteps(spec, db.dialect)),
      ...searchSteps(found, db.dialect),
    ],
    tables: mergeTables(specs, known),
    modelHash: model.hash,
  };
}

function createStep(spec: TableSpec, dialect: Dialect): SchemaStep {
  const indexes = indexesOn(spec, dialect).map((index) => createIndexDdl(spec.name, index, dialect));
  return {
    kind: 'createTable',
    table: spec.name,
    sql: [createTableDdl(spec, dialect), ...indexes],
    safety: 'safe',
    text: `create ${spec.name}`,
  };
}

/** On PostgreSQL a foreign key can only point to a table that is there, so they come after all tables. */
function foreignKeySteps(spec: TableSpec, dialect: Dialect): readonly SchemaStep[] {
  if (dialect === 'sqlite') return [];
  return spec.foreignKeys.map((key) => ({
    kind: 'addForeignKey',
    table: spec.name,
    sql: [addForeignKeyDdl(spec.name, key)],
    safety: 'safe',
    text: `point ${spec.name}.${key.column} to ${key.target}`,
  }));
}

function searchSteps(found: FoundSchema, dialect: Dialect): readonly SchemaStep[] {
  if (found.search) return [];
  return [
    {
      kind: 'createSearch',
      table: '_search',
      sql: searchDdl(dialect),
      safety: 'safe',
      text: 'create the search index',
    },
  ];
}

/** CONFLICT with a list of places when any step is not safe. */
export function refuseUnsafe(plan: SchemaPlan): void {
  const refused = plan.steps.filter((step) => step.safety !== 'safe');
  if (refused.length > 0) throw refusal(refused);
}

/**
 * Takes every step in one transaction, and what else belongs into it. CONFLICT with a list of places when any step is not safe; then nothing
 * is changed.
 */
export async function applyPlan(
  db: Database,
  plan: SchemaPlan,
  within: (tx: Tx) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  refuseUnsafe(plan);
  const apply = async (tx: Tx) => {
    // Two processes that start together must not both create the tables.
    await tx.all(
      sql.byDialect({ sqlite: () => sql`select 1`, postgres: () => sql`select pg_advisory_xact_lock(4274, 1)::text` }),
    );
    if (plan.steps.length > 0 && (await wasAppliedMeanwhile(tx, plan, db.dialect))) return;
    for (const step of plan.steps) for (const text of step.sql) await tx.run(raw(text));
    await within(tx);
    await noteAppliedTables(tx, plan.tables);
    await note(tx, 'modelHash', plan.modelHash);
  };
  await db.transaction(apply, { alone: true });
}

type Tx = Parameters<Parameters<Database['transaction']>[0]>[0];

/** On an empty database another process may have been first; later plans differ too little to be worth asking for. */
async function wasAppliedMeanwhile(tx: Tx, plan: SchemaPlan, dialect: Dialect): Promise<boolean> {
  if (!plan.steps.some((step) => step.kind === 'createTable' && step.table === '_meta')) return false;
  const there =
    dialect === 'sqlite'
      ? sql`select name from sqlite_master where name = '_meta'`
      : sql`select to_regclass('"_meta"')::text as name`;
  const [row] = await tx.all<{ name: string | null }>(there);
  return row !== undefined && row.name !== null;
}

async function note(tx: Tx, key: string, value: string): Promise<void> {
  await tx.run(
    sql`insert into "_meta" ("key", "value") values (${key}, ${value}) on conflict ("key") do update set "value" = excluded."value"`,
  );
}

function refusal(steps: readonly SchemaStep[]): CasementError {
  const list = steps.map((step) => `  ${step.table} (${step.safety}): ${step.text}`).join('\n');
  return new CasementError(
    'CONFLICT',
    `The database does not fit the definitions, and these changes are not safe to make by themselves:\n${list}`,
    {
      errors: steps.map((step) => ({ path: `/${step.table}`, code: step.safety, message: step.text })),
    },
  );
}
