import { Router } from 'express';
import type { Request, Response } from 'express';
import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';
import { REPORT_FORMATS } from '../reports/output/write-output.ts';
import type { ReportRequest } from '../reports/request.ts';
import { readTemplateInput } from '../reports/templates/read-input.ts';
import type { ReportTemplate } from '../reports/templates/types.ts';
import { jsonBody, objectBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { ifMatch } from './entity-routes.ts';
import { methodNotAllowed } from './guards.ts';
import { oneOf, parseLimit, parseQueryString, refuseUnknown } from './parse-query.ts';
import type { QueryParameters } from './parse-query.ts';
import { contextOf, requireOperation } from './request-context.ts';
import { sendJson, sendNothing } from './send.ts';
import { sendStream } from './send-stream.ts';

/**
 * `GET /reports/{name}?from=&to=&period=&group=&…`, `/records?measure=&row=` and `/export?format=`: the figures, the records behind one, a file.
 * Needs the operation `reports`. Rows and fields are the caller's own, because a report reads through records.
 */
export function reportRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  router
    .route('/:name')
    .get(async (request, response) => {
      const { ctx, query, name } = callOf(deps, request, response);
      sendJson(response, await deps.reports.run(ctx, await requestOf(deps, ctx, { name, query, own: [] })));
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
      const own = await requestOf(deps, ctx, { name, query, own: ['measure', 'row', 'limit', 'after'] });
      sendJson(response, await deps.reports.records(ctx, { ...own, measure, ...page }));
    })
    .all(methodNotAllowed('GET'));
  router
    .route('/:name/export')
    .get(async (request, response) => {
      const { ctx, query, name } = callOf(deps, request, response);
      const format = oneOf(query, 'format', REPORT_FORMATS) ?? 'csv';
      const part = oneOf(query, 'part', ['figures', 'details'] as const);
      const asked = await requestOf(deps, ctx, { name, query, own: ['format', 'part'] });
      const file = await deps.reports.export(ctx, { request: asked, output: { format, ...(part ? { part } : {}) } });
      const headers = { 'Content-Type': file.type, 'Content-Disposition': `attachment; filename="${file.name}"` };
      await sendStream(deps, response, { body: file.body, headers });
    })
    .all(methodNotAllowed('GET'));
  addTemplateRoutes(deps, router);
  return router;
}

/** `/reports/{name}/templates`: the caller's own settings, and those that others share. */
function addTemplateRoutes(deps: HttpDeps, router: Router): void {
  const body = jsonBody();
  router
    .route('/:name/templates')
    .get(async (request, response) => {
      const { ctx, name } = bareCallOf(deps, request, response);
      sendJson(response, { data: await deps.reports.templates.list(ctx, name) });
    })
    .post(body, async (request: Request<{ name: string }>, response: Response) => {
      const { ctx, name } = bareCallOf(deps, request, response);
      const input = readTemplateInput(objectBody(request));
      sendJson(response, await deps.reports.templates.create(ctx, { report: name, input }), 201);
    })
    .all(methodNotAllowed('GET', 'POST'));
  router
    .route('/:name/templates/:id')
    .get(async (request, response) => {
      const { ctx, name } = bareCallOf(deps, request, response);
      sendTemplate(response, await deps.reports.templates.get(ctx, { report: name, id: request.params.id }));
    })
    .put(body, async (request: Request<{ name: string; id: string }>, response: Response) => {
      const { ctx, name } = bareCallOf(deps, request, response);
      const input = readTemplateInput(objectBody(request));
      const place = { report: name, id: request.params.id };
      sendTemplate(response, await deps.reports.templates.replace(ctx, { ...place, input, ...ifMatch(request) }));
    })
    .delete(async (request, response) => {
      const { ctx, name } = bareCallOf(deps, request, response);
      await deps.reports.templates.remove(ctx, { report: name, id: request.params.id });
      sendNothing(response);
    })
    .all(methodNotAllowed('GET', 'PUT', 'DELETE'));
}

function sendTemplate(response: Response, template: ReportTemplate): void {
  response.setHeader('ETag', `"${template.version}"`);
  sendJson(response, template);
}

function bareCallOf(deps: HttpDeps, request: Request<{ name: string }>, response: Response): ReportCall {
  const call = callOf(deps, request, response);
  refuseUnknown(call.query, []);
  return call;
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

interface Asked {
  readonly name: string;
  readonly query: QueryParameters;
  /** What the door itself takes. */
  readonly own: readonly string[];
}

/** Everything else is a parameter of the report, which refuses what it does not know. A template stands behind what is given. */
async function requestOf(deps: HttpDeps, ctx: Context, { name, query, own }: Asked): Promise<ReportRequest> {
  const given = [...query].filter(([key, value]) => value !== '' && !own.includes(key));
  const { from, to, period, group, template, ...parameters } = Object.fromEntries(given);
  const request = { name, from, to, period, group, parameters };
  return template === undefined ? request : deps.reports.templates.merged(ctx, { id: template, request });
}
