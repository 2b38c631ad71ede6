import type { PeriodName } from '../rules/named-period.ts';
import type { ParameterType } from '../rules/parameters.ts';
import type { Aggregate, Report } from './report-model.ts';
import type { JsonSchema } from '../fields/field-type.ts';

/** The kinds of definition and the folder each lives in, below `schemas/`. */
export const FOLDERS = {
  entity: 'entities',
  pipeline: 'pipelines',
  automation: 'automations',
  view: 'views',
  role: 'roles',
  report: 'reports',
  form: 'forms',
  calendar: 'calendars',
} as const;

export type Kind = keyof typeof FOLDERS | 'template';
export const KINDS = [
  'entity',
  'pipeline',
  'automation',
  'view',
  'role',
  'report',
  'form',
  'calendar',
  'template',
] as const satisfies readonly Kind[];

/** One definition file. `Doc` is its shape once the meta-schema has been asked. */
export interface Document<Doc = JsonSchema> {
  readonly kind: Kind;
  /** The file's name without `.json`. */
  readonly name: string;
  readonly package: string;
  readonly layer: 'base' | 'plugin' | 'project' | 'overlay';
  /** Relative to the project's folder, with `/`; of the overlay `overlay/<kind>/<name>.json`. */
  readonly file: string;
  readonly json: Doc;
  /** A template's Handlebars sources by language, `''` = for every language, and their files. */
  readonly sources?: ReadonlyMap<string, { readonly file: string; readonly text: string }>;
}

/** The texts of one language, of one package. */
export interface LocaleFile {
  readonly language: string;
  readonly package: string;
  readonly layer: Document['layer'];
  readonly file: string;
  readonly texts: JsonSchema;
}

/** A property of an entity as its meta-schema leaves it. */
export interface PropertyDoc {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly items?: { readonly enum?: readonly string[] };
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly readOnly?: boolean;
  readonly 'x-field'?: FieldDoc;
  readonly 'x-was'?: string;
}

export interface FieldDoc {
  readonly type?: string;
  readonly to?: string | readonly string[];
  readonly inverse?: string;
  readonly onDelete?: 'restrict' | 'cascade' | 'clear';
  readonly timeline?: boolean;
  readonly many?: boolean;
  readonly computed?: string;
  readonly rollup?: RollupDoc;
  readonly pattern?: string;
  readonly scale?: number;
  readonly currency?: string;
  readonly unique?: boolean;
  readonly multiline?: boolean;
  readonly options?: 'roles';
  readonly titles?: Readonly<Record<string, string>>;
  readonly 'x-was'?: Readonly<Record<string, string>>;
}

export interface RollupDoc {
  readonly of: string;
  readonly sum?: string;
  readonly min?: string;
  readonly max?: string;
  readonly avg?: string;
  readonly count?: true;
  readonly where?: JsonSchema;
}

export interface EntityDoc {
  readonly $id: string;
  readonly 'x-extends'?: string;
  readonly 'x-was'?: string;
  readonly title?: string;
  readonly 'x-entity'?: {
    readonly plural?: string;
    readonly pluralTitle?: string;
    readonly display?: string;
    readonly owner?: string;
    readonly keepsOwner?: boolean;
    readonly unique?: readonly (readonly string[])[];
    readonly access?: { readonly via: string };
    readonly single?: boolean;
    readonly duplicates?: { readonly same?: readonly string[]; readonly similar?: readonly string[] };
  };
  readonly properties?: Readonly<Record<string, PropertyDoc>>;
  readonly required?: readonly string[];
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
}

export interface PipelineDoc {
  readonly name: string;
  readonly title?: string;
  readonly entity: string;
  readonly stages: readonly {
    readonly key: string;
    readonly title?: string;
    readonly kind: 'open' | 'won' | 'lost';
    readonly probability?: number;
    readonly goal?: string;
    readonly help?: string;
    readonly 'x-was'?: string;
  }[];
  readonly transitions: readonly {
    readonly key: string;
    readonly from: readonly string[];
    readonly to: string;
    readonly requires?: readonly RequirementDoc[];
    readonly roles?: readonly string[];
  }[];
}

export type RequirementDoc =
  string | { readonly key: string; readonly field?: string; readonly condition: JsonSchema; readonly message: string };

export interface TriggerDoc {
  readonly trigger:
    | 'created'
    | 'deleted'
    | 'updated'
    | 'entered'
    | 'left'
    | 'stayed'
    | 'due'
    | 'event'
    | 'schedule'
    | 'received'
    | 'manual';
  /** Always but of `schedule` and `received`. */
  readonly entity?: string;
  readonly fields?: readonly string[];
  readonly pipeline?: string;
  readonly stage?: string;
  readonly for?: string;
  readonly calendar?: string;
  readonly field?: string;
  readonly offset?: string;
  readonly every?: 'year';
  readonly missed?: 'late' | 'skip';
  readonly event?: string;
  readonly cron?: string;
  readonly zone?: string;
  readonly by?: 'form' | 'mail' | 'call' | 'webhook' | 'message';
  readonly name?: string;
  readonly roles?: readonly string[];
}

