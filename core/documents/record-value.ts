import type { RecordData, Value } from '../fields/field-type.ts';

/** True for a value with members of its own: an expanded reference, a file. */
export function isRecordData(value: Value | undefined): value is RecordData {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The text of a text; empty for anything else. */
export function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}
