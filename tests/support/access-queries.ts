import fc from 'fast-check';
import type { Field, Model } from '../../core/definitions/model.ts';
import type { AggregateQuery, ReadQuery } from '../../core/records/types.ts';
import { VALUES } from './access-world.ts';
import type { AccessWorld } from './access-world.ts';

/** One question somebody may ask. */
export type Question =
  | { readonly kind: 'list'; readonly query: ReadQuery; readonly page: number }
  | { readonly kind: 'one'; readonly query: ReadQuery & { readonly id: string } }
  | { readonly kind: 'figures'; readonly query: AggregateQuery }
  | { readonly kind: 'history'; readonly entity: string; readonly id: string; readonly timeline: boolean };

const ENTITIES = ['region', 'tag', 'client', 'trade', 'line', 'piece', 'note', 'chore'] as const;
const LISTED = ['in', 'nin'];
const WORDS = ['oak', 'pine', 'gate', '12', 'ca', 'go', 'oak gate', 'ee', 'north', 'red', 'silver', '5123', 'zzz'];

/** Questions about every entity, with every operator of every field, over steps and lists. */
export function questionsOf(world: AccessWorld): fc.Arbitrary<Question> {
  return fc
    .constantFrom(...ENTITIES)
    .chain((entity) =>
      fc.oneof(
        { weight: 6, arbitrary: listQuestion(world, entity) },
        { weight: 1, arbitrary: oneQuestion(world, entity) },
        { weight: 3, arbitrary: figuresQuestion(world, entity) },
        { weight: 1, arbitrary: historyQuestion(world, entity) },
      ),
    );
}

function listQuestion(world: AccessWorld, entity: string): fc.Arbitrary<Question> {
  const query = fc.record(
    {
      entity: fc.constant(entity),
      filter: filterOf(world, entity, 3),
      sort: fc.array(sortKey(world.firm.model, entity), { minLength: 1, maxLength: 3 }),
      fields: fc.array(shownPath(world.firm.model, entity), { maxLength: 4 }),
      expand: fc.array(expandPath(world.firm.model, entity), { minLength: 1, maxLength: 2 }),
      search: fc.constantFrom(...WORDS),
      deleted: fc.constantFrom('with' as const, 'only' as const),
    },
    { requiredKeys: ['entity'] },
  );
  return fc.record({ kind: fc.constant('list' as const), query, page: fc.constantFrom(1000, 1, 2, 3, 7) });
}

