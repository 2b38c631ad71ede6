import type { Entity, Field } from '../definitions/model.ts';
import { FieldError } from '../fields/field-type.ts';
import type { Value } from '../fields/field-type.ts';
import { listFromText } from '../fields/text-forms.ts';
import { findBy, UUID } from './chunk.ts';
import type { Chunk } from './chunk.ts';
import { findKeys } from './external-keys.ts';
import type { Target } from './link-table.ts';
import { meant } from './row-input.ts';

/** A record a text stands for; or none, or several. */
type Found = { readonly entity: string; readonly id: string } | 'several' | undefined;

export interface ReferenceError {
  readonly code: string;
  readonly message: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** What the references of a chunk's rows point to, asked for all rows at once. */
export interface ReferenceFinder {
  find(target: Target, text: string): { readonly value: unknown } | { readonly error: ReferenceError };
  /** Makes what a row asks for with `create` and is not there, inside the caller's savepoint. Answers how many. */
  create(chunk: Chunk, cells: readonly string[]): Promise<number>;
}

/**
 * Looks up the texts of all references: by the list of keys or the field the plan names; else by id, by the id the record had where a table
 * of Casement's own came from, by unique fields, and by what the record is called.
 */
export async function findReferences(chunk: Chunk, rows: readonly (readonly string[])[]): Promise<ReferenceFinder> {
  const targets = chunk.table.targets.filter(({ field }) => field.reference);
  const found = new Map<Target, Map<string, Found>>();
  for (const target of targets) {
    const texts = new Set(rows.flatMap((cells) => textsOf(target, cells)));
    found.set(target, await lookUp(chunk, target, [...texts]));
  }
  return {
    find: (target, text) => valueOf(chunk, target, { text, known: found.get(target) ?? new Map() }),
    create: (inside, cells) => createMissing(inside, cells, found),
  };
}

function textsOf(target: Target, cells: readonly string[]): readonly string[] {
  const value = meant(target, target.read(cells));
  if (typeof value !== 'string') return [];
  return target.field.reference?.many ? listFromText(value) : [value.trim()];
}

async function lookUp(chunk: Chunk, target: Target, texts: readonly string[]): Promise<Map<string, Found>> {
  const known = new Map<string, Found>();
  const open = () => texts.filter((text) => !known.has(text));
  for (const way of waysOf(chunk, target)) {
    if (open().length === 0) break;
    for (const [text, found] of await way(open())) known.set(text, found);
  }
  return known;
}

type Way = (texts: readonly string[]) => Promise<Map<string, Found>>;

function waysOf(chunk: Chunk, { field, plan }: Target): readonly Way[] {
  const { model } = chunk.records;
  const entities = plan.to === undefined ? (field.reference?.to ?? []) : [plan.to];
  if (plan.list !== undefined) return [byKey(chunk, plan.list)];
  if (plan.by !== undefined) return entities.map((name) => byField(chunk, model().entity(name), plan.by ?? 'id'));
  return entities.flatMap((name) => {
    const entity = model().entity(name);
    const fields = [...entity.fields.values()].filter((one) => one.unique || one.key === soleDisplay(entity));
    return [byId(chunk, entity), ...fields.map(({ key }) => byField(chunk, entity, key))];
  });
}

/** The one field that a record is called by; undefined when its name is made of several. */
function soleDisplay(entity: Entity): string | undefined {
  const [first, ...rest] = entity.display;
  return first && 'field' in first && rest.length === 0 ? first.field : undefined;
}

function byKey(chunk: Chunk, list: string): Way {
  return async (texts) => {
    const { visible } = await findKeys(chunk, { source: chunk.source, list }, texts);
    return new Map([...visible].map(([text, { entity, record }]) => [text, { entity, id: record }]));
  };
}

/** `id`, or `entity:id` as the export writes it. */
function byId(chunk: Chunk, entity: Entity): Way {
  return async (texts) => {
    const ids = new Map<string, string>();
    for (const text of texts) {
      const [first = '', second] = text.split(':');
      const id = second === undefined ? first : first === entity.name ? second : '';
      if (UUID.test(id)) ids.set(text, id.toLowerCase());
    }
    const rows = await findBy(chunk, { entity: entity.name, field: 'id' }, [...ids.values()]);
    const here = new Set(rows.map((row) => row['id']));
    const elsewhere = [...ids.values()].filter((id) => !here.has(id));
    const { visible } = await findKeys(chunk, { source: chunk.source, list: entity.name }, elsewhere);
    return new Map(
      [...ids].flatMap(([text, id]): [string, Found][] => {
        const record = here.has(id) ? id : visible.get(id)?.record;
        return record === undefined ? [] : [[text, { entity: entity.name, id: record }]];
      }),
    );
  };
}

function byField(chunk: Chunk, entity: Entity, key: string): Way {
  return async (texts) => {
    const field = entity.fields.get(key);
    const found = new Map<string, Found>();
    if (!field || !chunk.records.model().field(entity.name, key)) return found;
    const values = new Map(texts.map((text) => [text, comparableOf(chunk, field, text)]));
    const asked = [...new Set([...values.values()].flatMap((value) => (value === undefined ? [] : [value.value])))];
    const rows = await readable(() => findBy(chunk, { entity: entity.name, field: key }, asked));
    const records = new Map<string, Found>();
    for (const row of rows) {
      const cell = String(field.type.comparable(row[key] ?? null, field, field.type.match?.eq ?? ''));
      records.set(cell, records.has(cell) ? 'several' : { entity: entity.name, id: String(row['id']) });
    }
    for (const [text, value] of values) {
      const record = value === undefined ? undefined : records.get(value.cell);
      if (record !== undefined) found.set(text, record);
    }
    return found;
  };
}

/** A field or entity that the caller may not read leads to nothing. */
async function readable<T>(ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && 'status' in error && (error.status === 400 || error.status === 403)) return [];
    throw error;
  }
}

