/** A text that is not JSON, or says a key twice. `line` and `column` count from 1. */
export class JsonError extends Error {
  readonly line: number;
  readonly column: number;
  constructor(text: string, position: number, reason: string) {
    const before = text.slice(0, position).split('\n');
    const line = before.length;
    const column = (before.at(-1) ?? '').length + 1;
    super(`${reason} (line ${line}, column ${column})`);
    this.name = 'JsonError';
    this.line = line;
    this.column = column;
  }
}

const MAX_DEPTH = 64;
const STRING = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\r\n]*/y;
const WORD = /[a-zA-Z]+/y;
const WORDS = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

interface Cursor {
  readonly text: string;
  at: number;
}

/**
 * Reads JSON as `JSON.parse` does, but says in which line it breaks and refuses a key said twice,
 * which `JSON.parse` silently lets win. Throws JsonError.
 */
export function parseJson(text: string): unknown {
  const cursor: Cursor = { text, at: text.startsWith('\uFEFF') ? 1 : 0 };
  const value = readValue(cursor, 0);
  take(cursor, SPACE);
  if (cursor.at < text.length) throw new JsonError(text, cursor.at, 'Not JSON: unexpected text after the end');
  return value;
}

function take(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0] ?? '';
  cursor.at += found.length;
  return found;
}

function fail(cursor: Cursor, wanted: string): JsonError {
  const { text, at } = cursor;
  let found = at >= text.length ? 'the file ends' : `${JSON.stringify(text[at])} stands`;
  if (text[at] === '"' && wanted === 'a text') found = 'a text that is not closed, or holds a wrong escape, stands';
  return new JsonError(text, at, `Not JSON: ${found} where ${wanted} is expected`);
}

function readValue(cursor: Cursor, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new JsonError(cursor.text, cursor.at, `Nested deeper than ${MAX_DEPTH} levels`);
  take(cursor, SPACE);
  const first = cursor.text[cursor.at];
  if (first === '{') return readObject(cursor, depth);
  if (first === '[') return readArray(cursor, depth);
  if (first === '"') return readString(cursor, 'a text');
  const number = take(cursor, NUMBER);
  if (number !== '') return Number(number);
  const start = cursor.at;
  const word = take(cursor, WORD);
  if (WORDS.has(word)) return WORDS.get(word);
  cursor.at = start;
  throw fail(cursor, 'a value');
}

function readString(cursor: Cursor, wanted: string): string {
  const raw = take(cursor, STRING);
  if (raw === '') throw fail(cursor, wanted);
  const text: string = JSON.parse(raw);
  if (text.includes('\u0000') || !text.isWellFormed())
    throw new JsonError(cursor.text, cursor.at - raw.length, 'Holds a character that cannot be stored');
  return text;
}

function readObject(cursor: Cursor, depth: number): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  cursor.at += 1;
  take(cursor, SPACE);
  if (closes(cursor, '}')) return object;
  for (;;) {
    take(cursor, SPACE);
    const start = cursor.at;
    const key = readString(cursor, 'a key in double quotes');
    if (key === '__proto__') throw new JsonError(cursor.text, start, 'The key "__proto__" is not taken');
    if (Object.hasOwn(object, key)) throw new JsonError(cursor.text, start, `The key "${key}" stands here twice`);
    take(cursor, SPACE);
    if (!closes(cursor, ':')) throw fail(cursor, '":"');
    object[key] = readValue(cursor, depth + 1);
    take(cursor, SPACE);
    if (closes(cursor, '}')) return object;
    if (!closes(cursor, ',')) throw fail(cursor, '"," or "}"');
  }
}

function readArray(cursor: Cursor, depth: number): unknown[] {
  const list: unknown[] = [];
  cursor.at += 1;
  take(cursor, SPACE);
  if (closes(cursor, ']')) return list;
  for (;;) {
    list.push(readValue(cursor, depth + 1));
    take(cursor, SPACE);
    if (closes(cursor, ']')) return list;
    if (!closes(cursor, ',')) throw fail(cursor, '"," or "]"');
  }
}

function closes(cursor: Cursor, sign: string): boolean {
  if (cursor.text[cursor.at] !== sign) return false;
  cursor.at += 1;
  return true;
}
