import type { Entity, Field, Model } from '../../definitions/model.ts';
import type { FieldSpec, FieldType } from '../../fields/field-type.ts';
import type { Transaction } from '../../context.ts';
import { SYSTEM_KEYS } from '../columns.ts';
import { sql } from '../sql.ts';

/** What a field's stored values mean, noted in the database so that they can be read when the definition has become another. */
export interface FieldNote {
  readonly type: string;
  readonly options?: readonly string[];
  readonly maxLength?: number;
  readonly scale?: number;
  readonly currency?: string;
  readonly to?: readonly string[];
  readonly many?: true;
  /** Its values name uploaded files, which belong to it. */
  readonly file?: true;
  /** The expression or rollup it is worked out by, as canonical text. */
  readonly source?: string;
  /** No definition speaks of it any more; its values are kept. */
  readonly retired?: true;
}

/** By entity and field. */
export type FieldNotes = Readonly<Record<string, Readonly<Record<string, FieldNote>>>>;

const NOTE = 'fields';

/** What can be asked: a database, or a transaction. */
export type Ask = <Row>(fragment: ReturnType<typeof sql>) => Promise<Row[]>;

export async function readFieldNotes(ask: Ask): Promise<FieldNotes> {
  const [row] = await ask<{ value: string }>(sql`select "value" from "_meta" where "key" = ${NOTE}`);
  return row ? (JSON.parse(row.value) as FieldNotes) : {};
}

export async function noteFields(tx: Transaction, notes: FieldNotes): Promise<void> {
  await tx.run(sql`insert into "_meta" ("key", "value") values (${NOTE}, ${JSON.stringify(notes)})
    on conflict ("key") do update set "value" = excluded."value"`);
}

/** The notes of a model, and after them those of what it no longer knows. */
export function notesOf(model: Model, known: FieldNotes): FieldNotes {
  const own = [...model.entities.values()].map((entity) => [
    entity.name,
    entityNotes(entity, known[entity.name] ?? {}),
  ]);
  const gone = Object.entries(known).filter(([name]) => !model.entities.has(name));
  return {
    ...Object.fromEntries(gone.map(([name, fields]) => [name, retireAll(fields)])),
    ...(Object.fromEntries(own) as FieldNotes),
  };
}

function entityNotes(entity: Entity, known: Readonly<Record<string, FieldNote>>): Readonly<Record<string, FieldNote>> {
  const own = [...entity.fields.values()].filter(({ key }) => !SYSTEM_KEYS.has(key));
  const gone = Object.entries(known).filter(([key]) => !entity.fields.has(key));
  return {
    ...retireAll(Object.fromEntries(gone)),
    ...Object.fromEntries(own.map((field) => [field.key, noteOf(field)])),
  };
}

function retireAll(notes: Readonly<Record<string, FieldNote>>): Readonly<Record<string, FieldNote>> {
  return Object.fromEntries(Object.entries(notes).map(([key, note]) => [key, { ...note, retired: true as const }]));
}

export function noteOf(field: Field): FieldNote {
  const { options, maxLength, scale, currency, reference } = field;
  const source = sourceOf(field);
  return {
    type: field.type.name,
    ...(options ? { options } : {}),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(scale === undefined ? {} : { scale }),
    ...(currency === undefined ? {} : { currency }),
    ...(reference ? { to: reference.to } : {}),
    ...(reference?.many ? { many: true } : {}),
    ...(field.type.file ? { file: true } : {}),
    ...(source === undefined ? {} : { source }),
  };
}

/** The definition's own text of what a field is worked out by. */
function sourceOf(field: Field): string | undefined {
  if (!field.computed && !field.rollup) return undefined;
  const extra = field.schema['x-field'];
  const { computed, rollup } = (typeof extra === 'object' && extra !== null ? extra : {}) as Record<string, unknown>;
  return JSON.stringify(computed ?? rollup ?? null);
}

/** A field as it was, under any key, for reading its values where they stand now. */
export function fieldOfNote(
  note: FieldNote,
  of: { entity: string; key: string; types: ReadonlyMap<string, FieldType> },
): Field | undefined {
  const type = of.types.get(note.type);
  if (!type) return undefined;
  const { options, maxLength, scale, currency, to } = note;
  const spec: FieldSpec = {
    key: of.key,
    type,
    required: false,
    ...(options ? { options } : {}),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(scale === undefined ? {} : { scale }),
    ...(currency === undefined ? {} : { currency }),
    ...(to ? { reference: { to, many: note.many ?? false, onDelete: 'restrict', timeline: false } } : {}),
  };
  return {
    ...spec,
    entity: of.entity,
    title: of.key,
    package: '',
    system: false,
    readOnly: false,
    unique: false,
    multiline: false,
    optionTitles: {},
    schema: {},
  };
}