function oneQuestion(world: AccessWorld, entity: string): fc.Arbitrary<Question> {
  const query = fc.record(
    {
      entity: fc.constant(entity),
      id: fc.constantFrom(...world.ids[entity]!),
      expand: fc.array(expandPath(world.firm.model, entity), { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: ['entity', 'id'] },
  );
  return query.map((asked) => ({ kind: 'one', query: asked }));
}

function historyQuestion(world: AccessWorld, entity: string): fc.Arbitrary<Question> {
  const id = fc.constantFrom(...world.ids[entity]!);
  return fc.record({ kind: fc.constant('history' as const), entity: fc.constant(entity), id, timeline: fc.boolean() });
}

function figuresQuestion(world: AccessWorld, entity: string): fc.Arbitrary<Question> {
  const { model } = world.firm;
  const figures = own(model, entity).filter(({ type }) => ['integer', 'money', 'number'].includes(type.name));
  const dates = own(model, entity).filter(({ type }) => type.name === 'date' || type.name === 'dateTime');
  const measured = [
    'count',
    ...figures.flatMap(({ key }) => ['sum', 'avg', 'min', 'max'].map((name) => `${name}(${key})`)),
    ...dates.flatMap(({ key }) => [`min(${key})`, `max(${key})`]),
  ];
  const grains = dates.flatMap(({ key }) => [`${key}:day`, `${key}:month`, `${key}:year`]);
  const grouped = fc.oneof(sortPath(model, entity), ...(grains.length > 0 ? [fc.constantFrom(...grains)] : []));
  const query = fc.record(
    {
      entity: fc.constant(entity),
      filter: filterOf(world, entity, 2),
      group: fc.uniqueArray(grouped, { maxLength: 2 }),
      measures: fc.uniqueArray(fc.constantFrom(...measured), { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['entity', 'group', 'measures'] },
  );
  return query.map((asked) => ({ kind: 'figures', query: asked }));
}

function own(model: Model, entity: string): readonly Field[] {
  const fields = [...model.entity(entity).fields.values()];
  // A server's user has fields of its own; the world fills his name.
  if (entity === 'user') return fields.filter(({ key }) => key === 'name');
  return fields.filter(({ reference, key }) => !reference?.many && key !== 'deletedAt');
}

/** Paths to one value: own fields, and fields one or two steps away. */
function pathsTo(
  model: Model,
  entity: string,
  steps: number,
): readonly { readonly path: string; readonly field: Field }[] {
  return own(model, entity).flatMap((field) => {
    const here = { path: field.key, field };
    if (!field.reference || steps === 0 || field.system) return [here];
    const several = field.reference.to.length > 1;
    const beyond = field.reference.to.flatMap((target) =>
      pathsTo(model, target, steps - 1)
        .filter((next) => !next.field.system || next.path === 'createdAt')
        .map((next) => ({ path: `${field.key}.${several ? `${target}.` : ''}${next.path}`, field: next.field })),
    );
    return [here, ...beyond];
  });
}

function sortPath(model: Model, entity: string): fc.Arbitrary<string> {
  const paths = pathsTo(model, entity, 2);
  const near = paths.filter(({ path }) => !path.includes('.'));
  return fc
    .oneof({ weight: 3, arbitrary: fc.constantFrom(...near) }, { weight: 1, arbitrary: fc.constantFrom(...paths) })
    .map(({ path }) => path);
}

function sortKey(model: Model, entity: string): fc.Arbitrary<string> {
  return fc.tuple(sortPath(model, entity), fc.boolean()).map(([path, down]) => (down ? `-${path}` : path));
}

function shownPath(model: Model, entity: string): fc.Arbitrary<string> {
  const single = pathsTo(model, entity, 1).filter(({ path }) => !/^about\.|\.about$/.test(path));
  const lists = [...model.entity(entity).lists.keys()];
  return fc.constantFrom(...single.map(({ path }) => path), ...lists);
}

function expandPath(model: Model, entity: string): fc.Arbitrary<string> {
  const next = (name: string): readonly string[] => {
    const found = model.entity(name);
    return [
      ...[...found.fields.values()].filter(({ reference, system }) => reference && !system).map(({ key }) => key),
      ...found.lists.keys(),
    ];
  };
  const deeper = next(entity).flatMap((key) => {
    const to = model.entity(entity).fields.get(key)?.reference?.to ?? [model.list(entity, key)!.entity];
    return to.length > 1 ? [] : next(to[0]!).map((inner) => `${key}.${inner}`);
  });
  return fc.constantFrom(...next(entity), ...deeper);
}

/** A filter of a few comparisons, groups and lists. */
function filterOf(world: AccessWorld, entity: string, depth: number): fc.Arbitrary<unknown> {
  const leaf = fc.oneof(
    { weight: 3, arbitrary: comparison(world, entity) },
    { weight: depth > 0 ? 1 : 0, arbitrary: related(world, entity, depth) },
  );
  if (depth === 0) return leaf;
  const part = filterOf(world, entity, depth - 1);
  return fc.oneof(
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: part.map((inner) => ({ not: inner })) },
    { weight: 1, arbitrary: fc.array(part, { maxLength: 3 }).map((any) => ({ any })) },
    { weight: 1, arbitrary: fc.array(part, { maxLength: 2 }).map((all) => ({ all })) },
  );
}

function comparison(world: AccessWorld, entity: string): fc.Arbitrary<unknown> {
  const paths = pathsTo(world.firm.model, entity, 2);
  const near = paths.filter(({ path }) => !path.includes('.'));
  return fc
    .oneof({ weight: 2, arbitrary: fc.constantFrom(...near) }, { weight: 1, arbitrary: fc.constantFrom(...paths) })
    .chain(({ path, field }) => {
      const ops = field.type.operators.filter((op) => op !== 'empty' && !LISTED.includes(op));
      const values = valuesOf(world, entity, field);
      const empty = fc.constantFrom(
        { [path]: { empty: true } },
        { [path]: { empty: false } },
        { [path]: null },
        { [path]: { ne: null } },
      );
      const plain = fc
        .tuple(fc.constantFrom(...ops), fc.constantFrom(...values))
        .map(([op, operand]) => ({ [path]: { [op]: operandOf(op, operand) } }));
      const simple = values.filter((value) => value === null || typeof value !== 'object');
      const list = fc
        .tuple(fc.constantFrom(...LISTED), fc.array(fc.constantFrom(...simple, null), { maxLength: 3 }))
        .map(([op, operand]) => ({ [path]: { [op]: operand } }));
      const takesList = field.type.operators.includes('in') && simple.length > 0;
      return fc.oneof(
        { weight: 4, arbitrary: plain },
        { weight: takesList ? 1 : 0, arbitrary: list },
        { weight: 1, arbitrary: empty },
      );
    });
}

function operandOf(op: string, operand: unknown): unknown {
  return op === 'contains' && Array.isArray(operand) ? operand[0] : operand;
}

function valuesOf(world: AccessWorld, entity: string, field: Field): readonly unknown[] {
  const { key, type } = field;
  if (type.name === 'reference' || type.name === 'id') {
    const to = field.reference?.to ?? [field.entity];
    const ids = to.flatMap((target) => world.ids[target]!.slice(0, 4));
    return to.includes('user') ? [...ids, '$me', '$myTeam'] : ids;
  }
  if (type.name === 'dateTime') return [...VALUES['instant']!, { $now: '0d' }];
  if (type.name === 'date') return [...VALUES['date']!, { $now: '0d' }, { $now: '-1d' }];
  if (type.name === 'money')
    return [
      ...VALUES['money']!,
      ...(entity === 'trade' && field.entity === 'trade' ? [{ $field: 'margin' }, { $field: 'total' }] : []),
    ];
  if (type.name === 'text') return VALUES[key] ?? VALUES['name']!;
  if (type.name === 'email') return ['c1@oak.ee', 'C2', 'oak'];
  return VALUES[key] ?? VALUES[type.name]!;
}

function related(world: AccessWorld, entity: string, depth: number): fc.Arbitrary<unknown> {
  const { model } = world.firm;
  const many = [...model.entity(entity).fields.values()].filter(({ reference }) => reference?.many);
  const lists = [
    ...many.map(({ key, reference }) => ({ path: key, of: reference!.to[0]! })),
    ...[...model.entity(entity).lists.values()].map((list) => ({ path: list.key, of: list.entity })),
    ...(entity === 'trade'
      ? [
          { path: 'client.tags', of: 'tag' },
          { path: 'origin.lines', of: 'line' },
        ]
      : []),
    ...(entity === 'line' ? [{ path: 'trade.notes', of: 'note' }] : []),
  ].filter(({ of }) => of !== 'user');
  if (lists.length === 0) return comparison(world, entity);
  return fc.constantFrom(...lists).chain(({ path, of }) =>
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc
          .tuple(fc.constantFrom('some', 'none', 'every'), fc.oneof(filterOf(world, of, depth - 1), fc.constant({})))
          .map(([quantifier, inner]) => ({ [path]: { [quantifier]: inner } })),
      },
      { weight: 1, arbitrary: fc.boolean().map((wanted) => ({ [path]: { empty: wanted } })) },
    ),
  );
}
