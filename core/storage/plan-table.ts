import { columnSignature } from './columns.ts';
import type { Database } from './database.ts';
import { addColumnDdl, addForeignKeyDdl, checkDdl, columnType, createIndexDdl, dropConstraintDdl } from './ddl.ts';
import type { FoundTable } from './introspect.ts';
import type { SchemaStep } from './plan.ts';
import { raw } from './sql.ts';
import { indexesOn, quoted } from './table-spec.ts';
import type { CheckSpec, ColumnSpec, IndexSpec, TableSpec } from './table-spec.ts';

export interface TableComparison {
  readonly spec: TableSpec;
  readonly table: FoundTable;
  /** What its columns meant when they were last written, by name. */
  readonly signatures: Readonly<Record<string, string>>;
}

/** Our own constraints end with a hash; anything else on the table was put there by somebody else and stays. */
const OWN_CHECK = /_(options|length[a-z]*|target)_[0-9a-f]{8}$/;
const OWN_INDEX = /_(unique|index)_[0-9a-f]{8}$/;

/** Steps for a table that is already there. Constraints go before they come, since a swapped one has both. */
export async function compareTable(db: Database, comparison: TableComparison): Promise<readonly SchemaStep[]> {
  const { spec, table } = comparison;
  const added = spec.columns.filter(
    (column) => !table.columns.has(column.name) && (column.special !== 'xid' || db.dialect === 'postgres'),
  );
  const steps: SchemaStep[] = added.map((column) => addColumn(db, spec, column));
  steps.push(...changedColumns(db, comparison), ...dropped(db, spec, table));
  for (const column of spec.columns) steps.push(...(await nullability(db, comparison, column)));
  steps.push(...retired(spec, table));
  for (const check of spec.checks)
    if (!table.constraints.has(check.name)) steps.push(await addCheck(db, comparison, check));
  for (const index of indexesOn(spec, db.dialect))
    if (!table.indexes.has(index.name)) steps.push(await addIndex(db, { spec, table, index }));
  if (db.dialect === 'postgres') steps.push(...foreignKeys(spec, table));
  return steps;
}

function addColumn(db: Database, spec: TableSpec, column: ColumnSpec): SchemaStep {
  return {
    kind: 'addColumn',
    table: spec.name,
    sql: [addColumnDdl(spec, column, db.dialect)],
    safety: 'safe',
    text: `add ${spec.name}.${column.name}`,
  };
}

/** Another storage type or another number of digits: the stored values would mean something else. */
function changedColumns(db: Database, { spec, table, signatures }: TableComparison): readonly SchemaStep[] {
  return spec.columns.flatMap((column): SchemaStep[] => {
    const found = table.columns.get(column.name);
    if (!found || column.special) return [];
    const wanted = columnSignature(column);
    const before = signatures[column.name] ?? wanted;
    const sameType = plainType(found.type) === plainType(columnType(column.kind, db.dialect));
    if (sameType && before === wanted) return [];
    const text = `${spec.name}.${column.name} holds ${before === wanted ? found.type : before} and should hold ${wanted}. Give the field another key, or move its values first`;
    return [{ kind: 'changeColumn', table: spec.name, sql: [], safety: 'lossy', text }];
  });
}

function plainType(type: string): string {
  return type.replace(/ collate .*$/, '').replace('timestamp(3) with time zone', 'timestamptz(3)');
}

/** Checks and indexes of ours that the model no longer asks for; a swapped rule has another name. */
function dropped(db: Database, spec: TableSpec, table: FoundTable): readonly SchemaStep[] {
  const checks = new Set(spec.checks.map((check) => check.name));
  const indexes = new Set(spec.indexes.map((index) => index.name));
  const constraints = [...table.constraints].sort().filter((name) => OWN_CHECK.test(name) && !checks.has(name));
  const unused = [...table.indexes].sort().filter((name) => OWN_INDEX.test(name) && !indexes.has(name));
  return [
    ...constraints.map((name): SchemaStep => ({
      ...step(spec, 'dropConstraint'),
      sql: [dropConstraintDdl(spec.name, name, db.dialect)],
      text: `drop the check ${name}`,
    })),
    ...unused.map((name): SchemaStep => ({
      ...step(spec, 'dropIndex'),
      sql: [`drop index ${quoted(name)}`],
      text: `drop the index ${name}`,
    })),
  ];
}

function step(spec: TableSpec, kind: SchemaStep['kind']): Pick<SchemaStep, 'kind' | 'table' | 'safety'> {
  return { kind, table: spec.name, safety: 'safe' };
}

function alter(spec: TableSpec): string {
  return `alter table ${quoted(spec.name)}`;
}

