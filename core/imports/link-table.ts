import type { Access } from '../access/access.ts';
import type { Entity, Field, Model } from '../definitions/model.ts';
import type { ErrorDetail } from '../errors.ts';
import { fold } from '../fields/fold.ts';
import { didYouMean } from '../rules/parse-condition.ts';
import { cellReader } from './cell-reader.ts';
import type { CellReader } from './cell-reader.ts';
import { DEFAULT_NULLS } from './plan.ts';
import type { Table } from './table-source.ts';
import type { ColumnPlan, Duplicates, ImportPlan, TablePlan } from './plan.ts';

/** A field of the record, and where its value comes from. */
export interface Target {
  readonly field: Field;
  /** The text in a row; null when it is empty or stands for nothing. */
  readonly read: CellReader;
  readonly plan: ColumnPlan;
  /** What people may write for an option: its key, and its titles in every language, folded. */
  readonly options?: ReadonlyMap<string, string>;
}

/** A table of the plan, checked against the model, the caller's rights and the columns of its file. */
export interface LinkedTable {
  readonly plan: TablePlan;
  readonly entity: Entity;
  readonly targets: readonly Target[];
  /** The spelling of a phone beside its value, by the key of the phone. */
  readonly spellings: ReadonlyMap<string, CellReader>;
  /** The record's own id, of a table that Casement itself has written. */
  readonly id?: CellReader;
  readonly key?: { readonly list: string; readonly read: CellReader };
  /** Fields by which a record that is there already is known. */
  readonly match: readonly Target[];
  readonly duplicates: Duplicates;
  readonly clears: boolean;
  readonly columns: readonly string[];
}

export interface Linking {
  readonly model: Model;
  readonly access: Access;
  readonly plan: ImportPlan;
  readonly errors: ErrorDetail[];
}

/** Null when something is wrong; what, stands in `linking.errors` under the pointer of the table. */
export function linkTable(
  linking: Linking,
  at: { readonly index: number; readonly table: TablePlan } & Pick<Table, 'columns' | 'nulls'>,
): LinkedTable | null {
  const { table, columns, index } = at;
  const fail = (pointer: string, message: string) =>
    void linking.errors.push({ path: `/tables/${index}${pointer}`, code: 'plan', message });
  const before = linking.errors.length;
  const entity = entityOf(linking, table, fail);
  if (!entity) return null;
  const nulls = new Set(table.null ?? linking.plan.null ?? at.nulls ?? DEFAULT_NULLS);
  const reader = (plan: ColumnPlan, pointer: string) =>
    cellReader({ plan, columns, nulls, fail: (message) => fail(pointer, message) });
  const links = new Map<string, Target>();
  const spellings = new Map<string, CellReader>();
  let id: CellReader | undefined;
  for (const [key, given] of Object.entries(table.map ?? {})) {
    const plan = typeof given === 'string' ? { column: given } : given;
    const pointer = `/map/${key}`;
    const read = reader(plan, pointer);
    if (key === 'id') id = read;
    else if (key.endsWith(':typed')) spellings.set(key.slice(0, -':typed'.length), read);
    else {
      const field = fieldOf(linking, entity, { key, fail: (message) => fail(pointer, message) });
      if (field) links.set(key, targetOf(linking, { field, read, plan, fail: (message) => fail(pointer, message) }));
    }
  }
  const key = table.key && { list: table.key.list ?? entity.name, read: reader({ join: '|', ...table.key }, '/key') };
  const match = matchOf(entity, { table, links, fail });
  if (links.size === 0) fail('/map', 'No column stands for a field.');
  if (linking.errors.length > before) return null;
  return {
    plan: table,
    entity,
    targets: [...links.values()],
    spellings,
    ...(id ? { id } : {}),
    ...(key ? { key } : {}),
    match,
    duplicates: table.duplicates ?? linking.plan.duplicates ?? 'skip',
    clears: table.empty === 'clear',
    columns,
  };
}

type Fail = (pointer: string, message: string) => void;

function entityOf({ model, access }: Linking, table: TablePlan, fail: Fail): Entity | undefined {
  const entity = model.entities.get(table.entity);
  const seen = [...model.entities.keys()].filter((name) => access.can(name, 'read'));
  if (!entity || !access.can(entity.name, 'read'))
    fail('/entity', `"${table.entity}" is not an entity known here.${didYouMean(table.entity, seen)}`);
  else if (!access.can(entity.name, 'create') && !access.can(entity.name, 'update'))
    fail('/entity', `You may neither create nor update ${entity.plural}.`);
  else return entity;
  return undefined;
}

function fieldOf(
  { access }: Linking,
  entity: Entity,
  { key, fail }: { key: string; fail: (message: string) => void },
): Field | undefined {
  const field = entity.fields.get(key);
  const known = [...entity.fields.values()].filter(
    (one) => !one.system && (access.writable(entity.name, one.key) || access.lookup.field(entity.name, one.key)),
  );
  if (!field || !known.includes(field)) {
    fail(
      `${entity.title} has no field "${key}".${didYouMean(
        key,
        known.map((one) => one.key),
      )}`,
    );
    return undefined;
  }
  if (field.readOnly) fail(`"${key}" is worked out by the system and cannot be imported. Leave it out.`);
  else if (!access.writable(entity.name, key)) fail(`You may not set "${key}".`);
  else return field;
  return undefined;
}

interface Targeting {
  readonly field: Field;
  readonly read: CellReader;
  readonly plan: ColumnPlan;
  readonly fail: (message: string) => void;
}

function targetOf({ model }: Linking, { field, read, plan, fail }: Targeting): Target {
  const { reference } = field;
  for (const member of ['to', 'by', 'list', 'create'] as const) {
    if (plan[member] !== undefined && !reference) fail(`"${member}" is for references; "${field.key}" is none.`);
  }
  if (reference && plan.to !== undefined && !reference.to.includes(plan.to))
    fail(`"${field.key}" points to ${reference.to.join(' or ')}, not to "${plan.to}".`);
  if (reference && plan.by !== undefined) {
    const to = plan.to ?? (reference.to.length === 1 ? reference.to[0] : undefined);
    if (to === undefined) fail(`Say with "to" which of ${reference.to.join(', ')} is meant.`);
    else if (!model.entities.get(to)?.fields.has(plan.by)) fail(`${to} has no field "${plan.by}".`);
  }
  return { field, read, plan, ...(field.options ? { options: optionWords(model, field) } : {}) };
}

function optionWords(model: Model, field: Field): ReadonlyMap<string, string> {
  const words = new Map<string, string>();
  for (const option of field.options ?? []) {
    const key = `entities.${field.entity}.options.${field.key}.${option}`;
    for (const language of model.languages) words.set(fold(model.texts.get(key, language)), option);
    words.set(fold(field.optionTitles[option] ?? option), option);
  }
  for (const option of field.options ?? []) words.set(fold(option), option);
  return words;
}

function matchOf(
  entity: Entity,
  { table, links, fail }: { table: TablePlan; links: ReadonlyMap<string, Target>; fail: Fail },
): readonly Target[] {
  if (!table.match) {
    const isKeyed = table.key !== undefined;
    return [...links.values()].filter(({ field }) => field.unique || (!isKeyed && field.type.identifies === true));
  }
  return table.match.flatMap((key, index) => {
    const target = links.get(key);
    if (!target) fail(`/match/${index}`, `"${key}" is not among the mapped fields of ${entity.name}.`);
    return target ?? [];
  });
}
