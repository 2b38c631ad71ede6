import type { Action, FieldLevel } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import type { Principal } from '../context.ts';

export interface ExplainQuery {
  /** Whose rights. */
  readonly subject: Principal;
  /** False of a person whose account is closed: he can do nothing, whatever his roles. */
  readonly isActive: boolean;
  readonly entity: string;
  /** One record; absent = records of the entity in general. */
  readonly id?: string;
  readonly field?: string;
  readonly action: Action;
}

/** One step of `access.via`: the right comes from the record this reference names. */
export interface ViaStep {
  readonly field: string;
  readonly entity: string;
  readonly action: Action;
  readonly entry: string | null;
  readonly rule: Value;
  readonly via?: readonly ViaStep[];
}

/** What one role says, and whether it holds. */
export interface Because {
  readonly role: string;
  readonly title: string;
  /** The definition that says it. */
  readonly file: string;
  readonly about: 'row' | 'field';
  readonly action: Action;
  /** Where in the role it stands: the entity's name or `*`; null: the role does not speak of it. */
  readonly entry: string | null;
  /** The level or condition as written; `none` of a silent role; `condition` where it speaks of fields the asker may not know. */
  readonly rule: Value;
  /** Whether it holds for the record; null without a record where it depends on one, and where the rule is not shown. */
  readonly matches: boolean | null;
  /** Of a field: what the role says of it, and why. */
  readonly level?: FieldLevel;
  readonly why?: string;
  readonly via?: readonly ViaStep[];
}

export interface Explanation {
  readonly allowed: boolean;
  readonly user: { readonly id: string | null; readonly name: string };
  readonly action: Action;
  readonly entity: string;
  readonly id: string | null;
  /** Without a record: whether there can be any on which it is allowed. */
  readonly row: { readonly allowed: boolean; readonly limit: string | null };
  readonly field: { readonly key: string; readonly allowed: boolean; readonly limit: string | null } | null;
  readonly because: readonly Because[];
  /** All of it for a person. */
  readonly sentence: string;
}
