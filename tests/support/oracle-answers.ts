import type { Field } from '../../core/definitions/model.ts';
import type { RecordData, Value } from '../../core/fields/field-type.ts';
import { fold } from '../../core/fields/fold.ts';
import type { AggregateQuery, ReadQuery } from '../../core/records/types.ts';
import type { Rights, World } from './access-oracle.ts';
import { cellOf, childrenOf, compareCells, holds, targetOf, walk } from './oracle-filter.ts';
import type { At, Found } from './oracle-filter.ts';

type Json = Readonly<Record<string, unknown>>;

/** The answer expected, or the status of the refusal. */
export type Expected<T> = { readonly status: 200; readonly is: T } | { readonly status: 400 | 403 | 404 };

/** All records a list answers, in order; its pages are cuts of it. */
export function expectedList(world: World, rights: Rights, query: ReadQuery): Expected<readonly RecordData[]> {
  const { entity } = query;
  if (!rights.mayRead(entity)) return { status: 403 };
  const sort = (query.sort ?? ['-id']).map((key) => ({
    path: key.replace(/^-/, ''),
    sign: key.startsWith('-') ? -1 : 1,
  }));
  const names = namesOf(query);
  const asked = [
    ...sort.map(({ path }) => path),
    ...(query.filter === undefined ? [] : pathsOf(world, query.filter, entity)),
  ];
  if (asked.some((path) => !isKnown(world, rights, { entity, path })) || !isShown(world, rights, { entity, names }))
    return { status: 400 };
  const rows = rowsOf(world, rights, query);
  rows.sort((a, b) => compareRows(rights, { entity, sort }, [a, b]));
  return { status: 200, is: rows.map((record) => shown(world, rights, { at: { entity, record }, names })) };
}

export function expectedOne(world: World, rights: Rights, query: ReadQuery & { id: string }): Expected<RecordData> {
  const { entity, id } = query;
  const names = namesOf(query);
  if (!rights.mayRead(entity)) return { status: 404 };
  if (!isShown(world, rights, { entity, names })) return { status: 400 };
  const record = world.records.get(entity)!.get(id);
  if (!record || record['deletedAt'] !== null || !rights.sees(entity, record)) return { status: 404 };
  return { status: 200, is: shown(world, rights, { at: { entity, record }, names }) };
}

function rowsOf(
  world: World,
  rights: Rights,
  query: Pick<ReadQuery, 'entity' | 'filter' | 'search' | 'deleted'>,
): RecordData[] {
  const { entity, filter, search, deleted = 'no' } = query;
  return [...world.records.get(entity)!.values()].filter((record) => {
    const isDeleted = record['deletedAt'] !== null;
    if (deleted !== 'with' && isDeleted !== (deleted === 'only')) return false;
    if (!rights.sees(entity, record)) return false;
    if (filter !== undefined && !holds(rights.sight, filter, { entity, record })) return false;
    // Deleted records leave the search index.
    return search === undefined || (!isDeleted && isFound(world, rights, { entity, record, search }));
  });
}

/** Every word in some field he may read on every row: within it, or at the beginning of a word when it is short. */
function isFound(world: World, rights: Rights, of: At & { search: string }): boolean {
  const words = fold(of.search).split(' ').filter(Boolean);
  const fields = [...world.model.entity(of.entity).fields.values()].filter(
    (field) => field.type.searchText && rights.readability(of.entity, field.key) === 'always',
  );
  const bodies = fields.map((field) => {
    const value = of.record[field.key] ?? null;
    const typed = of.record[`${field.key}:typed`];
    const texts = [
      ...(value === null ? [] : field.type.searchText!(value, field)),
      ...(typeof typed === 'string' ? [typed] : []),
    ];
    return texts.map((text) => ` ${fold(text)}`).join('');
  });
  return words.every((word) => bodies.some((body) => body.includes(word.length < 3 ? ` ${word}` : word)));
}

interface Order {
  readonly entity: string;
  readonly sort: readonly { readonly path: string; readonly sign: number }[];
}

/** Nulls last both ways; equal texts without case by their exact form; at last by id, in the direction of the last key. */
function compareRows(rights: Rights, { entity, sort }: Order, rows: readonly [RecordData, RecordData]): number {
  for (const { path, sign } of sort) {
    const [a, b] = rows.map(
      (record) => walk(rights.sight, path, { entity, record }) as Extract<Found, { kind: 'field' }>,
    );
    const verdict = compareValues(a!, b!);
    if (verdict !== 0) return a!.value === null || b!.value === null ? verdict : verdict * sign;
  }
  const [a, b] = rows.map((record) => String(record['id']));
  return (a! < b! ? -1 : 1) * sort.at(-1)!.sign;
}

type Leaf = Extract<Found, { kind: 'field' }>;

