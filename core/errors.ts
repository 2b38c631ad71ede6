/**
 * The one table of error codes. HTTP maps `status`, screens translate by `code`; the docs list every row (a test compares them).
 */
export const ERRORS = {
  BAD_REQUEST: { status: 400, title: 'The request cannot be understood' },
  UNAUTHENTICATED: { status: 401, title: 'Please log in' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  FIELD_FORBIDDEN: { status: 403, title: 'Not allowed to set this field' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This address does not take that method' },
  CONFLICT: { status: 409, title: 'Somebody else was faster' },
  TOO_LARGE: { status: 413, title: 'Too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'This content type is not taken here' },
  VALIDATION: { status: 422, title: 'Some values are not right' },
  RATE_LIMITED: { status: 429, title: 'Too many attempts' },
  INTERNAL: { status: 500, title: 'Something went wrong on the server' },
  UNAVAILABLE: { status: 503, title: 'Busy or not reachable, try again' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** One wrong place. `path` is a JSON Pointer into the input (`/customer`, `/lines/0/width`); `code` is stable, `params` fill its translation. */
export interface ErrorDetail {
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

export interface ErrorOptions {
  readonly errors?: readonly ErrorDetail[];
  /** Members added to the problem document, such as `current` of a stale write. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** A stale `If-Match` is CONFLICT with 412 in place of 409. */
  readonly status?: number;
}

/** The only error a caller is meant to see. Everything else is a bug and answers INTERNAL. */
export class CasementError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly ErrorDetail[];
  readonly extra: Readonly<Record<string, unknown>>;
  readonly status: number;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CasementError';
    this.code = code;
    this.errors = options.errors ?? [];
    this.extra = options.extra ?? {};
    this.status = options.status ?? ERRORS[code].status;
  }
}

/** A VALIDATION error of one or more places; at most 100 are kept. */
export function validationError(errors: readonly ErrorDetail[]): CasementError {
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new CasementError('VALIDATION', first ? `${first.message}${more}` : 'Invalid', {
    errors: errors.slice(0, 100),
  });
}
