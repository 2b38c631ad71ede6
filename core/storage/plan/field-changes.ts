import type { ConvertEnv } from '../../fields/convert.ts';
import type { FieldType, Value } from '../../fields/field-type.ts';
import type { Entity, Field, Model } from '../../definitions/model.ts';
import { columnsOf, isMany, linkOf, SYSTEM_KEYS } from '../columns.ts';
import { raw } from '../sql.ts';
import { isFilled } from '../tables.ts';
import { quoted } from '../table-spec.ts';
import type { Answers } from './answers.ts';
import { checkAnswer } from './check-answer.ts';
import { fieldOfNote, noteOf } from './noted-fields.ts';
import type { FieldNote } from './noted-fields.ts';
import { questionOf } from './questions.ts';
import type { Renamed } from './renames.ts';
import { scanField } from './scan-field.ts';
import type { PlanReader, ScanResult } from './scan-field.ts';
import type { FieldWork, SchemaStep } from './step.ts';

export interface Comparing {
  readonly db: PlanReader;
  readonly model: Model;
  readonly renamed: Renamed;
  readonly answers: Answers;
  /** Answers that a step asks for, such as `fill deal.source`. */
  readonly asked: Set<string>;
  readonly env: ConvertEnv;
  readonly types: ReadonlyMap<string, FieldType>;
  /** Renamed options by `entity.field`: new → old. */
  readonly options: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** What one field's stored values have to go through. */
export interface FieldChange {
  readonly field: Field;
  /** The values mean something else now: they are set aside and carried over, or worked out anew. */
  readonly aside?: FieldNote;
  readonly step?: SchemaStep;
  /** To be worked out anew. */
  readonly isDerived: boolean;
}

/** How many records a table has, before anything is done. */
export async function countRows(db: PlanReader, table: string, where = 'true'): Promise<number> {
  const [row] = await db.read<{ count: number | string }>(
    raw(`select count(*) as "count" from ${quoted(table)} where ${where}`),
  );
  return Number(row?.count ?? 0);
}

/** Every field whose values have to change, or that stands against values that are there. */
export async function compareFields(of: Comparing, entity: Entity): Promise<readonly FieldChange[]> {
  const changes: FieldChange[] = [];
  const rows = await countRows(of.db, of.renamed.tableOf(entity.name));
  for (const field of entity.fields.values()) {
    if (SYSTEM_KEYS.has(field.key)) continue;
    const change = await compareField(of, { entity, field, rows });
    if (change) changes.push(change);
  }
  return changes;
}

interface Place {
  readonly entity: Entity;
  readonly field: Field;
  /** Records of the entity. */
  readonly rows: number;
}

async function compareField(of: Comparing, place: Place): Promise<FieldChange | undefined> {
  const { field, entity, rows } = place;
  const note = of.renamed.notes[entity.name]?.[field.key];
  const isWorkedOut = field.computed !== undefined || field.rollup !== undefined;
  if (!isStored(of, field)) return newField(of, place, isWorkedOut && rows > 0);
  const isChanged = note !== undefined && isOther(note, field, of.types);
  if (isWorkedOut) {
    const isDerived = isChanged || note?.source !== noteOf(field).source;
    return isDerived && note ? { field, isDerived: rows > 0, ...(isChanged ? { aside: note } : {}) } : undefined;
  }
  const step = await storedField(of, { ...place, note, isChanged });
  const reindex = note?.retired && !isChanged && field.type.searchText ? reindexStep(field, rows) : undefined;
  if (!step && !isChanged && !reindex) return undefined;
  return {
    field,
    isDerived: false,
    ...(isChanged ? { aside: note } : {}),
    ...(step ? { step } : reindex ? { step: reindex } : {}),
  };
}

function reindexStep(field: Field, rows: number): SchemaStep {
  return {
    kind: 'changeValues',
    table: field.entity,
    sql: [],
    safety: 'safe',
    text: `put ${field.entity}.${field.key} into the search index again`,
    rows,
    work: { key: field.key, reindex: true },
  };
}

function isStored({ renamed }: Comparing, field: Field): boolean {
  const table = renamed.found.tables.get(field.entity);
  if (isMany(field)) return renamed.found.tables.has(linkOf(field.entity, field)) || hasColumns(table, field.key);
  return hasColumns(table, field.key) || renamed.found.tables.has(linkOf(field.entity, field));
}

function hasColumns(table: { readonly columns: ReadonlyMap<string, unknown> } | undefined, key: string): boolean {
  return [...(table?.columns.keys() ?? [])].some((name) => name === key || name.startsWith(`${key}_`));
}

/** Another type, another number of digits, other targets: the stored values would mean something else. */
function isOther(note: FieldNote, field: Field, types: ReadonlyMap<string, FieldType>): boolean {
  if (note.type !== field.type.name) return true;
  if (field.reference) return isOtherReference(note, field.reference);
  const before = fieldOfNote(note, { entity: field.entity, key: field.key, types });
  const scale = (one: Field) => columnsOf(one)[0]?.scale;
  return before !== undefined && scale(before) !== scale(field);
}

function isOtherReference(note: FieldNote, reference: NonNullable<Field['reference']>): boolean {
  const before = note.to ?? [];
  if ((note.many ?? false) !== reference.many) return true;
  const isSeveral = (to: readonly string[]) => to.length > 1;
  if (isSeveral(before) !== isSeveral(reference.to)) return true;
  // One more target is one more column; one target less would leave values without a place.
  return before.some((target) => !reference.to.includes(target));
}

async function newField(
  of: Comparing,
  { entity, field, rows }: Place,
  isDerived: boolean,
): Promise<FieldChange | undefined> {
  const place = `${entity.name}.${field.key}`;
  if (isDerived) return { field, isDerived };
  if (!isFilled(entity, field)) return undefined;
  const work = await workOf(of, { field, isChanged: true, isRequired: true });
  if (rows === 0) return undefined;
  const isShared = field.unique && work.fill !== undefined && rows > 1;
  const step = questionOf({
    field,
    work,
    scan: isShared ? { ...NOTHING, doubles: oneFor(work.fill ?? '', rows) } : NOTHING,
    isConvertAnswered: true,
    missing: rows,
    ...suggestionFor(of.model, field),
  });
  return step ? { field, isDerived, step: { ...step, text: `${place} is new. ${step.text}` } } : undefined;
}

const NO_TROUBLE = { count: 0, examples: [], values: [] };
const NOTHING: ScanResult = {
  filled: 0,
  changed: 0,
  lossy: 0,
  refused: NO_TROUBLE,
  reasons: new Set(),
  doubles: NO_TROUBLE,
  emptied: 0,
};

interface Stored extends Place {
  readonly note: FieldNote | undefined;
  readonly isChanged: boolean;
}

async function storedField(of: Comparing, stored: Stored): Promise<SchemaStep | undefined> {
  const { entity, field, note, isChanged } = stored;
  const table = of.renamed.found.tables.get(entity.name);
  const isRequired = isFilled(entity, field) && table?.columns.get(field.key)?.notNull !== true;
  const isNarrower = isChanged || isConstraintNew(of, field, note);
  const uniqueNow = field.unique && isUniqueNew(of, field);
  const hadUnique = field.unique && isNarrower;
  if (!isRequired && !isNarrower && !uniqueNow) return undefined;
  const work = await workOf(of, {
    field,
    isChanged: isNarrower,
    isRequired,
    ...(isChanged && note ? { old: note } : {}),
  });
  const scan = await scanField(of.db, scanOf(of, stored, work));
  const missing = isFilled(entity, field) ? stored.rows - scan.filled + scan.emptied : 0;
  const shared =
    work.fill !== undefined && missing > 1 && field.unique ? { ...scan, doubles: oneFor(work.fill, missing) } : scan;
  return questionOf({
    field,
    work,
    scan:
      uniqueNow || hadUnique ? shared : { ...shared, doubles: work.fill === undefined ? NO_TROUBLE : shared.doubles },
    missing,
    isConvertAnswered: of.answers.convert.includes(`${entity.name}.${field.key}`),
    ...(isChanged && note ? { becomes: `${described(note)} → ${described(noteOf(field))}` } : {}),
    ...suggestionFor(of.model, field),
  });
}

function oneFor(value: string, count: number) {
  return { count, examples: [], values: [{ value, count }] };
}

/** Takes the operator's answers for one field, and notes what was asked. */
async function workOf(
  comparing: Comparing,
  of: { field: Field; isChanged: boolean; isRequired: boolean; old?: FieldNote },
): Promise<FieldWork> {
  const { answers, asked } = comparing;
  const { field, isChanged, isRequired, old } = of;
  const place = `${field.entity}.${field.key}`;
  const fill = isRequired ? answers.fill[place] : undefined;
  const replace = isChanged ? answers.replace[place] : undefined;
  if (isRequired) asked.add(`fill ${place}`);
  if (isChanged) for (const kind of ['replace', 'truncate'] as const) asked.add(`${kind} ${place}`);
  if (old) asked.add(`convert ${place}`);
  if (fill !== undefined) await checkAnswer(comparing, field, { option: `--fill ${place}=${fill}`, value: fill });
  for (const [from, to] of Object.entries(replace ?? {}))
    if (to !== '') await checkAnswer(comparing, field, { option: `--replace ${place}:${from}=${to}`, value: to });
  return {
    key: field.key,
    ...(old ? { old } : {}),
    ...(fill === undefined ? {} : { fill }),
    ...(replace ? { replace } : {}),
    ...(isChanged && answers.truncate.includes(place) ? { truncate: true } : {}),
  };
}

/** Fewer options or letters than before; where nothing was noted, a rule the database does not have yet. */
function isConstraintNew(of: Comparing, field: Field, note: FieldNote | undefined): boolean {
  if (!note) return columnsOf(field).some((column) => column.options !== undefined || column.maxLength !== undefined);
  const renamed = of.options.get(`${field.entity}.${field.key}`) ?? {};
  const kept = new Set([...(field.options ?? []), ...Object.values(renamed)]);
  if (field.options && (note.options ?? []).some((option) => !kept.has(option))) return true;
  const before = fieldOfNote(note, { entity: field.entity, key: field.key, types: of.types });
  const longest = (one: Field | undefined) =>
    one && !one.reference ? (columnsOf(one)[0]?.maxLength ?? Infinity) : Infinity;
  return longest(field) < longest(before);
}

function isUniqueNew({ renamed }: Comparing, field: Field): boolean {
  const indexes = renamed.found.tables.get(field.entity)?.indexes ?? new Set<string>();
  const today = `${renamed.tableOf(field.entity)}_${renamed.keyOf(field.entity, field.key)}_unique_`;
  return ![...indexes].some((name) => name.startsWith(today));
}

function scanOf(of: Comparing, { entity, field, note }: Stored, work: FieldWork) {
  const { renamed } = of;
  const table = renamed.tableOf(entity.name);
  const key = renamed.keyOf(entity.name, field.key);
  const today = renamed.noteToday(entity.name, field.key);
  const stored = today && note ? fieldOfNote(today, { entity: table, key, types: of.types }) : undefined;
  return {
    entity: { ...entity, name: table },
    stored: stored ?? { ...field, key },
    field,
    work,
    env: of.env,
    rename: renamerOf(of, field),
  };
}

/** Stored values name entities and options as they were called. */
function renamerOf({ model, renamed, options }: Comparing, field: Field): (value: Value) => Value {
  const entities = new Map([...model.entities.keys()].map((fresh) => [renamed.tableOf(fresh), fresh]));
  const fresh = options.get(`${field.entity}.${field.key}`) ?? {};
  const names = new Map(Object.entries(fresh).map(([to, from]) => [from, to]));
  const rename = (value: Value): Value => {
    if (typeof value === 'string') return names.get(value) ?? value;
    if (Array.isArray(value)) return value.map((item: Value) => rename(item));
    if (value === null || typeof value !== 'object' || !('entity' in value)) return value;
    return { ...value, entity: entities.get(String(value['entity'])) ?? value['entity'] ?? null };
  };
  return names.size > 0 || field.reference ? rename : (value) => value;
}

function described({ type, scale, to, many }: FieldNote): string {
  if (to) return `reference to ${to.join(' or ')}${many ? ', several' : ''}`;
  return scale === undefined ? type : `${type} with ${scale} digits`;
}

/** The definition's own default, or what a new record would begin with. */
function suggestionFor(model: Model, field: Field): { readonly suggestion?: string } {
  const { default: value, options = [], entity } = field;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return { suggestion: String(value) };
  const isPipeline = model.entity(entity).pipelines.length > 0 && (field.key === 'stage' || field.key === 'pipeline');
  return isPipeline && options[0] !== undefined ? { suggestion: options[0] } : {};
}
