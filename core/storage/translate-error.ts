import { CasementError, validationError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import { fieldOfConstraint } from './names.ts';
import { StartOverError } from './start-over.ts';
import { tooSlow } from './patience.ts';

interface DriverError extends Error {
  readonly code?: string;
  readonly detail?: string;
  readonly constraint?: string;
  readonly table?: string;
  readonly column?: string;
}

/** Codes of sockets and of PostgreSQL's classes 08 (connection), 53 (resources), 57P (shutdown). */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);
const BUSY = new Set(['SQLITE_BUSY', 'SQLITE_LOCKED', '40001', '40P01', '55P03']);
const STORAGE_FULL = new Set(['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_READONLY', 'SQLITE_CANTOPEN']);

/** Of a write whose record is no longer in the version it started from. */
export const OVERTAKEN = 'Somebody else changed this record at the same moment. Read it again and repeat.';

/** A driver's error as the caller may see it; what is not known stays as it is and answers INTERNAL. */
export function translateError(error: unknown): unknown {
  if (error instanceof CasementError || !(error instanceof Error)) return error;
  return brokenOff(error) ?? unavailable(error) ?? sqliteConstraint(error) ?? postgresConstraint(error) ?? error;
}

/** Worth another try of the whole transaction: a deadlock or a serialisation failure, at any depth of the error's causes. */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as DriverError;
  return code === '40001' || code === '40P01' || isRetryable(error.cause);
}

function brokenOff(error: DriverError): CasementError | undefined {
  return error.code === 'SQLITE_INTERRUPT' || error.code === '57014' ? tooSlow(error) : undefined;
}

function unavailable(error: DriverError): CasementError | undefined {
  const { code = '', message } = error;
  if (BUSY.has(code) || error instanceof StartOverError)
    return refusal('The database is busy. Try again in a moment.', error);
  if (STORAGE_FULL.has(code)) {
    return refusal(`The database cannot write (${code}). Check the free space and the rights of its folder.`, error);
  }
  if (UNREACHABLE.has(code) || /^(08|28|3D|53|57P)/.test(code)) {
    return refusal('The database cannot be reached. Try again in a moment.', error);
  }
  if (/^(Connection terminated|Client has encountered a connection error|Client was closed)/.test(message)) {
    return refusal('The connection to the database was lost. Try again in a moment.', error);
  }
  return undefined;
}

function refusal(message: string, cause: Error): CasementError {
  return new CasementError('UNAVAILABLE', message, { cause });
}

function sqliteConstraint(error: DriverError): CasementError | undefined {
  if (error.code !== 'SQLITE_CONSTRAINT') return undefined;
  const [, kind = '', what = ''] =
    /: (UNIQUE|FOREIGN KEY|CHECK|NOT NULL) constraint failed(?:: (.*))?$/.exec(error.message) ?? [];
  if (kind === 'UNIQUE') return taken(fieldsOfUnique(what), error);
  if (kind === 'CHECK') return refusedByCheck(what, error);
  if (kind === 'NOT NULL') return missing(what.split('.').at(-1) ?? '', error);
  if (kind === 'FOREIGN KEY') return badReference(undefined, error);
  return undefined;
}

/** `deal.number, deal.year`, or `index 'deal_number_unique_0a1b2c3d'` of an index on an expression. */
function fieldsOfUnique(what: string): readonly string[] {
  const [, index] = /^index '(.+)'$/.exec(what) ?? [];
  if (index !== undefined) return index.split('_').slice(1, -2);
  return what.split(', ').map((column) => fieldOf(column.split('.').at(-1) ?? ''));
}

function postgresConstraint(error: DriverError): CasementError | undefined {
  const [, columns = ''] = /\((.+?)\)=\(/.exec(error.detail ?? '') ?? [];
  switch (error.code) {
    case '23505':
      return taken(columnNames(columns).map(fieldOf), error);
    case '23503':
      return badReference(columnNames(columns).map(fieldOf)[0], error);
    case '23514':
      return refusedByCheck(error.constraint ?? '', error);
    case '23502':
      return missing(error.column ?? '', error);
    // What a statement that changes "only" one row says when there was none (postgres-connection.ts).
    case '22012':
      return new CasementError('CONFLICT', OVERTAKEN, { cause: error });
    default:
      return /^22/.test(error.code ?? '') ? unfitting(error) : undefined;
  }
}

/** Column names in a list or inside expressions such as `COALESCE(about_deal, about_contact)`; functions are followed by a bracket. */
function columnNames(text: string): readonly string[] {
  return [...text.matchAll(/"?([A-Za-z][A-Za-z0-9_]*)"?(?!\w|"?\()/g)].map((match) => match[1] ?? '');
}

function fieldOf(column: string): string {
  return column.split('_')[0] ?? '';
}

function taken(fields: readonly string[], cause: Error): CasementError {
  const names = [...new Set(fields)].filter((name) => name !== '');
  const message = 'This value is already taken by another record.';
  return withCause(
    names.map((name) => ({ path: `/${name}`, code: 'unique', message, params: { fields: names } })),
    cause,
  );
}

function refusedByCheck(constraint: string, cause: Error): CasementError {
  const field = fieldOfConstraint(constraint);
  const message = 'The database does not take this value.';
  return withCause(
    [{ path: field === undefined ? '' : `/${field}`, code: 'check', message, params: { constraint } }],
    cause,
  );
}

function missing(column: string, cause: Error): CasementError {
  return withCause([{ path: `/${fieldOf(column)}`, code: 'required', message: 'A value is required.' }], cause);
}

/** Without a field the database did not say which reference it was; `id` means that a row others point to was to go. */
function badReference(field: string | undefined, cause: Error): CasementError {
  if (field === 'id')
    return new CasementError('CONFLICT', 'Other records point to this one, so it cannot be removed.', { cause });
  return withCause([referenceDetail(field)], cause);
}

export function referenceDetail(field: string | undefined): ErrorDetail {
  return {
    path: field === undefined ? '' : `/${field}`,
    code: 'reference',
    message: 'The record this points to does not exist.',
  };
}

function unfitting(cause: Error): CasementError {
  return withCause(
    [{ path: '', code: 'range', message: 'A value does not fit the database: too large or not of the right form.' }],
    cause,
  );
}

function withCause(details: readonly ErrorDetail[], cause: Error): CasementError {
  const { code, message, errors } = validationError(details);
  return new CasementError(code, message, { errors, cause });
}
