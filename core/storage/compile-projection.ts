import type { SqlFragment } from '../context.ts';
import type { Field } from '../definitions/model.ts';
import type { FieldSpec } from '../fields/field-type.ts';
import { columnsOf, isMany, isPolymorphic, linkOf, SYSTEM_KEYS } from './columns.ts';
import { compileCondition, childRows } from './compile-condition.ts';
import { column } from './compile-path.ts';
import type { Scope } from './compile-path.ts';
import { jsonArray, jsonObject, jsonValue } from './json-value.ts';
import type { Member } from './json-value.ts';
import { targetColumn } from './names.ts';
import type { NestedProjection, ProjectedField, Projection } from './query.ts';
import { fixed, id, join, raw, sql } from './sql.ts';
import { literal } from './table-spec.ts';

/** The row behind `alias` as JSON text, in the shape asked for; nested records and lists stand inside it. */
export function compileProjection(scope: Scope, alias: SqlFragment, projection: Projection): SqlFragment {
  if (isPlain(projection)) return plainObject(scope, alias, projection);
  return jsonObject(membersOf(scope, alias, projection));
}

/** Own fields only, on every row: such an object depends on nothing but the names of its fields. */
function isPlain({ fields, references, lists }: Projection): boolean {
  return references.size === 0 && lists.size === 0 && fields.every((projected) => !projected.visible);
}

const MOST_SHAPES = 100;
const plainObjects = new WeakMap<Projection['entity'], Map<string, SqlFragment>>();

/** Remembered per entity: most answers have the same few shapes. */
function plainObject(scope: Scope, alias: SqlFragment, projection: Projection): SqlFragment {
  const shapes = plainObjects.get(projection.entity) ?? new Map<string, SqlFragment>();
  plainObjects.set(projection.entity, shapes);
  const key = [alias.chunks[0], ...projection.fields.map(({ field }) => field.key)].join();
  const known = shapes.get(key) ?? fixed(() => jsonObject(membersOf(scope, alias, projection)));
  if (shapes.size >= MOST_SHAPES) shapes.clear();
  shapes.set(key, known);
  return known;
}

function membersOf(scope: Scope, alias: SqlFragment, projection: Projection): readonly Member[] {
  const fields = projection.fields.flatMap((projected) => fieldMembers(scope, alias, { projection, projected }));
  const lists = [...projection.lists].map(([key, nested]) =>
    listMember(scope, alias, { key, nested, owner: projection.entity.name }),
  );
  return [...fields, ...lists];
}

function fieldMembers(
  scope: Scope,
  alias: SqlFragment,
  of: { projection: Projection; projected: ProjectedField },
): readonly Member[] {
  const { field, visible } = of.projected;
  const targets = of.projection.references.get(field.key);
  const members = targets
    ? [expanded(scope, alias, { field, targets, owner: of.projection.entity.name })]
    : plainMembers(alias, { field, owner: of.projection.entity.name });
  if (!visible) return members;
  const condition = scope.holds(visible, alias);
  return members.map((member) => ({ ...member, value: sql`case when ${condition} then ${member.value} end` }));
}

/** The value, and after it the spelling as typed where the type keeps one. */
function plainMembers(alias: SqlFragment, { field, owner }: { field: Field; owner: string }): readonly Member[] {
  const { key } = field;
  if (isMany(field)) return [{ key, value: linkedIds(alias, { field, owner }), json: true }];
  if (isPolymorphic(field)) return [{ key, value: targetObject(alias, field), json: true }];
  const columns = columnsOf(field);
  const [first] = columns;
  if (!first) return [];
  const value: Member =
    SYSTEM_KEYS.has(key) && first.kind === 'integer'
      ? { key, value: column(alias, key), json: false }
      : { key, ...jsonValue(first, column(alias, first.name)) };
  const typed = columns.filter((candidate) => candidate.suffix === '_t');
  return [
    value,
    ...typed.map((companion) => ({ key: `${key}:typed`, ...jsonValue(companion, column(alias, companion.name)) })),
  ];
}

function linkedIds(alias: SqlFragment, { field, owner }: { field: Field; owner: string }): SqlFragment {
  const link = raw('links');
  const ids = jsonArray(sql`'"' || ${column(link, 'target')} || '"'`, column(link, 'position'));
  return sql`(select ${ids} from ${id(linkOf(owner, field))} ${link} where ${column(link, 'source')} = ${column(alias, 'id')})`;
}

