import { ownerField } from '../access/role-rows.ts';
import type { Access, FieldGrant } from '../access/access.ts';
import { namedLevel } from '../access/role-level.ts';
import type { NamedLevel } from '../access/role-level.ts';
import type { Action, Entity, Model, Role } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import { RuleErrors, parseCondition } from '../rules/parse-condition.ts';
import type { ViaStep } from './explain-types.ts';

/** A role's rule as the asker may see it. */
export interface ToldRule {
  readonly entry: string | null;
  readonly rule: Value;
  /** Nothing in the rule is hidden from the asker, so he may also know whether it holds. */
  readonly isShown: boolean;
  readonly via?: readonly ViaStep[];
}

interface Telling {
  readonly model: Model;
  readonly role: Role;
  readonly asker: Access;
}

/** The rule of a role for an action, and along `access.via` the rules it stands on. */
export function tellRule(telling: Telling, entity: Entity, action: Action, passed: readonly string[] = []): ToldRule {
  const named = namedLevel(telling.role, entity, action);
  const own = toldLevel(telling, entity, named);
  if (entity.accessVia === undefined || named?.level === 'none' || passed.includes(entity.name)) return own;
  const via = viaSteps(telling, entity, { action, passed: [...passed, entity.name] });
  const rule = named === undefined ? 'via' : own.rule;
  return {
    ...own,
    rule,
    isShown: own.isShown && via.every(({ isShown }) => isShown),
    via: via.map(({ step }) => step),
  };
}

function viaSteps(
  telling: Telling,
  entity: Entity,
  of: { readonly action: Action; readonly passed: readonly string[] },
): readonly { readonly step: ViaStep; readonly isShown: boolean }[] {
  const field = entity.fields.get(entity.accessVia ?? '');
  const action = of.action === 'read' ? 'read' : 'update';
  return (field?.reference?.to ?? []).map((target) => {
    const told = tellRule(telling, telling.model.entity(target), action, of.passed);
    const { isShown, ...rest } = told;
    return { step: { field: field?.key ?? '', entity: target, action, ...rest }, isShown };
  });
}

function toldLevel({ asker }: Telling, entity: Entity, named: NamedLevel | undefined): ToldRule {
  if (named === undefined) return { entry: null, rule: 'none', isShown: true };
  const { entry, level, written } = named;
  const isShown = mayKnow(asker, entity, { level, written });
  return { entry, rule: isShown || typeof level === 'string' ? written : 'condition', isShown };
}

/** The asker may see a rule that he could have asked himself: one of fields that he may read. */
function mayKnow(asker: Access, entity: Entity, { level, written }: Pick<NamedLevel, 'level' | 'written'>): boolean {
  if (level === 'all' || level === 'none') return true;
  if (level === 'own' || level === 'team') {
    const owner = ownerField(entity);
    return owner === undefined || asker.lookup.field(entity.name, owner.key) !== undefined;
  }
  try {
    parseCondition(written, entity.name, asker.lookup);
    return true;
  } catch (error) {
    if (error instanceof RuleErrors) return false;
    throw error;
  }
}

/** Why a role has this level of a field, in a clause. */
export function tellLevel(telling: Telling, entity: Entity, of: { key: string; grant: FieldGrant }): string {
  const { role, asker } = telling;
  const { key, grant } = of;
  const entry = role.entities.has(entity.name) ? entity.name : '*';
  const named = role.entities.get(entry)?.fields[key];
  if (named !== undefined) return `the role names it ${named}`;
  const field = entity.fields.get(key);
  if (grant.level !== 'hidden') return 'the role says nothing against it';
  if (field?.rollup) {
    const list = asker.lookup.list(entity.name, field.rollup.of.key)?.key ?? 'records';
    return `it sums up ${list}, which the role does not read in full`;
  }
  const inputs = (field?.computed?.reads ?? []).map((path) => path.split('.')[0] ?? '');
  const known = inputs.filter((input) => asker.lookup.field(entity.name, input));
  return `it is computed${known.length > 0 ? ` from ${[...new Set(known)].join(', ')} and so` : ''} as hidden as its strictest input`;
}
