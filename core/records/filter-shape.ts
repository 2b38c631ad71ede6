/** A filter without its values. */
export interface FilterShape {
  readonly text: string;
  /** Where values were left out: the keys that lead there, a line break between them. */
  readonly left: readonly string[];
}

/**
 * Texts and numbers that a field is compared with are left out; what decides about the statement stays: names, operators, words such as `$me`,
 * lists, and whether a value is a text or a number.
 */
export function filterShape(filter: unknown): FilterShape {
  if (filter === undefined) return { text: '', left: [] };
  const left: string[] = [];
  return { text: shapeOf(filter, '', left), left };
}

function shapeOf(value: unknown, place: string, left: string[]): string {
  if (typeof value === 'number') return leave('n', place, left);
  if (typeof value === 'string') return isWord(value) ? JSON.stringify(value) : leave('s', place, left);
  if (value === null || typeof value !== 'object') return String(value);
  const within = (key: string) => (place === '' ? key : `${place}\n${key}`);
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    if (!items.every(isGroup)) return JSON.stringify(items);
    return `[${items.map((item, index) => shapeOf(item, within(String(index)), left)).join()}]`;
  }
  const entries = Object.entries(value);
  if (entries.some(([key]) => key.startsWith('$'))) return JSON.stringify(value);
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${shapeOf(inner, within(key), left)}`).join()}}`;
}

function leave(kind: string, place: string, left: string[]): string {
  left.push(place);
  return kind;
}

/** Texts with a meaning of their own. */
function isWord(text: string): boolean {
  return text === '' || text.startsWith('$') || text === 'true' || text === 'false';
}

function isGroup(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