function compareValues(a: Leaf, b: Leaf): number {
  if (a.value === null || b.value === null) return a.value === b.value ? 0 : a.value === null ? 1 : -1;
  const folded = compareCells(cellOf(a, 'sort')!, cellOf(b, 'sort')!);
  if (folded !== 0 || typeof a.value !== 'string' || a.field.type.match?.sort === undefined) return folded;
  return compareCells(a.value, String(b.value));
}

/** Every path a filter names. */
function pathsOf(world: World, filter: unknown, entity: string): readonly string[] {
  return Object.entries(filter as Json).flatMap(([key, asked]) => {
    if (key === 'all' || key === 'any') return (asked as Json[]).flatMap((part) => pathsOf(world, part, entity));
    if (key === 'not') return pathsOf(world, asked, entity);
    return [key, ...innerPaths(world, { entity, path: key, asked })];
  });
}

/** Paths inside a list are told from the record they stand on: `lines/price`. */
function innerPaths(
  world: World,
  { entity, path, asked }: { entity: string; path: string; asked: unknown },
): readonly string[] {
  if (typeof asked !== 'object' || asked === null) return [];
  const end = endOf(world, entity, path);
  if (end.kind === 'list') {
    const quantified = Object.entries(asked).filter(([op]) => ['some', 'none', 'every'].includes(op));
    return quantified.flatMap(([, of]) => pathsOf(world, of, end.entity).map((inner) => `${path}/${inner}`));
  }
  return Object.values(asked).flatMap((operand: unknown) =>
    typeof operand === 'object' && operand !== null && '$field' in operand ? [String(operand.$field)] : [],
  );
}

function endOf(world: World, entity: string, path: string): { kind: 'list' | 'field'; entity: string } {
  const { model } = world;
  let at = entity;
  const names = path.split('.');
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index]!;
    const field = model.entity(at).fields.get(name);
    const list = model.list(at, name);
    if (index === names.length - 1) return list ? { kind: 'list', entity: list.entity } : { kind: 'field', entity: at };
    at = field!.reference!.to.length > 1 ? names[++index]! : field!.reference!.to[0]!;
  }
  return { kind: 'field', entity: at };
}

interface Path {
  readonly entity: string;
  readonly path: string;
}

/** A name he may not read is a name that does not exist. */
export function isKnown(world: World, rights: Rights, { entity, path }: Path): boolean {
  const [outer = '', ...inner] = path.split('/');
  if (!isPathKnown(world, rights, { entity, path: outer })) return false;
  return (
    inner.length === 0 || isKnown(world, rights, { entity: endOf(world, entity, outer).entity, path: inner.join('/') })
  );
}

function isPathKnown(world: World, rights: Rights, { entity, path }: Path): boolean {
  const names = path.split('.');
  let at = entity;
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index]!;
    const field = world.model.entity(at).fields.get(name);
    const list = world.model.list(at, name);
    const isLast = index === names.length - 1;
    if (isLast && list && !field) return rights.mayRead(list.entity) && readable(rights, list.entity, list.field.key);
    if (!readable(rights, at, name)) return false;
    if (isLast) return true;
    at = field!.reference!.to.length > 1 ? names[++index]! : field!.reference!.to[0]!;
    if (!rights.mayRead(at)) return false;
  }
  return true;
}

function readable(rights: Rights, entity: string, key: string): boolean {
  return rights.mayRead(entity) && rights.readability(entity, key) !== 'never';
}

interface Names {
  all: boolean;
  readonly members: Map<string, Names>;
}

function namesOf({ fields, expand }: Pick<ReadQuery, 'fields' | 'expand'>): Names {
  const names: Names = { all: fields === undefined, members: new Map() };
  const add = (path: string, whole: boolean) => {
    let at = names;
    for (const key of path.split('.')) {
      if (!at.members.has(key)) at.members.set(key, { all: false, members: new Map() });
      at = at.members.get(key)!;
      at.all ||= whole;
    }
  };
  for (const path of fields ?? []) add(path, false);
  for (const path of expand ?? []) add(path, true);
  return names;
}

function isShown(world: World, rights: Rights, { entity, names }: { entity: string; names: Names }): boolean {
  return [...names.members].every(([key, member]) => {
    const field = world.model.entity(entity).fields.get(key);
    // A reference to what he may not see at all is still a field of his: it leads nowhere.
    if (!(field ? readable(rights, entity, key) : isKnown(world, rights, { entity, path: key }))) return false;
    const list = world.model.list(entity, key);
    if (field?.reference && field.reference.to.length > 1) return true;
    const target = field?.reference?.to[0] ?? list?.entity;
    return target === undefined || isShown(world, rights, { entity: target, names: member });
  });
}

