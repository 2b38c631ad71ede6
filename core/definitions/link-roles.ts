import type { Value } from '../fields/field-type.ts';
import { parseCondition } from '../rules/parse-condition.ts';
import { humanise } from './keys.ts';
import { attempt, below, findEntity, findField, type At, type EntityDraft, type Linking } from './linking.ts';
import type { Document, RoleDoc } from './documents.ts';
import type { Action, Level, Role, RoleEntity } from './model.ts';

const LEVELS = ['all', 'team', 'own', 'none'] as const;
const ACTIONS: readonly Action[] = ['read', 'create', 'update', 'delete', 'assign'];

/** The roles with their conditions parsed. */
export function linkRoles(linking: Linking): ReadonlyMap<string, Role> {
  const documents = linking.documents.of.role;
  return new Map(documents.map((document) => [document.name, linkRole(linking, document)]));
}

function linkRole(linking: Linking, document: Document<RoleDoc>): Role {
  const doc = document.json;
  const title = doc.title ?? humanise(doc.name);
  linking.texts.set(`roles.${doc.name}.title`, title);
  const entities = new Map<string, RoleEntity>();
  for (const [name, rights] of Object.entries(doc.entities)) {
    const at: At = { file: document.file, pointer: `/entities/${name}` };
    const entity = name === '*' ? undefined : findEntity(linking, name, at);
    if (name !== '*' && !entity) continue;
    const actions: Partial<Record<Action, Level>> = {};
    const written: Partial<Record<Action, Value>> = {};
    for (const action of ACTIONS) {
      const level =
        rights[action] === undefined
          ? undefined
          : linkLevel(linking, entity, { level: rights[action], at: below(at, `/${action}`) });
      if (level === undefined) continue;
      actions[action] = level;
      written[action] = rights[action] as Value;
    }
    const fields = rights.fields ?? {};
    if (!entity && Object.keys(fields).length > 0)
      linking.errors.add(
        at.file,
        `${at.pointer}/fields`,
        'Fields belong to one entity: name the entity instead of "*".',
      );
    if (entity) for (const key of Object.keys(fields)) findField(linking, entity, key, below(at, `/fields/${key}`));
    entities.set(name, { actions, written, fields });
  }
  return { name: doc.name, title, file: placeOf(document), entities, operations: doc.operations ?? [] };
}

/** As errors name it; of a package outside the project's folder its name and the path within, which tells nothing of this machine. */
function placeOf({ file, package: owner }: Document<RoleDoc>): string {
  return file.startsWith('../') ? file.replace(/^.*(?=\/schemas\/)/, owner) : file;
}

function linkLevel(
  linking: Linking,
  entity: EntityDraft | undefined,
  { level, at }: { level: unknown; at: At },
): Level | undefined {
  if (typeof level === 'string') {
    if (
      (level === 'own' || level === 'team') &&
      entity &&
      entity.owner === undefined &&
      entity.accessVia === undefined
    ) {
      linking.errors.add(
        at.file,
        at.pointer,
        `${entity.name} has no owner, so "${level}" means nothing here. Use all, none or a condition, or name the owner in its "x-entity".`,
      );
    }
    return LEVELS.find((known) => known === level);
  }
  if (entity) return attempt(linking, at, () => parseCondition(level, entity.name, linking.lookup));
  linking.errors.add(
    at.file,
    at.pointer,
    'A condition speaks of the fields of one entity: name the entity instead of "*".',
  );
  return undefined;
}
