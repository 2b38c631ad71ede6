import { addColumnDdl, addForeignKeyDdl, checkDdl, columnType, createIndexDdl, dropConstraintDdl } from '../ddl.ts';
import type { FoundTable } from '../introspect.ts';
import type { Dialect } from '../sql.ts';
import { indexesOn, quoted } from '../table-spec.ts';
import type { ColumnSpec, TableSpec } from '../table-spec.ts';
import type { SchemaStep } from './step.ts';

/** The DDL between a table as it stands and as it should be: before its rows change, and after. */
export interface TableSteps {
  /** Rules that go, rooms that come. */
  readonly before: readonly SchemaStep[];
  /** Rules that come. */
  readonly after: readonly SchemaStep[];
}

export interface TableComparison {
  readonly dialect: Dialect;
  readonly spec: TableSpec;
  /** With every rename done and everything set aside. */
  readonly table: FoundTable;
}

/** Our own constraints end with a hash; anything else on the table was put there by somebody else and stays. */
export const OWN_CHECK = /_(options|length[a-z]*|target)_[0-9a-f]{8}$/;
export const OWN_INDEX = /_(unique|index|match)_[0-9a-f]{8}$/;
const OWN_KEY = /_(reference|source)_[0-9a-f]{8}$/;

/** Steps for a table that is already there. Constraints go before they come, since a swapped one has both. */
export function compareTable(comparison: TableComparison): TableSteps {
  const { spec, table, dialect } = comparison;
  const added = spec.columns.filter(
    (column) => !table.columns.has(column.name) && (column.special !== 'xid' || dialect === 'postgres'),
  );
  return {
    before: [
      ...dropped(comparison),
      ...added.map((column) => addColumn(comparison, column)),
      ...changedColumns(comparison),
      ...spec.columns.flatMap((column) => loosened(comparison, column)),
      ...retired(comparison),
    ],
    after: [
      ...spec.columns.flatMap((column) => required(comparison, column)),
      ...addedChecks(comparison),
      ...addedIndexes(comparison),
      ...addedKeys(comparison),
    ],
  };
}

function step(spec: TableSpec, kind: SchemaStep['kind'], of: { sql: string; text: string }): SchemaStep {
  return { kind, table: spec.name, safety: 'safe', sql: [of.sql], text: of.text };
}

function alter(spec: TableSpec): string {
  return `alter table ${quoted(spec.name)}`;
}

function addColumn({ dialect, spec }: TableComparison, column: ColumnSpec): SchemaStep {
  return step(spec, 'addColumn', {
    sql: addColumnDdl(spec, column, dialect),
    text: `add ${spec.name}.${column.name}`,
  });
}

/** What no note explains: the column was made by hand, or by a release that noted nothing. */
function changedColumns({ dialect, spec, table }: TableComparison): readonly SchemaStep[] {
  return spec.columns.flatMap((column): SchemaStep[] => {
    const found = table.columns.get(column.name);
    const wanted = columnType(column.kind, dialect);
    if (!found || column.special || plainType(found.type) === plainType(wanted)) return [];
    const text = `${spec.name}.${column.name} is a column of type ${found.type} and should be one of type ${plainType(wanted)}, and the database does not say what its values mean. Give the field another key`;
    return [{ kind: 'setAside', table: spec.name, sql: [], safety: 'lossy', text }];
  });
}

function plainType(type: string): string {
  return type.replace(/ collate .*$/, '').replace('timestamp(3) with time zone', 'timestamptz(3)');
}

/** Checks, indexes and keys of ours that the model no longer asks for; a swapped rule has another name. */
function dropped({ dialect, spec, table }: TableComparison): readonly SchemaStep[] {
  const wanted = new Set([...spec.checks, ...indexesOn(spec, dialect), ...spec.foreignKeys].map(({ name }) => name));
  const surplus = (names: ReadonlySet<string>, own: RegExp) =>
    [...names].sort().filter((name) => own.test(name) && !wanted.has(name));
  const known = new Set(spec.columns.map(({ name }) => name));
  const keys =
    dialect === 'sqlite' ? [] : surplus(table.constraints, OWN_KEY).filter((name) => isOfKnown(table, name, known));
  return [
    ...[...surplus(table.constraints, OWN_CHECK), ...keys].map((name) =>
      step(spec, 'dropConstraint', {
        sql: dropConstraintDdl(spec.name, name, dialect),
        text: `drop the ${OWN_KEY.test(name) ? 'key' : 'check'} ${name}`,
      }),
    ),
    ...surplus(table.indexes, OWN_INDEX).map((name) =>
      step(spec, 'dropIndex', { sql: `drop index ${quoted(name)}`, text: `drop the index ${name}` }),
    ),
  ];
}

/** The key of a retired reference goes on guarding the values that are kept. */
function isOfKnown(table: FoundTable, name: string, known: ReadonlySet<string>): boolean {
  const column = table.keyColumns?.get(name);
  return column === undefined || known.has(column);
}

function loosened({ spec, table }: TableComparison, column: ColumnSpec): readonly SchemaStep[] {
  const found = table.columns.get(column.name);
  if (!found?.notNull || column.notNull || column.special || spec.primaryKey.includes(column.name)) return [];
  return [
    step(spec, 'dropNotNull', {
      sql: `${alter(spec)} alter column ${quoted(column.name)} drop not null`,
      text: `let ${spec.name}.${column.name} be empty`,
    }),
  ];
}

/** Columns without a field any more keep their values; new rows cannot fill them, so they may be empty. */
function retired({ spec, table }: TableComparison): readonly SchemaStep[] {
  const names = new Set(spec.columns.map((column) => column.name));
  return [...table.columns].flatMap(([name, column]): SchemaStep[] => {
    if (names.has(name) || !column.notNull) return [];
    const sql = `${alter(spec)} alter column ${quoted(name)} drop not null`;
    return [step(spec, 'dropNotNull', { sql, text: `retire ${spec.name}.${name}, keeping its values` })];
  });
}

function required({ spec, table }: TableComparison, column: ColumnSpec): readonly SchemaStep[] {
  if (column.special || spec.primaryKey.includes(column.name) || !column.notNull) return [];
  if (table.columns.get(column.name)?.notNull) return [];
  const sql = `${alter(spec)} alter column ${quoted(column.name)} set not null`;
  return [step(spec, 'setNotNull', { sql, text: `require ${spec.name}.${column.name}` })];
}

function addedChecks({ dialect, spec, table }: TableComparison): readonly SchemaStep[] {
  return spec.checks
    .filter((check) => !table.constraints.has(check.name))
    .map((check) =>
      step(spec, 'addCheck', { sql: `${alter(spec)} add ${checkDdl(check, dialect)}`, text: `check ${check.name}` }),
    );
}

function addedIndexes({ dialect, spec, table }: TableComparison): readonly SchemaStep[] {
  return indexesOn(spec, dialect)
    .filter((index) => !table.indexes.has(index.name))
    .map((index) =>
      step(spec, 'createIndex', { sql: createIndexDdl(spec.name, index, dialect), text: `index ${index.name}` }),
    );
}

/** On SQLite a key comes with its column. */
function addedKeys({ dialect, spec, table }: TableComparison): readonly SchemaStep[] {
  if (dialect === 'sqlite') return [];
  return spec.foreignKeys
    .filter((key) => !table.constraints.has(key.name))
    .map((key) =>
      step(spec, 'addForeignKey', {
        sql: addForeignKeyDdl(spec.name, key),
        text: `point ${spec.name}.${key.column} to ${key.target}`,
      }),
    );
}
