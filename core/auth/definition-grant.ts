import type { Principal } from '../context.ts';
import type { Entity, Level, Model, Role } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import { ACTIONS, covers, fieldRank, holdsRightsOf, levelOf } from './role-grant.ts';

export interface DefinitionChange {
  readonly kind: string;
  readonly before: Model;
  readonly after: Model;
}

/** Act with the rights of the system, whoever wrote them. */
const ACTING = new Set(['automation', 'form']);

/**
 * Nobody gives anybody a right he lacks by writing a definition. A role may gain only what the changer himself holds; what acts as the
 * system, or decides whose a record is, may be changed only by who holds every right there is. Throws FORBIDDEN.
 */
export function checkDefinitionGrant(principal: Principal, change: DefinitionChange): void {
  if (principal.kind === 'system') return;
  const { before, after } = change;
  const own = principal.roles.flatMap((name) => before.roles.get(name) ?? []);
  for (const role of after.roles.values()) {
    const gained = rightGained({ ...change, own, role });
    if (gained !== undefined)
      throw new CasementError(
        'FORBIDDEN',
        `With this, the role "${role.name}" could ${gained}, and you may not do that yourself.`,
        { errors: [{ path: '', code: 'roleGrant', message: `The role "${role.name}" gains a right that you lack.` }] },
      );
  }
  const reach = ACTING.has(change.kind) ? `An ${change.kind} acts with the rights of the system` : movedRows(change);
  if (reach === undefined || [...before.roles.keys()].every((name) => holdsRightsOf(before, principal, name))) return;
  throw new CasementError('FORBIDDEN', `${reach}, so only somebody with every right may change this.`);
}

interface Gain extends DefinitionChange {
  readonly own: readonly Role[];
  readonly role: Role;
}

/** What the role can do after the change and could not before, and the changer cannot; in words. */
function rightGained(gain: Gain): string | undefined {
  const { before, after, own, role } = gain;
  const was = before.roles.get(role.name);
  const operation = role.operations.find(
    (wanted) => !was?.operations.includes(wanted) && !own.some((held) => held.operations.includes(wanted)),
  );
  if (operation) return `use "${operation}"`;
  for (const entity of after.entities.values()) {
    const old = before.entities.has(entity.name) ? entity.name : (entity.was ?? entity.name);
    const right = rowsGained(gain, entity, old) ?? fieldGained(gain, entity, old);
    if (right !== undefined) return right;
  }
  return undefined;
}

function rowsGained({ before, own, role }: Gain, entity: Entity, old: string): string | undefined {
  const was = before.roles.get(role.name);
  const action = ACTIONS.find((one) => {
    // Rows of such an entity come from the record it hangs on; only what a role says of it by name counts.
    if (entity.accessVia && role.entities.get(entity.name)?.actions[one] === undefined) return false;
    const wanted = levelOf(role, entity.name, one);
    if (was && same(levelOf(was, old, one), wanted)) return false;
    return !own.some((held) => covers(levelOf(held, old, one), wanted));
  });
  return action === undefined ? undefined : `${action} ${entity.plural}`;
}

function fieldGained({ before, own, role }: Gain, entity: Entity, old: string): string | undefined {
  const was = before.roles.get(role.name);
  const rows = levelOf(role, entity.name, 'read');
  if (rows === 'none' && !entity.accessVia) return undefined;
  const known = before.entities.get(old)?.fields;
  const field = [...entity.fields.values()].find(({ key, was: renamed }) => {
    const oldKey = known?.has(key) ? key : (renamed ?? key);
    const wanted = fieldRank(role, entity.name, key);
    if (was && wanted <= fieldRank(was, old, oldKey) && same(levelOf(was, old, 'read'), rows)) return false;
    return !own.some((held) => covers(levelOf(held, old, 'read'), rows) && fieldRank(held, old, oldKey) >= wanted);
  });
  return field === undefined ? undefined : `see or set "${field.key}" of ${entity.plural}`;
}

/** Levels of two models: fields inside a condition are compared by their place. */
function same(a: Level, b: Level): boolean {
  return textOf(a) === textOf(b);
}

function textOf(level: Level): string {
  return JSON.stringify(level, (key, value: unknown) =>
    key === 'field' && typeof value === 'object' && value !== null && 'entity' in value && 'key' in value
      ? [value.entity, value.key]
      : value,
  );
}

/** Whether the change decides anew whose the records of an entity are, or shows old values under a new name. */
function movedRows({ before, after }: DefinitionChange): string | undefined {
  for (const entity of after.entities.values()) {
    const was = before.entities.get(entity.name) ?? before.entities.get(entity.was ?? '');
    if (!was) continue;
    const moved = was.owner !== entity.owner || was.accessVia !== entity.accessVia || was.name !== entity.name;
    const renamed = [...entity.fields.values()].some(
      (field) => field.was !== undefined && was.fields.has(field.was) && !was.fields.has(field.key),
    );
    if (moved || renamed) return `This decides anew who sees the ${entity.plural}`;
  }
  return undefined;
}
