import type { Model } from '../../definitions/model.ts';
import type { Loaded } from './holds-then.ts';

/** The tree behind `load` paths such as `customer` and `lines.product`. They were checked when the rule was linked. */
export function readLoads(model: Model, entity: string, paths: readonly string[]): readonly Loaded[] {
  const heads = new Map<string, string[]>();
  for (const path of paths) {
    const [head = '', ...rest] = path.split('.');
    heads.set(head, [...(heads.get(head) ?? []), ...(rest.length > 0 ? [rest.join('.')] : [])]);
  }
  return [...heads].flatMap(([key, rest]): readonly Loaded[] => {
    const list = model.list(entity, key);
    if (list) return [{ key, list, targets: [], inner: readLoads(model, list.entity, rest) }];
    const targets = model.field(entity, key)?.reference?.to ?? [];
    const [first] = targets;
    if (first === undefined) return [];
    // A path may name which of several entities is meant: `about.deal.customer`.
    const inner = rest.map((path) => (targets.length > 1 ? path.split('.').slice(1).join('.') : path));
    const target = rest.map((path) => path.split('.')[0] ?? '').find((name) => targets.includes(name)) ?? first;
    return [
      {
        key,
        targets,
        inner: readLoads(
          model,
          target,
          inner.filter((path) => path !== ''),
        ),
      },
    ];
  });
}
