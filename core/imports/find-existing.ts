import { findBy, UUID } from './chunk.ts';
import type { Chunk } from './chunk.ts';
import { findKeys, putKeys } from './external-keys.ts';
import type { KeyList } from './external-keys.ts';
import { comparableOf } from './find-references.ts';
import type { LinkedTable, Target } from './link-table.ts';

/** The record a row is about, and by what it was known. */
export type Existing =
  | { readonly kind: 'none' }
  /** `surely`: by its id or its key, not only by a phone or an address. */
  | { readonly kind: 'one'; readonly id: string; readonly surely: boolean }
  | { readonly kind: 'several'; readonly field: string };

export interface ExistingFinder {
  find(row: Sought): Existing;
  /** By what a row may be known: rows that share a mark may be about one record. */
  marksOf(row: Sought): readonly string[];
  /** Remembers what rows have made or found: later rows of the chunk know it, their keys are kept. No two of them share a mark. */
  keep(chunk: Chunk, kept: readonly Kept[]): Promise<void>;
}

/** A row to be looked for. */
export interface Sought {
  readonly cells: readonly string[];
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Kept {
  readonly row: Sought;
  readonly id: string;
}

/** Looks for the records that the rows of a chunk are about, for all rows at once. */
export async function findExisting(chunk: Chunk, rows: readonly Sought[]): Promise<ExistingFinder> {
  const { table } = chunk;
  const { keys, hidden } = await knownKeys(chunk, rows);
  const valueOf = valueReader(chunk);
  const byField = new Map<Target, Map<string, string>>();
  for (const target of table.match)
    byField.set(
      target,
      await knownValues(
        chunk,
        target,
        rows.map((row) => valueOf(row, target)),
      ),
    );
  return {
    find(row) {
      for (const { list, read } of keyLists(table)) {
        const id = keys.get(list)?.get(read(row.cells) ?? '');
        if (id !== undefined) return { kind: 'one', id, surely: true };
      }
      const hits = new Map<string, Target>();
      for (const [target, known] of byField) {
        const id = known.get(valueOf(row, target)?.cell ?? '');
        if (id !== undefined && !hits.has(id)) hits.set(id, target);
      }
      const [first, second] = [...hits];
      if (!first) return { kind: 'none' };
      if (second) return { kind: 'several', field: second[1].field.key };
      return { kind: 'one', id: first[0], surely: first[1].field.unique };
    },
    marksOf: (row) => [
      ...keyLists(table).flatMap(({ list, read }) => markOf(`list ${list}`, read(row.cells))),
      ...table.match.flatMap((target) => markOf(`field ${target.field.key}`, valueOf(row, target)?.cell)),
    ],
    async keep(inside, kept) {
      for (const column of keyLists(table)) {
        const known = keys.get(column.list);
        const fresh = newKeys(column, known, kept);
        for (const [key, id] of fresh) known?.set(key, id);
        const own = ({ 0: key, 1: id }: readonly [string, string]) => column.isOwn && key.toLowerCase() === id;
        const stored = new Map([...fresh].filter((one) => !own(one) && !hidden.has(`${column.list}/${one[0]}`)));
        const at = { source: chunk.source, list: column.list, entity: table.entity.name };
        if (stored.size > 0) await putKeys(inside.ctx, at, stored);
      }
      for (const [target, known] of byField) {
        for (const { row, id } of kept) {
          const cell = valueOf(row, target)?.cell;
          if (cell !== undefined && !known.has(cell)) known.set(cell, id);
        }
      }
    },
  };
}

function markOf(place: string, text: string | null | undefined): readonly string[] {
  return text === null || text === undefined || text === '' ? [] : [`${place} ${text}`];
}

function newKeys(
  column: KeyColumn,
  known: ReadonlyMap<string, string> | undefined,
  kept: readonly Kept[],
): ReadonlyMap<string, string> {
  const fresh = kept.flatMap(({ row, id }) => {
    const key = column.read(row.cells);
    return key === null || known?.get(key) === id ? [] : [[key, id] as const];
  });
  return new Map(fresh);
}

type Comparable = ReturnType<typeof comparableOf>;

/** What a row says in a field, in the form that is compared: read once, since phones take long. */
function valueReader(chunk: Chunk): (row: Sought, target: Target) => Comparable {
  const read = new WeakMap<Sought['input'], Map<Target, Comparable>>();
  return ({ input }, target) => {
    const known = read.get(input) ?? new Map<Target, Comparable>();
    read.set(input, known);
    if (!known.has(target)) {
      const { field } = target;
      known.set(target, comparableOf(countryOf(chunk, input), field, input[field.key]));
    }
    return known.get(target);
  };
}

/** The country of the row decides for its phones, as the write will have it. */
function countryOf(chunk: Chunk, input: Sought['input']): Chunk {
  const country = input['country'];
  return typeof country === 'string' && /^[A-Za-z]{2}$/.test(country)
    ? { ...chunk, country: country.toUpperCase() }
    : chunk;
}

interface KeyColumn {
  readonly list: string;
  readonly read: (cells: readonly string[]) => string | null;
  /** The record's own id, which counts as a key where the record is not here. */
  readonly isOwn: boolean;
}

function keyLists(table: LinkedTable): readonly KeyColumn[] {
  const trimmed = (read: KeyColumn['read']) => (cells: readonly string[]) => read(cells)?.trim() ?? null;
  return [
    ...(table.id ? [{ list: table.entity.name, read: trimmed(table.id), isOwn: true }] : []),
    ...(table.key ? [{ list: table.key.list, read: trimmed(table.key.read), isOwn: false }] : []),
  ];
}

interface KnownKeys {
  /** Ids by key, by list. */
  readonly keys: ReadonlyMap<string, Map<string, string>>;
  /** `list/key` of records outside the caller's rows. */
  readonly hidden: ReadonlySet<string>;
}

async function knownKeys(chunk: Chunk, rows: readonly Sought[]): Promise<KnownKeys> {
  const hidden = new Set<string>();
  const lists = new Map<string, Map<string, string>>();
  for (const { list, read, isOwn } of keyLists(chunk.table)) {
    const keys = [...new Set(rows.flatMap(({ cells }) => read(cells) ?? []))];
    const known = lists.get(list) ?? new Map<string, string>();
    const at: KeyList = { source: chunk.source, list };
    const found = await findKeys(chunk, at, keys);
    for (const [key, { record }] of found.visible) known.set(key, record);
    for (const key of found.hidden) hidden.add(`${list}/${key}`);
    if (isOwn) {
      const ids = keys.filter((key) => UUID.test(key)).map((key) => key.toLowerCase());
      for (const row of await findBy(chunk, { entity: chunk.table.entity.name, field: 'id' }, ids))
        for (const key of keys) if (key.toLowerCase() === row['id']) known.set(key, key.toLowerCase());
    }
    lists.set(list, known);
  }
  return { keys: lists, hidden };
}

async function knownValues(
  chunk: Chunk,
  { field }: Target,
  values: readonly Comparable[],
): Promise<Map<string, string>> {
  const asked = new Map(values.flatMap((found) => (found ? [[found.cell, found.value] as const] : [])));
  const known = new Map<string, string>();
  const found = await findBy(chunk, { entity: chunk.table.entity.name, field: field.key }, [...asked.values()]);
  for (const record of found) {
    const cell = String(field.type.comparable(record[field.key] ?? null, field, field.type.match?.eq ?? ''));
    if (!known.has(cell)) known.set(cell, String(record['id']));
  }
  return known;
}
