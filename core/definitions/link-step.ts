import { parseValue } from '../rules/parse-value.ts';
import { checkSchema, hint, isObject, objectOf } from './check-schema.ts';
import { checkSteering } from './check-steering.ts';
import { parseLiteral } from './link-sources.ts';
import {
  attempt,
  below,
  checkNamed,
  conditionOf,
  findEntity,
  findField,
  namesOf,
  type At,
  type EntityDraft,
  type Linking,
} from './linking.ts';
import { checkRecordPaths } from './paths.ts';
import type { AutomationDoc } from './documents.ts';
import type { Step } from './model.ts';
import type { JsonSchema } from '../fields/field-type.ts';

export interface StepOptions {
  /** The input of every action by name. */
  readonly actions: ReadonlyMap<string, JsonSchema>;
  /** What is wrong with a Handlebars text. */
  readonly checkText: (source: string) => string | undefined;
}

interface StepLinking extends StepOptions {
  readonly automation: string;
  readonly step: AutomationDoc['do'][number];
  readonly load: readonly string[];
  /** With the system's rights, or those of the record's owner. */
  readonly as: 'system' | 'owner';
  readonly at: At;
}

const NAMES = ['record', 'before', 'steps', 'now'];

/** One step: its action's input checked by shape and by name, its values parsed. */
export function linkStep(linking: Linking, entity: EntityDraft, linked: StepLinking): Step {
  const { step, at, actions } = linked;
  const input = step.with ?? {};
  const schema = actions.get(step.action);
  if (schema) checkInput(linking, entity, { ...linked, schema, input });
  else
    linking.errors.add(
      at.file,
      `${at.pointer}/action`,
      `There is no action "${step.action}"${hint(step.action, actions.keys())} Known: ${[...actions.keys()].join(', ')}.`,
    );
  const place = below(at, '/with');
  for (const { text, pointer } of textsIn(input, ''))
    checkRecordPaths(linking, entity.name, { source: text, at: below(place, pointer), loads: linked.load });
  collectTexts(linking, entity, { ...linked, input });
  const value = attempt(linking, place, () =>
    parseValue(input, {
      names: NAMES,
      entities: { record: entity.name },
      lookup: linking.lookup,
      text: linked.checkText,
      calendars: [...namesOf(linking, 'calendar')],
      refs: [],
    }),
  );
  return {
    key: step.key,
    action: step.action,
    with: value ?? { kind: 'literal', value: null },
    ...(step.when === undefined
      ? {}
      : { when: conditionOf(linking, entity, { json: step.when, at: below(at, '/when') }) }),
  };
}

interface InputCheck extends StepLinking {
  readonly schema: JsonSchema;
  readonly input: JsonSchema;
}

function checkInput(linking: Linking, entity: EntityDraft, { schema, input, at, step, as }: InputCheck): void {
  const place = below(at, '/with');
  const named = typeof input['entity'] === 'string' ? linking.entities.get(input['entity']) : entity;
  checkSchema(schema, input, {
    root: schema,
    isOpen: isWorkedOut,
    add: (pointer, message) => linking.errors.add(at.file, place.pointer + pointer, message),
    names(kind, value, pointer) {
      const here = below(place, pointer);
      if (typeof value !== 'string') return;
      else if (kind === 'entity') findEntity(linking, value, here);
      else if (kind === 'field') findField(linking, entity, value, here);
      else if (kind === 'stage') checkTarget(linking, named, { stage: value, at: here });
      else if (kind === 'role' || kind === 'template' || kind === 'calendar') checkNamed(linking, kind, value, here);
    },
  });
  checkSet(linking, named, {
    set: objectOf(input['set']),
    at: below(place, '/set'),
    isNew: step.action === 'create' && isObject(input['set']),
  });
  if (as === 'system') checkSteering(linking, entity, { input, target: named, at: place });
}

/** A value that is known only when the rule runs. */
function isWorkedOut(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('{{');
  return isObject(value) && Object.keys(value).some((key) => key.startsWith('$'));
}

interface SetCheck {
  readonly set: JsonSchema;
  readonly at: At;
  /** A new record needs its required fields. */
  readonly isNew: boolean;
}

/** Checks values by field: the field is there and may be set, a literal is one it takes. */
export function checkSet(linking: Linking, entity: EntityDraft | undefined, { set, at, isNew }: SetCheck): void {
  if (!entity) return;
  for (const [key, value] of Object.entries(set)) {
    const place = below(at, `/${key}`);
    const field = findField(linking, entity, key, place);
    if (!field) continue;
    if (field.readOnly)
      linking.errors.add(
        place.file,
        place.pointer,
        `"${key}" of ${entity.name} cannot be set: it is ${field.system ? 'kept by the system' : 'worked out'}.`,
      );
    else if (!isWorkedOut(value) && !holdsWorkedOut(value)) {
      const { message } = parseLiteral(field, value);
      if (message !== undefined) linking.errors.add(place.file, place.pointer, message);
    }
  }
  if (!isNew) return;
  for (const field of entity.fields.values()) {
    if (
      !field.required ||
      field.readOnly ||
      field.default !== undefined ||
      field.key in set ||
      field.key === 'pipeline' ||
      field.key === 'stage'
    )
      continue;
    linking.errors.add(at.file, at.pointer, `"${field.key}" is missing: ${entity.name} requires it.`);
  }
}

function holdsWorkedOut(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((item) => isWorkedOut(item) || holdsWorkedOut(item));
}

function checkTarget(
  linking: Linking,
  entity: EntityDraft | undefined,
  { stage, at }: { stage: string; at: At },
): void {
  if (!entity) return;
  const stages = entity.fields.get('stage')?.options;
  const anyBroken = namesOf(linking, 'pipeline').size !== linking.documents.of.pipeline.length;
  if (!stages && !anyBroken)
    linking.errors.add(at.file, at.pointer, `${entity.name} has no pipeline, so it cannot move.`);
  if (stages && !stages.includes(stage) && !anyBroken)
    linking.errors.add(at.file, at.pointer, `${entity.name} has no stage "${stage}"${hint(stage, stages)}`);
}

interface FoundText {
  readonly text: string;
  readonly pointer: string;
}

/** Every text with `{{…}}` in a value. Expressions are checked by their own compiler, but not for what is loaded. */
function textsIn(value: unknown, pointer: string): readonly FoundText[] {
  if (typeof value === 'string') return value.includes('{{') ? [{ text: value, pointer }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    if (key === '$expr') return typeof item === 'string' ? [{ text: item, pointer: `${pointer}/$expr` }] : [];
    return textsIn(item, `${pointer}/${key}`);
  });
}

/** Texts that people read become translatable: title, subject and body of the step, and texts set on fields of type text. */
function collectTexts(
  linking: Linking,
  entity: EntityDraft,
  { automation, step, input }: StepLinking & { input: JsonSchema },
): void {
  const prefix = `automations.${automation}.${step.key}`;
  const target = typeof input['entity'] === 'string' ? linking.entities.get(input['entity']) : entity;
  for (const name of ['title', 'subject', 'body']) {
    const text = input[name];
    if (typeof text === 'string') linking.texts.set(`${prefix}.${name}`, text);
  }
  for (const [key, text] of Object.entries(objectOf(input['set']))) {
    if (typeof text === 'string' && target?.fields.get(key)?.type.name === 'text')
      linking.texts.set(`${prefix}.${key}`, text);
  }
}
