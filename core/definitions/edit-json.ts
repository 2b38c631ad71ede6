import { isObject } from './check-schema.ts';
import { canonicalJson } from './canonical-json.ts';
import { formatJson } from './format-json.ts';
import { isKeyedList } from './keyed-list.ts';
import { locateJson, type JsonNode, type ListNode, type ObjectNode } from './locate-json.ts';

/** A stretch of the text and what comes in its place. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * The text of a JSON file, changed where it says something else than `after` and nowhere else: order, spaces and line breaks of the rest stay, so
 * that a diff shows the change alone. New members and items come last.
 */
export function editJson(text: string, after: unknown): string {
  const edits: Edit[] = [];
  change({ text, edits }, locateJson(text), after);
  const edited = [...edits]
    .sort((a, b) => b.from - a.from)
    .reduce((so, { from, to, text: fresh }) => so.slice(0, from) + fresh + so.slice(to), text);
  return canonicalJson(JSON.parse(edited)) === canonicalJson(after) ? edited : `${formatJson(after)}\n`;
}

interface Editing {
  readonly text: string;
  readonly edits: Edit[];
}

function change(editing: Editing, node: JsonNode, after: unknown): void {
  if (canonicalJson(node.value) === canonicalJson(after)) return;
  if (node.kind === 'object' && isObject(after) && node.parts.length > 0) return changeObject(editing, node, after);
  if (node.kind === 'list' && Array.isArray(after) && node.parts.length > 0)
    return changeList(editing, node, after as readonly unknown[]);
  replace(editing, node, after);
}

function replace({ text, edits }: Editing, node: JsonNode, after: unknown): void {
  edits.push({ from: node.from, to: node.to, text: formatJson(after, indentAt(text, node.from)) });
}

function changeObject(editing: Editing, node: ObjectNode, after: Readonly<Record<string, unknown>>): void {
  const kept = node.parts.filter(({ key }) => Object.hasOwn(after, key));
  if (kept.length === 0) return replace(editing, node, after);
  for (const { key, node: member } of kept) change(editing, member, after[key]);
  drop(
    editing,
    node,
    node.parts.map(({ key }) => Object.hasOwn(after, key)),
  );
  const known = new Set(node.parts.map(({ key }) => key));
  const fresh = Object.entries(after).filter(([key]) => !known.has(key));
  append(
    editing,
    node,
    fresh.map(
      ([key, value]) =>
        (indent: number) =>
          `${JSON.stringify(key)}: ${formatJson(value, indent)}`,
    ),
  );
}

function changeList(editing: Editing, node: ListNode, after: readonly unknown[]): void {
  const places = node.parts.map(({ node: item }) => placeOf(node, item, after));
  const found = places.filter((place) => place !== undefined);
  const isInOrder = found.every((place, index) => place === index);
  if (found.length === 0 || !isInOrder) return replace(editing, node, after);
  for (const [index, { node: item }] of node.parts.entries()) {
    const place = places[index];
    if (place !== undefined) change(editing, item, after[place]);
  }
  drop(
    editing,
    node,
    places.map((place) => place !== undefined),
  );
  append(
    editing,
    node,
    after.slice(found.length).map((value) => (indent: number) => formatJson(value, indent)),
  );
}

/** Where an item stands in the list as it shall be: found by its `key` where all have one, else by being the same. */
function placeOf(list: ListNode, item: JsonNode, after: readonly unknown[]): number | undefined {
  const isKeyed = isKeyedList(list.value) && isKeyedList(after);
  const same = (other: unknown): boolean =>
    isKeyed && isObject(item.value) && isObject(other)
      ? item.value['key'] === other['key']
      : canonicalJson(item.value) === canonicalJson(other);
  const place = after.findIndex(same);
  return place === -1 ? undefined : place;
}

/** Takes parts out, each with the comma and the space that belong to it. The first part that stays keeps its place. */
function drop({ edits }: Editing, { parts }: ObjectNode | ListNode, stays: readonly boolean[]): void {
  const first = stays.indexOf(true);
  for (const [index, part] of parts.entries()) {
    if (stays[index] === true) continue;
    const next = parts[index + 1];
    const before = parts[index - 1];
    if (index < first && next) edits.push({ from: part.from, to: next.from, text: '' });
    else if (before) edits.push({ from: before.node.to, to: part.node.to, text: '' });
  }
}

/** Puts parts after the last one, one below the other where the others stand so. */
function append(
  { text, edits }: Editing,
  { from, parts }: ObjectNode | ListNode,
  fresh: readonly ((indent: number) => string)[],
): void {
  const [first] = parts;
  const last = parts.at(-1);
  if (!first || !last || fresh.length === 0) return;
  const isBelow = text.slice(from, first.from).includes('\n');
  const indent = indentAt(text, first.from);
  const gap = isBelow ? `,\n${' '.repeat(indent)}` : ', ';
  edits.push({ from: last.node.to, to: last.node.to, text: fresh.map((write) => gap + write(indent)).join('') });
}

/** The spaces before the line that holds this place. */
function indentAt(text: string, at: number): number {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  return /^ */.exec(line)?.[0].length ?? 0;
}
