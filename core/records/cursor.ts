import { CasementError } from '../errors.ts';
import { isCleanText } from '../fields/text-checks.ts';

type Key = readonly (string | number | null)[];

/** A cursor is the sort values of the last row, with the sort they belong to: it cannot be used with another sort. */
export function encodeCursor(sort: string, key: Key): string {
  return Buffer.from(JSON.stringify([sort, ...key])).toString('base64url');
}

/** The sort values a cursor holds, as many as there are sort keys. BAD_REQUEST when it is not one of ours or belongs to another sort. */
export function decodeCursor(sort: string, cursor: string, length: number): Key {
  const key = readCursor(sort, cursor);
  if (key.length !== length) throw wrong();
  return key;
}

function wrong(): CasementError {
  return new CasementError(
    'BAD_REQUEST',
    'The parameter "after" is not a cursor of this list: take "next" of the page before, with the same sort.',
  );
}

/** The same, whatever their number. */
export function readCursor(sort: string, cursor: string): Key {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw wrong();
  }
  if (!Array.isArray(parsed) || parsed[0] !== sort) throw wrong();
  const key: unknown[] = parsed.slice(1);
  if (!key.every(isKeyValue)) throw wrong();
  return key;
}

function isKeyValue(value: unknown): value is string | number | null {
  return value === null || (typeof value === 'string' && isCleanText(value)) || typeof value === 'number';
}
