import type { Field } from '../definitions/model.ts';
import { CasementError, validationError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import { FieldError } from '../fields/field-type.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { isCleanText } from '../fields/text-checks.ts';
import { checkRecord } from './check.ts';
import { computeFields } from './compute.ts';
import { hasTyped, pointer } from './draft.ts';
import type { Draft } from './draft.ts';
import { parseEnv } from './environment.ts';
import { readOne } from './read.ts';
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

/** All errors at once. What the parse of a field has said stands for everything else about that field. */
export async function errorsOf(scope: WriteScope, of: Outcome): Promise<readonly ErrorDetail[]> {
  const { draft, record, changed, gate } = of;
  const parsed = new Set(draft.errors.map((error) => error.path));
  const checked = await checkRecord(scope, { record, changed, given: draft.given });
  return [...draft.errors, ...[...checked, ...gate].filter((error) => !parsed.has(error.path))];
}

export function refuseUncleanNote(note: string | undefined): void {
  if (note === undefined || isCleanText(note)) return;
  const message = 'Contains a character that cannot be stored.';
  throw validationError([{ path: '/note', code: 'text', message }]);
}

/** The record as the caller may see it; only id and version when the write took it out of his sight. The system sees what was written. */
export async function answer(scope: WriteScope, record: RecordData): Promise<RecordData> {
  if (scope.ctx.principal.kind === 'system') return wholeRecord(scope, record);
  const id = String(record['id']);
  try {
    return await readOne(scope.deps, scope.ctx, { entity: scope.entity.name, id });
  } catch (error) {
    if (error instanceof CasementError && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN'))
      return { id, version: record['version'] ?? 1 };
    throw error;
  }
}

/** Every field in the order of the definition, as a read would give it. */
function wholeRecord(scope: WriteScope, record: RecordData): RecordData {
  const members = [...scope.entity.fields.values()].flatMap((field) => {
    const keys = hasTyped(field) ? [field.key, `${field.key}:typed`] : [field.key];
    return keys.map((key) => [key, record[key] ?? null] as const);
  });
  return Object.fromEntries(members);
}
