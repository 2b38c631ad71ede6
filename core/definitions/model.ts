import type { FieldSpec, JsonSchema, RecordData, Value } from '../fields/field-type.ts';
import type { Condition, FieldLookup, ListPath } from '../rules/condition.ts';
import type { Expression } from '../rules/expression.ts';
import type { ValueTemplate } from '../rules/value.ts';
import type { Document, LocaleFile } from './documents.ts';
import type { Report } from './report-model.ts';

export type { Measure, Report, ReportParameter } from './report-model.ts';

/** The frozen result of loading every definition. Nothing here knows a database, a request or a screen. */
export interface Model extends FieldLookup {
  /** SHA-256 over what the definitions and texts say together, whoever says it: equal hashes mean equal businesses. */
  readonly hash: string;
  readonly packages: readonly PackageInfo[];
  /** Every definition as its package writes it, patches and the overlay included, in the order of the layers. */
  readonly documents: readonly Document[];
  /** Every file of texts, in the order of the layers. */
  readonly locales: readonly LocaleFile[];
  readonly languages: readonly string[];
  readonly entities: ReadonlyMap<string, Entity>;
  readonly byPlural: ReadonlyMap<string, Entity>;
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly automations: ReadonlyMap<string, Automation>;
  readonly roles: ReadonlyMap<string, Role>;
  readonly views: ReadonlyMap<string, View>;
  readonly forms: ReadonlyMap<string, Form>;
  readonly reports: ReadonlyMap<string, Report>;
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly templates: ReadonlyMap<string, Template>;
  readonly texts: Texts;
  /** Throws NOT_FOUND for an unknown name. */
  entity(name: string): Entity;
}

export interface PackageInfo {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly dir: string;
  readonly seedDir: string;
  readonly scenarioDir: string;
}

/** Translated texts. Keys are paths such as `entities.deal.fields.total` and `entities.deal.options.source.site`. */
export interface Texts {
  /** The text in `locale`, else in the fallback languages, else the definition's own. */
  get(key: string, locale: string): string;
  /** Every translatable key with the definition's own text. */
  readonly keys: ReadonlyMap<string, string>;
  /** Keys without a text in `locale`. */
  missing(locale: string): readonly string[];
}

export interface Field extends FieldSpec {
  readonly entity: string;
  readonly title: string;
  readonly package: string;
  /** id, version, createdAt … : written only by the write itself. */
  readonly system: boolean;
  /** Not settable by callers: system, computed, rollup, sequence, `readOnly`, pipeline's `stage` on update. */
  readonly readOnly: boolean;
  readonly unique: boolean;
  readonly default?: Value;
  readonly computed?: Expression;
  readonly rollup?: Rollup;
  readonly help?: string;
  /** A text shown in several lines. */
  readonly multiline: boolean;
  /** Titles of the options as the definition gives them (`entities.<entity>.options.<field>.<option>` holds the translations). */
  readonly optionTitles: Readonly<Record<string, string>>;
  /** The property as written, for answers and screens. */
  readonly schema: JsonSchema;
  /** The key this field had before a rename. */
  readonly was?: string;
  /** Keys that options had before a rename, by the key of today. */
  readonly optionsWere?: Readonly<Record<string, string>>;
}

export interface Rollup {
  /** Child list of this entity. */
  readonly of: ListPath;
  readonly aggregate: 'sum' | 'count' | 'min' | 'max' | 'avg';
  /** Field of the child; absent for count. */
  readonly field?: string;
  readonly where: Condition;
}

/** Fields by which two records are taken for one thing. */
export interface DuplicateRule {
  /** The same value, however it is written. */
  readonly same: readonly string[];
  /** Names that sound alike. */
  readonly similar: readonly string[];
}

