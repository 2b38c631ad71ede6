/** A value of a JSON text and where it stands: from its first character up to behind its last one. */
export type JsonNode = ObjectNode | ListNode | PlainNode;

interface Place {
  readonly from: number;
  readonly to: number;
  readonly value: unknown;
}

interface PlainNode extends Place {
  readonly kind: 'plain';
}

/** `from` of a part: of its key in an object, of the value in a list. */
export interface ObjectNode extends Place {
  readonly kind: 'object';
  readonly parts: readonly { readonly key: string; readonly from: number; readonly node: JsonNode }[];
}

export interface ListNode extends Place {
  readonly kind: 'list';
  readonly parts: readonly { readonly from: number; readonly node: JsonNode }[];
}

const SPACE = /[ \t\r\n\uFEFF]*/y;
const TOKEN = /"(?:[^"\\]|\\.)*"|[^\s,:[\]{}"]+/y;

interface Cursor {
  readonly text: string;
  at: number;
}

/** The places of all values of a JSON text that `parseJson` has read. */
export function locateJson(text: string): JsonNode {
  return readNode({ text, at: 0 });
}

function readNode(cursor: Cursor): JsonNode {
  skip(cursor);
  const first = cursor.text[cursor.at];
  if (first === '{') return readObject(cursor);
  if (first === '[') return readList(cursor);
  const from = cursor.at;
  const value: unknown = JSON.parse(take(cursor, TOKEN));
  return { kind: 'plain', from, to: cursor.at, value };
}

function readObject(cursor: Cursor): ObjectNode {
  const from = cursor.at;
  const parts: { key: string; from: number; node: JsonNode }[] = [];
  while (hasNext(cursor, '}')) {
    const start = cursor.at;
    const key: unknown = JSON.parse(take(cursor, TOKEN));
    skip(cursor);
    cursor.at += 1;
    parts.push({ key: String(key), from: start, node: readNode(cursor) });
  }
  const value = Object.fromEntries(parts.map(({ key, node }) => [key, node.value]));
  return { kind: 'object', from, to: cursor.at, value, parts };
}

function readList(cursor: Cursor): ListNode {
  const from = cursor.at;
  const parts: { from: number; node: JsonNode }[] = [];
  while (hasNext(cursor, ']')) parts.push({ from: cursor.at, node: readNode(cursor) });
  return { kind: 'list', from, to: cursor.at, value: parts.map(({ node }) => node.value), parts };
}

/** Steps over the bracket or comma; false, and behind the end, when nothing more comes. */
function hasNext(cursor: Cursor, end: string): boolean {
  skip(cursor);
  if (cursor.text[cursor.at] !== end) {
    cursor.at += 1;
    skip(cursor);
  }
  if (cursor.text[cursor.at] !== end) return true;
  cursor.at += 1;
  return false;
}

function skip(cursor: Cursor): void {
  take(cursor, SPACE);
}

function take(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0] ?? '';
  cursor.at += found.length;
  return found;
}
