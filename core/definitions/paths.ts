import { resolvePath, type ResolvedPath } from '../rules/condition-path.ts';
import type { At, Linking } from './linking.ts';
import type { Reference } from '../fields/field-type.ts';

/** Follows a path such as `customer.city` or `lines`; undefined, and told at the place, when it leads nowhere. */
export function followPath(
  linking: Linking,
  entity: string,
  { path, at }: { path: string; at: At },
): ResolvedPath | undefined {
  try {
    return resolvePath(path, entity, linking.lookup);
  } catch (error) {
    linking.errors.add(at.file, at.pointer, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** Checks a `load` list: each entry is made of references and child lists, such as `customer` or `lines.product`. */
export function checkLoads(
  linking: Linking,
  entity: string,
  { loads, at }: { loads: readonly string[]; at: At },
): void {
  for (const [index, path] of loads.entries())
    checkLoad(linking, entity, { path, at: { file: at.file, pointer: `${at.pointer}/${index}` } });
}

function checkLoad(linking: Linking, entity: string, { path, at }: { path: string; at: At }): void {
  let here: string | undefined = entity;
  const steps = path.split('.');
  for (let i = 0; i < steps.length && here !== undefined; i++) {
    const key = steps[i] ?? '';
    const list = linking.lookup.list(here, key);
    const reference: Reference | undefined = linking.lookup.field(here, key)?.reference;
    if (list) {
      here = list.entity;
    } else if (reference) {
      const next: string | undefined = steps[i + 1];
      const names: boolean = reference.to.length > 1 && next !== undefined && reference.to.includes(next);
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
  const reason = isField
    ? `"${key}" of ${entity} is neither a reference nor a list, so nothing can be loaded by it.`
    : undefined;
  if (reason !== undefined) linking.errors.add(at.file, at.pointer, reason);
  else followPath(linking, entity, { path: key, at });
}

const STRINGS = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g;
/** `record["city"]` is `record.city`. */
const INDEX = /\[\s*["']([a-zA-Z]\w*)["']\s*\]/g;
const RECORD = /(?<![.\w])(?:record|before)((?:\.[a-zA-Z]\w*)+)/g;

export interface RecordText {
  /** A CEL expression or a Handlebars text. */
  readonly source: string;
  readonly at: At;
  /** What is loaded beside the record itself. */
  readonly loads: readonly string[];
}

/**
 * Checks what an expression or a text says of the record: `record.x.y` needs a field or list `x`, and, where `x` leads to
 * another record, that `x` is loaded; else it would be silently empty.
 */
export function checkRecordPaths(linking: Linking, entity: string, { source, at, loads }: RecordText): void {
  for (const path of recordPaths(source)) {
    const [key = '', next] = path.split('.');
    const field = linking.lookup.field(entity, key);
    const list = linking.lookup.list(entity, key);
    if (!field && !list) {
      followPath(linking, entity, { path: key, at });
      continue;
    }
    const leads = list !== undefined || (field?.reference !== undefined && next !== undefined && !isTarget(next));
    if (!leads || loads.some((load) => load === key || load.startsWith(`${key}.`))) continue;
    linking.errors.add(
      at.file,
      at.pointer,
      `"record.${path}" is empty unless "${key}" is loaded. Add "${key}" to "load".`,
    );
  }
}

/** What an expression or a text reads of the record: `record.customer.name` → `customer.name`. */
export function recordPaths(source: string): readonly string[] {
  const dotted = source.replaceAll(INDEX, '.$1').replaceAll(STRINGS, "''");
  return [...dotted.matchAll(RECORD)].map(([, path = '']) => path.slice(1));
}

/** A reference to several entities is `{entity, id}` without being loaded. */
function isTarget(key: string): boolean {
  return key === 'id' || key === 'entity';
}
