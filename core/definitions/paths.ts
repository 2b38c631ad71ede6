import { resolvePath, type ResolvedPath } from '../rules/condition-path.ts';
import type { At, Linking } from './linking.ts';

/** Follows a path such as `customer.city` or `lines`; undefined, and told at the place, when it leads nowhere. */
export function followPath(linking: Linking, entity: string, { path, at }: { path: string; at: At }): ResolvedPath | undefined {
  try {
    return resolvePath(path, entity, linking.lookup);
  } catch (error) {
    linking.errors.add(at.file, at.pointer, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** Checks a `load` list: each entry is made of references and child lists, such as `customer` or `lines.product`. */
export function checkLoads(linking: Linking, entity: string, { loads, at }: { loads: readonly string[]; at: At }): void {
  for (const [index, path] of loads.entries()) checkLoad(linking, entity, { path, at: { file: at.file, pointer: `${at.pointer}/${index}` } });
}

function checkLoad(linking: Linking, entity: string, { path, at }: { path: string; at: At }): void {
  let here: string | undefined = entity;
  const steps = path.split('.');
  for (let i = 0; i < steps.length && here !== undefined; i++) {
    const key = steps[i] ?? '';
    const list = linking.lookup.list(here, key);
    const reference = linking.lookup.field(here, key)?.reference;
    if (list) {
      here = list.entity;
    } else if (reference) {
      const next: string | undefined = steps[i + 1];
      const names = reference.to.length > 1 && next !== undefined && reference.to.includes(next);
      if (names) i++;
      here = names ? next : reference.to[0];
    } else {
      tellUnknown(linking, { entity: here, key, at });
      here = undefined;
    }
  }
}

function tellUnknown(linking: Linking, { entity, key, at }: { entity: string; key: string; at: At }): void {
  const isField = linking.lookup.field(entity, key) !== undefined;
  const reason = isField ? `"${key}" of ${entity} is neither a reference nor a list, so nothing can be loaded by it.` : undefined;
  if (reason !== undefined) linking.errors.add(at.file, at.pointer, reason);
  else followPath(linking, entity, { path: key, at });
}

const STRINGS = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g;
const RECORD = /(?<![.\w])(?:record|before)((?:\.[a-zA-Z]\w*)+)/g;

/** Checks what an expression or a Handlebars text says of the record: the first step of `record.x.y` must be there. */
export function checkRecordPaths(linking: Linking, entity: string, { source, at }: { source: string; at: At }): void {
  for (const [, path = ''] of source.replaceAll(STRINGS, "''").matchAll(RECORD)) {
    const key = path.slice(1).split('.')[0] ?? '';
    if (key.includes('_') || linking.lookup.field(entity, key) || linking.lookup.list(entity, key)) continue;
    followPath(linking, entity, { path: key, at });
  }
}
