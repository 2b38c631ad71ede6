/** The shape of `GET /model`: already cut to what the caller may see and do, in his language. */

/** A value as the API gives it; an expanded reference is an object, an expanded list an array of objects. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

export type RecordData = Readonly<Record<string, Value>>;

export type FieldTypeName =
  | 'text'
  | 'richText'
  | 'integer'
  | 'number'
  | 'decimal'
  | 'money'
  | 'boolean'
  | 'date'
  | 'dateTime'
  | 'duration'
  | 'select'
  | 'multiSelect'
  | 'email'
  | 'phone'
  | 'url'
  | 'address'
  | 'reference'
  | 'file'
  | 'image'
  | 'signature'
  | 'sequence'
  | 'json';

export type Operator =
  | 'eq'
  | 'ne'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'in'
  | 'nin'
  | 'contains'
  | 'startsWith'
  | 'empty'
  | 'some'
  | 'none'
  | 'every';

/** A condition in the one condition language, as JSON. */
export type Condition = Readonly<Record<string, unknown>>;

export interface Option {
  readonly value: string;
  readonly title: string;
}

export interface ModelField {
  readonly key: string;
  readonly title: string;
  /** A `FieldTypeName`, or the type of a plugin. */
  readonly type: string;
  readonly required: boolean;
  readonly readOnly: boolean;
  readonly system: boolean;
  readonly computed: boolean;
  /** The list of children it is counted from. */
  readonly rollup?: string;
  readonly searchable: boolean;
  readonly operators: readonly Operator[];
  readonly help?: string;
  readonly options?: readonly Option[];
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly scale?: number;
  /** An ISO 4217 code, or the key of the field that holds it. */
  readonly currency?: string;
  readonly multiline?: boolean;
  readonly default?: Value;
  readonly reference?: {
    /** Only the targets the reader may see. */
    readonly to: readonly string[];
    readonly many: boolean;
    /** Several targets by definition, even when the reader sees one; default: more than one in `to`. */
    readonly polymorphic?: boolean;
  };
}

/** Child records that point here: `entity.field` is the reference. */
export interface ModelList {
  readonly key: string;
  readonly title: string;
  readonly entity: string;
  readonly field: string;
}

export type DisplayPart = { readonly field: string } | { readonly text: string };

export interface ModelEntity {
  readonly name: string;
  readonly plural: string;
  readonly title: string;
  readonly pluralTitle: string;
  readonly display: readonly DisplayPart[];
  readonly owner?: string | null;
  readonly single: boolean;
  readonly can: {
    readonly create: boolean;
    readonly update: boolean;
    readonly delete: boolean;
    readonly assign: boolean;
    readonly export: boolean;
  };
  readonly fields: readonly ModelField[];
  readonly lists: readonly ModelList[];
  readonly pipelines: readonly string[];
  readonly accessVia?: string | null;
  /** Rules the reader may set off on a record. */
  readonly buttons?: readonly { readonly name: string; readonly title: string }[];
}

export interface Stage {
  readonly key: string;
  readonly title: string;
  readonly kind: 'open' | 'won' | 'lost';
  readonly probability?: number | null;
  /** Milliseconds of working time. */
  readonly goal?: number | null;
  readonly help?: string | null;
}

export interface Transition {
  readonly key: string;
  readonly from: readonly string[];
  readonly to: string;
  readonly requires: readonly { readonly key: string; readonly field?: string | null; readonly message: string }[];
}

export interface ModelPipeline {
  readonly name: string;
  readonly title: string;
  readonly entity: string;
  readonly stages: readonly Stage[];
  readonly transitions: readonly Transition[];
}

export interface FieldGroup {
  readonly key: string;
  readonly title: string;
  readonly fields: readonly string[];
}

export interface ModelView {
  readonly name: string;
  readonly title: string;
  readonly entity: string;
  readonly kind: 'list' | 'form' | 'board' | 'calendar' | 'timeline';
  readonly fields: readonly string[];
  readonly groups?: readonly FieldGroup[] | null;
  readonly filter?: Condition | null;
  readonly sort?: readonly string[] | null;
  readonly group?: string | null;
  readonly pipeline?: string | null;
  /** Place in the menu; a view without one is reached by links only. */
  readonly menu?: number | null;
}

export interface ModelReport {
  readonly name: string;
  readonly title: string;
  readonly description?: string | null;
  readonly entity: string;
  readonly measures: readonly {
    readonly key: string;
    readonly title: string;
    readonly aggregate: string;
    readonly field?: string | null;
  }[];
  readonly dimensions: readonly { readonly key: string; readonly title: string }[];
  readonly chart?: string | null;
  readonly period?: string | null;
  /** Taken when no period is asked for. */
  readonly defaultPeriod?: string | null;
}

export interface ModelTemplate {
  readonly name: string;
  readonly title: string;
  readonly entity: string;
  readonly purpose?: string | null;
}

export interface ModelForm {
  readonly name: string;
  readonly title: string;
  readonly url: string;
}

export interface Organisation {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly country?: string | null;
  readonly zone?: string | null;
}

/** `GET /model` as it comes. */
export interface ModelDocument {
  readonly hash: string;
  readonly languages: readonly string[];
  readonly language: string;
  readonly organisation: Organisation | null;
  readonly entities: readonly ModelEntity[];
  readonly pipelines: readonly ModelPipeline[];
  readonly views: readonly ModelView[];
  readonly forms: readonly ModelForm[];
  readonly reports: readonly ModelReport[];
  readonly templates: readonly ModelTemplate[];
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly language?: string | null;
  readonly roles: readonly string[];
}

export interface Me {
  readonly user: User;
  readonly operations: readonly string[];
}

/** One row of the ledger as `/changes` gives it. */
export interface Change {
  readonly seq: number;
  readonly id: string;
  readonly at: string;
  readonly entity: string;
  readonly record: string;
  /** created, updated, moved, deleted, restored, merged, or a named event such as `document.generated`. */
  readonly kind: string;
  readonly fields: Readonly<Record<string, { readonly before: Value; readonly after: Value }>>;
  readonly note?: string;
  readonly by: { readonly id: string | null; readonly name: string; readonly kind: string };
  readonly door: string;
  readonly cause?: { readonly change: string; readonly root: string; readonly depth: number; readonly rule?: string };
  readonly version: number;
}
