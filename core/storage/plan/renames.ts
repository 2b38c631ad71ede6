import type { Entity, Model } from '../../definitions/model.ts';
import { isPolymorphic } from '../columns.ts';
import type { FoundSchema, FoundTable } from '../introspect.ts';
import { linkTable } from '../names.ts';
import { literal, quoted } from '../table-spec.ts';
import type { TableSpec } from '../table-spec.ts';
import type { FieldNote, FieldNotes } from './noted-fields.ts';
import type { SchemaStep } from './step.ts';

/** The database as it will be once every declared rename is done, and how to find today's tables and columns behind it. */
export interface Renamed {
  readonly steps: readonly SchemaStep[];
  readonly found: FoundSchema;
  readonly notes: FieldNotes;
  /** Today's name of an entity's table. */
  tableOf(entity: string): string;
  /** Today's key of a field. */
  keyOf(entity: string, key: string): string;
  /** The note as it stands in the database, with the names of today. */
  noteToday(entity: string, key: string): FieldNote | undefined;
  /** A noted table under its new names. */
  specOf(noted: TableSpec): TableSpec;
}

interface Names {
  /** New name → old one. */
  readonly entities: ReadonlyMap<string, string>;
  /** By new entity: new key → old one. */
  readonly fields: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** Finds what `x-was` declares and the database has not yet done. What is already done, or was never there, makes no step. */
export function findRenames(model: Model, found: FoundSchema, notes: FieldNotes): Renamed {
  const names = findNames(model, found);
  const view = { model, found, notes, names, fresh: invert(names.entities) };
  return {
    steps: [...entitySteps(view), ...fieldSteps(view), ...blockedSteps(view)],
    found: { ...found, tables: renamedTables(view) },
    notes: renamedNotes(view),
    tableOf: (entity) => names.entities.get(entity) ?? entity,
    keyOf: (entity, key) => names.fields.get(entity)?.get(key) ?? key,
    specOf: (noted) => renamedSpec(view, noted),
    noteToday: (entity, key) =>
      notes[names.entities.get(entity) ?? entity]?.[names.fields.get(entity)?.get(key) ?? key],
  };
}

interface View {
  readonly model: Model;
  readonly found: FoundSchema;
  readonly notes: FieldNotes;
  readonly names: Names;
  /** Old name → new one. */
  readonly fresh: ReadonlyMap<string, string>;
}

function invert(names: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...names].map(([fresh, old]) => [old, fresh]));
}

function findNames(model: Model, { tables }: FoundSchema): Names {
  const entities = new Map<string, string>();
  for (const { name, was } of model.entities.values()) {
    if (was !== undefined && tables.has(was) && !tables.has(name)) entities.set(name, was);
  }
  const fields = new Map<string, ReadonlyMap<string, string>>();
  for (const entity of model.entities.values()) {
    const table = entities.get(entity.name) ?? entity.name;
    fields.set(entity.name, renamedFields(entity, table, tables));
  }
  return { entities, fields };
}

function renamedFields(
  entity: Entity,
  table: string,
  tables: ReadonlyMap<string, FoundTable>,
): ReadonlyMap<string, string> {
  const heads = new Set([...(tables.get(table)?.columns.keys() ?? [])].map(headOf));
  const isStored = (key: string) => heads.has(key) || tables.has(linkTable(table, key));
  const renamed = [...entity.fields.values()].flatMap(({ key, was }) =>
    was !== undefined && isStored(was) && !isStored(key) ? [[key, was] as const] : [],
  );
  return new Map(renamed);
}

/** Keys never hold `_`: what stands before it is the field. */
function headOf(column: string): string {
  return column.split('_')[0] ?? column;
}

/** System tables that name entities; the ledger and its subjects are chained and stay as they are. */
const NAMING = ['_search', '_files', '_batches', '_match', '_merged', '_distinct', '_rule_runs'];

function entitySteps(view: View): readonly SchemaStep[] {
  return [...view.names.entities].map(([fresh, old]) => ({
    kind: 'rename' as const,
    table: fresh,
    safety: 'safe' as const,
    text: `rename ${old} to ${fresh}, with everything that names it`,
    sql: [
      `alter table ${quoted(old)} rename to ${quoted(fresh)}`,
      ...linkTables(view, old).map(([from, to]) => `alter table ${quoted(from)} rename to ${quoted(to)}`),
      ...targetColumns(view, old, fresh),
      ...NAMING.filter((table) => view.found.tables.has(table)).map(
        (table) => `update ${quoted(table)} set "entity" = ${literal(fresh)} where "entity" = ${literal(old)}`,
      ),
      renamePrefix(`sequence:${old}.`, `sequence:${fresh}.`),
      inJobs(`"entity":${JSON.stringify(old)}`, `"entity":${JSON.stringify(fresh)}`),
    ],
    renames: [{ kind: 'entity', from: old, to: fresh }],
  }));
}

