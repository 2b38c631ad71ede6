import { isAlways, isNever } from '../access/combine.ts';
import type { Field } from '../definitions/model.ts';
import { CasementError, validationError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import { FieldError } from '../fields/field-type.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { isCleanText } from '../fields/text-checks.ts';
import { evaluate, needsDatabase } from '../rules/evaluate.ts';
import { checkRecords } from './check.ts';
import { computeFields } from './compute.ts';
import { hasTyped, pointer } from './draft.ts';
import type { Draft } from './draft.ts';
import { conditionEnv, parseEnv } from './environment.ts';
import { readOne, readTexts } from './read.ts';
import { MAX_LIMIT } from './resolve-query.ts';
import type { WriteScope } from './write-scope.ts';

/** The whole resulting record: file fields described and bound, computed fields computed. */
export async function completed(
  scope: WriteScope,
  draft: Draft,
  of: { readonly id: string; readonly record: RecordData },
): Promise<RecordData> {
  const described: Record<string, Value> = {};
  for (const [key, value] of Object.entries(draft.values)) {
    const field = scope.entity.fields.get(key);
    const file = fileId(value, field);
    if (field && file !== null) described[key] = await describedFile(scope, draft, { field, file, record: of.id });
  }
  const whole = { ...of.record, ...described };
  const computed = await computeFields(scope, whole);
  draft.errors.push(...computed.errors);
  return { ...whole, ...computed.values };
}

function fileId(value: Value, field: Field | undefined): string | null {
  if (!field?.type.file || value === null || typeof value !== 'object' || Array.isArray(value)) return null;
  const id = (value as RecordData)['id'];
  return typeof id === 'string' ? id : null;
}

interface GivenFile {
  readonly field: Field;
  readonly file: string;
  readonly record: string;
}

/**
 * Binds the file before anything is said of it: of somebody else's file nothing can be learnt here. What the store knows of it is parsed
 * again, since only now its media type is known.
 */
async function describedFile(scope: WriteScope, draft: Draft, of: GivenFile): Promise<Value> {
  const { files } = scope.deps;
  const place = { entity: scope.entity.name, record: of.record, field: of.field.key };
  try {
    await files?.claim(scope.tx, of.file, { ...place, principal: scope.ctx.principal.id });
    const known = (await files?.describe(scope.tx, of.file)) ?? null;
    if (known === null) throw new FieldError('file', 'There is no such file. Upload it first.');
    return of.field.type.parse(known, of.field, parseEnv(scope.organisation));
  } catch (error) {
    if (error instanceof CasementError && error.code === 'VALIDATION') draft.errors.push(...error.errors);
    else if (error instanceof FieldError)
      draft.errors.push({
        path: pointer(of.field.key),
        code: error.code,
        message: error.message,
        params: error.params,
      });
    else throw error;
    return null;
  }
}

export interface Outcome {
  readonly draft: Draft;
  readonly record: RecordData;
  readonly changed: readonly string[];
  /** What a stage gate has found by itself. */
  readonly gate: readonly ErrorDetail[];
}

/** All errors of each at once. What the parse of a field has said stands for everything else about that field. */
export async function errorsOf(
  scope: WriteScope,
  outcomes: readonly Outcome[],
): Promise<readonly (readonly ErrorDetail[])[]> {
  const candidates = outcomes.map(({ record, changed, draft }) => ({ record, changed, given: draft.given }));
  const checked = await checkRecords(scope, candidates);
  return outcomes.map(({ draft, gate }, index) => {
    const parsed = new Set(draft.errors.map((error) => error.path));
    const further = [...(checked[index] ?? []), ...gate].filter((error) => !parsed.has(error.path));
    return [...draft.errors, ...further];
  });
}

export function refuseUncleanNote(note: string | undefined): void {
  if (note === undefined || isCleanText(note)) return;
  const message = 'Contains a character that cannot be stored.';
  throw validationError([{ path: '/note', code: 'text', message }]);
}

/** The record as the caller may see it; only id and version when the write took it out of his sight. The system sees what was written. */
export async function answer(scope: WriteScope, record: RecordData): Promise<RecordData> {
  const known = knownAnswer(scope, record);
  if (known) return known;
  const id = String(record['id']);
  try {
    return await readOne(scope.deps, scope.ctx, { entity: scope.entity.name, id });
  } catch (error) {
    if (error instanceof CasementError && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN'))
      return { id, version: record['version'] ?? 1 };
    throw error;
  }
}

/** The same of many, as JSON texts: one statement reads them all. */
export async function answers(scope: WriteScope, records: readonly RecordData[]): Promise<readonly string[]> {
  const known = records.map((record) => knownAnswer(scope, record));
  if (known.every((one) => one !== undefined)) return known.map((one) => JSON.stringify(one));
  const seen = new Map<string, string>();
  for (let from = 0; from < records.length; from += MAX_LIMIT) {
    const ids = records.slice(from, from + MAX_LIMIT).map((record) => String(record['id']));
    for (const [id, text] of await readThose(scope, ids)) seen.set(id, text);
  }
  return records.map((record) => {
    const id = String(record['id']);
    return seen.get(id) ?? JSON.stringify({ id, version: record['version'] ?? 1 });
  });
}

async function readThose(scope: WriteScope, ids: readonly string[]): Promise<readonly (readonly [string, string])[]> {
  if (!scope.access.can(scope.entity.name, 'read')) return [];
  const query = { entity: scope.entity.name, filter: { id: { in: ids } }, sort: ['id'], limit: MAX_LIMIT };
  return readTexts(scope.deps, scope.ctx, query);
}

/**
 * What a read would give, without a read: every field the caller may see in the order of the definition. Undefined where his rights hang on other
 * records, which only the database can tell.
 */
function knownAnswer(scope: WriteScope, record: RecordData): RecordData | undefined {
  const { access, entity } = scope;
  const rows = access.rows(entity.name, 'read');
  if (needsDatabase(rows)) return undefined;
  const env = conditionEnv(scope.ctx, scope.organisation);
  if (!evaluate(rows, record, env)) return { id: record['id'] ?? null, version: record['version'] ?? 1 };
  const answer: Record<string, Value> = {};
  for (const field of entity.fields.values()) {
    const visible = access.readable(entity.name, field.key);
    if (isNever(visible)) continue;
    if (needsDatabase(visible)) return undefined;
    const isShown = isAlways(visible) || evaluate(visible, record, env);
    answer[field.key] = isShown ? (record[field.key] ?? null) : null;
    const typed = `${field.key}:typed`;
    if (hasTyped(field)) answer[typed] = isShown ? (record[typed] ?? null) : null;
  }
  return answer;
}
