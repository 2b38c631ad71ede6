import { isObject } from './check-schema.ts';

interface Keyed {
  readonly key: string;
}

/** A list in which every item is an object with a `key`. */
export function isKeyedList(value: unknown): value is readonly (Keyed & Record<string, unknown>)[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item: unknown) => isObject(item) && typeof item['key'] === 'string')
  );
}
