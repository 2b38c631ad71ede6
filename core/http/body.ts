import express from 'express';
import type { Request, RequestHandler } from 'express';
import { CasementError } from '../errors.ts';
import { parseJson } from './scan-json.ts';

const MAX_BODY = 1_048_576;
/** A body that is too large, but not larger than this, is read to its end, so that its sender gets to read the refusal. */
const MOST_DRAINED = 16 * MAX_BODY;
const JSON_TYPES = ['application/json', 'application/merge-patch+json'];
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Reads a JSON body of at most 1 MiB into `request.body`. Another content type is refused; no body at all is undefined. */
export function jsonBody(): RequestHandler[] {
  return bodyOf(JSON_TYPES);
}

/** The same, and HTML forms too: their pairs arrive as `URLSearchParams`. */
export function jsonOrFormBody(): RequestHandler[] {
  return bodyOf([...JSON_TYPES, FORM_TYPE]);
}

function bodyOf(types: readonly string[]): RequestHandler[] {
  return [refuseOtherTypes(types), refuseLarge, readBytes(types), parseBytes];
}

/** JSON as it came, byte by byte: what was signed. `rawBody` has it. */
export function signedBody(): RequestHandler[] {
  return [refuseOtherTypes(JSON_TYPES), refuseLarge, readBytes(JSON_TYPES)];
}

export function rawBody(request: Request): Buffer {
  const bytes: unknown = request.body;
  return Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0);
}

/** The body as a JSON object; BAD_REQUEST for anything else. */
export function objectBody(request: Request): Readonly<Record<string, unknown>> {
  const body: unknown = request.body;
  if (!isObject(body)) throw new CasementError('BAD_REQUEST', 'The body must be a JSON object.');
  return body;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuseOtherTypes(types: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    if (!hasBody(request)) return next();
    const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    if (!types.includes(type)) throw new CasementError('UNSUPPORTED_MEDIA_TYPE', `Send the body as ${types[0]}.`);
    const charset = /charset="?([\w-]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset && !/^utf-?8$/i.test(charset))
      throw new CasementError('UNSUPPORTED_MEDIA_TYPE', 'Send the body in UTF-8.');
    next();
  };
}

function hasBody(request: Request): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** Nobody waits for what says of itself that it is too large: the answer comes before it. Where far too much would follow, the connection ends. */
const refuseLarge: RequestHandler = (request, response, next) => {
  const length = Number(request.headers['content-length'] ?? 0);
  if (length <= MAX_BODY) return next();
  if (length > MOST_DRAINED) response.shouldKeepAlive = false;
  throw new CasementError('TOO_LARGE', 'The body is larger than is taken here.');
};

/** Never inflates: a compressed body could be far larger than it looks. */
function readBytes(types: readonly string[]): RequestHandler {
  return express.raw({ type: [...types], limit: MAX_BODY, inflate: false });
}

const parseBytes: RequestHandler = (request, _response, next) => {
  const bytes: unknown = request.body;
  request.body = undefined;
  // Of a sender who went away before it was read, the body would look like none, and the request like another one.
  if (hasBody(request) && !Buffer.isBuffer(bytes))
    throw new CasementError('BAD_REQUEST', 'The request was broken off before its body had come.');
  if (Buffer.isBuffer(bytes) && bytes.length > 0) {
    const isForm = (request.headers['content-type'] ?? '').toLowerCase().startsWith(FORM_TYPE);
    request.body = isForm ? new URLSearchParams(bytes.toString('utf8')) : parseJson(bytes);
  }
  next();
};
