import type { Entity, Field, Model } from '../../core/definitions/model.ts';
import type { RecordData } from '../../core/fields/field-type.ts';
import type { FieldLevel, RoleDocument, RoleLevel } from './access-roles.ts';
import { holds, targetOf } from './oracle-filter.ts';
import type { Sight } from './oracle-filter.ts';

/**
 * What a caller may see, worked out a second time from the contract, record by record in memory: first the whole world is masked for him,
 * then every question is answered as if no rights existed. Nothing of `core/access` or `core/storage` is used.
 */
export interface Asker {
  readonly id: string;
  readonly teamMates: readonly string[];
  readonly roles: readonly RoleDocument[];
}

export interface World {
  readonly model: Model;
  /** Every record as it is, deleted ones too, by entity and id. */
  readonly records: ReadonlyMap<string, ReadonlyMap<string, RecordData>>;
  readonly now: number;
}

export interface Rights {
  /** Some role grants reading some record of it. */
  mayRead(entity: string): boolean;
  /** `never`: an unknown field. `always`: on every row he sees. */
  readability(entity: string, key: string): 'never' | 'some' | 'always';
  sees(entity: string, record: RecordData): boolean;
  /** He sees the field on this record. */
  shows(entity: string, record: RecordData, key: string): boolean;
  /** The masked world. */
  readonly sight: Sight;
}

export function rightsOf(world: World, asker: Asker): Rights {
  const truth = truthOf(world, asker);
  const scope: Scope = { world, asker, truth };
  const granting = memoised((entity: string) => asker.roles.filter((role) => possible(scope, role, entity)));
  const opening = memoised2((entity: string, key: string) =>
    granting(entity).filter((role) => levelOf(scope, role, { entity, key }) !== 'hidden'),
  );
  const grantsTo = memoised2((entity: string, id: string) => {
    const record = world.records.get(entity)!.get(id)!;
    return granting(entity).filter((role) => grants(scope, role, { entity, record }));
  });
  const sees = (entity: string, record: RecordData) => grantsTo(entity, String(record['id'])).length > 0;
  const seesField = (entity: string, record: RecordData, key: string) =>
    grantsTo(entity, String(record['id'])).some((role) => opening(entity, key).includes(role));
  const readability = (entity: string, key: string) => {
    const open = opening(entity, key);
    if (open.length === 0) return 'never';
    const everywhere =
      open.length === granting(entity).length || open.some((role) => readsAll(role, world.model.entity(entity)));
    return everywhere ? 'always' : 'some';
  };
  const at = (entity: string, id: string) => {
    const record = truth.at(entity, id);
    return record && sees(entity, record) ? record : null;
  };
  return {
    readability,
    mayRead: (entity) => granting(entity).length > 0,
    sees,
    shows: seesField,
    sight: {
      ...truth,
      value: (entity, record, key) =>
        seesField(entity, record, key.replace(/:.*/, '')) ? (record[key] ?? null) : null,
      at,
      idAt(reference, { entity, id }) {
        const unasked = granting(entity).some((role) => readsAll(role, world.model.entity(entity)));
        const bare = unasked && readability(reference.entity, reference.key) === 'always';
        return bare ? id : at(entity, id) && id;
      },
    },
  };
}

interface Scope {
  readonly world: World;
  readonly asker: Asker;
  readonly truth: Sight;
}

/** The world as it is: what a role's own conditions look at. A deleted record is not there. */
function truthOf(world: World, asker: Asker): Sight {
  return {
    model: world.model,
    me: asker.id,
    teamMates: asker.teamMates,
    now: world.now,
    value: (_entity, record, key) => record[key] ?? null,
    at: (entity, id) => {
      const record = world.records.get(entity)?.get(id);
      return record && record['deletedAt'] === null ? record : null;
    },
    idAt: (_reference, { id }) => id,
    all: (entity) => [...world.records.get(entity)!.values()].filter((record) => record['deletedAt'] === null),
  };
}

/** `*` speaks for entities the role does not name; children by `access.via` follow their parent instead. */
function readLevel(role: RoleDocument, entity: Entity): RoleLevel | undefined {
  const named = role.entities[entity.name];
  if (entity.accessVia !== undefined) return named?.read;
  return (named ?? role.entities['*'])?.read ?? 'none';
}

function viaField(entity: Entity): Field {
  return entity.fields.get(entity.accessVia ?? '')!;
}

