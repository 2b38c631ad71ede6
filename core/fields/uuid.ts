import { FieldError } from './field-type.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A record's id in lower case. Throws FieldError `format`. */
export function readId(value: unknown): string {
  if (typeof value !== 'string') throw new FieldError('type', 'Must be the id of a record.');
  const id = value.trim().toLowerCase();
  if (!UUID.test(id)) throw new FieldError('format', 'Must be the id of a record.');
  return id;
}

/** True for what `readId` takes. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value.trim().toLowerCase());
}
