import { findBy, UUID } from './chunk.ts';
import type { Chunk } from './chunk.ts';
import { findKeys, putKey } from './external-keys.ts';
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
  find(cells: readonly string[], input: Readonly<Record<string, unknown>>): Existing;
  /** Remembers what a row has made or found: later rows of the chunk know it, its keys are kept. */
  keep(chunk: Chunk, row: Sought, id: string): Promise<void>;
}

/** A row to be looked for. */
export interface Sought {
  readonly cells: readonly string[];
  readonly input: Readonly<Record<string, unknown>>;
}

/** Looks for the records that the rows of a chunk are about, for all rows at once. */
export async function findExisting(chunk: Chunk, rows: readonly Sought[]): Promise<ExistingFinder> {
  const { table } = chunk;
  const { keys, hidden } = await knownKeys(chunk, rows);
  const byField = new Map<Target, Map<string, string>>();
  for (const target of table.match) byField.set(target, await knownValues(chunk, target, rows));
  const cellOf = (target: Target, input: Sought['input']) =>
    comparableOf(countryOf(chunk, input), target.field, input[target.field.key])?.cell;
  return {
    find(cells, input) {
      for (const { list, read } of keyLists(table)) {
        const id = keys.get(list)?.get(read(cells) ?? '');
        if (id !== undefined) return { kind: 'one', id, surely: true };
      }
      const hits = new Map<string, Target>();
      for (const [target, known] of byField) {
        const id = known.get(cellOf(target, input) ?? '');
        if (id !== undefined && !hits.has(id)) hits.set(id, target);
      }
      const [first, second] = [...hits];
      if (!first) return { kind: 'none' };
      if (second) return { kind: 'several', field: second[1].field.key };
      return { kind: 'one', id: first[0], surely: first[1].field.unique };
    },
    async keep(inside, { cells, input }, id) {
      for (const { list, read, isOwn } of keyLists(table)) {
        const key = read(cells);
        if (key === null || keys.get(list)?.get(key) === id) continue;
        keys.get(list)?.set(key, id);
        if (hidden.has(`${list}/${key}`)) continue;
        if (!isOwn || key.toLowerCase() !== id)
          await putKey(inside.ctx, { source: chunk.source, list }, { key, entity: table.entity.name, record: id });
      }
      for (const [target, known] of byField) {
        const cell = cellOf(target, input);
        if (cell !== undefined && !known.has(cell)) known.set(cell, id);
      }
    },
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

async function knownValues(chunk: Chunk, { field }: Target, rows: readonly Sought[]): Promise<Map<string, string>> {
  const values = new Map(
    rows.flatMap(({ input }) => {
      const found = comparableOf(countryOf(chunk, input), field, input[field.key]);
      return found ? [[found.cell, found.value] as const] : [];
    }),
  );
  const known = new Map<string, string>();
  const found = await findBy(chunk, { entity: chunk.table.entity.name, field: field.key }, [...values.values()]);
  for (const record of found) {
    const cell = String(field.type.comparable(record[field.key] ?? null, field, field.type.match?.eq ?? ''));
    if (!known.has(cell)) known.set(cell, String(record['id']));
  }
  return known;
}
