import type { ColumnKind } from '../fields/field-type.ts';
import type { Dialect } from './sql.ts';

/** A table as it should be. SQL texts here are made from checked keys, never from input. */
export interface TableSpec {
  readonly name: string;
  readonly columns: readonly ColumnSpec[];
  readonly primaryKey: readonly string[];
  readonly checks: readonly CheckSpec[];
  readonly foreignKeys: readonly ForeignKeySpec[];
  readonly indexes: readonly IndexSpec[];
}

export interface ColumnSpec {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly scale?: number;
  readonly notNull: boolean;
  /** `serial`: an ascending number given by the database, the primary key. `xid`: PostgreSQL's transaction number; absent on SQLite. */
  readonly special?: 'serial' | 'xid';
}

export interface CheckSpec {
  readonly name: string;
  readonly text: Readonly<Record<Dialect, string>>;
}

export interface ForeignKeySpec {
  readonly name: string;
  readonly column: string;
  readonly target: string;
}

export interface IndexSpec {
  readonly name: string;
  readonly unique: boolean;
  /** Key parts as SQL, such as `"customer"` or `"total" desc nulls last`. */
  readonly parts: Readonly<Record<Dialect, readonly string[]>>;
  readonly where?: string;
  /** Only this database has it. */
  readonly only?: Dialect;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The same text on both databases. */
export function both<T>(value: T): Readonly<Record<Dialect, T>> {
  return { sqlite: value, postgres: value };
}

/** The indexes of a table on one database. */
export function indexesOn(table: TableSpec, dialect: Dialect): readonly IndexSpec[] {
  return table.indexes.filter(({ only }) => only === undefined || only === dialect);
}
