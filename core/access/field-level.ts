import type { Field, FieldLevel } from '../definitions/model.ts';
import type { Condition, FieldPath, Hop } from '../rules/condition.ts';
import { isAlways } from './combine.ts';
import { roleRows } from './role-rows.ts';
import type { RoleScope } from './role-rows.ts';

export interface FieldName {
  readonly entity: string;
  readonly field: string;
}

/**
 * What the role says of the field. Unless it names it, a computed field is as hidden as its strictest input (the value of a record the role
 * does not always read among them), a rollup as its children: those it counts, what it sums, and what decides which of them count.
 */
export function fieldLevel(scope: RoleScope, name: FieldName): FieldLevel {
  const { model, role } = scope;
  const named = (role.entities.get(name.entity) ?? role.entities.get('*'))?.fields[name.field];
  if (named) return named;
  const field = model.entity(name.entity).fields.get(name.field);
  if (field?.rollup && !readsAllChildren(scope, field)) return 'hidden';
  const inputs = field?.computed?.reads ?? [];
  const hidden = inputs.some((path) => pathHidden(scope, { entity: name.entity, path: path.split('.') }));
  return hidden ? 'hidden' : 'write';
}

function isHidden(scope: RoleScope, entity: string, field: string): boolean {
  return fieldLevel(scope, { entity, field }) === 'hidden';
}

function readsAll(scope: RoleScope, entity: string): boolean {
  return isAlways(roleRows(scope, scope.model.entity(entity), 'read'));
}

function pathHidden(scope: RoleScope, at: { entity: string; path: readonly string[] }): boolean {
  const { model } = scope;
  const [key, ...rest] = at.path;
  const field = key === undefined ? undefined : model.entity(at.entity).fields.get(key);
  if (!field) return false;
  if (isHidden(scope, at.entity, field.key)) return true;
  if (rest.length === 0 || !field.reference) return false;
  const several = field.reference.to.length > 1;
  const target = several ? rest[0] : field.reference.to[0];
  if (target === undefined || !model.entities.has(target)) return false;
  return !readsAll(scope, target) || pathHidden(scope, { entity: target, path: several ? rest.slice(1) : rest });
}

function readsAllChildren(scope: RoleScope, { rollup }: Field): boolean {
  if (!rollup) return true;
  const child = scope.model.entity(rollup.of.entity);
  const own = scope.role.entities.get(child.name)?.actions.read;
  const sameRights = child.accessVia === rollup.of.field.key && (own === undefined || own === 'all');
  const looked = [rollup.of.field.key, ...(rollup.field === undefined ? [] : [rollup.field])];
  return (
    (sameRights || readsAll(scope, child.name)) &&
    looked.every((key) => !isHidden(scope, child.name, key)) &&
    !conditionHidden(scope, rollup.where)
  );
}

/** Does a condition look at anything the role does not always read? */
function conditionHidden(scope: RoleScope, condition: Condition): boolean {
  switch (condition.kind) {
    case 'constant':
      return false;
    case 'all':
    case 'any':
      return condition.of.some((part) => conditionHidden(scope, part));
    case 'not':
      return conditionHidden(scope, condition.of);
    case 'compare': {
      const { operand } = condition;
      return comparedHidden(scope, condition.path) || (operand.kind === 'field' && comparedHidden(scope, operand.path));
    }
    case 'related': {
      const { list, hops, entity } = condition;
      const holder = list.link ? endOf(entity, hops) : list.entity;
      return (
        hopsHidden(scope, entity, hops) ||
        isHidden(scope, holder, list.field.key) ||
        !readsAll(scope, list.entity) ||
        conditionHidden(scope, condition.of)
      );
    }
  }
}

function comparedHidden(scope: RoleScope, { entity, hops, field }: FieldPath): boolean {
  return hopsHidden(scope, entity, hops) || isHidden(scope, endOf(entity, hops), field.key);
}

function hopsHidden(scope: RoleScope, entity: string, hops: readonly Hop[]): boolean {
  return hops.some(
    (hop, index) => isHidden(scope, hops[index - 1]?.entity ?? entity, hop.field.key) || !readsAll(scope, hop.entity),
  );
}

function endOf(entity: string, hops: readonly Hop[]): string {
  return hops.at(-1)?.entity ?? entity;
}
