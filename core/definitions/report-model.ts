import type { JsonSchema, Value } from '../fields/field-type.ts';
import type { PeriodName } from '../rules/named-period.ts';
import type { ParameterType } from '../rules/parameters.ts';

export type Aggregate = 'count' | 'sum' | 'avg' | 'min' | 'max' | 'median' | 'ratio' | 'difference' | 'conversion';

export interface Measure {
  readonly key: string;
  readonly title: string;
  readonly aggregate: Aggregate;
  /** Of a stages report: `time`. */
  readonly field?: string;
  /** As written, parameters still in it. */
  readonly filter?: JsonSchema;
  /** `ratio`, `difference`: keys of two other measures. */
  readonly of?: readonly [string, string];
  /** Another entity than the report's. */
  readonly beside?: Beside;
  /** The figure of another time than the one asked for. */
  readonly compare?: 'previous' | 'yearBefore';
  /** Of a funnel: only records that reached this stage. */
  readonly stage?: string;
  /** `conversion`: of those who entered the first stage, or the one before. */
  readonly from?: 'first' | 'previous';
  /** Of a stages report. */
  readonly only?: 'open' | 'late';
}

export interface Beside {
  readonly entity: string;
  /** For each dimension, and each field of a parameter, the field of the other entity that says the same. */
  readonly by: Readonly<Record<string, string>>;
  /** Its date that the period applies to; absent = the period does not matter to it. */
  readonly date?: string;
}

/** A report over what the ledger says of stages: who entered when, and for how long. */
export interface Moves {
  readonly kind: 'funnel' | 'stages';
  readonly pipeline: string;
  /** In order. */
  readonly stages: readonly string[];
  readonly time: 'working' | 'plain';
  /** Of working time; absent = the organisation's. */
  readonly calendar?: string;
}

/** What the reader may choose: the values of a field, or a value that filters and classes speak of. */
export interface ReportParameter {
  readonly key: string;
  readonly title: string;
  readonly field?: string;
  readonly type?: ParameterType;
  readonly options?: readonly string[];
  readonly default?: Value;
}

export interface Band {
  readonly key: string;
  readonly title: string;
  /** A decimal number, or the key of a parameter; absent = whatever is left. */
  readonly from?: string;
}

export interface Report {
  readonly name: string;
  readonly title: string;
  /** What the figures mean, in a sentence. */
  readonly description: string;
  readonly entity: string;
  readonly measures: readonly Measure[];
  /** A field, or `field:grain` with day, week, month, quarter, year; of a report over moves also `stage` and `entered:grain`. */
  readonly dimensions: readonly string[];
  /** As written, parameters still in it. */
  readonly filter?: JsonSchema;
  /** The date the period applies to; over moves it applies to the entering of a stage. */
  readonly period?: string;
  readonly defaultPeriod?: PeriodName;
  readonly moves?: Moves;
  readonly parameters: readonly ReportParameter[];
  readonly classes?: { readonly title: string; readonly of: string; readonly bands: readonly Band[] };
  /** The records shown below the figures. */
  readonly details?: {
    readonly fields: readonly string[];
    readonly sort: readonly string[];
    /** Only the records of this measure. */
    readonly of?: string;
  };
  readonly chart: 'bar' | 'line' | 'pie' | 'funnel' | 'number' | 'table';
}
