import fc from 'fast-check';
import type { Entity } from '../../../core/definitions/model.ts';
import { ODD_VALUES, valueOf } from './values.ts';
import type { HostileWorld } from './world.ts';

/** A condition on the fields of the entity, most of the time one that holds together. */
export function conditionOf(world: HostileWorld, entity: Entity, depth = 2): fc.Arbitrary<unknown> {
  const leaf = fc.constantFrom(...entity.fields.values()).chain((field) => {
    const scope = { resolve: world.api.resolve, hint: () => undefined };
    const fitting = valueOf(scope, field.type.schema(field), field.key);
    const value = fc.oneof({ weight: 5, arbitrary: fitting }, { weight: 1, arbitrary: fc.constantFrom(...ODD_VALUES) });
    return fc
      .constantFrom<string>(...field.type.operators, 'eq')
      .chain((operator) => operand(operator, value).map((given) => ({ [field.key]: { [operator]: given } })));
  });
  const lists = [...entity.lists.keys()];
  const quantified =
    lists.length === 0
      ? leaf
      : fc
          .tuple(fc.constantFrom(...lists), fc.constantFrom('some', 'none', 'every'))
          .map(([list, of]) => ({ [list]: { [of]: {} } }));
  if (depth === 0) return leaf;
  const inner = conditionOf(world, entity, depth - 1);
  return fc.oneof(
    { weight: 6, arbitrary: leaf },
    { weight: 1, arbitrary: quantified },
    { weight: 1, arbitrary: fc.array(inner, { minLength: 1, maxLength: 3 }).map((any) => ({ any })) },
    { weight: 1, arbitrary: fc.array(inner, { minLength: 1, maxLength: 3 }).map((all) => ({ all })) },
    { weight: 1, arbitrary: inner.map((not) => ({ not })) },
  );
}

function operand(operator: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  if (operator === 'in' || operator === 'nin') return fc.array(value, { maxLength: 3 });
  if (operator === 'empty') return fc.boolean();
  if (operator === 'contains' || operator === 'startsWith') return fc.string({ maxLength: 10 });
  return value;
}
