import type { RecordData } from '../fields/field-type.ts';
import type { Field } from '../definitions/model.ts';
import { indexNewRecords, indexRecord, unindexRecord } from '../storage/search.ts';
import type { SearchText } from '../storage/search.ts';
import type { NewChange } from './ledger.ts';
import { differences } from './rollups.ts';
import type { Derived } from './rollups.ts';
import type { Change, ChangeKind } from './types.ts';
import type { WriteScope } from './write-scope.ts';

export interface Recorded {
  readonly kind: ChangeKind;
  readonly before: RecordData | null;
  readonly after: RecordData;
  readonly derived: readonly Derived[];
  readonly note?: string;
}

const NOT_IN_LEDGER = new Set(['id', 'version', 'createdAt', 'updatedAt', 'createdBy', 'updatedBy']);

/** What every write leaves behind, in its transaction: search index, one change, and what follows from it. */
export async function record(scope: WriteScope, of: Recorded): Promise<Change> {
  const change = entryOf(scope, of);
  await indexSearch(scope, { kind: of.kind, id: change.record, after: of.after, changed: Object.keys(change.fields) });
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
  const entries = all.map((one) => entryOf(scope, one));
  const changes = await scope.deps.ledger.appendAll(scope.ctx, scope.tx, entries);
  for (const [index, change] of changes.entries()) await tell(scope, change, all[index]!);
  const last = changes.at(-1);
  if (last) await publish(scope, last);
}

function entryOf(scope: WriteScope, { kind, before, after, derived, note }: Recorded): NewChange {
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
  };
}

/** Observers hear of the change and of every parent whose figures it moved. They run inside the transaction. */
async function tell(scope: WriteScope, change: Change, { before, after, derived }: Recorded): Promise<void> {
  for (const observe of scope.deps.observers) await observe(scope.tx, change, after, before);
  for (const parent of derived) {
    const above = { ...scope, entity: scope.model.entity(parent.entity) };
    const fields = Object.keys(parent.fields);
    await indexSearch(above, { kind: 'updated', id: parent.record, after: parent.after, changed: fields });
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

async function indexSearch(
  scope: WriteScope,
  of: { kind: ChangeKind; id: string; after: RecordData; changed: readonly string[] },
): Promise<void> {
  if (of.kind === 'deleted') return unindexRecord(scope.tx, scope.entity.name, of.id);
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
