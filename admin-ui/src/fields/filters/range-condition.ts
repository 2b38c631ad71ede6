import type { FieldCondition } from '../field-module.ts';

/** `{ gte, lte }` of the ends that are given; none = no condition. */
export function rangeCondition(
  ends: { readonly gte: string; readonly lte: string },
  parse: (text: string) => unknown,
): FieldCondition | undefined {
  const condition: Record<string, unknown> = {};
  if (ends.gte) condition['gte'] = parse(ends.gte);
  if (ends.lte) condition['lte'] = parse(ends.lte);
  return Object.keys(condition).length > 0 ? condition : undefined;
}
