/**
 * Freezes plain objects, lists and maps, all the way down. Objects of other kinds (field types, compiled expressions) are
 * left alone: they belong to others, and their inside is not data.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) {
    for (const item of value.values()) deepFreeze(item);
    return sealMap(value);
  }
  if (!Array.isArray(value) && !isPlainData(value)) return value;
  Object.freeze(value);
  for (const item of Object.values(value)) deepFreeze(item);
  return value;
}

function isPlainData(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  // Field types and expressions are plain objects with functions inside.
  return !('evaluate' in value || 'parse' in value);
}

function refuse(): never {
  throw new TypeError('The model is frozen: change the definition and load it again.');
}

/** A frozen Map would still take entries, so its writing methods refuse. */
function sealMap<T>(map: T & Map<unknown, unknown>): T {
  Object.assign(map, { set: refuse, delete: refuse, clear: refuse });
  return Object.freeze(map);
}
