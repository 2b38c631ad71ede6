import type { Access } from '../access/access.ts';
import { isAlways, isNever } from '../access/combine.ts';
import { listRows } from '../access/guard.ts';
import type { Entity, Field, Model } from '../definitions/model.ts';
import type { ListPath } from '../rules/condition.ts';
import type { NestedProjection, ProjectedField, Projection } from '../storage/query.ts';
import { CasementError } from '../errors.ts';
import { didYouMean } from '../rules/parse-condition.ts';

/** Records a nested list shows at most; the rest is read by its own list request. */
const LIST_LIMIT = 1000;
const MAX_DEPTH = 4;

/** A tree of asked names: `customer.name` and `lines.product` become nested maps. An empty map = every readable field. */
interface Names {
  /** True: all readable fields at this level. */
  readonly all: boolean;
  readonly members: Map<string, Names>;
}

export interface ProjectionRequest {
  readonly fields?: readonly string[];
  readonly expand?: readonly string[];
}

/** The shape of the answer: what was asked, cut to what the caller may read; asking for a hidden field is asking for an unknown one. */
export function projectionOf(
  scope: { model: Model; access: Access },
  entity: Entity,
  request: ProjectionRequest,
): Projection {
  const names: Names = { all: request.fields === undefined, members: new Map() };
  for (const path of request.fields ?? []) addPath(names, path.split('.'), false);
  for (const path of request.expand ?? []) addPath(names, path.split('.'), true);
  return build({ ...scope, depth: 0 }, entity, names);
}

function addPath(names: Names, path: readonly string[], whole: boolean): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  const known = names.members.get(key);
  const member = { all: (known?.all ?? false) || whole, members: known?.members ?? new Map<string, Names>() };
  names.members.set(key, member);
  addPath(member, rest, whole);
}

interface Scope {
  readonly model: Model;
  readonly access: Access;
  readonly depth: number;
}

function build(scope: Scope, entity: Entity, names: Names): Projection {
  if (scope.depth > MAX_DEPTH)
    throw new CasementError('BAD_REQUEST', `A request can go ${MAX_DEPTH} references deep at most.`);
  const fields: ProjectedField[] = [];
  const references = new Map<string, ReadonlyMap<string, NestedProjection>>();
  const lists = new Map<string, NestedProjection & { list: ListPath; limit: number }>();
  for (const field of entity.fields.values()) {
    if (!names.all && field.key !== 'id' && !names.members.has(field.key)) continue;
    const visible = scope.access.readable(entity.name, field.key);
    if (isNever(visible)) continue;
    fields.push(isAlways(visible) ? { field } : { field, visible });
  }
  for (const [key, member] of names.members) {
    const field = scope.access.lookup.field(entity.name, key);
    const list = scope.access.lookup.list(entity.name, key);
    if (!field && !list) throw unknownField(scope, entity, key);
    const nested = member.all || member.members.size > 0;
    if (field && nested) references.set(key, nestedReferences(scope, entity.fields.get(key)!, member));
    else if (!field && list)
      lists.set(key, {
        ...nestedOf(scope, list.entity, { ...member, all: member.all || !nested }),
        rows: listRows(scope.access, list),
        list,
        limit: LIST_LIMIT,
      });
  }
  return { entity, fields, references, lists };
}

function nestedReferences(scope: Scope, field: Field, names: Names): ReadonlyMap<string, NestedProjection> {
  if (!field.reference)
    throw new CasementError('BAD_REQUEST', `"${field.key}" is not a reference and cannot be expanded.`);
  const { to } = field.reference;
  const stranger = to.length > 1 ? [...names.members.keys()].find((key) => !to.includes(key)) : undefined;
  if (stranger !== undefined) {
    const message = `"${field.key}" leads to several entities; name one of ${to.join(', ')} after it, not "${stranger}".`;
    throw new CasementError('BAD_REQUEST', message);
  }
  const targets = new Map<string, NestedProjection>();
  for (const target of to) {
    const own = to.length > 1 ? targetNames(names, target) : names;
    targets.set(target, nestedOf(scope, target, own));
  }
  return targets;
}

/** Below a reference to several entities, `about.deal.title` speaks of one target; `about` alone of all. */
function targetNames(names: Names, target: string): Names {
  return names.members.get(target) ?? { all: true, members: new Map() };
}

function nestedOf(scope: Scope, entity: string, names: Names): NestedProjection {
  const rows = scope.access.rows(entity, 'read');
  return { projection: build({ ...scope, depth: scope.depth + 1 }, scope.model.entity(entity), names), rows };
}

function unknownField(scope: Scope, entity: Entity, key: string): CasementError {
  const hint = didYouMean(key, scope.access.lookup.keys(entity.name));
  return new CasementError('BAD_REQUEST', `${entity.name} has no field or list "${key}".${hint}`);
}
