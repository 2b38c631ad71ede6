import type { Entity, Field, Model } from '../definitions/model.ts';
import type { RecordData } from '../fields/field-type.ts';
import { targetsOf } from './ledger.ts';

/** A reference by which records of `parent` roll up the entity that has it. */
export interface ParentLink {
  readonly parent: Entity;
  readonly via: Field;
  readonly rollups: readonly Field[];
}

/** The parents a child's write touches: by both its old and its new references. */
export interface Parents {
  readonly link: ParentLink;
  readonly ids: readonly string[];
}

/** A child before and after its write, and which of its fields changed; all of them when it appears or disappears. */
export interface ChildWrite {
  readonly sides: readonly RecordData[];
  readonly changed?: readonly string[];
}

/** Parents whose figures this write may move. */
export function parentsOf(model: Model, child: Entity, { sides, changed }: ChildWrite): readonly Parents[] {
  return linksOf(model, child, changed).flatMap((link) => {
    const ids = new Set(sides.flatMap((side) => parentIds(link, side)));
    return ids.size === 0 ? [] : [{ link, ids: [...ids].sort() }];
  });
}

function parentIds({ parent, via }: ParentLink, side: RecordData): readonly string[] {
  const targets = targetsOf(side[via.key] ?? null, via.reference?.to ?? []);
  return targets.filter(({ entity }) => entity === parent.name).map(({ record }) => record);
}

/** Which entities roll this one up, and through which of its references, as far as a change of these fields concerns them. */
export function linksOf(model: Model, child: Entity, changed?: readonly string[]): readonly ParentLink[] {
  const known = linkMemo.get(model) ?? new Map<string, readonly ParentLink[]>();
  linkMemo.set(model, known);
  let links = known.get(child.name);
  if (!links) known.set(child.name, (links = findLinks(model, child)));
  return changed ? links.filter((link) => concerns(link, changed)) : links;
}

/** A model never changes, so these are no state. */
const linkMemo = new WeakMap<Model, Map<string, readonly ParentLink[]>>();
const orderMemo = new WeakMap<Model, ReadonlyMap<string, number>>();

function findLinks(model: Model, child: Entity): readonly ParentLink[] {
  const links: ParentLink[] = [];
  for (const parent of model.entities.values()) {
    const rollups = [...parent.fields.values()].filter(
      (field) => field.rollup?.of.entity === child.name && !field.rollup.of.link,
    );
    for (const key of new Set(rollups.map((field) => field.rollup!.of.field.key))) {
      const via = child.fields.get(key);
      if (via) links.push({ parent, via, rollups: rollups.filter((field) => field.rollup!.of.field.key === key) });
    }
  }
  return links;
}

function concerns({ via, rollups }: ParentLink, changed: readonly string[]): boolean {
  if (changed.includes(via.key)) return true;
  return rollups.some(({ rollup }) => {
    if (rollup?.where.kind !== 'constant') return true;
    return rollup.field !== undefined && changed.includes(rollup.field);
  });
}

/** Fields that a change of these may change: themselves and what is computed of them, or of other records. */
export function movableFields(entity: Entity, changed: readonly string[]): readonly string[] {
  const movable = new Set(changed);
  for (const key of entity.computedOrder) {
    const reads = entity.fields.get(key)?.computed?.reads ?? [];
    if (reads.some((path) => path.includes('.') || movable.has(path))) movable.add(key);
  }
  return [...movable];
}

/**
 * The place of every entity in the order of locks: whoever locks records of several locks by this, then by id. Those with figures stand before
 * what they count, and what is deleted along after what it hangs on; where entities count each other, any order does that is always the same.
 */
export function lockOrder(model: Model): ReadonlyMap<string, number> {
  const known = orderMemo.get(model);
  if (known) return known;
  const order = new Map<string, number>();
  const begun = new Set<string>();
  const place = (entity: Entity): void => {
    if (begun.has(entity.name)) return;
    begun.add(entity.name);
    for (const { parent } of linksOf(model, entity)) place(parent);
    for (const field of entity.fields.values())
      if (field.reference?.onDelete === 'cascade')
        for (const target of field.reference.to) if (model.entities.has(target)) place(model.entity(target));
    order.set(entity.name, order.size);
  };
  for (const entity of model.entities.values()) place(entity);
  orderMemo.set(model, order);
  return order;
}
