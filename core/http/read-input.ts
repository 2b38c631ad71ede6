import { CasementError, validationError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import { isCleanText } from '../fields/text-checks.ts';

/** Reads a small JSON object of known members, one by one; used by routes that are not records. */
export interface InputReader {
  text(key: string, maxLength?: number): string;
  optionalText(key: string, maxLength?: number): string | undefined;
  texts(key: string): readonly string[];
  /** Throws VALIDATION with every wrong member. Called last. */
  finish(): void;
}

/** BAD_REQUEST when the body has a member that is not among `known`. */
export function readInput(body: Readonly<Record<string, unknown>>, known: readonly string[]): InputReader {
  const stranger = Object.keys(body).find((key) => !known.includes(key));
  if (stranger !== undefined) {
    throw new CasementError(
      'BAD_REQUEST',
      `"${stranger.slice(0, 60)}" is not known here. Taken are ${known.join(', ')}.`,
    );
  }
  const errors: ErrorDetail[] = [];
  const fail = (key: string, code: string, message: string) => void errors.push({ path: `/${key}`, code, message });

  function optionalText(key: string, maxLength = 500): string | undefined {
    const value = body[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string') fail(key, 'type', 'Must be a text.');
    else if (value.length > maxLength) fail(key, 'maxLength', `Must be at most ${maxLength} characters long.`);
    else if (!isCleanText(value)) fail(key, 'text', 'Holds a character that cannot be stored.');
    else return value;
    return undefined;
  }

  return {
    optionalText,
    text(key, maxLength) {
      const before = errors.length;
      const value = optionalText(key, maxLength);
      if ((value === undefined || value.trim() === '') && errors.length === before)
        fail(key, 'required', 'Is required.');
      return value ?? '';
    },
    texts(key) {
      const value = body[key];
      const isList = Array.isArray(value) && value.length <= 100 && value.every((item) => typeof item === 'string');
      if (!isList) fail(key, 'type', 'Must be a list of texts.');
      return isList ? value : [];
    },
    finish() {
      if (errors.length > 0) throw validationError(errors);
    },
  };
}
