import type { Action, Entity, Level, Role } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';

/** What a role says of an action: the level, as written, and the entry it stands in. */
export interface NamedLevel {
  /** The entity's own name, or `*`. */
  readonly entry: string;
  readonly level: Level;
  readonly written: Value;
}

/**
 * An entry of its own speaks of the entity alone, else `*` does. An entity with `access.via` has the rights of another record, so only its
 * own entry can narrow them. Undefined: the role is silent.
 */
export function namedLevel(role: Role, entity: Entity, action: Action): NamedLevel | undefined {
  const isOwn = role.entities.has(entity.name) || entity.accessVia !== undefined;
  const entry = isOwn ? entity.name : '*';
  const rights = role.entities.get(entry);
  const level = rights?.actions[action];
  return level === undefined ? undefined : { entry, level, written: rights?.written[action] ?? null };
}
