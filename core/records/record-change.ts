import type { RecordData } from '../fields/field-type.ts';
import type { Field } from '../definitions/model.ts';
import { indexNewRecord, indexRecord, unindexRecord } from '../storage/search.ts';
import type { SearchText } from '../storage/search.ts';
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
  const { before, after } = of;
  const id = String(after['id']);
  const all = differences(before, after);
  const fields = Object.fromEntries(Object.entries(all).filter(([key]) => !NOT_IN_LEDGER.has(key)));
  await indexSearch(scope, { kind: of.kind, id, after, changed: Object.keys(fields) });
  const change = await scope.deps.ledger.append(scope.ctx, scope.tx, {
    entity: scope.entity,
    record: id,
    kind: of.kind,
    fields,
    version: Number(after['version']),
    sides: before ? [before, after] : [after],
    derived: of.derived,
    ...(of.note === undefined ? {} : { note: of.note }),
  });
  await announce(scope, change, { before, after });
  for (const parent of of.derived) {
    const above = { ...scope, entity: scope.model.entity(parent.entity) };
    await indexSearch(above, {
      kind: 'updated',
      id: parent.record,
      after: parent.after,
      changed: Object.keys(parent.fields),
    });
    // What is in the bin keeps its figures right but is nobody's news.
    if (parent.after['deletedAt'] !== null) continue;
    const pseudo: Change = {
      ...change,
      entity: parent.entity,
      record: parent.record,
      kind: 'updated',
      fields: parent.fields,
    };
    await announce(scope, pseudo, parent);
  }
  return change;
}

/** Observers run inside the transaction; live screens hear of it after the commit. */
async function announce(
  scope: WriteScope,
  change: Change,
  sides: { before: RecordData | null; after: RecordData },
): Promise<void> {
  for (const observe of scope.deps.observers) await observe(scope.tx, change, sides.after, sides.before);
  const { seq, entity, record, kind } = change;
  await scope.deps.db.publish(scope.tx, 'change', JSON.stringify({ seq, entity, record, kind }));
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
  if (of.kind === 'created') return indexNewRecord(scope.tx, { entity: scope.entity.name, record: of.id }, texts);
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