/** The value in canonical form, and the form in which equal ones are equal; undefined when it is none. */
export function comparableOf(chunk: Chunk, field: Field, raw: unknown): { value: Value; cell: string } | undefined {
  const env = { currency: chunk.currency, ...(chunk.country === null ? {} : { country: chunk.country }) };
  try {
    const value = field.type.parse(raw, field, env);
    if (value === null) return undefined;
    return { value, cell: String(field.type.comparable(value, field, field.type.match?.eq ?? '')) };
  } catch (error) {
    if (error instanceof FieldError) return undefined;
    throw error;
  }
}

interface Asked {
  readonly text: string;
  readonly known: ReadonlyMap<string, Found>;
}

function valueOf(
  chunk: Chunk,
  { field, plan }: Target,
  { text, known }: Asked,
): { readonly value: unknown } | { readonly error: ReferenceError } {
  const { reference } = field;
  const parts = reference?.many ? listFromText(text) : [text.trim()];
  const targets: { entity: string; id: string }[] = [];
  for (const part of parts) {
    const found = known.get(part);
    if (found === 'several' || found === undefined)
      return { error: refusal(chunk, { field, to: plan.to, part, several: found !== undefined }) };
    targets.push(found);
  }
  if (reference?.many) return { value: targets.map(({ id }) => id) };
  return { value: (reference?.to.length ?? 0) > 1 ? targets[0] : targets[0]?.id };
}

function refusal(
  chunk: Chunk,
  of: { field: Field; to: string | undefined; part: string; several: boolean },
): ReferenceError {
  const names = of.to === undefined ? (of.field.reference?.to ?? []) : [of.to];
  const titles = names.map((name) => chunk.records.model().entity(name).title.toLowerCase()).join(' or ');
  const params = { value: of.part.slice(0, 200) };
  if (of.several) return { code: 'ambiguous', message: `More than one ${titles} is called "${params.value}".`, params };
  return { code: 'reference', message: `There is no such ${titles}: "${params.value}".`, params };
}

async function createMissing(
  chunk: Chunk,
  cells: readonly string[],
  known: ReadonlyMap<Target, Map<string, Found>>,
): Promise<number> {
  let made = 0;
  for (const [target, found] of known) {
    const { field, plan } = target;
    const to = plan.to ?? (field.reference?.to.length === 1 ? field.reference.to[0] : undefined);
    if (plan.create !== true || to === undefined) continue;
    const entity = chunk.records.model().entity(to);
    const named = plan.by ?? soleDisplay(entity);
    for (const text of textsOf(target, cells).filter((one) => !found.has(one))) {
      if (named === undefined) continue;
      const record = await chunk.records.write(chunk.ctx, { op: 'create', entity: to, input: { [named]: text } });
      found.set(text, { entity: to, id: String(record['id']) });
      made += 1;
    }
  }
  return made;
}
