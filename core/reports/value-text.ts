import type { Value } from '../fields/field-type.ts';

/** A value as text for keys, comparing and last-resort labels; empty for null. */
export function textOf(value: Value | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