export interface Entity {
  readonly name: string;
  readonly plural: string;
  readonly title: string;
  readonly pluralTitle: string;
  readonly package: string;
  /** True for an entity of one record, such as the organisation. */
  readonly single: boolean;
  /** Keys in order of declaration, then `pipeline` and `stage`, system fields last. */
  readonly fields: ReadonlyMap<string, Field>;
  /** Keys of the computed fields, each after the computed fields it reads. */
  readonly computedOrder: readonly string[];
  /** Child lists made by `inverse`. `many` references of the entity itself are found by `Model.list` only. */
  readonly lists: ReadonlyMap<string, ListPath>;
  /** Field keys and literal texts of the display template: `{{title}}` → [{field:'title'}]. */
  readonly display: readonly ({ readonly field: string } | { readonly text: string })[];
  /** The reference to a user that `own` and `team` mean. */
  readonly owner?: string;
  /** Tells of the past: it stays with its owner when his work is handed over. */
  readonly keepsOwner?: boolean;
  readonly unique: readonly (readonly string[])[];
  /** Rows and rights come from the record this reference points to. */
  readonly accessVia?: string;
  /** What tells that two records may be of one thing; absent = nobody looks for duplicates. */
  readonly duplicates?: DuplicateRule;
  /** The name this entity had before a rename. */
  readonly was?: string;
  /** Names of the pipelines of this entity; such an entity has the fields `pipeline` and `stage`. */
  readonly pipelines: readonly string[];
  /** Whole-record check after parsing: plain JSON Schema in canonical form, without references and uniqueness. */
  validate(record: RecordData): readonly {
    readonly path: string;
    readonly code: string;
    readonly message: string;
    readonly params: Record<string, unknown>;
  }[];
}

export interface Stage {
  readonly key: string;
  readonly title: string;
  readonly kind: 'open' | 'won' | 'lost';
  readonly probability?: number;
  /** Milliseconds of working time. */
  readonly goal?: number;
  readonly help?: string;
  /** The key this stage had before a rename. */
  readonly was?: string;
}

export interface Requirement {
  readonly key: string;
  /** Where the error lands: the field that must be filled or that the condition speaks of. */
  readonly field?: string;
  readonly condition: Condition;
  readonly message: string;
}

export interface Transition {
  readonly key: string;
  readonly from: readonly string[];
  readonly to: string;
  readonly requires: readonly Requirement[];
  /** Empty = everybody who may move. */
  readonly roles: readonly string[];
}

export interface Pipeline {
  readonly name: string;
  readonly title: string;
  readonly entity: string;
  readonly stages: readonly Stage[];
  readonly transitions: readonly Transition[];
}

export type Trigger =
  | { readonly trigger: 'created' | 'deleted'; readonly entity: string }
  | { readonly trigger: 'updated'; readonly entity: string; readonly fields: readonly string[] }
  | {
      readonly trigger: 'entered' | 'left';
      readonly entity: string;
      readonly pipeline?: string;
      readonly stage: string;
    }
  /** Still in the stage `duration` ms after entering it (working time when `calendar` is named): a durable timer. */
  | {
      readonly trigger: 'stayed';
      readonly entity: string;
      readonly pipeline?: string;
      readonly stage: string;
      readonly duration: number;
      readonly calendar?: string;
      readonly missed?: 'skip';
    }
  /** A date or instant of the record plus an offset (milliseconds), once or every year on that day: a durable timer. */
  | {
      readonly trigger: 'due';
      readonly entity: string;
      readonly field: string;
      readonly offset: number;
      readonly every?: 'year';
      readonly missed?: 'skip';
    }
  /** A named event of the ledger such as `document.generated`. */
  | { readonly trigger: 'event'; readonly entity: string; readonly event: string }
  /** Wall time in a zone (the organisation's when absent): for each record of an entity, or for none. */
  | {
      readonly trigger: 'schedule';
      readonly entity?: string;
      readonly cron: string;
      readonly zone?: string;
      readonly missed?: 'skip';
    }
  /** Something came in from outside; runs for the record of `entity` that came of it, or for none. */
  | { readonly trigger: 'received'; readonly entity?: string; readonly by: ReceivedBy; readonly name?: string }
  /** Somebody presses a button on the record. No roles = whoever may change the record. */
  | { readonly trigger: 'manual'; readonly entity: string; readonly roles: readonly string[] };

export type ReceivedBy = 'form' | 'mail' | 'call' | 'webhook' | 'message';

export interface Step {
  readonly key: string;
  readonly action: string;
  readonly with: ValueTemplate;
  /** The step is skipped when this does not hold; of a branch: which way it goes. */
  readonly when?: Condition;
  /** The branches it lies in, and the way they must have gone: steps of all branches stand in one list, in order. */
  readonly within: readonly { readonly branch: string; readonly holds: boolean }[];
  readonly each?: Each;
}

