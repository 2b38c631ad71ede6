const WIDTH = 120;
const STEP = 2;

/** JSON as people write it: short lists and objects in one line, others one member a line. `indent`: spaces before the line it stands in. */
export function formatJson(value: unknown, indent = 0): string {
  const line = lineOf(value);
  if (line.length + indent <= WIDTH && (indent > 0 || typeof value !== 'object' || value === null)) return line;
  const inner = ' '.repeat(indent + STEP);
  if (Array.isArray(value) && value.length > 0) {
    const items = value.map((item: unknown) => inner + formatJson(item, indent + STEP));
    return `[\n${items.join(',\n')}\n${' '.repeat(indent)}]`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return line;
  const members = Object.entries(value).map(
    ([key, member]) => `${inner}${JSON.stringify(key)}: ${formatJson(member, indent + STEP)}`,
  );
  return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${' '.repeat(indent)}}`;
}

function lineOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item: unknown) => lineOf(item)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${lineOf(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}
