type Components = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const REFERENCE = /^#\/components\/(\w+)\/(.+)$/;

/** Of the components only those that the paths refer to, themselves or by way of others: a caller’s document holds nothing he cannot use. */
export function usedComponents(paths: unknown, all: Components): Components {
  const used = new Map<string, Set<string>>();
  const waiting: unknown[] = [paths];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    waiting.push(...Object.values(value));
    const target = '$ref' in value ? value.$ref : undefined;
    const [, kind = '', name = ''] = (typeof target === 'string' ? REFERENCE.exec(target) : null) ?? [];
    if (!all[kind] || used.get(kind)?.has(name)) continue;
    used.set(kind, (used.get(kind) ?? new Set()).add(name));
    waiting.push(all[kind][name]);
  }
  return Object.fromEntries(
    Object.entries(all).map(([kind, members]) => [
      kind,
      Object.fromEntries(Object.entries(members).filter(([name]) => used.get(kind)?.has(name))),
    ]),
  );
}
