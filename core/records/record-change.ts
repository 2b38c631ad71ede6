import type { RecordData } from '../fields/field-type.ts';
import type { Field } from '../definitions/model.ts';
import { indexMatches, indexNewMatches, unindexMatches } from '../storage/match.ts';
import { indexNewRecords, indexRecord, unindexRecord } from '../storage/search.ts';
import type { SearchText } from '../storage/search.ts';
import type { NewChange } from './ledger.ts';
import { differences } from './rollups.ts';
import type { Derived } from './rollups.ts';
import { cardOf, keysOf } from './duplicates/card.ts';
import { isGone } from './types.ts';
import type { Change, ChangeKind } from './types.ts';
import type { WriteScope } from './write-scope.ts';

export interface Recorded {
  readonly kind: ChangeKind;
  readonly before: RecordData | null;
  readonly after: RecordData;
  readonly derived: readonly Derived[];
  readonly note?: string;
  /** The record this one has become a part of. */
  readonly into?: string;
}

const NOT_IN_LEDGER = new Set(['id', 'version', 'createdAt', 'updatedAt', 'createdBy', 'updatedBy']);

/** What every write leaves behind, in its transaction: search index, one change, and what follows from it. */
export async function record(scope: WriteScope, of: Recorded): Promise<Change> {
  const change = entryOf(scope, of);
  const changed = Object.keys(change.fields);
  await indexRecordAnew(scope, { kind: of.kind, id: change.record, after: of.after, changed });
  const recorded = await scope.deps.ledger.append(scope.ctx, scope.tx, change);
  await tell(scope, recorded, of);
  await publish(scope, recorded);
  return recorded;
}

/** The same for many new records of one entity, in as few statements as for one. Live screens hear of the last. */
export async function recordCreated(
  scope: WriteScope,
  made: readonly Pick<Recorded, 'after' | 'derived'>[],
): Promise<void> {
  const all = made.map((one): Recorded => ({ ...one, kind: 'created', before: null }));
  const fields = [...scope.entity.fields.values()].filter((field) => field.type.searchText);
  const texts = all.map(({ after }) => ({ record: String(after['id']), texts: searchTexts(fields, after) }));
  await indexNewRecords(scope.tx, scope.entity.name, texts);
  await indexNewDuplicates(
    scope,
    all.map(({ after }) => after),
  );
  const entries = all.map((one) => entryOf(scope, one));
  const changes = await scope.deps.ledger.appendAll(scope.ctx, scope.tx, entries);
  for (const [index, change] of changes.entries()) await tell(scope, change, all[index]!);
  const last = changes.at(-1);
  if (last) await publish(scope, last);
}

function entryOf(scope: WriteScope, { kind, before, after, derived, note, into }: Recorded): NewChange {
  const all = differences(before, after);
  return {
    entity: scope.entity,
    record: String(after['id']),
    kind,
    fields: Object.fromEntries(Object.entries(all).filter(([key]) => !NOT_IN_LEDGER.has(key))),
    version: Number(after['version']),
    sides: before ? [before, after] : [after],
    derived,
    ...(note === undefined ? {} : { note }),
    ...(into === undefined ? {} : { into }),
  };
}

/** Observers hear of the change and of every parent whose figures it moved. They run inside the transaction. */
async function tell(scope: WriteScope, change: Change, { before, after, derived }: Recorded): Promise<void> {
  for (const observe of scope.deps.observers) await observe(scope.tx, change, after, before);
  for (const parent of derived) {
    const above = { ...scope, entity: scope.model.entity(parent.entity) };
    const fields = Object.keys(parent.fields);
    await indexRecordAnew(above, { kind: 'updated', id: parent.record, after: parent.after, changed: fields });
    // What is in the bin keeps its figures right but is nobody's news.
    if (parent.after['deletedAt'] !== null) continue;
    const { entity, record: id } = parent;
    const pseudo: Change = { ...change, entity, record: id, kind: 'updated', fields: parent.fields };
    for (const observe of scope.deps.observers) await observe(scope.tx, pseudo, parent.after, parent.before);
    await publish(scope, pseudo);
  }
}

/** Live screens and other processes hear of it after the commit. */
async function publish(scope: WriteScope, { seq, entity, record: id, kind }: Change): Promise<void> {
  await scope.deps.db.publish(scope.tx, 'change', JSON.stringify({ seq, entity, record: id, kind }));
}

interface Indexed {
  readonly kind: ChangeKind;
  readonly id: string;
  readonly after: RecordData;
  readonly changed: readonly string[];
}

/** Where the record is found by: the search, and the index of its duplicates. */
async function indexRecordAnew(scope: WriteScope, of: Indexed): Promise<void> {
  await indexSearch(scope, of);
  await indexDuplicates(scope, of);
}

async function indexNewDuplicates(scope: WriteScope, records: readonly RecordData[]): Promise<void> {
  const { duplicates: rule, name } = scope.entity;
  if (!rule) return;
  const keys = records.map((one) => [String(one['id']), keysOf(cardOf(scope.entity, rule, one))] as const);
  await indexNewMatches(scope.tx, name, new Map(keys));
}

async function indexDuplicates(scope: WriteScope, { kind, id, after, changed }: Indexed): Promise<void> {
  const { duplicates: rule, name } = scope.entity;
  if (!rule) return;
  if (isGone(kind)) return unindexMatches(scope.tx, name, id);
  const isTouched = [...rule.same, ...rule.similar].some((key) => changed.includes(key));
  if (!isTouched && kind !== 'restored') return;
  if (kind === 'created') return indexNewDuplicates(scope, [after]);
  await indexMatches(scope.tx, { entity: name, record: id }, keysOf(cardOf(scope.entity, rule, after)));
}

async function indexSearch(scope: WriteScope, of: Indexed): Promise<void> {
  if (isGone(of.kind)) return unindexRecord(scope.tx, scope.entity.name, of.id);
  const searchable = [...scope.entity.fields.values()].filter((field) => field.type.searchText);
  const isTouched = (key: string) => of.changed.includes(key) || of.changed.includes(`${key}:typed`);
  if (of.kind !== 'restored' && !searchable.some(({ key }) => isTouched(key))) return;
  const texts = searchTexts(searchable, of.after);
  if (of.kind === 'created') return indexNewRecords(scope.tx, scope.entity.name, [{ record: of.id, texts }]);
  await indexRecord(scope.tx, scope.entity.name, of.id, texts);
}

/** What the search index keeps of these fields: the words of the value, and the spelling as typed. */
export function searchTexts(fields: readonly Field[], record: RecordData): readonly SearchText[] {
  return fields.flatMap((field) => {
    const value = record[field.key] ?? null;
    const found = value === null ? [] : (field.type.searchText?.(value, field) ?? []);
    const typed = record[`${field.key}:typed`];
    return [...found, ...(typeof typed === 'string' ? [typed] : [])].map((text) => ({ field: field.key, text }));
  });
}
