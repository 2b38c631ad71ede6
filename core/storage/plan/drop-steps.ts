import { linkTable } from '../names.ts';
import { quoted } from '../table-spec.ts';
import type { TableSpec } from '../table-spec.ts';
import { countRows } from './field-changes.ts';
import type { Comparing, FieldChange } from './field-changes.ts';
import type { FieldNotes } from './noted-fields.ts';
import type { SchemaStep } from './step.ts';

/** Values kept though no definition speaks of them: `deal.colour`, or a whole entity. */
export interface Retired {
  readonly place: string;
  readonly count: number;
}

export interface Drops {
  readonly steps: readonly SchemaStep[];
  /** The noted tables, renamed, without what goes. */
  kept(known: readonly TableSpec[]): readonly TableSpec[];
  keptNotes(notes: FieldNotes): FieldNotes;
}

interface Known {
  readonly known: readonly TableSpec[];
  readonly changes: readonly FieldChange[];
  readonly specs: readonly TableSpec[];
}

/** What the operator wants gone for good. Only what no definition speaks of can go. */
export function dropSteps(comparing: Comparing, of: Known): Drops {
  const { renamed, answers } = comparing;
  const fresh = of.known.map((spec) => renamed.specOf(spec));
  const places = answers.drop.filter((place) => isRetired(comparing, place));
  for (const place of places) comparing.asked.add(`drop ${place}`);
  const wanted = new Set(of.specs.map(({ name }) => name));
  const going = places.flatMap((place) => goingOf(comparing, place, { fresh, wanted }));
  const gone = new Set(going.flatMap(({ columns, table }) => columns?.map((name) => `${table}.${name}`) ?? [table]));
  const moved = new Set(of.changes.flatMap(({ aside, field }) => (aside ? [`${field.entity}.${field.key}`] : [])));
  const isMoved = (table: string, column: string) => moved.has(`${table}.${column.split('_')[0]}`);
  return {
    steps: going.map(dropStep),
    kept: () =>
      fresh
        .filter(({ name }) => !gone.has(name) && !moved.has(name.replace('_', '.')))
        .map((spec) => without(spec, (column) => gone.has(`${spec.name}.${column}`) || isMoved(spec.name, column))),
    keptNotes: (notes) => withoutPlaces(notes, places),
  };
}

/** A table, or columns of it. */
interface Going {
  readonly place: string;
  readonly table: string;
  readonly columns?: readonly string[];
}

function isRetired({ model, renamed }: Comparing, place: string): boolean {
  const [entity = '', key] = place.split('.');
  const notes = renamed.notes[entity];
  if (key === undefined) return !model.entities.has(entity) && renamed.found.tables.has(entity) && notes !== undefined;
  return model.field(entity, key) === undefined && notes?.[key] !== undefined;
}

/** With an entity goes what points to it: such references can only be retired ones. */
function goingOf(
  { renamed }: Comparing,
  place: string,
  of: { fresh: readonly TableSpec[]; wanted: ReadonlySet<string> },
): readonly Going[] {
  const { tables } = renamed.found;
  const [entity = '', key] = place.split('.');
  if (key === undefined) {
    const links = [...tables.keys()].filter((name) => name.startsWith(`${entity}_`) && !of.wanted.has(name));
    const pointing = of.fresh.flatMap((spec): Going[] => {
      const columns = spec.foreignKeys.filter(({ target }) => target === entity).map(({ column }) => column);
      if (columns.length === 0 || spec.name === entity || links.includes(spec.name)) return [];
      return [spec.name.includes('_') ? { place, table: spec.name } : { place, table: spec.name, columns }];
    });
    return [...links.map((table) => ({ place, table })), ...pointing, { place, table: entity }];
  }
  const columns = [...(tables.get(entity)?.columns.keys() ?? [])].filter((name) => name.split('_')[0] === key);
  const link = linkTable(entity, key);
  return [
    ...(columns.length > 0 ? [{ place, table: entity, columns }] : []),
    ...(tables.has(link) ? [{ place, table: link }] : []),
  ];
}

function dropStep({ place, table, columns }: Going): SchemaStep {
  const sql = columns
    ? columns.map((name) => `alter table ${quoted(table)} drop column ${quoted(name)}`)
    : [`drop table ${quoted(table)}`];
  return {
    kind: columns ? 'dropColumn' : 'dropTable',
    table,
    sql,
    safety: 'lossy',
    text: `drop ${place} for good: ${columns ? columns.map((name) => `${table}.${name}`).join(', ') : `the table ${table}`}`,
    answered: true,
    options: [`--drop ${place}`],
  };
}

function without(spec: TableSpec, isGone: (column: string) => boolean): TableSpec {
  return {
    ...spec,
    columns: spec.columns.filter(({ name }) => !isGone(name)),
    foreignKeys: spec.foreignKeys.filter(({ column }) => !isGone(column)),
  };
}

function withoutPlaces(notes: FieldNotes, places: readonly string[]): FieldNotes {
  const kept = Object.entries(notes)
    .filter(([entity]) => !places.includes(entity))
    .map(([entity, fields]) => {
      const left = Object.entries(fields).filter(([key]) => !places.includes(`${entity}.${key}`));
      return [entity, Object.fromEntries(left)] as const;
    });
  return Object.fromEntries(kept);
}

/** What could be dropped: every retired field and entity that still holds something. */
export async function listRetired({ db, model, renamed }: Comparing): Promise<readonly Retired[]> {
  const retired: Retired[] = [];
  for (const [entity, fields] of Object.entries(renamed.notes)) {
    const table = renamed.found.tables.get(entity);
    if (!table) continue;
    const today = renamed.tableOf(entity);
    if (!model.entities.has(entity)) {
      retired.push({ place: entity, count: await countRows(db, today) });
      continue;
    }
    for (const key of Object.keys(fields)) {
      if (model.field(entity, key)) continue;
      const columns = [...table.columns.keys()].filter((name) => name.split('_')[0] === key);
      const where = columns.map((name) => `${quoted(name)} is not null`).join(' or ');
      const link = linkTable(today, key);
      const count =
        columns.length > 0
          ? await countRows(db, today, where)
          : await countLinks(db, link, renamed.found.tables.has(linkTable(entity, key)));
      if (columns.length > 0 || count > 0) retired.push({ place: `${entity}.${key}`, count });
    }
  }
  return retired;
}

async function countLinks(db: Comparing['db'], link: string, isThere: boolean): Promise<number> {
  return isThere ? countRows(db, link) : 0;
}
