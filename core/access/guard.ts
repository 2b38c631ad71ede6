import type { Condition, FieldPath, Hop } from '../rules/condition.ts';
import type { Access } from './access.ts';
import { changePaths, isAlways } from './combine.ts';

/**
 * Weaves the caller's rights into a condition he wrote: a reference outside his rows counts as empty, a field masked on some rows
 * counts as empty there, a child he may not see is not there. So a hidden value can never influence an answer.
 */
export function guardCondition(access: Access, condition: Condition): Condition {
  return changePaths(condition, {
    path: (path) => guardPath(access, path),
    related: (leaf) => ({
      ...leaf,
      hops: guardHops(access, leaf.hops),
      list: { ...leaf.list, rows: access.rows(leaf.list.entity, 'read') },
    }),
  });
}

export function guardPath(access: Access, path: FieldPath): FieldPath {
  const holder = path.hops.at(-1)?.entity ?? path.entity;
  const visible = access.readable(holder, path.field.key);
  const hops = guardHops(access, path.hops);
  return isAlways(visible) ? { ...path, hops } : { ...path, hops, visible };
}

function guardHops(access: Access, hops: readonly Hop[]): readonly Hop[] {
  return hops.map((hop) => {
    const rows = access.rows(hop.entity, 'read');
    return isAlways(rows) ? hop : { ...hop, rows };
  });
}