/** `{"entity", "id"}` of a reference to several entities, as JSON text. */
export function targetObject(alias: SqlFragment, field: FieldSpec): SqlFragment {
  const cases = columnsOf(field).map(({ name, target = '' }) => {
    const head = raw(literal(`{"entity":"${target}","id":"`));
    return sql`when ${column(alias, name)} is not null then ${head} || ${column(alias, name)} || '"}'`;
  });
  return sql`case ${join(cases, ' ')} end`;
}

interface Expansion {
  readonly field: Field;
  readonly targets: ReadonlyMap<string, NestedProjection>;
  readonly owner: string;
}

/** The object in place of the id; null when it is deleted or outside the caller's rows. One of several targets names its entity first. */
function expanded(scope: Scope, alias: SqlFragment, { field, targets, owner }: Expansion): Member {
  if (isMany(field)) {
    const [nested] = [...targets.values()];
    return {
      key: field.key,
      value: nested ? expandedLinks(scope, alias, { field, nested, owner }) : sql`'[]'`,
      json: true,
    };
  }
  const single = !isPolymorphic(field);
  const objects = [...targets].map(([target, nested]) => {
    const at = column(alias, single ? field.key : targetColumn(field.key, target));
    const first = single ? [] : [{ key: 'entity', value: raw(literal(target)), json: false }];
    return nestedObject(scope, { nested, at, first });
  });
  return { key: field.key, value: objects.length === 1 ? objects[0]! : sql`coalesce(${join(objects)})`, json: true };
}

function nestedObject(
  scope: Scope,
  of: { nested: NestedProjection; at: SqlFragment; first: readonly Member[] },
): SqlFragment {
  const { projection, rows } = of.nested;
  const alias = scope.alias();
  const object =
    of.first.length === 0
      ? compileProjection(scope, alias, projection)
      : jsonObject([...of.first, ...membersOf(scope, alias, projection)]);
  return sql`(select ${object} from ${id(projection.entity.name)} ${alias} where ${column(alias, 'id')} = ${of.at} and ${liveRows(scope, alias, rows)})`;
}

function liveRows(scope: Scope, alias: SqlFragment, rows: NestedProjection['rows']): SqlFragment {
  const deleted = sql`${column(alias, 'deletedAt')} is null`;
  if (rows.kind === 'constant' && rows.value) return deleted;
  return sql`${deleted} and ${compileCondition(scope, alias, { condition: rows, negated: false })}`;
}

function expandedLinks(
  scope: Scope,
  alias: SqlFragment,
  of: { field: Field; nested: NestedProjection; owner: string },
): SqlFragment {
  const { projection, rows } = of.nested;
  const link = scope.alias();
  const target = scope.alias();
  const items = jsonArray(compileProjection(scope, target, projection), column(link, 'position'));
  const joined = sql`${id(linkOf(of.owner, of.field))} ${link} join ${id(projection.entity.name)} ${target} on ${column(target, 'id')} = ${column(link, 'target')}`;
  return sql`(select ${items} from ${joined} where ${column(link, 'source')} = ${column(alias, 'id')} and ${liveRows(scope, target, rows)})`;
}

interface ListOf {
  readonly key: string;
  readonly nested: Projection['lists'] extends ReadonlyMap<string, infer Nested> ? Nested : never;
  readonly owner: string;
}

/** The first `limit` records of a child list: cut inside, put together outside. */
function listMember(scope: Scope, alias: SqlFragment, { key, nested, owner }: ListOf): Member {
  const { projection, rows, list, limit } = nested;
  const child = scope.alias();
  const cut = scope.alias();
  const found = childRows(scope, { list, owner }, { child, parent: alias });
  const object = compileProjection(scope, child, projection);
  const inner = sql`select ${object} as item, ${found.order} as place from ${found.from} where ${found.where} and ${liveRows(scope, child, rows)} order by ${found.order} limit ${raw(String(limit))}`;
  const value = sql`(select ${jsonArray(column(cut, 'item'), column(cut, 'place'))} from (${inner}) ${cut})`;
  return { key, value, json: true };
}
