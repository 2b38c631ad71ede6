import type { FieldCondition } from '../../fields/field-module.ts';
import type { Condition, ModelEntity } from '../../model/types.ts';

export interface SplitFilter {
  /** Conditions on single fields, which the filter bar can draw. */
  readonly byField: Readonly<Record<string, FieldCondition>>;
  /** Everything else, such as the filter behind a report's number; kept and sent as it is. */
  readonly rest: Condition | undefined;
}

const OPERATORS: ReadonlySet<string> = new Set([
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'in',
  'nin',
  'contains',
  'startsWith',
  'empty',
  'some',
]);

/** `'x'` is short for `{eq: 'x'}`, a list for `in`, null for `empty`. */
function spelledOut(value: unknown): FieldCondition | undefined {
  if (value === null) return { empty: true };
  if (Array.isArray(value)) return { in: value };
  if (typeof value !== 'object') return { eq: value };
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => OPERATORS.has(key)) ? (value as FieldCondition) : undefined;
}

/** Takes a condition apart for the filter bar. `combine` of the parts means the same as the whole. */
export function splitFilter(filter: Condition | undefined, entity: ModelEntity): SplitFilter {
  const known = new Set(entity.fields.map((field) => field.key));
  const byField: Record<string, FieldCondition> = {};
  const rest: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(filter ?? {})) {
    const condition = known.has(key) ? spelledOut(value) : undefined;
    if (condition) byField[key] = condition;
    else rest[key] = value;
  }
  return { byField, rest: Object.keys(rest).length > 0 ? rest : undefined };
}

/** Back to one condition; undefined when nothing is left. */
export function joinFilter({ byField, rest }: SplitFilter): Condition | undefined {
  const whole = { ...byField, ...rest };
  return Object.keys(whole).length > 0 ? whole : undefined;
}

/** Sets or takes away the condition of one field. */
export function withField(split: SplitFilter, key: string, condition: FieldCondition | undefined): SplitFilter {
  const { [key]: _old, ...others } = split.byField;
  return { ...split, byField: condition ? { ...others, [key]: condition } : others };
}

/** All of the conditions must hold. */
export function allOf(...conditions: readonly (Condition | null | undefined)[]): Condition | undefined {
  const real = conditions.filter((condition): condition is Condition =>
    Boolean(condition && Object.keys(condition).length > 0),
  );
  return real.length > 1 ? { all: real } : real[0];
}

/** The next order when a column's head is pressed: up, down, the view's own. */
export function nextSort(current: string | undefined, key: string): string | undefined {
  if (current === key) return `-${key}`;
  return current === `-${key}` ? undefined : key;
}
