import { Router } from 'express';
import { accessOf } from '../access/access.ts';
import { CasementError } from '../errors.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { contextOf, requireOperation } from './request-context.ts';
import { sendJson } from './send.ts';

/** `GET /reports/{name}?from=&to=&group=`. Needs the operation `reports`. Rows and fields are the caller's own, because a report reads through records. */
export function reportRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  router
    .route('/:name')
    .get(async (request, response) => {
      const ctx = contextOf(deps, request, response);
      requireOperation(deps, ctx.principal, 'reports');
      const query = parseQueryString(request.url);
      refuseUnknown(query, ['from', 'to', 'group']);
      const model = deps.records.model();
      const name = request.params['name'];
      const report = model.reports.get(name);
      if (!report || !accessOf(model, ctx.principal).can(report.entity, 'read')) {
        throw new CasementError('NOT_FOUND', 'There is no such report.');
      }
      const options = Object.fromEntries([...query].filter(([, value]) => value !== ''));
      sendJson(response, await deps.reports.run(ctx, { ...options, name }));
    })
    .all(methodNotAllowed('GET'));
  return router;
}
