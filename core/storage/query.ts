import type { Hold } from './locks.ts';
import type { Condition, FieldPath, ListPath } from '../rules/condition.ts';
import type { Entity, Field } from '../definitions/model.ts';
import type { ParseEnv } from '../fields/field-type.ts';
import type { KeyValue } from './slot.ts';

/** What `records` hands to storage: everything checked, every right already woven in. Storage only turns it into one statement. */

export interface ConditionEnv {
  readonly me: string | null;
  readonly teamMates: readonly string[];
  /** Milliseconds. */
  readonly now: number;
  /** IANA zone whose day a date is compared with; UTC when absent. */
  readonly zone?: string;
  readonly parse: ParseEnv;
}

export interface ProjectedField {
  readonly field: Field;
  /** Rows on which the caller may read it; null elsewhere. Absent = every row. */
  readonly visible?: Condition;
}

/** The shape of one record in the answer. Key order is the order here. `id` and, where listed, other system fields are fields too. */
export interface Projection {
  readonly entity: Entity;
  readonly fields: readonly ProjectedField[];
  /** Reference fields shown as objects; null when the target is outside `rows` or deleted. By target entity for polymorphic ones. */
  readonly references: ReadonlyMap<string, ReadonlyMap<string, NestedProjection>>;
  /** Child lists, by list key; at most `limit` records, ordered by `id`. */
  readonly lists: ReadonlyMap<string, NestedProjection & { readonly list: ListPath; readonly limit: number }>;
}

export interface NestedProjection {
  readonly projection: Projection;
  /** The caller's row filter on the nested entity. */
  readonly rows: Condition;
}

export interface SortKey {
  readonly path: FieldPath;
  readonly descending: boolean;
}

export interface SearchTerms {
  /** Folded words; each must match in some readable field. */
  readonly words: readonly string[];
  /** The whole input as digits when it may be a phone: as typed, without a leading 00, and with a leading 8 as 7. */
  readonly digits: readonly string[];
  /** Fields the caller may read on every row. */
  readonly fields: readonly string[];
}

/** Texts of the index of duplicates, looked for in one field. */
export interface MatchTerm {
  readonly field: string;
  readonly keys: readonly string[];
}

export interface Selection {
  readonly projection: Projection;
  /** The one record asked for, in canonical form. */
  readonly id?: string;
  readonly where: Condition;
  readonly search?: SearchTerms;
  /** Only records that share a key with these. */
  readonly match?: readonly MatchTerm[];
  /** Ends with `id`. */
  readonly sort: readonly SortKey[];
  /** Rows fetched; the caller asks for one more than a page to know whether there is a next one. */
  readonly limit: number;
  /** Values of the sort keys of the last row of the page before, as given in `SelectedRow.key`. */
  readonly after?: readonly KeyValue[];
  readonly deleted: 'no' | 'only' | 'with';
  readonly env: ConditionEnv;
  /** Hold the rows until the transaction ends. */
  readonly lock?: Hold;
}

export interface SelectedRow {
  readonly id: string;
  /** The record as JSON text, byte for byte the same on both databases. */
  readonly json: string;
  /** Values of the sort keys, for the cursor. */
  readonly key: readonly KeyValue[];
}

export interface Grouping {
  readonly path: FieldPath;
  readonly grain?: 'day' | 'week' | 'month' | 'quarter' | 'year';
  readonly name: string;
  /** IANA zone the grain is cut in. */
  readonly zone: string;
}

export interface AggregateMeasure {
  readonly name: string;
  readonly aggregate: 'count' | 'sum' | 'avg' | 'min' | 'max';
  readonly field?: ProjectedField;
}

export interface Aggregation {
  readonly entity: Entity;
  readonly where: Condition;
  readonly group: readonly Grouping[];
  readonly measures: readonly AggregateMeasure[];
  readonly deleted: 'no';
  readonly env: ConditionEnv;
  readonly limit: number;
}