function possible(scope: Scope, role: RoleDocument, name: string): boolean {
  const entity = scope.world.model.entity(name);
  const level = readLevel(role, entity);
  if (level === 'none') return false;
  if (entity.accessVia === undefined) return true;
  return viaField(entity).reference!.to.some((target) => possible(scope, role, target));
}

function grants(scope: Scope, role: RoleDocument, of: { entity: string; record: RecordData }): boolean {
  const entity = scope.world.model.entity(of.entity);
  const level = readLevel(role, entity);
  if (level === 'none') return false;
  const isIn = level === undefined || meets(scope, level, of);
  if (entity.accessVia === undefined || !isIn) return isIn;
  const parent = parentOf(scope, entity, of.record);
  return parent !== null && grants(scope, role, parent);
}

function parentOf(scope: Scope, entity: Entity, record: RecordData): { entity: string; record: RecordData } | null {
  const field = viaField(entity);
  const target = targetOf(field, record[field.key] ?? null);
  // In the bin, too: a child goes there with its parent, and its rights stay those of the parent.
  const found = target && scope.world.records.get(target.entity)?.get(target.id);
  return target && found ? { entity: target.entity, record: found } : null;
}

function meets(scope: Scope, level: RoleLevel, { entity, record }: { entity: string; record: RecordData }): boolean {
  if (level === 'all') return true;
  if (level === 'none') return false;
  if (typeof level === 'object') return holds(scope.truth, level, { entity, record });
  const owner = scope.world.model.entity(entity).owner ?? (entity === 'user' ? 'id' : 'createdBy');
  const people = level === 'own' ? [scope.asker.id] : scope.asker.teamMates;
  return people.includes(String(record[owner]));
}

interface FieldName {
  readonly entity: string;
  readonly key: string;
}

/** What a role says of a field; unsaid, a figure is as hidden as what it is made of. */
function levelOf(scope: Scope, role: RoleDocument, { entity, key }: FieldName): FieldLevel {
  const named = (role.entities[entity] ?? role.entities['*'])?.fields?.[key];
  if (named) return named;
  const field = scope.world.model.entity(entity).fields.get(key)!;
  if (field.rollup && !readsChildren(scope, role, field)) return 'hidden';
  const inputs = field.computed?.reads ?? [];
  return inputs.some((path) => !readsPath(scope, role, { entity, key: path })) ? 'hidden' : 'write';
}

/** Every row, so that nothing can be learnt from a figure of rows or values he does not see. */
function readsAll(role: RoleDocument, entity: Entity): boolean {
  return entity.accessVia === undefined && readLevel(role, entity) === 'all';
}

function readsChildren(scope: Scope, role: RoleDocument, { entity, key, rollup }: Field): boolean {
  const child = scope.world.model.entity(rollup!.of.entity);
  const back = rollup!.of.field.key;
  const own = readLevel(role, child);
  const follows = child.accessVia === back && (own === undefined || own === 'all');
  const summed = rollup!.field === undefined ? [] : [rollup!.field];
  const inputs = [back, ...summed, ...(COUNTED_BY[`${entity}.${key}`] ?? [])];
  return (
    (follows || readsAll(role, child)) &&
    inputs.every((input) => levelOf(scope, role, { entity: child.name, key: input }) !== 'hidden')
  );
}

/** Fields of the children that decide which of them count, by the rollups of `access-world.ts`. */
const COUNTED_BY: Readonly<Record<string, readonly string[]>> = { 'client.bigDeals': ['margin'] };

function readsPath(scope: Scope, role: RoleDocument, { entity, key }: FieldName): boolean {
  const [first = '', ...rest] = key.split('.');
  if (levelOf(scope, role, { entity, key: first }) === 'hidden') return false;
  if (rest.length === 0) return true;
  const target = scope.world.model.entity(entity).fields.get(first)!.reference!.to[0]!;
  return (
    readsAll(role, scope.world.model.entity(target)) && readsPath(scope, role, { entity: target, key: rest.join('.') })
  );
}

function memoised<R>(compute: (a: string) => R): (a: string) => R {
  const known = new Map<string, R>();
  return (a) => {
    if (!known.has(a)) known.set(a, compute(a));
    return known.get(a)!;
  };
}

function memoised2<R>(compute: (a: string, b: string) => R): (a: string, b: string) => R {
  const one = memoised((key) => compute(...(key.split(' ') as [string, string])));
  return (a, b) => one(`${a} ${b}`);
}
