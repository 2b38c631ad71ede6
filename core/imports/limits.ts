import { CasementError } from '../errors.ts';

/** What one import may cost. Bytes are those of the file as it is sent, unless `unzipped` says otherwise. */
export interface ImportLimits {
  readonly fileBytes: number;
  /** Of all parts of a workbook together that are read. */
  readonly unzippedBytes: number;
  /** Unzipped bytes for each zipped one; asked only once a part is larger than `ratioFrom`. */
  readonly ratio: number;
  readonly ratioFrom: number;
  /** Texts a workbook shares among its cells, in characters: they are held in memory. */
  readonly sharedTextChars: number;
  readonly rows: number;
  readonly columns: number;
  readonly cellChars: number;
  /** Tables of one run. */
  readonly tables: number;
  /** Milliseconds of one dry run, which holds a transaction open all the while. */
  readonly dryRunMs: number;
  /** Milliseconds of one run. */
  readonly runMs: number;
}

const MIB = 1_048_576;

export const DEFAULT_LIMITS: ImportLimits = {
  fileBytes: 256 * MIB,
  unzippedBytes: 1024 * MIB,
  ratio: 150,
  ratioFrom: 8 * MIB,
  sharedTextChars: 32 * MIB,
  rows: 2_000_000,
  columns: 500,
  cellChars: 100_000,
  tables: 50,
  dryRunMs: 15_000,
  runMs: 6 * 3_600_000,
};

/** A file that cannot be taken as it is: TOO_LARGE. */
export function tooMuch(message: string): CasementError {
  return new CasementError('TOO_LARGE', message);
}

/** A file that cannot be read: VALIDATION at `/file`. */
export function unreadable(message: string, cause?: unknown): CasementError {
  return new CasementError('VALIDATION', message, {
    errors: [{ path: '/file', code: 'file', message }],
    ...(cause === undefined ? {} : { cause }),
  });
}
