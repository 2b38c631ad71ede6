import { resolveField } from '../rules/condition-path.ts';
import type { EntityDraft, Linking } from './linking.ts';
import type { MergedEntity } from './merge-entities.ts';
import type { Field } from './model.ts';

/** Puts the computed fields of each entity in the order they are worked out, and refuses circles, also those through rollups. */
export function orderComputed(linking: Linking, merged: readonly MergedEntity[]): void {
  for (const entity of linking.entities.values()) entity.computedOrder = orderOf(entity);
  const reported = new Set<string>();
  for (const source of merged) {
    for (const property of source.properties.values()) {
      const circle = findCircle(linking, `${source.name}.${property.key}`);
      const key = circle && [...new Set(circle)].sort().join();
      if (!circle || key === undefined || reported.has(key)) continue;
      reported.add(key);
      const part = property.doc['x-field']?.computed === undefined ? 'rollup' : 'computed';
      linking.errors.add(
        property.at.file,
        `${property.at.pointer}/x-field/${part}`,
        `Is worked out from itself: ${circle.join(' → ')}. Break the circle.`,
      );
    }
  }
}

function orderOf(entity: EntityDraft): readonly string[] {
  const order: string[] = [];
  const done = new Set<string>();
  const visit = (key: string): void => {
    const field = entity.fields.get(key);
    if (done.has(key) || !field?.computed) return;
    done.add(key);
    for (const read of field.computed.reads) visit(read);
    order.push(key);
  };
  for (const key of entity.fields.keys()) visit(key);
  return order;
}

/** The way from a field back to itself, when there is one. */
function findCircle(linking: Linking, start: string): readonly string[] | undefined {
  const seen = new Set<string>();
  const walk = (name: string, trail: readonly string[]): readonly string[] | undefined => {
    for (const next of readsOf(linking, name)) {
      if (next === start) return [...trail, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = walk(next, [...trail, next]);
      if (found) return found;
    }
    return undefined;
  };
  return walk(start, [start]);
}

function readsOf(linking: Linking, name: string): readonly string[] {
  const [entity = '', key = ''] = name.split('.');
  const field = linking.entities.get(entity)?.fields.get(key);
  if (field?.rollup) return field.rollup.field === undefined ? [] : [`${field.rollup.of.entity}.${field.rollup.field}`];
  return (field?.computed?.reads ?? []).map((path) => endOf(linking, field, path));
}

/** The field a path such as `product.price` ends at, as `product.price` of the entity it stands in. */
function endOf(linking: Linking, field: Field | undefined, path: string): string {
  const entity = field?.entity ?? '';
  try {
    const end = resolveField(path, entity, linking.lookup);
    return `${end.hops.at(-1)?.entity ?? entity}.${end.field.key}`;
  } catch {
    // The compiler of the expression has told of an unknown path.
    return '';
  }
}
