/** A row as it stands in the file, counted from 1 as spreadsheets count. */
export interface SheetRow {
  readonly number: number;
  readonly cells: readonly string[];
  /** The row as it stands in the file, where values have types of their own. */
  readonly record?: SheetRecord;
}

/** A value by its name; a name that is not in the file has none, whatever all objects have. */
export function memberOf(record: SheetRecord, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

export type SheetRecord = Readonly<Record<string, unknown>>;
