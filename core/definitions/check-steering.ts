import { resolveField } from '../rules/condition-path.ts';
import { isObject, objectOf } from './check-schema.ts';
import { below, type At, type EntityDraft, type Linking } from './linking.ts';
import { recordPaths } from './paths.ts';
import type { FieldSpec, JsonSchema } from '../fields/field-type.ts';

export interface Steered {
  readonly input: JsonSchema;
  /** The entity that `set` is about. */
  readonly target: EntityDraft | undefined;
  /** Of steps inside `each`: the entity of the record outside. */
  readonly outer: EntityDraft | undefined;
  readonly at: At;
}

/**
 * A rule that works as the system reaches every record, so which one it works on must be said by a reference: what a reference may hold is asked
 * of whoever writes it. A text holds any id that somebody types.
 */
export function checkSteering(linking: Linking, entity: EntityDraft | undefined, steered: Steered): void {
  const { input, target, outer, at } = steered;
  const tell = (value: unknown, place: At): void => {
    for (const { source, pointer } of sourcesIn(value, ''))
      for (const path of freePaths(linking, { source, entity, outer })) {
        linking.errors.add(
          place.file,
          place.pointer + pointer,
          `"${path}" is a text, and whoever writes it would choose the record that the system works on. Name a reference, or let the rule work "as": "owner".`,
        );
      }
  };
  for (const key of ['id', 'about']) tell(input[key], below(at, `/${key}`));
  for (const [key, value] of Object.entries(objectOf(input['set'])))
    if (target?.fields.get(key)?.reference) tell(value, below(at, `/set/${key}`));
}

interface Spoken {
  readonly source: string;
  readonly entity: EntityDraft | undefined;
  readonly outer: EntityDraft | undefined;
}

/** What an expression or text takes from fields in which anybody may write anything; what came from outside is nothing else. */
function freePaths(linking: Linking, { source, entity, outer }: Spoken): readonly string[] {
  const free = (name: 'record' | 'outer', of: EntityDraft | undefined): readonly string[] =>
    of === undefined
      ? []
      : recordPaths(
          name === 'record'
            ? source
            : source.replaceAll(/(?<![.\w])record\b/g, '').replaceAll(/(?<![.\w])outer\b/g, 'record'),
        )
          .filter((path) => isFreeText(linking, of.name, path))
          .map((path) => `${name}.${path}`);
  const others = ['received', 'actor.name'].filter((name) => mentions(source, name));
  return [...free('record', entity), ...free('outer', outer), ...others];
}

/** A path of the scope, however it is written: `actor["name"]` is `actor.name`. */
function mentions(source: string, path: string): boolean {
  const written = path.split('.').join('\\s*(?:\\.|\\[\\s*["\'])\\s*');
  return new RegExp(`(?<![.\\w])${written}(?!\\w)`).test(source);
}

/** What is worked out in a value: expressions and texts with `{{…}}`. */
function sourcesIn(value: unknown, pointer: string): readonly { readonly source: string; readonly pointer: string }[] {
  if (typeof value === 'string')
    return pointer.endsWith('/$expr') || value.includes('{{') ? [{ source: value, pointer }] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => sourcesIn(item, `${pointer}/${index}`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => sourcesIn(item, `${pointer}/${key}`));
}

function isFreeText(linking: Linking, entity: string, path: string): boolean {
  const field = fieldAt(linking, entity, path);
  if (!field || field.reference || field.options || field.sequence !== undefined) return false;
  return field.type.columns(field).some(({ kind }) => kind === 'text' || kind === 'json');
}

/** Undefined where the path leads to no field: others tell that. */
function fieldAt(linking: Linking, entity: string, path: string): FieldSpec | undefined {
  try {
    return resolveField(path, entity, linking.lookup).field;
  } catch {
    return undefined;
  }
}
