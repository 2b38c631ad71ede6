import type { Request, RequestHandler } from 'express';
import type { Credentials, Identity } from '../auth/create-auth.ts';
import { createThrottle } from '../auth/throttle.ts';
import { CasementError } from '../errors.ts';
import { commandIdentity } from './command-identity.ts';
import { readSessionCookie } from './cookies.ts';
import type { HttpDeps, HttpSettings } from './deps.ts';
import { identityOf, requireIdentity } from './request-context.ts';

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A request sees one model to its end, whatever is exchanged meanwhile; a stream has no end and always sees the newest. */
export function pinModel(deps: HttpDeps): RequestHandler {
  return (request, response, next) => {
    if (request.path === '/events') return next();
    const pin = deps.live.open();
    response.once('close', () => pin.end());
    pin.run(() => next());
  };
}

/** Finds out who asks. A wrong key is refused at once; a wrong cookie is nobody. */
export function identify(deps: HttpDeps): RequestHandler {
  return async (request, response, next) => {
    const credentials = credentialsOf(request, deps.settings);
    if (!credentials) return next();
    const ask = askFor(deps, request, credentials);
    const identity = deps.auth.known(credentials) ?? (await ask());
    if (!identity && credentials.key !== undefined)
      throw new CasementError('UNAUTHENTICATED', 'This API key is not known, has ended or was revoked.');
    if (identity) {
      response.locals['identity'] = identity;
      response.locals['askAgain'] = ask;
    }
    next();
  };
}

/** Answers who it is now; an open stream asks again and again. */
function askFor(deps: HttpDeps, request: Request, credentials: Credentials): () => Promise<Identity | null> {
  const command = credentials.key === undefined ? null : commandIdentity(request, credentials.key, deps.settings);
  return command ? async () => command : () => deps.auth.authenticate(credentials);
}

/** What the request shows, a key before a cookie. UNAUTHENTICATED when its `Authorization` cannot be read. */
export function credentialsOf(request: Request, settings: HttpSettings): Credentials | undefined {
  const key = bearerOf(request);
  if (key !== undefined) return { key };
  const session = readSessionCookie(request, settings);
  return session === undefined ? undefined : { session };
}

function bearerOf(request: Request): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  const match = /^Bearer ([\x21-\x7e]{1,500})$/i.exec(header);
  if (!match) throw new CasementError('UNAUTHENTICATED', 'Send an API key as "Authorization: Bearer …".');
  return match[1];
}

/**
 * Refuses state changes that another site makes a browser send: where the browser says whence it comes, that must be
 * here. A program says neither and may send JSON with its cookie; a plain form, which a page can send unasked, must name its origin.
 */
export function refuseForeignOrigin(settings: HttpSettings): RequestHandler {
  return (request, _response, next) => {
    if (READING.has(request.method) || request.headers.authorization !== undefined) return next();
    const site = request.headers['sec-fetch-site'];
    const { origin } = request.headers;
    if (site !== undefined && site !== 'same-origin' && site !== 'none') throw foreign();
    if (origin !== undefined && !isOwnOrigin(origin, request, settings)) throw foreign();
    const isUnasked = site === undefined && origin === undefined && readSessionCookie(request, settings) !== undefined;
    if (isUnasked && typeOf(request) === 'text/plain')
      throw new CasementError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.');
    if (isUnasked && typeOf(request) === 'application/x-www-form-urlencoded') {
      throw new CasementError(
        'FORBIDDEN',
        'A form sent with the session cookie must carry the Origin header. Send JSON, or use an API key.',
      );
    }
    next();
  };
}

/** A page can make a browser send plain texts and forms without asking first; every browser of today names its origin then. */
function typeOf(request: Request): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function isOwnOrigin(origin: string, request: Request, settings: HttpSettings): boolean {
  if (settings.url !== undefined) return origin === new URL(settings.url).origin;
  return /^https?:\/\//.test(origin) && origin.replace(/^https?:\/\//, '') === request.headers.host;
}

function foreign(): CasementError {
  return new CasementError(
    'FORBIDDEN',
    'This request comes from another site. Set CASEMENT_URL when Casement stands behind another address.',
  );
}

/** Nothing but the rest of the router for those who are logged in. */
export const requireLogin: RequestHandler = (_request, response, next) => {
  requireIdentity(response);
  next();
};

/** Counts a request of a signed-in caller; RATE_LIMITED when he had too many in a minute. Off unless a limit is set. */
export type CallerLimit = (identity: Identity | undefined) => void;

export function createCallerLimit(deps: HttpDeps): CallerLimit {
  const limit = deps.settings.requestsPerMinute;
  if (limit === undefined) return () => undefined;
  const throttle = createThrottle(deps.clock, { limit, window: 60_000, message: 'Too many requests.' });
  return (identity) => {
    const who = identity?.principal.id;
    if (!who) return;
    throttle.check(who);
    throttle.count(who);
  };
}

export function limitPerPrincipal(count: CallerLimit): RequestHandler {
  return (_request, response, next) => {
    count(identityOf(response));
    next();
  };
}

/** For a path that exists under other methods. */
export function methodNotAllowed(...allowed: readonly string[]): RequestHandler {
  return (request, response) => {
    response.setHeader('Allow', allowed.join(', '));
    throw new CasementError(
      'METHOD_NOT_ALLOWED',
      `${request.method} is not taken here. Taken are ${allowed.join(', ')}.`,
    );
  };
}
