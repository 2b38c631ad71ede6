import { uuidv7 } from 'uuidv7';
import { instant } from '../context.ts';
import type { Field } from '../definitions/model.ts';
import { CasementError, validationError } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { evaluate, needsDatabase } from '../rules/evaluate.ts';
import { insertRecord, updateRecord } from '../storage/rows.ts';
import { checkRecord } from './check.ts';
import { computeFields } from './compute.ts';
import { draftOf, withDefaults } from './draft.ts';
import type { Draft } from './draft.ts';
import { conditionEnv } from './environment.ts';
import { readOne } from './read.ts';
import { differences, lockParents, refreshParents } from './rollups.ts';
import { record as recordChange } from './record-change.ts';
import { nextNumber } from './sequence.ts';
import { requirementError, settleStage, stageGate, unmet } from './stage-gate.ts';
import type { WriteCommand } from './types.ts';
import { currentRow, loadRow, scopeOf } from './write-scope.ts';
import type { WriteScope } from './write-scope.ts';

type Create = Extract<WriteCommand, { op: 'create' }>;
type Update = Extract<WriteCommand, { op: 'update' }>;

/** Makes a record, and the children given in its lists, in one transaction. */
export async function createRecord(scope: WriteScope, command: Create): Promise<RecordData> {
  if (!scope.access.can(scope.entity.name, 'create')) {
    throw new CasementError('FORBIDDEN', `You may not create ${scope.entity.plural}.`);
  }
  const { own, children } = splitChildren(scope, command.input);
  const draft = draftOf(scope, own, null);
  withDefaults(scope, draft);
  settleStage(scope, draft.values, null);
  const now = instant(scope.ctx.clock);
  const by = scope.ctx.principal.id;
  const blank = Object.fromEntries(
    [...scope.entity.fields.values()].map((field) => [field.key, field.reference?.many ? [] : null]),
  );
  const system = {
    id: uuidv7(),
    version: 1,
    createdAt: now,
    updatedAt: now,
    createdBy: by,
    updatedBy: by,
    deletedAt: null,
  };
  await takeNumbers(scope, draft, now);
  const record = await completed(scope, draft, { ...blank, ...draft.values, ...system });
  await refuseInvalid(scope, { draft, record, current: null });
  const parents = await lockParents(scope, [record]);
  await insertRecord(scope.tx, scope.entity, record);
  await refuseOutside(scope, record, 'create');
  await createChildren(scope, record, children);
  const stored =
    children.length > 0
      ? ((await loadRow(scope, system.id, { rows: { kind: 'constant', value: true } })) ?? record)
      : record;
  const derived = await refreshParents(scope, parents);
  await recordChange(scope, { kind: 'created', before: null, after: record, derived });
  return answer(scope, stored);
}

/** JSON Merge Patch on a record. A changed stage is a move and passes its gate; a changed owner is an assignment. */
export async function updateRecordFields(scope: WriteScope, command: Update): Promise<RecordData> {
  const current = await currentRow(scope, command.id, { action: 'update' });
  await refuseStale(scope, current, command.version);
  const draft = draftOf(scope, command.input, current);
  settleStage(scope, draft.values, current);
  const record = await completed(scope, draft, { ...current, ...draft.values });
  const changed = Object.keys(differences(current, record));
  const handsOver = scope.entity.owner !== undefined && changed.includes(scope.entity.owner);
  if (handsOver) await refuseUnlessAssigner(scope, current);
  await refuseInvalid(scope, { draft, record, current });
  if (changed.length === 0) return answer(scope, current);
  const version = Number(current['version']) + 1;
  const after = { ...record, version, updatedAt: instant(scope.ctx.clock), updatedBy: scope.ctx.principal.id };
  const parents = await lockParents(scope, [current, after]);
  await storeChanges(scope, current, after);
  if (!handsOver) await refuseOutside(scope, after, 'update');
  const derived = await refreshParents(scope, parents);
  const kind = changed.includes('stage') ? 'moved' : 'updated';
  await recordChange(scope, {
    kind,
    before: current,
    after,
    derived,
    ...(command.note === undefined ? {} : { note: command.note }),
  });
  return answer(scope, after);
}

/** Writes what differs; the version of `current` must still stand. The gate's questions are asked against the row written here. */
async function storeChanges(scope: WriteScope, current: RecordData, after: RecordData): Promise<void> {
  const changes = Object.fromEntries(Object.keys(differences(current, after)).map((key) => [key, after[key] ?? null]));
  const expectedVersion = Number(current['version']);
  if (await updateRecord(scope.tx, scope.entity, { id: String(current['id']), changes, expectedVersion })) return;
  throw new CasementError(
    'CONFLICT',
    'Somebody else changed this record at the same moment. Read it again and repeat.',
  );
}

function splitChildren(scope: WriteScope, input: Readonly<Record<string, unknown>>) {
  const own: Record<string, unknown> = {};
  const children: { key: string; items: readonly unknown[] }[] = [];
  for (const [key, value] of Object.entries(input)) {
    const list = scope.entity.fields.has(key) ? undefined : scope.access.lookup.list(scope.entity.name, key);
    if (!list) own[key] = value;
    else if (Array.isArray(value)) children.push({ key, items: value });
    else throw validationError([{ path: `/${key}`, code: 'type', message: `"${key}" takes a list of records.` }]);
  }
  return { own, children };
}

