import { Router } from 'express';
import type { Request, Response } from 'express';
import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { ReportRequest } from '../reports/request.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { parseLimit, parseQueryString } from './parse-query.ts';
import type { QueryParameters } from './parse-query.ts';
import { contextOf, requireOperation } from './request-context.ts';
import { sendJson } from './send.ts';

/**
 * `GET /reports/{name}?from=&to=&period=&group=&…` and `GET /reports/{name}/records?measure=&row=`: the figures, and the records behind one.
 * Needs the operation `reports`. Rows and fields are the caller's own, because a report reads through records.
 */
export function reportRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  router
    .route('/:name')
    .get(async (request, response) => {
      const { ctx, query, name } = callOf(deps, request, response);
      sendJson(response, await deps.reports.run(ctx, reportRequest(name, query, [])));
    })
    .all(methodNotAllowed('GET'));
  router
    .route('/:name/records')
    .get(async (request, response) => {
      const { ctx, query, name } = callOf(deps, request, response);
      const measure = query.get('measure');
      if (measure === undefined) throw new CasementError('BAD_REQUEST', '"measure" is missing: which figure?');
      const { row, after } = Object.fromEntries(query);
      const page = { limit: parseLimit(query), row, after: after === '' ? undefined : after };
      const own = reportRequest(name, query, ['measure', 'row', 'limit', 'after']);
      sendJson(response, await deps.reports.records(ctx, { ...own, measure, ...page }));
    })
    .all(methodNotAllowed('GET'));
  return router;
}

interface ReportCall {
  readonly ctx: Context;
  readonly query: QueryParameters;
  readonly name: string;
}

/** NOT_FOUND for a report that is not there, or over what the caller may not read: the same answer. */
function callOf(deps: HttpDeps, request: Request<{ name: string }>, response: Response): ReportCall {
  const ctx = contextOf(deps, request, response);
  requireOperation(deps, ctx.principal, 'reports');
  const query = parseQueryString(request.url);
  const model = deps.records.model();
  const { name } = request.params;
  const report = model.reports.get(name);
  if (!report || !accessOf(model, ctx.principal).can(report.entity, 'read')) {
    throw new CasementError('NOT_FOUND', 'There is no such report.');
  }
  return { ctx, query, name };
}

/** Everything that is not the door's own is a parameter of the report, which refuses what it does not know. */
function reportRequest(name: string, query: QueryParameters, own: readonly string[]): ReportRequest {
  const given = [...query].filter(([key, value]) => value !== '' && !own.includes(key));
  const { from, to, period, group, ...parameters } = Object.fromEntries(given);
  return { name, from, to, period, group, parameters };
}
