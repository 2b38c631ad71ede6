import type { RequestHandler } from 'express';
import type { HttpDeps } from './deps.ts';
import { callOf, getRecord, listRecords } from './entity-routes.ts';
import { credentialsOf } from './guards.ts';
import type { CallerLimit } from './guards.ts';

/** `/api/{plural}` and `/api/{plural}/{id}`, spelt as nearly everybody spells them. */
const ADDRESS = /^\/api\/([a-z][a-z0-9-]*)(?:\/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}))?(?:\?|$)/;

/**
 * Most requests read one record or a page, for a caller who is in memory: they need none of the doors behind this one. All up to the
 * database's question happens at one go, so no model can be exchanged meanwhile and none has to be pinned. Whatever is otherwise goes the long way,
 * where the same handlers stand.
 */
export function quickReads(deps: HttpDeps, limit: CallerLimit): RequestHandler {
  return (request, response, next) => {
    const found = request.method === 'GET' ? ADDRESS.exec(request.url) : null;
    const credentials = found ? credentialsOf(request, deps.settings) : undefined;
    const identity = credentials && deps.auth.known(credentials);
    if (!found || !identity) return next();
    const [, plural = '', id] = found;
    limit(identity);
    response.locals['identity'] = identity;
    response.setHeader('Cache-Control', 'no-store');
    const call = callOf(deps, { request, response, plural, id: id ?? '', under: deps.live.hold() });
    return id === undefined ? listRecords(call) : getRecord(call);
  };
}
