import type { Json } from './api-document.ts';

/** Keys and numbers that lead to a place in a JSON value. */
export type Path = readonly (string | number)[];

/** Every member of every object in it: where the object is, and the key. */
export function placesOf(value: unknown, path: Path): readonly (readonly [Path, string])[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => placesOf(item, [...path, index]));
  return Object.entries(value).flatMap(([key, one]) => [[path, key] as const, ...placesOf(one, [...path, key])]);
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string | number, unknown>)[key], value);
}

export function replaceAt(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, index) => (index === key ? replaceAt(item, rest, by) : (item as unknown)));
  const holder = value as Json;
  return { ...holder, [key]: replaceAt(holder[String(key)], rest, by) };
}
