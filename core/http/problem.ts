import type { ErrorRequestHandler, Response } from 'express';
import type { Log } from '../context.ts';
import { CasementError, ERRORS } from '../errors.ts';
import type { ErrorCode, ErrorDetail } from '../errors.ts';

/** RFC 9457 document. Never a stack, SQL, a path of the machine or a version. */
interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly ErrorDetail[];
  readonly [extra: string]: unknown;
}

/** Anything thrown → the one error shape. What is not meant for callers becomes INTERNAL, with its cause left to the log. */
function toCasementError(error: unknown): CasementError {
  if (error instanceof CasementError) return error;
  const status = statusOf(error);
  if (status === 413) return new CasementError('TOO_LARGE', 'The body is larger than is taken here.');
  if (status === 415)
    return new CasementError('UNSUPPORTED_MEDIA_TYPE', 'This content encoding is not taken here. Send the body plain.');
  if (status !== undefined && status >= 400 && status < 500) {
    return new CasementError('BAD_REQUEST', 'The request cannot be read.', { cause: error });
  }
  return new CasementError(
    'INTERNAL',
    'Something went wrong on the server. The log of the server has the request id.',
    {
      cause: error,
    },
  );
}

function toProblem(error: CasementError, requestId: string): Problem {
  return {
    ...error.extra,
    type: `urn:casement:error:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: ERRORS[error.code].title,
    status: error.status,
    code: error.code,
    detail: error.message,
    requestId,
    errors: error.errors,
  };
}

/** The last handler: every error of every route ends here. */
export function problemHandler(log: Log): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const error = toCasementError(thrown);
    if (error.code === 'INTERNAL')
      log.error({ err: thrown, requestId: requestIdOf(response), method: request.method }, 'request failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // A refusal given again is the same to the letter, with the request it was first given to.
    const first = error.extra['requestId'];
    if (typeof first === 'string') response.setHeader('X-Request-Id', first);
    sendProblem(response, toProblem(error, typeof first === 'string' ? first : requestIdOf(response)));
  };
}

function sendProblem(response: Response, problem: Problem): void {
  const { status } = problem;
  const retryAfter = problem['retryAfter'];
  if (status === 429 || status === 503) {
    response.setHeader('Retry-After', typeof retryAfter === 'number' ? String(retryAfter) : '2');
  }
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/problem+json; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  response.end(JSON.stringify(problem));
}

export function requestIdOf(response: Response): string {
  const id: unknown = response.locals['requestId'];
  return typeof id === 'string' ? id : '';
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  return typeof error.status === 'number' ? error.status : undefined;
}
