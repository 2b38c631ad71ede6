import type { RecordData } from '../fields/field-type.ts';
import type { Field } from '../definitions/model.ts';
import { canonicalJson } from '../definitions/canonical-json.ts';
import { deferring } from '../storage/deferring.ts';
import { indexNewMatches, reindexMatches, unindexMatches } from '../storage/match.ts';
import { indexNewRecords, reindexRecords, unindexRecord } from '../storage/search.ts';
import type { SearchText } from '../storage/search.ts';
import type { Footing, NewChange } from './ledger.ts';
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
export async function record(scope: WriteScope, of: Recorded, on?: Footing): Promise<Change> {
  const change = entryOf(scope, of);
  await indexRecordAnew(scope, { ...of, changed: Object.keys(change.fields) });
  const recorded = await scope.deps.ledger.append(scope.ctx, scope.tx, change, on);
  await tell(scope, recorded, of);
  await publish(scope, recorded);
  return recorded;
}

/** The same for many new records of one entity, in as few statements as for one. Live screens hear of the last. */
export async function recordCreated(
  scope: WriteScope,
  made: readonly Pick<Recorded, 'after' | 'derived'>[],
  on: Footing,
): Promise<void> {
  const all = made.map((one): Recorded => ({ ...one, kind: 'created', before: null }));
  const fields = [...scope.entity.fields.values()].filter((field) => field.type.searchText);
  const texts = all.map(({ after }) => ({ record: String(after['id']), texts: searchTexts(fields, after) }));
  await indexNewRecords(deferring(scope.tx), scope.entity.name, texts);
  await indexNewDuplicates(
    scope,
    all.map(({ after }) => after),
  );
  const entries = all.map((one) => entryOf(scope, one));
  const changes = await scope.deps.ledger.appendAll(scope.ctx, scope.tx, entries, on);
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
    const changed = Object.keys(parent.fields);
    await indexRecordAnew(above, { kind: 'updated', before: parent.before, after: parent.after, changed });
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
  readonly before: RecordData | null;
  readonly after: RecordData;
  readonly changed: readonly string[];
}

/** Where the record is found by: the search, and the index of its duplicates. Nothing is read: what stands there follows from the record before. */
async function indexRecordAnew(scope: WriteScope, of: Indexed): Promise<void> {
  await indexSearch(scope, of);
  await indexDuplicates(scope, of);
}

async function indexNewDuplicates(scope: WriteScope, records: readonly RecordData[]): Promise<void> {
  const { duplicates: rule, name } = scope.entity;
  if (!rule) return;
  const keys = records.map((one) => [String(one['id']), keysOf(cardOf(scope.entity, rule, one))] as const);
  await indexNewMatches(deferring(scope.tx), name, new Map(keys));
}

async function indexDuplicates(scope: WriteScope, { kind, before, after, changed }: Indexed): Promise<void> {
  const { duplicates: rule, name } = scope.entity;
  if (!rule) return;
  const tx = deferring(scope.tx);
  const id = String(after['id']);
  if (isGone(kind)) return unindexMatches(tx, name, id);
  if (kind === 'restored' || before === null) return indexNewDuplicates(scope, [after]);
  if (![...rule.same, ...rule.similar].some((key) => changed.includes(key))) return;
  const keys = keysOf(cardOf(scope.entity, rule, after));
  if (canonicalJson(keys) === canonicalJson(keysOf(cardOf(scope.entity, rule, before)))) return;
  await reindexMatches(tx, name, new Map([[id, keys]]));
}

async function indexSearch(scope: WriteScope, { kind, before, after, changed }: Indexed): Promise<void> {
  const { name } = scope.entity;
  const tx = deferring(scope.tx);
  const record = String(after['id']);
  if (isGone(kind)) return unindexRecord(tx, name, record);
  const searchable = [...scope.entity.fields.values()].filter((field) => field.type.searchText);
  if (kind === 'restored' || before === null)
    return indexNewRecords(tx, name, [{ record, texts: searchTexts(searchable, after) }]);
  const isTouched = (field: Field) =>
    (changed.includes(field.key) || changed.includes(`${field.key}:typed`)) &&
    canonicalJson(searchTexts([field], before)) !== canonicalJson(searchTexts([field], after));
  const touched = searchable.filter(isTouched);
  if (touched.length === 0) return;
  const fields = touched.map(({ key }) => key);
  await reindexRecords(tx, { entity: name, fields }, [{ record, texts: searchTexts(touched, after) }]);
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
