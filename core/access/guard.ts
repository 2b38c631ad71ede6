import type { Condition, FieldPath, Hop, ListPath } from '../rules/condition.ts';
import { all, any, not } from '../rules/condition-tools.ts';
import type { Access } from './access.ts';
import { changePaths, isAlways } from './combine.ts';

type Related = Extract<Condition, { kind: 'related' }>;

/**
 * Weaves the caller's rights into a condition he wrote: a reference outside his rows counts as empty, a field masked on some rows
 * counts as empty there, a child he may not see is not there. So a hidden value can never influence an answer.
 */
export function guardCondition(access: Access, condition: Condition): Condition {
  return changePaths(condition, {
    path: (path) => guardPath(access, path),
    related: (leaf) => guardRelated(access, leaf),
  });
}

/** Where the caller may not read the reference that makes the list, the list counts as empty. */
function guardRelated(access: Access, leaf: Related): Condition {
  const hops = guardHops(access, leaf);
  const guarded: Related = { ...leaf, hops, list: { ...leaf.list, rows: listRows(access, leaf.list) } };
  if (!leaf.list.link) return guarded;
  const owner = leaf.hops.at(-1)?.entity ?? leaf.entity;
  const visible = access.readable(owner, leaf.list.field.key);
  if (isAlways(visible)) return guarded;
  const last = hops.at(-1);
  if (last) return { ...guarded, hops: [...hops.slice(0, -1), { ...last, rows: all(last.rows ?? all(), visible) }] };
  return leaf.quantifier === 'some' ? all(visible, guarded) : any(not(visible), guarded);
}

/** The children a caller may see: within his rows, and only where he may read that they belong here. */
export function listRows(access: Access, list: ListPath): Condition {
  const rows = access.rows(list.entity, 'read');
  return list.link ? rows : all(rows, access.readable(list.entity, list.field.key));
}

export function guardPath(access: Access, path: FieldPath): FieldPath {
  const holder = path.hops.at(-1)?.entity ?? path.entity;
  const visible = access.readable(holder, path.field.key);
  const hops = guardHops(access, path);
  return isAlways(visible) ? { ...path, hops } : { ...path, hops, visible };
}

function guardHops(access: Access, path: { readonly entity: string; readonly hops: readonly Hop[] }): readonly Hop[] {
  return path.hops.map((hop, index) => {
    const rows = access.rows(hop.entity, 'read');
    const visible = access.readable(path.hops[index - 1]?.entity ?? path.entity, hop.field.key);
    return { ...hop, ...(isAlways(rows) ? {} : { rows }), ...(isAlways(visible) ? {} : { visible }) };
  });
}