export interface StepDoc {
  readonly key: string;
  readonly action: string;
  readonly when?: JsonSchema;
  readonly with?: JsonSchema;
  readonly do?: readonly StepDoc[];
  readonly otherwise?: readonly StepDoc[];
  readonly load?: readonly string[];
}

export interface AutomationDoc {
  readonly name: string;
  readonly title?: string;
  readonly on: TriggerDoc;
  readonly when?: JsonSchema;
  readonly load?: readonly string[];
  readonly do: readonly StepDoc[];
  readonly as?: 'system' | 'owner' | 'actor';
  readonly enabled?: boolean;
}

export interface RoleDoc {
  readonly name: string;
  readonly title?: string;
  readonly entities: Readonly<
    Record<
      string,
      Readonly<Record<string, unknown>> & { readonly fields?: Readonly<Record<string, 'hidden' | 'read' | 'write'>> }
    >
  >;
  readonly operations?: readonly string[];
}

export interface ViewDoc {
  readonly name: string;
  readonly title?: string;
  readonly entity: string;
  readonly kind: 'list' | 'form' | 'board' | 'calendar' | 'timeline';
  readonly fields?: readonly string[];
  readonly groups?: readonly { readonly key: string; readonly title?: string; readonly fields: readonly string[] }[];
  readonly filter?: JsonSchema;
  readonly sort?: readonly string[];
  readonly group?: string;
  readonly pipeline?: string;
  readonly menu?: number;
}

export interface FormDoc {
  readonly name: string;
  readonly title?: string;
  readonly thanks?: string;
  readonly signed?: boolean;
  readonly fields: readonly {
    readonly key: string;
    readonly like: string;
    readonly from?: string;
    readonly title?: string;
    readonly required?: boolean;
    readonly hidden?: boolean;
    readonly multiline?: boolean;
  }[];
  readonly creates: readonly {
    readonly key: string;
    readonly entity: string;
    readonly match?: readonly string[];
    readonly set: JsonSchema;
  }[];
}

export interface MeasureDoc {
  readonly key: string;
  readonly title?: string;
  readonly aggregate: Aggregate;
  readonly field?: string;
  readonly filter?: JsonSchema;
  readonly of?: readonly [string, string];
  readonly entity?: string;
  readonly by?: Readonly<Record<string, string>>;
  readonly date?: string;
  readonly compare?: 'previous' | 'yearBefore';
  readonly stage?: string;
  readonly from?: 'first' | 'previous';
  readonly only?: 'open' | 'late';
}

export interface MovesDoc {
  readonly pipeline?: string;
  readonly stages?: readonly string[];
  readonly time?: 'working' | 'plain';
  readonly calendar?: string;
}

export interface ParameterDoc {
  readonly key: string;
  readonly title?: string;
  readonly field?: string;
  readonly type?: ParameterType;
  readonly options?: readonly string[];
  readonly default?: string | number | boolean;
}

export interface ReportDoc {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  readonly entity: string;
  readonly measures: readonly MeasureDoc[];
  readonly dimensions?: readonly string[];
  readonly filter?: JsonSchema;
  readonly period?: string;
  readonly defaultPeriod?: PeriodName;
  readonly funnel?: MovesDoc;
  readonly stages?: MovesDoc;
  readonly parameters?: readonly ParameterDoc[];
  readonly classes?: {
    readonly title?: string;
    readonly of: string;
    readonly bands: readonly { readonly key: string; readonly title?: string; readonly from?: string | number }[];
  };
  readonly details?: { readonly fields: readonly string[]; readonly sort?: readonly string[]; readonly of?: string };
  readonly chart?: Report['chart'];
}

export interface CalendarDoc {
  readonly name: string;
  readonly title?: string;
  readonly zone?: string | null;
  readonly week: Readonly<Partial<Record<string, readonly string[]>>>;
  readonly holidays?: readonly string[];
}

export interface TemplateDoc {
  readonly name: string;
  readonly title?: string;
  readonly entity: string;
  readonly purpose: string;
  readonly language?: string;
  readonly fileName?: string;
  readonly paper?: 'A4' | 'A5' | 'Letter';
  readonly sequence?: string;
  readonly load?: readonly string[];
  readonly texts?: Readonly<Record<string, string>>;
}

/** The shape of each kind, as its meta-schema leaves it. */
export interface Docs {
  readonly entity: EntityDoc;
  readonly pipeline: PipelineDoc;
  readonly automation: AutomationDoc;
  readonly view: ViewDoc;
  readonly role: RoleDoc;
  readonly report: ReportDoc;
  readonly form: FormDoc;
  readonly calendar: CalendarDoc;
  readonly template: TemplateDoc;
}

export type DocumentsByKind = { readonly [K in Kind]: readonly Document<Docs[K]>[] };
