import { Router } from 'express';
import type { Request, Response } from 'express';
import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import type { HttpDeps } from './deps.ts';
import { describeModel } from './describe-model.ts';
import { methodNotAllowed } from './guards.ts';
import { describeApi } from './openapi.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { contextOf } from './request-context.ts';
import { sendText } from './send.ts';

const MAX_CACHED = 200;

/** `/model` and `/openapi.json`: the definitions cut to what the caller may see. Both need a session or key. */
export function modelRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  const answer = (kind: 'model' | 'openapi') => {
    const cache = new Map<string, string>();
    return (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const ctx = contextOf(deps, request, response);
      const key = cacheKey(deps, ctx);
      const text = cache.get(key) ?? JSON.stringify(kind === 'model' ? describe(deps, ctx) : openapi(deps, ctx));
      if (cache.size >= MAX_CACHED) cache.clear();
      cache.set(key, text);
      sendText(response, text);
    };
  };
  router.route('/model').get(answer('model')).all(methodNotAllowed('GET'));
  router.route('/openapi.json').get(answer('openapi')).all(methodNotAllowed('GET'));
  return router;
}

/** Equal for callers with the same rights: the answers hold nothing personal. */
function cacheKey(deps: HttpDeps, ctx: Context): string {
  return JSON.stringify([
    deps.records.model().hash,
    deps.records.organisation(),
    ctx.locale,
    ctx.principal.kind === 'system' ? 'system' : [...ctx.principal.roles].sort(),
  ]);
}

function describe(deps: HttpDeps, ctx: Context) {
  const model = deps.records.model();
  const { principal, locale } = ctx;
  return describeModel({
    model,
    access: accessOf(model, principal),
    principal,
    locale,
    organisation: deps.records.organisation(),
  });
}

function openapi(deps: HttpDeps, ctx: Context) {
  const model = deps.records.model();
  return describeApi(model, accessOf(model, ctx.principal));
}