async function nullability(
  db: Database,
  { spec, table }: TableComparison,
  column: ColumnSpec,
): Promise<readonly SchemaStep[]> {
  const found = table.columns.get(column.name);
  if (column.special || spec.primaryKey.includes(column.name) || (found?.notNull ?? false) === column.notNull)
    return [];
  const name = `${spec.name}.${column.name}`;
  const change = `${alter(spec)} alter column ${quoted(column.name)}`;
  if (!column.notNull)
    return [{ ...step(spec, 'dropNotNull'), sql: [`${change} drop not null`], text: `let ${name} be empty` }];
  const empty = await count(db, spec.name, found ? `${quoted(column.name)} is null` : 'true');
  if (empty === 0) return [{ ...step(spec, 'setNotNull'), sql: [`${change} set not null`], text: `require ${name}` }];
  const text = `${name} is required and empty in ${empty} ${empty === 1 ? 'row' : 'rows'}. Fill them, or do not require it`;
  return [{ ...step(spec, 'setNotNull'), safety: 'needs data', sql: [`${change} set not null`], text }];
}

/** Columns without a field any more keep their values; new rows cannot fill them, so they may be empty. */
function retired(spec: TableSpec, table: FoundTable): readonly SchemaStep[] {
  const names = new Set(spec.columns.map((column) => column.name));
  return [...table.columns].flatMap(([name, column]): SchemaStep[] => {
    if (names.has(name) || !column.notNull) return [];
    return [
      {
        ...step(spec, 'dropNotNull'),
        sql: [`${alter(spec)} alter column ${quoted(name)} drop not null`],
        text: `retire ${spec.name}.${name}, keeping its values`,
      },
    ];
  });
}

async function addCheck(db: Database, { spec, table }: TableComparison, check: CheckSpec): Promise<SchemaStep> {
  const text = check.text[db.dialect];
  const ddl = `${alter(spec)} add ${checkDdl(check, db.dialect)}`;
  const isNew = spec.columns.some((column) => text.includes(quoted(column.name)) && !table.columns.has(column.name));
  // A column that is only being added is empty everywhere, so no row can break a rule about it.
  const breaking = isNew ? 0 : await count(db, spec.name, `not (${text})`);
  if (breaking === 0) return { ...step(spec, 'addCheck'), sql: [ddl], text: `check ${check.name}` };
  const advice = `${breaking} ${breaking === 1 ? 'row breaks' : 'rows break'} the rule ${text}. Change these rows first`;
  return { ...step(spec, 'addCheck'), safety: 'needs data', sql: [ddl], text: advice };
}

async function addIndex(
  db: Database,
  of: { spec: TableSpec; table: FoundTable; index: IndexSpec },
): Promise<SchemaStep> {
  const { spec, table, index } = of;
  const ddl = createIndexDdl(spec.name, index, db.dialect);
  const doubles = index.unique ? await countDoubles(db, { spec, table, index }) : 0;
  if (doubles === 0) return { ...step(spec, 'createIndex'), sql: [ddl], text: `index ${index.name}` };
  const text = `${doubles} ${doubles === 1 ? 'value stands' : 'values stand'} in more than one row of ${spec.name}, but must be unique (${index.parts[db.dialect].join(', ')}). Change these rows first`;
  return { ...step(spec, 'createIndex'), safety: 'needs data', sql: [ddl], text };
}

async function countDoubles(
  db: Database,
  of: { spec: TableSpec; table: FoundTable; index: IndexSpec },
): Promise<number> {
  const { spec, table, index } = of;
  const parts = index.parts[db.dialect];
  const isNew = spec.columns.some(
    (column) => parts.join().includes(quoted(column.name)) && !table.columns.has(column.name),
  );
  if (isNew) return 0;
  const filled = parts.map((part) => `${part} is not null`).join(' and ');
  const groups = `select 1 from ${quoted(spec.name)} where ${filled} and ${index.where ?? 'true'} group by ${parts.join(', ')} having count(*) > 1`;
  const [row] = await db.read<{ count: number | string }>(raw(`select count(*) as "count" from (${groups}) doubles`));
  return Number(row?.count ?? 0);
}

async function count(db: Database, table: string, where: string): Promise<number> {
  const [row] = await db.read<{ count: number | string }>(
    raw(`select count(*) as "count" from ${quoted(table)} where ${where}`),
  );
  return Number(row?.count ?? 0);
}

function foreignKeys(spec: TableSpec, table: FoundTable): readonly SchemaStep[] {
  return spec.foreignKeys
    .filter((key) => !table.constraints.has(key.name))
    .map((key) => ({
      ...step(spec, 'addForeignKey'),
      sql: [addForeignKeyDdl(spec.name, key)],
      text: `point ${spec.name}.${key.column} to ${key.target}`,
    }));
}