/** Link tables of an entity begin with its name; which of them are its own the notes tell, and the model. */
function linkTables(view: View, old: string): readonly (readonly [string, string])[] {
  const fresh = view.fresh.get(old) ?? old;
  return [...view.found.tables.keys()]
    .filter((name) => name.startsWith(`${old}_`))
    .map((name) => [name, `${fresh}${name.slice(old.length)}`] as const);
}

/** A reference to several entities has a column for each of them. */
function targetColumns(view: View, old: string, fresh: string): readonly string[] {
  return [...view.found.tables].flatMap(([table, { columns }]) =>
    [...columns.keys()].flatMap((name) => {
      const [head = '', target] = name.split('_');
      if (target !== old || !pointsToSeveral(view, table, head)) return [];
      const now = view.fresh.get(table) ?? table;
      const done = [...view.names.entities].findIndex(([, was]) => was === table);
      const own = [...view.names.entities].findIndex(([, was]) => was === old);
      const at = done >= 0 && done <= own ? now : table;
      return [renameColumn(at, name, `${head}_${fresh}`)];
    }),
  );
}

function pointsToSeveral({ notes, model, fresh }: View, table: string, head: string): boolean {
  const note = notes[table]?.[head];
  if (note) return (note.to?.length ?? 0) > 1 && !note.many;
  const fields = model.entities.get(fresh.get(table) ?? table)?.fields.values() ?? [];
  return [...fields].some((field) => (field.key === head || field.was === head) && isPolymorphic(field));
}

function renameColumn(table: string, from: string, to: string): string {
  return `alter table ${quoted(table)} rename column ${quoted(from)} to ${quoted(to)}`;
}

function fieldSteps(view: View): readonly SchemaStep[] {
  return [...view.names.fields].flatMap(([entity, fields]) =>
    [...fields].map(([fresh, old]) => fieldStep(view, { entity, fresh, old })),
  );
}

function fieldStep(view: View, of: { entity: string; fresh: string; old: string }): SchemaStep {
  const { entity, fresh, old } = of;
  const today = view.names.entities.get(entity) ?? entity;
  const columns = [...(view.found.tables.get(today)?.columns.keys() ?? [])].filter((name) => headOf(name) === old);
  const link = view.found.tables.has(linkTable(today, old));
  const place = `"entity" = ${literal(entity)} and "field" = ${literal(old)}`;
  return {
    kind: 'rename',
    table: entity,
    safety: 'safe',
    text: `rename ${entity}.${old} to ${entity}.${fresh}`,
    sql: [
      ...columns.map((name) => {
        const [, suffix] = name.split('_');
        const target = suffix === undefined ? undefined : (view.fresh.get(suffix) ?? suffix);
        const isTarget = pointsToSeveral(view, today, old);
        const from = isTarget && target !== undefined ? `${old}_${target}` : name;
        return renameColumn(entity, from, `${fresh}${from.slice(old.length)}`);
      }),
      ...(link ? [`alter table ${quoted(linkTable(entity, old))} rename to ${quoted(linkTable(entity, fresh))}`] : []),
      ...['_search', '_files', '_match'].map(
        (table) => `update ${quoted(table)} set "field" = ${literal(fresh)} where ${place}`,
      ),
      renamePrefix(`sequence:${entity}.${old}:`, `sequence:${entity}.${fresh}:`),
      inJobs(
        `"timer":{"kind":"due","field":${JSON.stringify(old)}`,
        `"timer":{"kind":"due","field":${JSON.stringify(fresh)}`,
        `"entity":${JSON.stringify(entity)}`,
      ),
    ],
    renames: [{ kind: 'field', entity, from: old, to: fresh }],
  };
}

