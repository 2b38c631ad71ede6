import type { Principal } from '../context.ts';
import type { Action, FieldLevel, Model, Role } from '../definitions/model.ts';
import { ALWAYS, NEVER } from '../rules/condition.ts';
import type { Condition, FieldLookup } from '../rules/condition.ts';
import { any } from '../rules/condition-tools.ts';
import { isNever } from './combine.ts';
import { fieldLevel } from './field-level.ts';
import type { FieldName } from './field-level.ts';
import { roleRows } from './role-rows.ts';

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
  /** `export`, `import`, `massEdit`, `users`, `definitions`, `reports`, `jobs`, `metrics`. */
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
  const known = new Map<string, Map<string, R>>();
  return (a, b) => {
    let ofA = known.get(a);
    if (!ofA) known.set(a, (ofA = new Map()));
    let value = ofA.get(b);
    if (value === undefined) ofA.set(b, (value = compute(a, b)));
    return value;
  };
}

function rowGrants(
  model: Model,
  roles: readonly Role[],
  of: { readonly entity: string; readonly action: Action },
): readonly RowGrant[] {
  const entity = model.entity(of.entity);
  return roles.map((role) => ({ role, rows: roleRows({ model, role }, entity, of.action) }));
}

function fieldGrants(
  model: Model,
  roles: readonly Role[],
  name: FieldName & { readonly action: Action },
): readonly FieldGrant[] {
  return rowGrants(model, roles, name).map(({ role, rows }) => {
    const level = fieldLevel({ model, role }, name);
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
