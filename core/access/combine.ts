import type { Condition, FieldPath, Hop } from '../rules/condition.ts';
import { mapCondition } from '../rules/condition-tools.ts';

export function isAlways(condition: Condition): boolean {
  return condition.kind === 'constant' && condition.value;
}

export function isNever(condition: Condition): boolean {
  return condition.kind === 'constant' && !condition.value;
}

/** Every path of a condition changed; inner conditions of child lists stay as they are. */
export interface PathChange {
  path(path: FieldPath): FieldPath;
  related(leaf: Extract<Condition, { kind: 'related' }>): Condition;
}

export function changePaths(condition: Condition, change: PathChange): Condition {
  return mapCondition(condition, (leaf) => {
    if (leaf.kind === 'related') return change.related(leaf);
    if (leaf.kind !== 'compare') return leaf;
    const { operand } = leaf;
    return {
      ...leaf,
      path: change.path(leaf.path),
      operand: operand.kind === 'field' ? { kind: 'field', path: change.path(operand.path) } : operand,
    };
  });
}

/** A condition on the target of a reference as a condition on the record that holds the reference. */
export function prefixed(condition: Condition, by: { readonly entity: string; readonly hop: Hop }): Condition {
  if (condition.kind === 'related') return { ...condition, entity: by.entity, hops: [by.hop, ...condition.hops] };
  if (condition.kind === 'all' || condition.kind === 'any')
    return { ...condition, of: condition.of.map((part) => prefixed(part, by)) };
  if (condition.kind === 'not') return { kind: 'not', of: prefixed(condition.of, by) };
  return changePaths(condition, {
    path: (path) => ({ ...path, entity: by.entity, hops: [by.hop, ...path.hops] }),
    related: (leaf) => leaf,
  });
}
