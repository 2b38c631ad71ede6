import { hint, isObject } from './check-schema.ts';
import { checkWeakening } from './check-weakening.ts';
import { withSources } from './overlay.ts';
import { KINDS, type Document } from './documents.ts';
import { isKeyedList } from './keyed-list.ts';
import type { ErrorSink } from './definition-errors.ts';
import type { JsonSchema } from '../fields/field-type.ts';

/** Keys of a patch that speak of the patch itself. */
const OWN_KEYS = new Set(['$schema', '$comment', 'x-patch', 'x-extends']);

/**
 * Applies the patches of the project and the overlay (`"x-patch": "package/kind/name"`) to the definitions they name, by JSON Merge Patch (RFC 7396)
 * with lists of keyed items merged by `key`. The result is then checked like any other; its errors are told at the patch.
 */
export function applyPatches(documents: readonly Document[], errors: ErrorSink): readonly Document[] {
  const patched = new Map<Document, Document>();
  for (const patch of documents) {
    if (patch.json['x-patch'] === undefined) continue;
    if (patch.json['x-extends'] !== undefined)
      errors.add(
        patch.file,
        '/x-extends',
        'A patch changes what is there, an addition brings properties. Write one or the other.',
      );
    const target = findTarget(documents, patch, errors);
    if (!target) continue;
    const before = patched.get(target) ?? target;
    const json = mergePatch(before.json, bare(patch.json));
    const after = withSources({ ...patch, package: before.package, layer: before.layer, json }, before);
    checkWeakening(before, after, errors);
    patched.set(target, after);
  }
  return documents
    .filter((document) => document.json['x-patch'] === undefined)
    .map((document) => patched.get(document) ?? document);
}

function findTarget(documents: readonly Document[], patch: Document, errors: ErrorSink): Document | undefined {
  const tell = (message: string): undefined => {
    errors.add(patch.file, '/x-patch', message);
  };
  const address = patch.json['x-patch'];
  if (patch.layer !== 'project' && patch.layer !== 'overlay')
    return tell(
      'Only a project may change the definitions of a package. A package adds to an entity with "x-extends".',
    );
  if (typeof address !== 'string') return tell('Must be a text such as "base/view/tasks".');
  const parts = address.split('/');
  const [kind = '', name = ''] = parts.slice(-2);
  const owner = parts.slice(0, -2).join('/');
  if (kind !== patch.kind || name !== patch.name) {
    const known = KINDS.some((one) => one === kind) ? '' : hint(kind, KINDS).slice(1);
    return tell(`Must end in "${patch.kind}/${patch.name}", the kind and name of this file.${known}`);
  }
  const candidates = documents.filter((document) => document.kind === kind && document.json['x-patch'] === undefined);
  const target = candidates.find((document) => document.package === owner && document.name === name);
  if (target) return target;
  const owners = candidates.filter((document) => document.name === name).map((document) => document.package);
  const brought =
    owners.length > 0
      ? ` It comes from ${owners.join(', ')}.`
      : hint(
          name,
          candidates.map((document) => document.name),
        ).slice(1);
  return tell(`The package "${owner}" brings no ${kind} "${name}".${brought}`);
}

/** A patch without what speaks of the patch itself. */
export function bare(json: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(json).filter(([key]) => !OWN_KEYS.has(key)));
}

/** JSON Merge Patch with lists of keyed items merged by `key`. */
export function mergePatch(target: JsonSchema, patch: JsonSchema): JsonSchema {
  const merged: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergeValue(merged[key], value);
  }
  return merged;
}

function mergeValue(before: unknown, value: unknown): unknown {
  if (isKeyedList(before)) {
    if (isKeyedList(value))
      return mergeKeyed(
        before,
        value.map((item) => [item.key, item] as const),
      );
    if (isObject(value)) return mergeKeyed(before, Object.entries(value));
  }
  return isObject(value) ? mergePatch(isObject(before) ? before : {}, value) : value;
}

/** Items with a known key are merged in their place, `null` takes them out, new ones come last. */
function mergeKeyed(
  before: readonly { readonly key: string }[],
  changes: readonly (readonly [string, unknown])[],
): readonly unknown[] {
  const items = new Map<string, unknown>(before.map((item) => [item.key, item]));
  for (const [key, value] of changes) {
    const present = items.get(key);
    if (value === null) items.delete(key);
    else items.set(key, isObject(value) ? mergePatch(isObject(present) ? present : { key }, value) : value);
  }
  return [...items.values()];
}

/** One patch that does what the two do one after the other, where one can; `null` stays, because it takes away. */
export function composePatches(first: JsonSchema, second: JsonSchema): JsonSchema {
  const both: Record<string, unknown> = { ...first };
  for (const [key, value] of Object.entries(second)) both[key] = composeValues(both[key], value);
  return both;
}

function composeValues(first: unknown, second: unknown): unknown {
  if (isKeyedList(first) && isKeyedList(second)) {
    const items = new Map<string, JsonSchema>(first.map((item) => [item.key, item]));
    for (const item of second) items.set(item.key, composePatches(items.get(item.key) ?? {}, item));
    return [...items.values()];
  }
  if (isKeyedList(first) && isObject(second)) {
    const byKey = Object.fromEntries(first.map(({ key, ...item }) => [key, item]));
    return composePatches(byKey, second);
  }
  if (isObject(first) && isKeyedList(second)) {
    return composePatches(first, Object.fromEntries(second.map(({ key, ...item }) => [key, item])));
  }
  return isObject(first) && isObject(second) ? composePatches(first, second) : second;
}