async function createChildren(
  scope: WriteScope,
  parent: RecordData,
  lists: readonly { key: string; items: readonly unknown[] }[],
): Promise<void> {
  for (const { key, items } of lists) {
    const list = scope.model.list(scope.entity.name, key)!;
    const id = parent['id'] ?? null;
    const back = (list.field.reference?.to.length ?? 1) > 1 ? { entity: scope.entity.name, id } : id;
    for (const [index, item] of items.entries()) {
      if (typeof item !== 'object' || item === null || Array.isArray(item)) {
        throw validationError([{ path: `/${key}/${index}`, code: 'type', message: 'A record must be an object.' }]);
      }
      const input = { ...item, [list.field.key]: back };
      await under(`/${key}/${index}`, () =>
        createRecord(scopeOf(scope.deps, scope.ctx, list.entity), { op: 'create', entity: list.entity, input }),
      );
    }
  }
}

/** Errors of a child point into the parent's input. */
async function under<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CasementError) || error.errors.length === 0) throw error;
    const errors = error.errors.map((detail) => ({ ...detail, path: path + detail.path }));
    throw new CasementError(error.code, error.message, { errors, cause: error });
  }
}

async function takeNumbers(scope: WriteScope, draft: Draft, now: string): Promise<void> {
  for (const field of scope.entity.fields.values()) {
    if (field.sequence === undefined || draft.values[field.key]) continue;
    const name = `${scope.entity.name}.${field.key}`;
    draft.values[field.key] = await nextNumber(scope.tx, { name, pattern: field.sequence, date: now.slice(0, 10) });
  }
}

/** The whole resulting record: file fields described, computed fields computed. */
async function completed(scope: WriteScope, draft: Draft, record: RecordData): Promise<RecordData> {
  const described: Record<string, Value> = {};
  for (const [key, value] of Object.entries(draft.values)) {
    const id = fileId(value, scope.entity.fields.get(key));
    if (id !== null) described[key] = await describedFile(scope, draft, { key, id });
  }
  const whole = { ...record, ...described };
  const computed = await computeFields(scope, whole);
  draft.errors.push(...computed.errors);
  return { ...whole, ...computed.values };
}

function fileId(value: Value, field: Field | undefined): string | null {
  if (!field?.type.file || value === null || typeof value !== 'object' || Array.isArray(value)) return null;
  const id = (value as RecordData)['id'];
  return typeof id === 'string' ? id : null;
}

async function describedFile(scope: WriteScope, draft: Draft, of: { key: string; id: string }): Promise<Value> {
  const described = (await scope.deps.files?.describe(scope.tx, of.id)) ?? null;
  if (described === null) {
    draft.errors.push({
      path: `/${of.key}`,
      code: 'file',
      message: 'There is no such file. Upload it first, then name its id.',
    });
  }
  return described;
}

interface Outcome {
  readonly draft: Draft;
  readonly record: RecordData;
  readonly current: RecordData | null;
}

/** All errors at once. What only the database can answer of a gate is asked once the row is there; a refusal rolls it back. */
async function refuseInvalid(scope: WriteScope, { draft, record, current }: Outcome): Promise<void> {
  const changed = Object.keys(differences(current, record));
  const parsed = new Set(draft.errors.map((error) => error.path));
  const checked = (await checkRecord(scope, record, changed)).filter((error) => !parsed.has(error.path));
  const gate =
    changed.includes('stage') || changed.includes('pipeline')
      ? stageGate(scope, record, current)
      : { errors: [], open: [] };
  const errors = [...draft.errors, ...checked, ...gate.errors];
  if (gate.open.length > 0) {
    if (errors.length === 0 && current) await storeChanges(scope, current, record);
    errors.push(...(current ? await unmet(scope, String(current['id']), gate.open) : gate.open.map(requirementError)));
  }
  if (errors.length > 0) throw validationError(errors);
}

async function refuseStale(scope: WriteScope, current: RecordData, version: number | undefined): Promise<void> {
  if (version === undefined || version === Number(current['version'])) return;
  const seen = await readOne(scope.deps, scope.ctx, { entity: scope.entity.name, id: String(current['id']) });
  throw new CasementError('CONFLICT', 'Somebody else changed this record after you read it.', {
    status: 412,
    extra: { current: seen },
  });
}

async function refuseUnlessAssigner(scope: WriteScope, current: RecordData): Promise<void> {
  const rows = scope.access.rows(scope.entity.name, 'assign');
  const allowed =
    rows.kind === 'constant' ? rows.value : (await loadRow(scope, String(current['id']), { rows })) !== null;
  if (allowed) return;
  const message = 'You may not hand this record over to somebody else.';
  throw new CasementError('FIELD_FORBIDDEN', message, {
    errors: [{ path: `/${scope.entity.owner}`, code: 'forbidden', message }],
  });
}

/** Would the caller still be allowed to make or change the record as it is now? Otherwise he could write himself out of his rights. */
async function refuseOutside(scope: WriteScope, record: RecordData, action: 'create' | 'update'): Promise<void> {
  const rows = scope.access.rows(scope.entity.name, action);
  if (rows.kind === 'constant' && rows.value) return;
  const inside = needsDatabase(rows)
    ? (await loadRow(scope, String(record['id']), { rows })) !== null
    : evaluate(rows, record, conditionEnv(scope.ctx, scope.organisation));
  if (!inside)
    throw new CasementError('FORBIDDEN', `You may not ${action} a ${scope.entity.title.toLowerCase()} like this.`);
}

/** The record as the caller may see it; only id and version when the write took it out of his sight. */
async function answer(scope: WriteScope, record: RecordData): Promise<RecordData> {
  const id = String(record['id']);
  try {
    return await readOne(scope.deps, scope.ctx, { entity: scope.entity.name, id });
  } catch (error) {
    if (error instanceof CasementError && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN'))
      return { id, version: record['version'] ?? 1 };
    throw error;
  }
}
