import type { Model } from '../definitions/model.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import type { ActionType } from './action-type.ts';

/** What an action takes, for the form a screen draws. */
export interface ActionInfo {
  readonly name: string;
  /** `record`: in our own records; `outward`: reaches the world; `control`: says which steps run. */
  readonly kind: ActionType['kind'];
  readonly input: JsonSchema;
}

export function describeActions(actions: ReadonlyMap<string, ActionType>): readonly ActionInfo[] {
  return [...actions.values()].map(({ name, kind, input }) => ({ name, kind, input }));
}

/** A rule as it is written, in the language of whoever looks. */
export interface RuleInfo {
  readonly name: string;
  readonly title: string;
  readonly entity: string | null;
  readonly trigger: string;
  readonly as: string;
  readonly enabled: boolean;
  /** The whole definition, patches and the overlay merged. */
  readonly definition: JsonSchema;
}

export function describeRules(model: Model, locale: string): readonly RuleInfo[] {
  return [...model.automations.values()].map(({ name, on, as, enabled, written }) => ({
    name,
    title: model.texts.get(`automations.${name}.title`, locale),
    entity: on.entity ?? null,
    trigger: on.trigger,
    as,
    enabled,
    definition: written,
  }));
}
