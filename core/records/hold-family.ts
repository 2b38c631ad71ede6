import type { Entity } from '../definitions/model.ts';
import type { RecordData } from '../fields/field-type.ts';
import { holdRecords, referencesOf } from '../storage/locks.ts';
import type { Hold, Pointers } from '../storage/locks.ts';
import { StartOverError } from '../storage/start-over.ts';
import { linksOf, lockOrder, movableFields, parentsOf } from './parent-links.ts';
import type { ChildWrite, ParentLink, Parents } from './parent-links.ts';
import type { WriteScope } from './write-scope.ts';

/** What is to be held, by entity: which records, how, and through which references their parents were found. */
interface Place {
  readonly ids: Map<string, Hold>;
  readonly links: Set<ParentLink>;
}

type Places = Map<string, Place>;

/** A record about to be written. */
export interface Member {
  readonly entity: Entity;
  readonly id: string;
  readonly hold: Hold;
  /** What the write changes; everything when it appears or disappears. */
  readonly input?: Readonly<Record<string, unknown>>;
}

/**
 * Holds these records and every record above them whose figures may move: all in one order, and none of them before those above it, so that two
 * writers never wait for each other. Where the ones above are is read before anything is held; when that turns out to have changed meanwhile,
 * the transaction starts over. An only record that nothing counts is left to whoever reads it. SQLite has one writer at a time.
 */
export async function holdFamily(scope: WriteScope, members: readonly Member[]): Promise<void> {
  if (scope.deps.db.dialect === 'sqlite') return;
  const open = members.filter(({ entity, id }) => !scope.held.has(keyOf(entity, id)));
  const places: Places = new Map();
  for (const [entity, some] of byEntity(open)) await collectAbove(scope, places, { entity, members: some });
  if (!canComeLast(scope, places, open)) {
    for (const { entity, id, hold } of open) placeOf(places, entity).ids.set(id, hold);
  }
  await holdAll(scope, places);
}

/** One record after all those above it is held by the statement that reads it. */
function canComeLast(scope: WriteScope, places: Places, [only, ...others]: readonly Member[]): boolean {
  const order = lockOrder(scope.model);
  const own = only ? order.get(only.entity.name)! : 0;
  return others.length === 0 && [...places.keys()].every((name) => order.get(name)! < own);
}

/** Whom this write concerns above it, all held: what `holdFamily` has not foreseen is held now. */
export async function lockParents(scope: WriteScope, of: ChildWrite): Promise<readonly Parents[]> {
  const parents = parentsOf(scope.model, scope.entity, of);
  if (scope.deps.db.dialect === 'sqlite') return parents;
  if (areHeld(scope, parents)) return parents;
  const places: Places = new Map();
  await collect(scope, places, parents);
  await holdAll(scope, places);
  return parents;
}

/** The row, held by now, must still hang on records that are held. `input` as in `Member`. */
export function refuseMoved(scope: WriteScope, row: RecordData, input?: Readonly<Record<string, unknown>>): void {
  if (scope.deps.db.dialect === 'sqlite') return;
  const changed = input ? { changed: movableFields(scope.entity, Object.keys(input)) } : {};
  refuseUnheld(scope, parentsOf(scope.model, scope.entity, { sides: [row], ...changed }));
}

function keyOf(entity: Entity, id: string): string {
  return `${entity.name}/${id}`;
}

function placeOf(places: Places, entity: Entity): Place {
  const place = places.get(entity.name) ?? { ids: new Map(), links: new Set() };
  places.set(entity.name, place);
  return place;
}

function byEntity(members: readonly Member[]): ReadonlyMap<Entity, readonly Member[]> {
  const found = new Map<Entity, Member[]>();
  for (const member of members) found.set(member.entity, [...(found.get(member.entity) ?? []), member]);
  return found;
}

async function collectAbove(
  scope: WriteScope,
  places: Places,
  { entity, members }: { readonly entity: Entity; readonly members: readonly Member[] },
): Promise<void> {
  const links = linksOf(scope.model, entity).filter((link) =>
    members.some((member) => isConcerned(scope, link, member)),
  );
  if (links.length === 0) return;
  const ids = members.map(({ id }) => id);
  await collect(
    scope,
    places,
    parentsIn(links, [...(await referencesOf(scope.tx, entity, { ids, to: links.map(pointingOf) })).values()]),
  );
  await collect(
    scope,
    places,
    links.flatMap((link) => members.flatMap(({ input }) => namedIn(link, input?.[link.via.key]))),
  );
}

function isConcerned(scope: WriteScope, link: ParentLink, { entity, input }: Member): boolean {
  if (!input) return true;
  return linksOf(scope.model, entity, movableFields(entity, Object.keys(input))).includes(link);
}

/** Those found, and those above them whose figures hang on theirs. */
async function collect(scope: WriteScope, places: Places, parents: readonly Parents[]): Promise<void> {
  for (const { link, ids } of parents) {
    const { parent, rollups } = link;
    const place = placeOf(places, parent);
    const fresh = ids.filter((id) => !place.ids.has(id));
    for (const id of fresh) place.ids.set(id, 'change');
    const figures = movableFields(
      parent,
      rollups.map(({ key }) => key),
    );
    const above = linksOf(scope.model, parent, figures);
    if (fresh.length === 0 || above.length === 0) continue;
    for (const one of above) place.links.add(one);
    const found = await referencesOf(scope.tx, parent, { ids: fresh, to: above.map(pointingOf) });
    await collect(scope, places, parentsIn(above, [...found.values()]));
  }
}

function pointingOf({ via, parent }: ParentLink) {
  return { field: via, target: parent.name };
}

function parentsIn(links: readonly ParentLink[], found: readonly Pointers[]): readonly Parents[] {
  return links.flatMap((link, index) => {
    const ids = new Set(found.flatMap((pointers) => pointers[index] ?? []));
    return ids.size === 0 ? [] : [{ link, ids: [...ids].sort() }];
  });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The parent that a value not yet parsed may mean; an id of another entity finds nothing there. */
function namedIn(link: ParentLink, value: unknown): readonly Parents[] {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : value;
  return typeof id === 'string' && UUID.test(id) ? [{ link, ids: [id.toLowerCase()] }] : [];
}

async function holdAll(scope: WriteScope, places: Places): Promise<void> {
  const order = lockOrder(scope.model);
  const found: Parents[] = [];
  for (const name of [...places.keys()].sort((a, b) => order.get(a)! - order.get(b)!)) {
    const entity = scope.model.entity(name);
    const { ids: all, links } = places.get(name)!;
    const ids = [...all.keys()].filter((id) => !scope.held.has(keyOf(entity, id)));
    if (ids.length === 0) continue;
    const hold = ids.some((id) => all.get(id) === 'remove') ? 'remove' : 'change';
    const pointers = await holdRecords(scope.tx, entity, { ids, to: [...links].map(pointingOf), hold });
    for (const id of ids) scope.held.add(keyOf(entity, id));
    found.push(...parentsIn([...links], [...pointers.values()]));
  }
  refuseUnheld(scope, found);
}

function refuseUnheld(scope: WriteScope, parents: readonly Parents[]): void {
  if (!areHeld(scope, parents)) throw new StartOverError();
}

function areHeld(scope: WriteScope, parents: readonly Parents[]): boolean {
  return parents.every(({ link, ids }) => ids.every((id) => scope.held.has(keyOf(link.parent, id))));
}
