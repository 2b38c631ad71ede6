import type { ErrorDetail } from '../../api/client.ts';
import { fieldModule } from '../../fields/registry.ts';
import type { ModelEntity, ModelField, ModelView, RecordData } from '../../model/types.ts';

export interface FormGroup {
  readonly key: string;
  readonly title: string;
  readonly fields: readonly ModelField[];
}

interface FormShape {
  readonly view?: ModelView | undefined;
  /** Only these, as one group without a title. */
  readonly fields?: readonly string[] | undefined;
  /** A new record has no use for fields that nobody can fill. */
  readonly isNew: boolean;
}

/** The fields of a form in their groups; groups left empty are dropped. */
export function formGroups(entity: ModelEntity, shape: FormShape): readonly FormGroup[] {
  const byKey = new Map(entity.fields.map((field) => [field.key, field]));
  const pick = (keys: readonly string[]): readonly ModelField[] =>
    keys
      .flatMap((key) => byKey.get(key) ?? [])
      .filter((field) => !field.system && !(shape.isNew && (field.readOnly || field.computed)));
  if (shape.fields) return [{ key: 'fields', title: '', fields: pick(shape.fields) }];
  const groups = shape.view?.groups ?? [];
  const grouped = new Set(groups.flatMap((group) => group.fields));
  const loose = (shape.view?.fields.length ? shape.view.fields : entity.fields.map((field) => field.key)).filter(
    (key) => !grouped.has(key),
  );
  return [
    // A view that only groups means its groups; loose fields are those it also names.
    ...(groups.length === 0 || shape.view?.fields.length ? [{ key: 'fields', title: '', fields: pick(loose) }] : []),
    ...groups.map((group) => ({ key: group.key, title: group.title, fields: pick(group.fields) })),
  ].filter((group) => group.fields.length > 0);
}

export type FormValues = Readonly<Record<string, unknown>>;

/** The form's values of a record (or of the defaults of a new one). */
export const toFormValues = (fields: readonly ModelField[], record: RecordData): FormValues =>
  Object.fromEntries(
    fields.map((field) => [field.key, fieldModule(field.type).toForm(record[field.key] ?? null, field)]),
  );

const isToday = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && '$date' in value && value.$date === '0d';

function today(): string {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

/** What a new record begins with: plain defaults of the definition, "me" where people are meant, then what the caller gives. */
export function newRecord(entity: ModelEntity, me: string, given: RecordData = {}): RecordData {
  const defaults: Record<string, RecordData[string]> = {};
  for (const field of entity.fields) {
    const { default: value } = field;
    if (value === undefined || value === null || field.readOnly || field.system) continue;
    if (value === '$me') defaults[field.key] = me;
    else if (field.type === 'date' && isToday(value)) defaults[field.key] = today();
    // `{"$now": …}` and the like are counted by the server at the moment of saving.
    else if (typeof value !== 'object' || Array.isArray(value)) defaults[field.key] = value;
  }
  return { ...defaults, ...given };
}

export const sameFormValue = (a: unknown, b: unknown): boolean =>
  a === b || JSON.stringify(bare(a)) === JSON.stringify(bare(b));

/** An expanded record beside a reference is no part of its value. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value === 'object' && value !== null && 'entity' in value && 'id' in value) {
    return { entity: value.entity, id: value.id };
  }
  return value ?? null;
}

/** The API's values of the fields named in `edits`. */
export function fromFormValues(fields: readonly ModelField[], edits: FormValues): RecordData {
  const changed = fields.filter((field) => Object.hasOwn(edits, field.key) && !field.readOnly);
  return Object.fromEntries(
    changed.map((field) => [field.key, fieldModule(field.type).fromForm(edits[field.key], field)]),
  );
}

export interface SortedErrors {
  readonly byField: Readonly<Record<string, readonly ErrorDetail[]>>;
  /** Those that belong to no field on this form. */
  readonly rest: readonly ErrorDetail[];
}

/** Error details on their fields, by the first part of the JSON Pointer (`/lines/0/width` is about `lines`; `/set/x` of a move about `x`). */
export function sortErrors(errors: readonly ErrorDetail[], keys: ReadonlySet<string>): SortedErrors {
  const byField: Record<string, ErrorDetail[]> = {};
  const rest: ErrorDetail[] = [];
  for (const error of errors) {
    const parts = error.path
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const key = parts[0] === 'set' && parts[1] !== undefined ? parts[1] : parts[0];
    if (key !== undefined && keys.has(key)) (byField[key] ??= []).push(error);
    else rest.push(error);
  }
  return { byField, rest };
}
