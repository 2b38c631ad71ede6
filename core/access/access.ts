import type { Principal } from '../context.ts';
import type { Action, Entity, Field, FieldLevel, Level, Model, Role } from '../definitions/model.ts';
import { ALWAYS, NEVER } from '../rules/condition.ts';
import type { Condition, FieldLookup } from '../rules/condition.ts';
import { all, any } from '../rules/condition-tools.ts';
import { isNever, prefixed } from './combine.ts';
import { namedLevel } from './role-level.ts';

/** What one set of roles may do. Pure: it answers verdicts and filters and never touches data. Roles add up. */
export interface Access {
  /** May the caller do this to some record of the entity? */
  can(entity: string, action: Action): boolean;
  /** Which rows: ANDed to every read and write. NEVER when nothing is granted. */
  rows(entity: string, action: Action): Condition;
  /** Rows on which the caller may read the field: ALWAYS, NEVER or a condition. */
  readable(entity: string, field: string): Condition;
  /** May the caller set the field on some row? */
  writable(entity: string, field: string): boolean;
  /** Rows on which the caller may set the field while doing `action`: those of the roles that grant both. ALWAYS = on every row he may write. */
  settable(entity: string, field: string, action: 'create' | 'update'): Condition;
  /** What each role says of the rows: what `rows` is the sum of. Empty for the system, which asks no role. */
  grants(entity: string, action: Action): readonly RowGrant[];
  /** What each role says of the field: what `readable` and `settable` are made of. */
  fieldGrants(entity: string, field: string, action: 'read' | 'create' | 'update'): readonly FieldGrant[];
  /** `export`, `massEdit`, `users`, `definitions`, `reports`, `jobs`, `metrics`. */
  operation(name: string): boolean;
  /** The model cut to what the caller may read: a hidden field is an unknown field. */
  readonly lookup: FieldLookup;
}

/** The rows on which one role allows an action. */
export interface RowGrant {
  readonly role: Role;
  readonly rows: Condition;
}

export interface FieldGrant extends RowGrant {
  readonly level: FieldLevel;
  /** The level allows the action on the field, on the rows of the role. */
  readonly opens: boolean;
}

/**
 * The rights of a principal under a model. `system` may do everything, `public` nothing.
 * Memoised per model and role set: both are immutable, so the memo is not state.
 */
export function accessOf(model: Model, principal: Principal): Access {
  const memo = memoOf(model);
  const isSystem = principal.kind === 'system';
  const names = principal.kind === 'public' ? [] : [...principal.roles].sort();
  const key = isSystem ? 'system' : `roles ${names.join(' ')}`;
  let access = memo.get(key);
  if (!access) {
    access = isSystem ? fullAccess(model) : roleAccess(model, names);
    memo.set(key, access);
  }
  return access;
}

const memos = new WeakMap<Model, Map<string, Access>>();

function memoOf(model: Model): Map<string, Access> {
  let memo = memos.get(model);
  if (!memo) memos.set(model, (memo = new Map()));
  return memo;
}

function fullAccess(model: Model): Access {
  return {
    can: () => true,
    rows: () => ALWAYS,
    readable: () => ALWAYS,
    writable: () => true,
    settable: () => ALWAYS,
    grants: () => [],
    fieldGrants: () => [],
    operation: () => true,
    lookup: model,
  };
}

function roleAccess(model: Model, names: readonly string[]): Access {
  const roles = names.flatMap((name) => model.roles.get(name) ?? []);
  const grants = (entity: string, action: Action) => rowGrants(model, roles, { entity, action });
  const rows = memoised((entity: string, action: Action) => any(...grants(entity, action).map((grant) => grant.rows)));
  const granted = (name: FieldName, action: Action) => openRows(fieldGrants(model, roles, { ...name, action }));
  const readable = memoised((entity: string, field: string) => granted({ entity, field }, 'read'));
  const creatable = memoised((entity: string, field: string) => granted({ entity, field }, 'create'));
  const updatable = memoised((entity: string, field: string) => granted({ entity, field }, 'update'));
  return {
    can: (entity, action) => !isNever(rows(entity, action)),
    rows,
    readable,
    writable: (entity, field) => !isNever(creatable(entity, field)) || !isNever(updatable(entity, field)),
    settable: (entity, field, action) => (action === 'create' ? creatable : updatable)(entity, field),
    grants,
    fieldGrants: (entity, field, action) => fieldGrants(model, roles, { entity, field, action }),
    operation: (name) => roles.some((role) => role.operations.includes(name)),
    lookup: restrictedLookup(model, rows, readable),
  };
}

function memoised<A extends string, B extends string, R>(compute: (a: A, b: B) => R): (a: A, b: B) => R {
  const known = new Map<string, R>();
  return (a, b) => {
    const key = `${a} ${b}`;
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = compute(a, b)));
    return value;
  };
}

interface RoleScope {
  readonly model: Model;
  readonly role: Role;
  /** Entities already passed on the way up `access.via`: a circle grants nothing. */
  readonly path: readonly string[];
}

