import { isObject } from './check-schema.ts';
import { step, type ErrorSink } from './definition-errors.ts';
import type { Document } from './documents.ts';

/** Names every object of JavaScript has from birth: looked up by such a key, an object without it still answers. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));
/** Where a text is a name. */
const NAMING = new Set(['key', 'name', '$id', 'enum', 'x-was', 'plural', 'inverse']);

/** Refuses names such as `constructor` as keys and as names of anything, in every kind of definition. */
export function checkInheritedNames({ file, json }: Document, errors: ErrorSink): void {
  const visit = (value: unknown, pointer: string, isName: boolean): void => {
    if (typeof value === 'string') {
      if (isName && INHERITED.has(value)) errors.add(file, pointer, refusal(value));
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(item, pointer + step(index), isName);
    } else if (isObject(value)) {
      for (const [key, member] of Object.entries(value)) {
        if (INHERITED.has(key)) errors.add(file, pointer + step(key), refusal(key));
        visit(member, pointer + step(key), NAMING.has(key));
      }
    }
  };
  visit(json, '', false);
}

function refusal(name: string): string {
  return `"${name}" is a reserved word. Choose another name.`;
}
