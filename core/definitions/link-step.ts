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
import { checkRecordPaths, recordPaths, type RecordText } from './paths.ts';
import type { StepDoc } from './documents.ts';
import type { Step } from './model.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import type { Condition } from '../rules/condition.ts';

export interface StepOptions {
  /** The input of every action by name. */
  readonly actions: ReadonlyMap<string, JsonSchema>;
  /** What is wrong with a Handlebars text. */
  readonly checkText: (source: string) => string | undefined;
}

/** What the steps of one list have in common. */
export interface RuleLinking extends StepOptions {
  readonly automation: string;
  readonly load: readonly string[];
  /** With whose rights. */
  readonly as: 'system' | 'owner' | 'actor';
  /** Of steps inside `each`: the entity of the record outside, if there is one. */
  readonly outer?: EntityDraft | undefined;
}

export interface StepLinking extends RuleLinking {
  readonly step: StepDoc;
  readonly at: At;
}

const NAMES = ['record', 'before', 'outer', 'received', 'actor', 'steps', 'now'];

/** One step by itself: its action's input checked by shape and by name, its values parsed. `entity` is absent where the rule has no record. */
export function linkStep(linking: Linking, entity: EntityDraft | undefined, linked: StepLinking): Omit<Step, 'within'> {
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
    checkTextPaths(linking, entity, { source: text, at: below(place, pointer), loads: linked.load });
  collectTexts(linking, entity, { ...linked, input });
  // What `each` asks of its records is a condition.
  const { where: _where, ...values } = input;
  const value = attempt(linking, place, () =>
    parseValue(step.action === 'each' ? values : input, {
      names: NAMES,
      entities: { ...(entity ? { record: entity.name } : {}), ...(linked.outer ? { outer: linked.outer.name } : {}) },
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
    ...whenOf(linking, entity, linked),
  };
}

function whenOf(
  linking: Linking,
  entity: EntityDraft | undefined,
  { step, at }: StepLinking,
): { readonly when?: Condition } {
  if (step.when === undefined) return {};
  if (entity) return { when: conditionOf(linking, entity, { json: step.when, at: below(at, '/when') }) };
  linking.errors.add(at.file, `${at.pointer}/when`, 'This rule has no record to ask about.');
  return {};
}

function checkTextPaths(linking: Linking, entity: EntityDraft | undefined, text: RecordText): void {
  if (entity) return checkRecordPaths(linking, entity.name, text);
  const [path] = recordPaths(text.source);
  if (path !== undefined)
    linking.errors.add(text.at.file, text.at.pointer, `This rule has no record, so there is no "record.${path}".`);
}

interface InputCheck extends StepLinking {
  readonly schema: JsonSchema;
  readonly input: JsonSchema;
}

function checkInput(linking: Linking, entity: EntityDraft | undefined, linked: InputCheck): void {
  const { schema, input, at, step, as } = linked;
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
      else if (kind === 'field' && entity) findField(linking, entity, value, here);
      else if (kind === 'stage') checkStageName(linking, named, { stage: value, at: here });
      else if (kind === 'role' || kind === 'template' || kind === 'calendar') checkNamed(linking, kind, value, here);
    },
  });
  checkSet(linking, named, {
    set: objectOf(input['set']),
    at: below(place, '/set'),
    isNew: step.action === 'create' && isObject(input['set']),
  });
  if (!entity) checkTarget(linking, linked);
  if (step.action === 'webhook') checkAddress(linking, { url: input['url'], at: below(place, '/url') });
  if (as === 'system') checkSteering(linking, entity, { input, target: named, outer: linked.outer, at: place });
}

/** What works on the rule's record unless told otherwise, where there is none. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  update: ['entity', 'id'],
  move: ['entity', 'id'],
  document: ['about'],
  mail: ['about'],
};

function checkTarget(linking: Linking, { input, step, at }: InputCheck): void {
  const tell = (message: string) => linking.errors.add(at.file, `${at.pointer}/with`, message);
  if (step.action === 'assign') return tell('This rule has no record that could be assigned. Use "each".');
  for (const key of NEEDS[step.action] ?? [])
    if (!(key in input)) tell(`"${key}" is missing: this rule has no record of its own.`);
}

/** Whoever writes a record must not choose where the server sends things: the host is said by the definition. */
function checkAddress(linking: Linking, { url, at }: { url: unknown; at: At }): void {
  if (typeof url === 'string' && /^https?:\/\/[^/?#{}\s@]+([/?#]|$)/.test(url)) return;
  linking.errors.add(
    at.file,
    at.pointer,
    'Write the address out up to the path, such as https://example.com/hook/{{record.id}}: what a record says must not choose the host.',
  );
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

function checkStageName(
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
  entity: EntityDraft | undefined,
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
