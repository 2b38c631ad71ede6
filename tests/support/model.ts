import { createSystemFields } from '../../core/definitions/system-fields.ts';
import type { Entity, Field, Model, View } from '../../core/definitions/model.ts';
import { CasementError } from '../../core/errors.ts';
import type { FieldSpec, Reference } from '../../core/fields/field-type.ts';
import { createFieldTypes } from '../../core/fields/registry.ts';
import type { ListPath } from '../../core/rules/condition.ts';
import { ALWAYS } from '../../core/rules/condition.ts';

/** A field as a test writes it; `to` makes a reference. */
export interface FieldSketch extends Partial<Omit<FieldSpec, 'type' | 'key' | 'reference'>> {
  readonly type: string;
  readonly to?: string | readonly string[];
  readonly many?: boolean;
  readonly inverse?: string;
  readonly onDelete?: Reference['onDelete'];
  readonly unique?: boolean;
  readonly package?: string;
  readonly rollup?: {
    readonly of: string;
    readonly aggregate: 'sum' | 'count' | 'min' | 'max' | 'avg';
    readonly field?: string;
  };
}

export interface EntitySketch {
  readonly fields: Readonly<Record<string, FieldSketch>>;
  readonly unique?: readonly (readonly string[])[];
}

/** A model made by hand, for tests of storage that need no definition files. */
export function modelOf(sketches: Readonly<Record<string, EntitySketch>>, views: readonly Partial<View>[] = []): Model {
  const entities = new Map<string, Entity>();
  const find = (entity: string, key: string) => entities.get(entity)?.fields.get(key);
  for (const [name, sketch] of Object.entries(sketches)) entities.set(name, entityOf(name, sketch));
  const list = (entity: string, key: string) => listOf(entities, entity, key);
  for (const [name, sketch] of Object.entries(sketches)) addRollups(entities.get(name)!, sketch, list);
  return {
    hash: JSON.stringify(Object.keys(sketches)),
    packages: [],
    documents: [],
    locales: [],
    languages: ['en'],
    entities,
    byPlural: new Map([...entities.values()].map((entity) => [entity.plural, entity])),
    pipelines: new Map(),
    automations: new Map(),
    roles: new Map(),
    views: new Map(views.map((view, index) => [`view${index}`, viewOf(view, `view${index}`)])),
    forms: new Map(),
    reports: new Map(),
    calendars: new Map(),
    templates: new Map(),
    texts: { get: (key) => key, keys: new Map(), missing: () => [] },
    field: find,
    list,
    keys: (entity) => [...(entities.get(entity)?.fields.keys() ?? [])],
    entity(name) {
      const found = entities.get(name);
      if (!found) throw new CasementError('NOT_FOUND', `There is no entity ${name}.`);
      return found;
    },
  };
}

function entityOf(name: string, sketch: EntitySketch): Entity {
  const types = createFieldTypes();
  const fields = new Map<string, Field>();
  for (const [key, one] of Object.entries(sketch.fields)) fields.set(key, fieldOf(name, key, one));
  for (const field of createSystemFields({ entity: name, package: 'test' }, types, true)) fields.set(field.key, field);
  return {
    name,
    plural: `${name}s`,
    title: name,
    pluralTitle: `${name}s`,
    package: 'test',
    single: false,
    fields,
    computedOrder: [],
    lists: new Map(),
    display: [],
    unique: sketch.unique ?? [],
    pipelines: [],
    validate: () => [],
  };
}

function fieldOf(entity: string, key: string, sketch: FieldSketch): Field {
  const {
    type: name,
    to,
    many = false,
    inverse,
    onDelete = 'restrict',
    unique = false,
    rollup: _rollup,
    package: owner = 'test',
    ...rest
  } = sketch;
  const type = createFieldTypes().get(name);
  if (!type) throw new Error(`There is no field type ${name}.`);
  const targets = to === undefined ? undefined : typeof to === 'string' ? [to] : to;
  return {
    required: false,
    ...rest,
    key,
    type,
    entity,
    title: key,
    package: owner,
    system: false,
    readOnly: false,
    unique,
    multiline: false,
    optionTitles: {},
    schema: {},
    ...(targets
      ? { reference: { to: targets, many, onDelete, timeline: false, ...(inverse === undefined ? {} : { inverse }) } }
      : {}),
  };
}

function listOf(entities: ReadonlyMap<string, Entity>, entity: string, key: string): ListPath | undefined {
  const own = entities.get(entity)?.fields.get(key);
  if (own?.reference?.many) return { key, entity: own.reference.to[0]!, field: own, link: true };
  for (const child of entities.values()) {
    for (const field of child.fields.values()) {
      if (field.reference?.inverse === key && field.reference.to.includes(entity))
        return { key, entity: child.name, field, link: false };
    }
  }
  return undefined;
}

function addRollups(
  entity: Entity,
  sketch: EntitySketch,
  list: (entity: string, key: string) => ListPath | undefined,
): void {
  for (const [key, { rollup }] of Object.entries(sketch.fields)) {
    const field = entity.fields.get(key);
    if (!rollup || !field) continue;
    const of = list(entity.name, rollup.of);
    if (!of) throw new Error(`There is no list ${rollup.of}.`);
    const { aggregate, field: measured } = rollup;
    const made = { of, aggregate, where: ALWAYS, ...(measured === undefined ? {} : { field: measured }) };
    (entity.fields as Map<string, Field>).set(key, { ...field, rollup: made });
  }
}

function viewOf(view: Partial<View>, name: string): View {
  return { name, title: name, entity: '', kind: 'list', fields: [], groups: [], sort: [], ...view };
}
