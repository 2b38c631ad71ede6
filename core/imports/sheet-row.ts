/** A row as it stands in the file, counted from 1 as spreadsheets count. */
export interface SheetRow {
  readonly number: number;
  readonly cells: readonly string[];
}
