import type { Expression } from './expression.ts';

/**
 * A value of an automation or form, as data: JSON in which
 * `{"$expr": "CEL"}` is an expression, `{"$workingTime": "15m", "calendar"?: name}` an instant that many working minutes after the
 * triggering change, `{"$after": "2d"}` an instant in plain time, `{"$date": "14d"}` a date in the organisation's zone, `{"$ref": "key"}` the id
 * of a record made earlier in the same form or seed, and a text with `{{…}}` a Handlebars text. Everything else is itself.
 */
export type ValueTemplate =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'text'; readonly source: string }
  | { readonly kind: 'workingTime'; readonly duration: number; readonly calendar?: string }
  | { readonly kind: 'after'; readonly duration: number }
  | { readonly kind: 'date'; readonly duration: number }
  | { readonly kind: 'ref'; readonly key: string }
  | { readonly kind: 'list'; readonly items: readonly ValueTemplate[] }
  | { readonly kind: 'object'; readonly members: Readonly<Record<string, ValueTemplate>> };

export interface ValueEnv {
  /** What expressions and texts may name: `record`, `before`, `form`, earlier `steps`. */
  readonly scope: Readonly<Record<string, unknown>>;
  /** The instant the deadline counts from, milliseconds. */
  readonly base: number;
  /** The organisation's IANA zone, for `$date`. */
  readonly zone: string;
  /** Ids by key, for `$ref`. */
  readonly refs: Readonly<Record<string, string>>;
  /** Adds working time (milliseconds) to an instant; given by calendar. */
  addWorkingTime(from: number, duration: number, calendar: string | undefined): number;
}
