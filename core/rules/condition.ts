import type { FieldSpec, Operator } from '../fields/field-type.ts';

/** The one condition language: API filters, views, roles, gates, automations, reports. JSON in, this tree out, memory or SQL. */

/** One to-one step of a path such as `customer.city`: the reference field and the entity it leads to. */
export interface Hop {
  readonly field: FieldSpec;
  readonly entity: string;
  /** Rows of the record before the step on which the caller may read the reference; it leads nowhere elsewhere. Woven in by access. */
  readonly visible?: Condition;
  /** The caller's row filter on `entity`, woven in by access: a target outside it counts as absent (null). */
  readonly rows?: Condition;
  /** A record in the bin is reached, too: rights that follow a parent follow it there. Elsewhere it counts as absent. */
  readonly bin?: true;
}

/** Keys that lead to a value in the JSON of a condition. */
export type FilterPlace = readonly string[];

export type Operand =
  /** `at`: where it stands in the caller's own filter; a value of a definition has no such place. */
  | { readonly kind: 'value'; readonly value: unknown; readonly at?: FilterPlace }
  /** `{"$field": "other"}`: another field of the same record. */
  | { readonly kind: 'field'; readonly path: FieldPath }
  /** `"$me"`: the caller's user id. `"$myTeam"`: the ids of his team mates, himself included. */
  | { readonly kind: 'me' }
  | { readonly kind: 'myTeam' }
  /** `{"$now": "-30d"}`: now plus an offset in milliseconds. */
  | { readonly kind: 'now'; readonly offset: number };

export interface FieldPath {
  /** The entity the path starts at. */
  readonly entity: string;
  readonly hops: readonly Hop[];
  readonly field: FieldSpec;
  /** Rows (of the field's entity) on which the caller may read the field; it counts as null elsewhere. Woven in by access. */
  readonly visible?: Condition;
}

export type Condition =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'compare'; readonly path: FieldPath; readonly op: Operator; readonly operand: Operand }
  /** Records of another entity that point here: `{"tasks": {"some": {…}}}`; also the targets of a `many` reference. */
  | {
      readonly kind: 'related';
      readonly entity: string;
      readonly hops: readonly Hop[];
      readonly list: ListPath;
      readonly quantifier: 'some' | 'none' | 'every';
      readonly of: Condition;
    };

/** A child list: the entity it holds and the reference field that makes it. `link` = `field` is a `many` reference of the entity itself. */
export interface ListPath {
  readonly key: string;
  readonly entity: string;
  readonly field: FieldSpec;
  readonly link: boolean;
  /** The caller's row filter on `entity`, woven in by access. */
  readonly rows?: Condition;
}

/** What conditions need to know of a model; `Model` fulfils it. */
export interface FieldLookup {
  field(entity: string, key: string): FieldSpec | undefined;
  list(entity: string, key: string): ListPath | undefined;
  /** Names to propose when a key is unknown. */
  keys(entity: string): readonly string[];
}

export const ALWAYS: Condition = { kind: 'constant', value: true };
export const NEVER: Condition = { kind: 'constant', value: false };
