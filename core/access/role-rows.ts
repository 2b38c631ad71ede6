import type { Action, Entity, Field, Level, Model, Role } from '../definitions/model.ts';
import { ALWAYS, NEVER } from '../rules/condition.ts';
import type { Condition, FieldPath } from '../rules/condition.ts';
import { all, any } from '../rules/condition-tools.ts';
import { isNever, prefixed } from './combine.ts';
import { namedLevel } from './role-level.ts';

export interface RoleScope {
  readonly model: Model;
  readonly role: Role;
  /** Entities already passed on the way up `access.via`: a circle grants nothing. */
  readonly path?: readonly string[];
}

/** The rows one role grants. An entity with `access.via` has the rows of that record: its reads by read, its writes by update. */
export function roleRows(scope: RoleScope, entity: Entity, action: Action): Condition {
  const named = namedLevel(scope.role, entity, action)?.level;
  if (!entity.accessVia) return levelRows(entity, named ?? 'none');
  const passed = scope.path ?? [];
  if (named === 'none' || passed.includes(entity.name)) return NEVER;
  const via = viaRows({ ...scope, path: [...passed, entity.name] }, entity, action);
  return named === undefined ? via : all(via, levelRows(entity, named));
}

function viaRows(scope: RoleScope, entity: Entity, action: Action): Condition {
  const field = entity.fields.get(entity.accessVia ?? '');
  if (!field?.reference) return NEVER;
  const upper: Action = action === 'read' ? 'read' : 'update';
  return any(
    ...field.reference.to.map((target) => {
      const parent = roleRows(scope, scope.model.entity(target), upper);
      return isNever(parent)
        ? NEVER
        : all(
            pointsTo(entity, field, scope.model.entity(target)),
            prefixed(parent, { entity: entity.name, hop: { field, entity: target, bin: true } }),
          );
    }),
  );
}

/** The via reference leads to this target; so a `not` in the target's filter cannot grant a record that hangs on nothing. */
function pointsTo(entity: Entity, field: Field, target: Entity): Condition {
  const id = target.fields.get('id');
  if (!id) return NEVER;
  const path: FieldPath = { entity: entity.name, hops: [{ field, entity: target.name, bin: true }], field: id };
  return { kind: 'compare', path, op: 'empty', operand: { kind: 'value', value: false } };
}

function levelRows(entity: Entity, level: Level): Condition {
  if (level === 'all') return ALWAYS;
  if (level === 'none') return NEVER;
  if (typeof level === 'object') return level;
  const owner = ownerField(entity);
  if (!owner) return NEVER;
  const path = { entity: entity.name, hops: [], field: owner };
  return { kind: 'compare', path, op: 'eq', operand: { kind: level === 'own' ? 'me' : 'myTeam' } };
}

/** `own` of a user is himself; of an entity without an owner field, what he created. */
export function ownerField(entity: Entity): Field | undefined {
  return entity.fields.get(entity.owner ?? (entity.name === 'user' ? 'id' : 'createdBy'));
}
