import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import type { ErrorSink } from './definition-errors.ts';
import { JsonError, parseJson } from './parse-json.ts';

/** Bytes of one file of definitions; the largest that comes with Casement has a tenth of it. */
const MOST_BYTES = 1_048_576;

const REASONS: Readonly<Record<string, string>> = {
  EISDIR: 'Is a folder, and a file is wanted here. Rename it.',
  ENOTDIR: 'Is a file, and a folder is wanted here. Rename it.',
  ELOOP: 'Is a link that leads back to itself. Remove it.',
  ENOENT: 'Is a link to a file that is not there. Remove it.',
  EACCES: 'Cannot be read by this user. Change its rights.',
};

/** The text of a file; a mistake goes to the sink under `file` and the answer is undefined. */
export function readTextFile(path: string, file: string, errors: ErrorSink): string | undefined {
  try {
    const { size } = statSync(path);
    if (size > MOST_BYTES) {
      errors.add(file, '', 'Is larger than 1 MiB. A definition is written by people: split it.');
      return undefined;
    }
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (error) {
    errors.add(file, '', reasonOf(error));
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'Is not UTF-8. Save it in that encoding.';
  return REASONS[code] ?? `Cannot be read (${code}).`;
}

/** The value of a JSON file; a mistake goes to the sink and the answer is undefined. */
export function readJsonFile(path: string, file: string, errors: ErrorSink): unknown {
  const text = readTextFile(path, file, errors);
  if (text === undefined) return undefined;
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    errors.add(file, '', `${error.message}.`);
    return undefined;
  }
}

/** The names in a folder, in order, without hidden ones; none when there is no folder. */
export function namesIn(dir: string): readonly string[] {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) return [];
  return readdirSync(dir)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

/** Tells of a file that stands where a folder is read. */
export function checkFolder(path: string, file: string, errors: ErrorSink): void {
  if (existsSync(path) && !statSync(path).isDirectory()) errors.add(file, '', REASONS['ENOTDIR'] ?? '');
}
