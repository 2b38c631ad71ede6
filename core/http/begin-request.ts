import type { Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { uuidv7 } from 'uuidv7';
import { isHttps } from './cookies.ts';
import type { HttpSettings } from './deps.ts';

/** Gives every request an id of ours (one sent from outside is not taken), and its answer what protects whoever shows it. */
export function beginRequest(settings: HttpSettings): RequestHandler {
  const headers = [...securityHeaders(settings)];
  return (_request, response, next) => {
    const id = uuidv7();
    response.locals['requestId'] = id;
    response.setHeader('X-Request-Id', id);
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}

export const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};

/** They are the same for every answer, so they are asked for once and not of a dozen handlers each time. */
function securityHeaders(settings: HttpSettings): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  const recorder = {
    setHeader: (name: string, value: string) => headers.set(name, value),
    removeHeader: (name: string) => headers.delete(name),
  };
  protection(settings)({} as Request, recorder as unknown as Response, () => undefined);
  return headers;
}

function protection(settings: HttpSettings) {
  const https = isHttps(settings);
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'"],
        // The UI kit sets style attributes; scripts stay closed.
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:', 'blob:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
        ...(https ? { 'upgrade-insecure-requests': [] } : {}),
      },
    },
    // Not no-referrer: under it browsers send "Origin: null" with the forms of our own pages.
    referrerPolicy: { policy: 'same-origin' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: https ? { maxAge: 31_536_000 } : false,
  });
}