/** The rows one role grants. An entity with `access.via` has the rows of that record: its reads by read, its writes by update. */
function roleRows(scope: RoleScope, entity: Entity, action: Action): Condition {
  const named = namedLevel(scope.role, entity, action)?.level;
  if (!entity.accessVia) return levelRows(entity, named ?? 'none');
  if (named === 'none' || scope.path.includes(entity.name)) return NEVER;
  const via = viaRows({ ...scope, path: [...scope.path, entity.name] }, entity, action);
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
            prefixed(parent, { entity: entity.name, hop: { field, entity: target } }),
          );
    }),
  );
}

/** The via reference leads to this target; so a `not` in the target's filter cannot grant a record that hangs on nothing. */
function pointsTo(entity: Entity, field: Field, target: Entity): Condition {
  const id = target.fields.get('id');
  if (!id) return NEVER;
  const path = { entity: entity.name, hops: [{ field, entity: target.name }], field: id };
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

interface FieldName {
  readonly entity: string;
  readonly field: string;
}

function rowGrants(
  model: Model,
  roles: readonly Role[],
  of: { readonly entity: string; readonly action: Action },
): readonly RowGrant[] {
  const entity = model.entity(of.entity);
  return roles.map((role) => ({ role, rows: roleRows({ model, role, path: [] }, entity, of.action) }));
}

function fieldGrants(
  model: Model,
  roles: readonly Role[],
  name: FieldName & { readonly action: Action },
): readonly FieldGrant[] {
  return rowGrants(model, roles, name).map(({ role, rows }) => {
    const level = fieldLevel(model, role, name);
    return { role, rows, level, opens: name.action === 'read' ? level !== 'hidden' : level === 'write' };
  });
}

/**
 * Rows on which some role grants both the action and the field. A role that only reads an entity must not lend its silence about a
 * field to another role's right to write.
 */
function openRows(grants: readonly FieldGrant[]): Condition {
  const granting = grants.filter(({ rows }) => !isNever(rows));
  const open = granting.filter(({ opens }) => opens);
  if (open.length === 0) return NEVER;
  if (open.length === granting.length) return ALWAYS;
  return any(...open.map(({ rows }) => rows));
}

/**
 * What the role says of the field. Unless it names it, a computed field is as hidden as its strictest input (the value of a record the role
 * does not always read among them), a rollup as its children.
 */
function fieldLevel(model: Model, role: Role, name: FieldName): FieldLevel {
  const named = (role.entities.get(name.entity) ?? role.entities.get('*'))?.fields[name.field];
  if (named) return named;
  const entity = model.entity(name.entity);
  const field = entity.fields.get(name.field);
  if (field?.rollup && !readsAllChildren(model, role, field)) return 'hidden';
  const inputs = field?.computed?.reads ?? [];
  const hidden = inputs.some((path) => pathHidden(model, role, { entity: name.entity, path: path.split('.') }));
  return hidden ? 'hidden' : 'write';
}

function pathHidden(model: Model, role: Role, at: { entity: string; path: readonly string[] }): boolean {
  const [key, ...rest] = at.path;
  const field = key === undefined ? undefined : model.entity(at.entity).fields.get(key);
  if (!field) return false;
  if (fieldLevel(model, role, { entity: at.entity, field: field.key }) === 'hidden') return true;
  if (rest.length === 0 || !field.reference) return false;
  const several = field.reference.to.length > 1;
  const target = several ? rest[0] : field.reference.to[0];
  if (target === undefined || !model.entities.has(target)) return false;
  if (roleRows({ model, role, path: [] }, model.entity(target), 'read') !== ALWAYS) return true;
  return pathHidden(model, role, { entity: target, path: several ? rest.slice(1) : rest });
}

function readsAllChildren(model: Model, role: Role, field: Field): boolean {
  if (!field.rollup) return true;
  const child = model.entity(field.rollup.of.entity);
  const sameRights =
    child.accessVia === field.rollup.of.field.key && role.entities.get(child.name)?.actions.read === undefined;
  const all = sameRights || roleRows({ model, role, path: [] }, child, 'read') === ALWAYS;
  const looked = [field.rollup.of.field.key, ...(field.rollup.field === undefined ? [] : [field.rollup.field])];
  return all && looked.every((key) => fieldLevel(model, role, { entity: child.name, field: key }) !== 'hidden');
}

function restrictedLookup(
  model: Model,
  rows: (entity: string, action: Action) => Condition,
  readable: (entity: string, field: string) => Condition,
): FieldLookup {
  const sees = (entity: string) => !isNever(rows(entity, 'read'));
  return {
    field(entity, key) {
      const field = model.field(entity, key);
      return field && sees(entity) && !isNever(readable(entity, key)) ? field : undefined;
    },
    list(entity, key) {
      const list = model.list(entity, key);
      if (!list || !sees(list.entity)) return undefined;
      const holder = list.link ? entity : list.entity;
      return isNever(readable(holder, list.field.key)) ? undefined : list;
    },
    keys: (entity) => model.keys(entity).filter((key) => !model.field(entity, key) || !isNever(readable(entity, key))),
  };
}
