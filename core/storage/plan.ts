import type { Transaction } from '../context.ts';
import type { Model } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import { createFieldTypes } from '../fields/registry.ts';
import { mergeTables, noteAppliedTables, readAppliedTables } from './applied-tables.ts';
import type { Database } from './database.ts';
import { addForeignKeyDdl, createIndexDdl, createTableDdl, searchDdl } from './ddl.ts';
import { findSchema } from './introspect.ts';
import type { FoundSchema } from './introspect.ts';
import { NO_ANSWERS } from './plan/answers.ts';
import type { Answers } from './plan/answers.ts';
import { compareTable } from './plan/compare-table.ts';
import type { TableSteps } from './plan/compare-table.ts';
import { createConvertEnv, readOrganisation } from './plan/convert-env.ts';
import type { OrganisationValues } from './plan/convert-env.ts';
import { deriveSteps } from './plan/derive-steps.ts';
import { dropSteps, listRetired } from './plan/drop-steps.ts';
import type { Retired } from './plan/drop-steps.ts';
import { compareFields } from './plan/field-changes.ts';
import type { Comparing, FieldChange } from './plan/field-changes.ts';
import { tasksOf } from './plan/journal.ts';
import type { Rewriting } from './plan/journal.ts';
import { noteFields, notesOf, readFieldNotes } from './plan/noted-fields.ts';
import type { FieldNotes } from './plan/noted-fields.ts';
import { noteRenames, readRenames } from './plan/noted-renames.ts';
import { findOptionRenames } from './plan/option-renames.ts';
import { findRenames } from './plan/renames.ts';
import { setAside } from './plan/set-aside.ts';
import type { PlanReader } from './plan/scan-field.ts';
import type { SchemaStep } from './plan/step.ts';
import { checkUnique } from './plan/unique-sets.ts';
import { byDialect, raw, sql } from './sql.ts';
import type { Dialect } from './sql.ts';
import { indexesOn } from './table-spec.ts';
import type { TableSpec } from './table-spec.ts';
import { tablesOf } from './tables.ts';

export type { SchemaStep } from './plan/step.ts';

export interface SchemaPlan {
  readonly steps: readonly SchemaStep[];
  /** All that stands in the database once the plan is applied, retired tables and columns too; noted there. */
  readonly tables: readonly TableSpec[];
  /** What every field's values mean then; noted beside the tables. */
  readonly notes: FieldNotes;
  /** Values kept though no definition speaks of them. */
  readonly retired: readonly Retired[];
  /** Answers that no step asks for, as typed: `--fill deal.source`. */
  readonly surplus: readonly string[];
  readonly modelHash: string;
  /** What values depend on when they are carried over. */
  readonly organisation: OrganisationValues;
}

/** What it takes to make the database hold this model. Reads only; a table or column the model does not know is left alone. */
export async function planSchema(db: PlanReader, model: Model, answers: Answers = NO_ANSWERS): Promise<SchemaPlan> {
  const found = await findSchema(db);
  const isNoted = found.tables.has('_meta');
  const ask = <Row>(text: ReturnType<typeof sql>) => db.read<Row>(text);
  const known = isNoted ? await readAppliedTables(ask) : [];
  const notes = isNoted ? await readFieldNotes(ask) : {};
  const renamed = findRenames(model, found, notes);
  const options = await findOptionRenames(db, { model, renamed, noted: isNoted ? await readRenames(ask) : [] });
  const organisation = await readOrganisation(db, found);
  const comparing: Comparing = {
    db,
    model,
    renamed,
    answers,
    asked: new Set(),
    env: createConvertEnv(organisation),
    types: typesOf(model),
    options: options.byField,
  };
  const specs = tablesOf(model);
  const changes = await everyChange(comparing);
  const aside = setAside(db.dialect, renamed.found, changes);
  const tables = compareTables(db.dialect, specs, aside.found);
  const drops = dropSteps(comparing, { known, changes, specs });
  return {
    steps: [
      ...renamed.steps,
      ...aside.steps,
      ...tables.before,
      ...options.steps,
      ...changes.flatMap(({ step }) => (step ? [step] : [])),
      ...(await deriveSteps(comparing, changes)),
      ...aside.drops,
      ...drops.steps,
      ...(await checkUnique(comparing, { specs, found: aside.found, changes })),
      ...tables.after,
      ...searchSteps(renamed.found, db.dialect),
    ],
    tables: mergeTables(specs, drops.kept(known)),
    notes: drops.keptNotes(notesOf(model, renamed.notes)),
    retired: await listRetired(comparing),
    surplus: surplusOf(answers, comparing.asked),
    modelHash: model.hash,
    organisation,
  };
}

/** The model's own types, and those of core for fields it no longer has. */
function typesOf(model: Model) {
  const types = new Map(createFieldTypes());
  for (const entity of model.entities.values())
    for (const { type } of entity.fields.values()) types.set(type.name, type);
  return types;
}

async function everyChange(comparing: Comparing): Promise<readonly FieldChange[]> {
  const changes: FieldChange[] = [];
  for (const entity of comparing.model.entities.values()) {
    if (comparing.renamed.found.tables.has(entity.name)) changes.push(...(await compareFields(comparing, entity)));
  }
  return changes;
}