/** A name that something retired still holds is not free: taking its values for those of the renamed one would be a guess. */
function blockedSteps({ model, found, notes, names }: View): readonly SchemaStep[] {
  const isLive = (fields: Readonly<Record<string, FieldNote>> | undefined) =>
    Object.values(fields ?? {}).some(({ retired }) => !retired);
  return [...model.entities.values()].flatMap((entity) => {
    const { name, was } = entity;
    const table = names.entities.get(name) ?? name;
    const fields = [...entity.fields.values()].filter(
      (field) =>
        field.was !== undefined &&
        notes[table]?.[field.key]?.retired === true &&
        notes[table]?.[field.was] !== undefined &&
        notes[table]?.[field.was]?.retired !== true,
    );
    const isBlocked = was !== undefined && found.tables.has(was) && found.tables.has(name) && isLive(notes[was]);
    return [
      ...(isBlocked ? [blockedStep(name, was, name)] : []),
      ...fields.map((field) => blockedStep(name, `${name}.${field.was}`, `${name}.${field.key}`)),
    ];
  });
}

function blockedStep(table: string, from: string, to: string): SchemaStep {
  const text = `${from} cannot become ${to}: what was once called ${to} is kept under that name. Drop that first, with definitions that have neither x-was nor ${to}, or choose another name`;
  return { kind: 'rename', table, sql: [], safety: 'needs data', text, options: [] };
}

function renamePrefix(from: string, to: string): string {
  return `update "_counters" set "key" = ${literal(to)} || substr("key", ${from.length + 1}) where substr("key", 1, ${from.length}) = ${literal(from)}`;
}

/** Payloads are JSON without spaces, as JSON.stringify writes it. */
export function inJobs(from: string, to: string, only = from): string {
  return `update "_jobs" set "payload" = replace("payload", ${literal(from)}, ${literal(to)}) where "state" in ('ready', 'running', 'held') and "payload" like ${literal(`%${only}%`)}`;
}

function renamedTables(view: View): ReadonlyMap<string, FoundTable> {
  const links = new Map([...view.names.entities.values()].flatMap((old) => linkTables(view, old)));
  const tables = [...view.found.tables].map(([name, table]) => {
    const fresh = view.fresh.get(name) ?? links.get(name) ?? name;
    return [renamedLink(view, fresh), renamedTable(view, name, table)] as const;
  });
  return new Map(tables);
}

function renamedLink({ names }: View, name: string): string {
  const [entity = '', key = ''] = name.split('_');
  for (const [fresh, old] of names.fields.get(entity) ?? []) if (old === key) return linkTable(entity, fresh);
  return name;
}

function renamedTable(view: View, today: string, table: FoundTable): FoundTable {
  const fresh = (name: string) => renamedColumn(view, today, name);
  const keys = [...(table.keyColumns ?? [])].map(([name, column]) => [name, fresh(column)] as const);
  const columns = [...table.columns].map(([name, column]) => [fresh(name), column] as const);
  return { ...table, columns: new Map(columns), keyColumns: new Map(keys) };
}

function renamedColumn(view: View, today: string, name: string): string {
  const entity = view.fresh.get(today) ?? today;
  const keys = invert(view.names.fields.get(entity) ?? new Map<string, string>());
  const head = headOf(name);
  const suffix = name.slice(head.length + 1);
  const target = pointsToSeveral(view, today, head) ? (view.fresh.get(suffix) ?? suffix) : suffix;
  return `${keys.get(head) ?? head}${name.slice(head.length, head.length + 1)}${target}`;
}

function renamedSpec(view: View, spec: TableSpec): TableSpec {
  const isSystem = spec.name.startsWith('_');
  const links = new Map([...view.names.entities.values()].flatMap((old) => linkTables(view, old)));
  const name = renamedLink(view, view.fresh.get(spec.name) ?? links.get(spec.name) ?? spec.name);
  if (isSystem) return spec;
  const fresh = (column: string) => renamedColumn(view, spec.name, column);
  return {
    ...spec,
    name,
    columns: spec.columns.map((column) => ({ ...column, name: fresh(column.name) })),
    foreignKeys: spec.foreignKeys.map((key) => ({
      ...key,
      column: fresh(key.column),
      target: view.fresh.get(key.target) ?? key.target,
    })),
  };
}

function renamedNotes(view: View): FieldNotes {
  const entities = Object.entries(view.notes).map(([today, fields]) => {
    const entity = view.fresh.get(today) ?? today;
    const keys = invert(view.names.fields.get(entity) ?? new Map<string, string>());
    const notes = Object.entries(fields).map(([key, note]) => {
      const to = note.to?.map((target) => view.fresh.get(target) ?? target);
      return [keys.get(key) ?? key, { ...note, ...(to ? { to } : {}) }] as const;
    });
    return [entity, Object.fromEntries(notes)] as const;
  });
  return Object.fromEntries(entities);
}