/** What a step does for each of several records. */
export interface Each {
  readonly entity: string;
  /** The child list of the rule's record they are taken from; absent = every record of the entity. */
  readonly list?: ListPath;
  readonly where: Condition;
  readonly load: readonly string[];
  readonly do: readonly Step[];
}

export interface Automation {
  readonly name: string;
  readonly title: string;
  readonly on: Trigger;
  readonly when: Condition;
  /** References and child lists of the record that values may name: `customer` → `record.customer.email`. */
  readonly load: readonly string[];
  readonly do: readonly Step[];
  /** `system`; `owner`: with the rights of the record's owner; `actor`: of whoever set it off. */
  readonly as: 'system' | 'owner' | 'actor';
  /** Switched off: nothing follows it. */
  readonly enabled: boolean;
  /** The definition, patches and the overlay merged in. */
  readonly written: JsonSchema;
}

export type Level = 'all' | 'team' | 'own' | 'none' | Condition;
export type FieldLevel = 'hidden' | 'read' | 'write';
export type Action = 'read' | 'create' | 'update' | 'delete' | 'assign';

export interface Role {
  readonly name: string;
  readonly title: string;
  /** Path of its definition in the project; of a package elsewhere `<package>/schemas/roles/…`. */
  readonly file: string;
  /** By entity, `*` = every other entity. An action not named is `none`. */
  readonly entities: ReadonlyMap<string, RoleEntity>;
  /** `export`, `import`, `massEdit`, `users`, `definitions`, `reports`, `jobs`. */
  readonly operations: readonly string[];
}

export interface RoleEntity {
  readonly actions: Readonly<Partial<Record<Action, Level>>>;
  /** The same as written, conditions as JSON. */
  readonly written: Readonly<Partial<Record<Action, Value>>>;
  readonly fields: Readonly<Record<string, FieldLevel>>;
}

export interface View {
  readonly name: string;
  readonly title: string;
  readonly entity: string;
  readonly kind: 'list' | 'form' | 'board' | 'calendar' | 'timeline';
  readonly fields: readonly string[];
  readonly groups: readonly { readonly key: string; readonly title: string; readonly fields: readonly string[] }[];
  /** As written: the screen sends it back as `filter`. */
  readonly filter?: JsonSchema;
  readonly sort: readonly string[];
  readonly group?: string;
  readonly pipeline?: string;
  /** Position in the menu, from 0; absent = not in the menu. */
  readonly menu?: number;
}

export interface FormField {
  readonly key: string;
  readonly title: string;
  /** Taken from this field's type, length and options: `deal.source`. */
  readonly like: Field;
  readonly required: boolean;
  readonly hidden: boolean;
  readonly multiline: boolean;
  /** Of a signed form: the way to the value in the body. */
  readonly from?: readonly string[];
}

export interface Form {
  readonly name: string;
  readonly title: string;
  readonly thanks: string;
  /** Filled in by programs alone, at `/hooks/{name}`. */
  readonly signed: boolean;
  readonly fields: readonly FormField[];
  /** Records made in order; a later one may use the ids of earlier ones (`$ref` of `key`). */
  readonly creates: readonly FormCreate[];
}

export interface FormCreate {
  readonly key: string;
  readonly entity: string;
  /** An existing record with the same canonical value of any of these is used unchanged. */
  readonly match: readonly string[];
  readonly set: ValueTemplate;
}

export interface Calendar {
  readonly name: string;
  readonly title: string;
  /** IANA zone; the organisation's when absent. */
  readonly zone?: string;
  /** Monday first, 7 lists of [from, to] in minutes of the day. */
  readonly week: readonly (readonly (readonly [number, number])[])[];
  /** Dates `YYYY-MM-DD`, or `MM-DD` for every year. */
  readonly holidays: readonly string[];
}

export interface Template {
  readonly name: string;
  readonly title: string;
  readonly entity: string;
  readonly purpose: string;
  /** Path to the language of the client: `customer.language`. */
  readonly language?: string;
  /** Handlebars text of the file's name, without extension. */
  readonly fileName: string;
  readonly paper: 'A4' | 'A5' | 'Letter';
  /** Numbering of the documents made from it. */
  readonly sequence?: string;
  /** References and child lists loaded beforehand; a template never queries. */
  readonly load: readonly string[];
  /** The Handlebars source by language; `''` = for every language. */
  readonly sources: ReadonlyMap<string, string>;
}