function compareTables(dialect: Dialect, specs: readonly TableSpec[], found: FoundSchema): TableSteps {
  const created = specs.filter((spec) => !found.tables.has(spec.name));
  const compared = specs.flatMap((spec) => {
    const table = found.tables.get(spec.name);
    return table ? [compareTable({ dialect, spec, table })] : [];
  });
  return {
    before: [...created.map((spec) => createStep(spec, dialect)), ...compared.flatMap(({ before }) => before)],
    after: [...created.flatMap((spec) => foreignKeySteps(spec, dialect)), ...compared.flatMap(({ after }) => after)],
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

function surplusOf(answers: Answers, asked: ReadonlySet<string>): readonly string[] {
  const given = [
    ...Object.keys(answers.fill).map((place) => `fill ${place}`),
    ...Object.keys(answers.replace).map((place) => `replace ${place}`),
    ...answers.truncate.map((place) => `truncate ${place}`),
    ...answers.convert.map((place) => `convert ${place}`),
    ...answers.drop.map((place) => `drop ${place}`),
  ];
  return given.filter((answer) => !asked.has(answer)).map((answer) => `--${answer}`);
}

/** Steps that wait for an answer, or that nothing but a change of the records can answer. */
export function openSteps(plan: SchemaPlan): readonly SchemaStep[] {
  return plan.steps.filter((step) => step.safety !== 'safe' && step.answered !== true);
}

/** CONFLICT with a list of places when any step is not safe. */
export function refuseUnsafe(plan: SchemaPlan): void {
  const refused = plan.steps.filter((step) => step.safety !== 'safe');
  if (refused.length > 0) throw refusal(refused);
}

/** Whether the records themselves have to be rewritten, which storage alone cannot do. */
export function rewritesRecords(plan: SchemaPlan): boolean {
  return plan.steps.some((step) => step.kind === 'changeValues');
}

/** What belongs into the transaction that takes a plan. */
export interface Taking {
  /** Carries the records of one entity over; without it a plan that rewrites records cannot be taken. */
  readonly rewrite?: (tx: Transaction, rewriting: Rewriting) => Promise<void>;
  /** After the steps, before the notes. */
  readonly within?: (tx: Transaction) => Promise<void>;
}

/**
 * Takes every step in one transaction, and what else belongs into it. CONFLICT with a list of places when any step is not safe; then nothing
 * is changed.
 */
export async function applyPlan(db: Database, plan: SchemaPlan, taking: Taking = {}): Promise<void> {
  refuseUnsafe(plan);
  const apply = async (tx: Transaction) => {
    await lockPlan(tx);
    if (plan.steps.length > 0 && (await wasAppliedMeanwhile(tx, plan, db.dialect))) return;
    await takeSteps(tx, plan, taking);
  };
  await db.transaction(apply, { alone: true });
}

/** Two processes that start together must not both change the tables. Held until the transaction ends. */
export async function lockPlan(tx: Transaction): Promise<void> {
  await tx.all(
    byDialect({ sqlite: () => sql`select 1`, postgres: () => sql`select pg_advisory_xact_lock(4274, 1)::text` }),
  );
}

/** Every step, and the notes after them. */
export async function takeSteps(tx: Transaction, plan: SchemaPlan, { rewrite, within }: Taking = {}): Promise<void> {
  for (const task of tasksOf(plan)) {
    if (task.kind === 'rewrite') {
      if (!rewrite) throw new Error('This plan rewrites records: it is not for storage alone.');
      await rewrite(tx, task);
      continue;
    }
    for (const text of task.texts) await tx.define(raw(text));
    await noteRenames(tx, task.renames);
  }
  await within?.(tx);
  await notePlan(tx, plan);
}

/** What the database holds from now on. */
export async function notePlan(
  tx: Transaction,
  plan: Pick<SchemaPlan, 'tables' | 'notes' | 'modelHash'>,
): Promise<void> {
  await noteAppliedTables(tx, plan.tables);
  await noteFields(tx, plan.notes);
  await tx.run(
    sql`insert into "_meta" ("key", "value") values ('modelHash', ${plan.modelHash}) on conflict ("key") do update set "value" = excluded."value"`,
  );
}

/** On an empty database another process may have been first; later plans differ too little to be worth asking for. */
async function wasAppliedMeanwhile(tx: Transaction, plan: SchemaPlan, dialect: Dialect): Promise<boolean> {
  if (!plan.steps.some((step) => step.kind === 'createTable' && step.table === '_meta')) return false;
  const there =
    dialect === 'sqlite'
      ? sql`select name from sqlite_master where name = '_meta'`
      : sql`select to_regclass('"_meta"')::text as name`;
  const [row] = await tx.all<{ name: string | null }>(there);
  return row !== undefined && row.name !== null;
}

function refusal(steps: readonly SchemaStep[]): CasementError {
  const list = steps.map((step) => `  ${step.table} (${step.safety}): ${step.text}`).join('\n');
  return new CasementError(
    'CONFLICT',
    `The database does not fit the definitions, and these changes are not safe to make by themselves:\n${list}\n"casement plan" shows them with what each needs; "casement apply" makes them.`,
    {
      errors: steps.map((step) => ({ path: `/${step.table}`, code: step.safety, message: step.text })),
    },
  );
}