/** A record as he may see it, in the shape asked for. */
function shown(world: World, rights: Rights, { at, names }: { at: At; names: Names }): RecordData {
  const { entity, record } = at;
  const members: Record<string, Value> = {};
  for (const field of world.model.entity(entity).fields.values()) {
    const { key } = field;
    const member = names.members.get(key);
    if ((!names.all && key !== 'id' && !member) || rights.readability(entity, key) === 'never') continue;
    members[key] =
      member && (member.all || member.members.size > 0)
        ? expanded(world, rights, { at, field, names: member })
        : rights.sight.value(entity, record, key);
    if (field.type.columns(field).some(({ suffix }) => suffix === '_t'))
      members[`${key}:typed`] = rights.sight.value(entity, record, `${key}:typed`);
  }
  for (const [key, member] of names.members) {
    const list = world.model.entity(entity).fields.has(key) ? undefined : world.model.list(entity, key);
    if (!list) continue;
    const inner = { ...member, all: member.all || member.members.size === 0 };
    members[key] = childrenOf(rights.sight, at, key).map((child) =>
      shown(world, rights, { at: { entity: list.entity, record: child }, names: inner }),
    );
  }
  return members;
}

function expanded(world: World, rights: Rights, of: { at: At; field: Field; names: Names }): Value {
  const { at, field, names } = of;
  const { to, many } = field.reference!;
  if (rights.sight.value(at.entity, at.record, field.key) === null) return null;
  if (many)
    return childrenOf(rights.sight, at, field.key).map((record) =>
      shown(world, rights, { at: { entity: to[0]!, record }, names }),
    );
  const target = targetOf(field, rights.sight.value(at.entity, at.record, field.key));
  const record = target && rights.sight.at(target.entity, target.id);
  if (!target || !record) return null;
  const own = to.length > 1 ? { all: true, members: new Map<string, Names>() } : names;
  const object = shown(world, rights, { at: { entity: target.entity, record }, names: own });
  return to.length > 1 ? { entity: target.entity, ...object } : object;
}

/** Groups as JSON texts, sorted: their order is another test's matter. */
export function expectedFigures(world: World, rights: Rights, query: AggregateQuery): Expected<readonly string[]> {
  const { entity } = query;
  if (!rights.mayRead(entity)) return { status: 403 };
  const fields = query.measures.flatMap((measure) => /\((.*)\)/.exec(measure)?.[1] ?? []);
  const paths = [
    ...query.group.map((name) => name.split(':')[0]!),
    ...fields,
    ...(query.filter === undefined ? [] : pathsOf(world, query.filter, entity)),
  ];
  if (paths.some((path) => !isKnown(world, rights, { entity, path }))) return { status: 400 };
  const groups = new Map<string, RecordData[]>();
  if (query.group.length === 0) groups.set('{}', []);
  for (const record of rowsOf(world, rights, { entity, filter: query.filter })) {
    const key = JSON.stringify(
      Object.fromEntries(query.group.map((name) => [name, groupValue(rights, name, { entity, record })])),
    );
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  const lines = [...groups].map(([key, records]) => {
    const figures = query.measures.map((measure) => [measure, figure(world, rights, { entity, records, measure })]);
    return JSON.stringify({ ...(JSON.parse(key) as object), ...Object.fromEntries(figures) });
  });
  return { status: 200, is: lines.sort() };
}

function groupValue(rights: Rights, name: string, at: At): Value {
  const [path = '', grain] = name.split(':');
  const { value } = walk(rights.sight, path, at) as Leaf;
  if (grain === undefined || value === null) return value;
  const day = String(value).slice(0, 10);
  return grain === 'year' ? `${day.slice(0, 4)}-01-01` : grain === 'month' ? `${day.slice(0, 7)}-01` : day;
}

function figure(
  world: World,
  rights: Rights,
  of: { entity: string; records: readonly RecordData[]; measure: string },
): Value {
  if (of.measure === 'count') return of.records.length;
  const [, kind = '', key = ''] = /^(\w+)\((\w+)\)$/.exec(of.measure) ?? [];
  const field = world.model.entity(of.entity).fields.get(key)!;
  const values = of.records
    .map((record) => rights.sight.value(of.entity, record, key))
    .filter((value) => value !== null);
  if (kind === 'min' || kind === 'max') {
    const sorted = values.toSorted((a, b) =>
      compareCells(cellOf({ field, value: a }, 'sort')!, cellOf({ field, value: b }, 'sort')!),
    );
    return (kind === 'min' ? sorted[0] : sorted.at(-1)) ?? null;
  }
  if (field.type.name === 'money') return money(values, kind);
  const sum = values.reduce<number>((total, value) => total + Number(value), 0);
  if (kind === 'sum') return sum;
  return values.length === 0 ? null : sum / values.length;
}

function money(values: readonly Value[], kind: string): Value {
  const sum = values.reduce<bigint>((total, value) => total + BigInt(String(value).replace('.', '')), 0n);
  if (kind === 'sum') return cents(sum);
  if (values.length === 0) return null;
  const count = BigInt(values.length);
  return cents((sum * 2n + (sum < 0n ? -count : count)) / (count * 2n));
}

function cents(units: bigint): string {
  const digits = String(units < 0n ? -units : units).padStart(3, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
