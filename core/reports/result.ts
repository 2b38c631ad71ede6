import type { RecordData, Value } from '../fields/field-type.ts';
import type { Filter } from './drill-filter.ts';

/** The records behind a number. */
export interface Drill {
  readonly entity: string;
  /** What the list of the entity takes; absent where only `records` can tell them. */
  readonly filter?: Filter;
  /** The address that lists them; of figures from the ledger. */
  readonly records?: string;
}

export interface ReportColumn {
  readonly key: string;
  readonly title: string;
  readonly kind: 'dimension' | 'measure';
  readonly aggregate?: string;
  readonly field?: string;
  /** The entity that is measured, where it is not the report's. */
  readonly entity?: string;
  /** `ms`: a length of time in milliseconds. */
  readonly unit?: 'ms';
}

export interface ReportRow {
  readonly values: RecordData;
  /** Texts of the dimensions in the caller's language; empty for "none". */
  readonly labels: Readonly<Record<string, string>>;
  readonly drill: Readonly<Record<string, Drill>>;
}

export interface DetailColumn {
  readonly key: string;
  readonly title: string;
  /** Type of the field: `money`, `date`. */
  readonly type: string;
}

export interface DetailRow {
  readonly id: string;
  readonly values: RecordData;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Details {
  readonly columns: readonly DetailColumn[];
  readonly rows: readonly DetailRow[];
  /** There are further records. */
  readonly more: boolean;
}

export interface ChosenParameter {
  readonly key: string;
  readonly title: string;
  /** As it may be given again; null where nothing was chosen. */
  readonly value: Value;
  /** The same for people. */
  readonly text: string;
}

export interface ReportResult {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** First and last day of what was asked for; null where it is open. */
  readonly period: { readonly from: string | null; readonly to: string | null };
  /** What was chosen, and what stands for what was not. */
  readonly parameters: readonly ChosenParameter[];
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly ReportRow[];
  readonly totals: RecordData;
  readonly totalsDrill: Readonly<Record<string, Drill>>;
  readonly details?: Details;
}

/** What both kinds of report come to before names and order are put to it. */
export interface Figures {
  readonly rows: readonly FigureRow[];
  readonly totals: FigureRow;
}

export interface FigureRow {
  readonly dimensions: RecordData;
  readonly measures: RecordData;
  readonly drill: Readonly<Record<string, Drill>>;
}
