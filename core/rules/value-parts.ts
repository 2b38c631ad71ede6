import { isJsonObject } from './json-object.ts';
import type { ValueTemplate } from './value.ts';

/** A member of a value, as far as its template tells; undefined when there is none. */
export function memberOf(template: ValueTemplate | undefined, key: string): ValueTemplate | undefined {
  if (template?.kind === 'object') return template.members[key];
  if (template?.kind !== 'literal' || !isJsonObject(template.value) || !Object.hasOwn(template.value, key))
    return undefined;
  return { kind: 'literal', value: template.value[key] };
}

/** The keys of a value that is an object. */
export function membersOf(template: ValueTemplate | undefined): readonly string[] {
  if (template?.kind === 'object') return Object.keys(template.members);
  return template?.kind === 'literal' && isJsonObject(template.value) ? Object.keys(template.value) : [];
}

/** A text that is known without running anything. */
export function textOf(template: ValueTemplate | undefined): string | undefined {
  return template?.kind === 'literal' && typeof template.value === 'string' ? template.value : undefined;
}
