import type { Principal } from '../context.ts';
import type { Action, Level, Model, Role } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';

/**
 * Nobody grants a right he lacks: throws FORBIDDEN naming the first role whose rights go beyond the principal's own. System may
 * grant anything. Also asked before an invite, since whoever sets another's password can act as him.
 */
export function checkRoleGrant(model: Model, principal: Principal, roles: readonly string[]): void {
  if (principal.kind === 'system') return;
  for (const name of roles) {
    const excess = rightBeyond(model, principal, name);
    if (excess) {
      throw new CasementError('FORBIDDEN', `You cannot give the role "${name}": it may ${excess}, and you may not.`, {
        errors: [
          {
            path: '/roles',
            code: 'roleGrant',
            message: `The role "${name}" has rights that you do not have.`,
            params: { role: name },
          },
        ],
      });
    }
  }
}

/** Has he every right of this role, as holder or by roles that may more? False for a role that does not exist. */
export function holdsRightsOf(model: Model, principal: Principal, role: string): boolean {
  return model.roles.has(role) && rightBeyond(model, principal, role) === undefined;
}

/** What the role may do and the principal may not, in words; undefined when he holds all of it. */
function rightBeyond(model: Model, principal: Principal, name: string): string | undefined {
  const role = model.roles.get(name);
  if (!role || principal.roles.includes(name)) return undefined;
  const own = principal.roles.flatMap((held) => model.roles.get(held) ?? []);
  const operation = role.operations.find((wanted) => !own.some((held) => held.operations.includes(wanted)));
  if (operation) return `use "${operation}"`;
  for (const entity of model.entities.values()) {
    // Rows of such an entity come from the record it hangs on; only what a role says of it by name counts.
    for (const action of ACTIONS) {
      const wanted = levelOf(role, entity.name, action);
      const named = role.entities.get(entity.name)?.actions[action] !== undefined;
      if (entity.accessVia && !named) continue;
      if (!own.some((held) => covers(levelOf(held, entity.name, action), wanted))) return `${action} ${entity.plural}`;
    }
    const field = [...entity.fields.keys()].find((key) => {
      const wanted = fieldRank(role, entity.name, key);
      const rows = levelOf(role, entity.name, 'read');
      if (rows === 'none' && !entity.accessVia) return false;
      return !own.some(
        (held) => covers(levelOf(held, entity.name, 'read'), rows) && fieldRank(held, entity.name, key) >= wanted,
      );
    });
    if (field) return `see or set "${field}" of ${entity.plural}`;
  }
  return undefined;
}

export const ACTIONS: readonly Action[] = ['read', 'create', 'update', 'delete', 'assign'];
const RANK = { none: 0, own: 1, team: 2, all: 3 } as const;

export function levelOf(role: Role, entity: string, action: Action): Level {
  return (role.entities.get(entity) ?? role.entities.get('*'))?.actions[action] ?? 'none';
}

/** Conditions are not compared with one another: a condition is covered by `all` only (or by holding the role itself). */
export function covers(held: Level, wanted: Level): boolean {
  if (held === 'all' || wanted === 'none') return true;
  if (typeof held === 'object' || typeof wanted === 'object') return false;
  return RANK[held] >= RANK[wanted];
}

/** 0 hidden, 1 read, 2 write. */
export function fieldRank(role: Role, entity: string, field: string): number {
  const level = (role.entities.get(entity) ?? role.entities.get('*'))?.fields[field] ?? 'write';
  return level === 'write' ? 2 : level === 'read' ? 1 : 0;
}
