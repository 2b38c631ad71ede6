import { createHash } from 'node:crypto';

/** PostgreSQL cuts names at 63 bytes; ours stay under 60. */
const LONGEST = 51;

/**
 * The name of an index or constraint: readable parts, then a hash of the parts and of what it says. A changed rule gets another name, so
 * comparing names is enough to see that a CHECK must be swapped. Keys never hold `_`, so the parts can be read back.
 */
export function constraintName(parts: readonly string[], content = ''): string {
  const readable = parts.join('_');
  const hash = createHash('sha256').update(`${readable}\n${content}`).digest('hex').slice(0, 8);
  return `${readable.slice(0, LONGEST)}_${hash}`;
}

/** The field a constraint speaks of: the second part of `entity_field_rule_hash`; undefined when a long name was cut. */
export function fieldOfConstraint(name: string): string | undefined {
  const parts = name.split('_');
  return parts.length >= 4 ? parts[1] : undefined;
}

/** The table of a `many` reference. */
export function linkTable(entity: string, field: string): string {
  return `${entity}_${field}`;
}

/** The column of a reference to several entities, one per target. */
export function targetColumn(field: string, target: string): string {
  return `${field}_${target}`;
}
