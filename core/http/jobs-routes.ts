import { Router } from 'express';
import type { Request, Response } from 'express';
import { JOB_STATES } from '../jobs/types.ts';
import { jsonBody, objectBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { readHeldChoice } from './held-jobs-input.ts';
import { onceByKey } from './idempotency.ts';
import { methodNotAllowed } from './guards.ts';
import { oneOf, parseLimit, parseQueryString, refuseUnknown } from './parse-query.ts';
import { contextOf, requireIdentity, requireOperation } from './request-context.ts';
import { sendJson, sendText } from './send.ts';

/** `/jobs`: what runs, what failed for good, and "run again"; what a restore has brought, and whether it shall run. Needs the operation `jobs`. */
export function jobsRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  router.use((_request, response, next) => {
    requireOperation(deps, requireIdentity(response).principal, 'jobs');
    next();
  });
  router
    .route('/')
    .get(async (request, response) => {
      const query = parseQueryString(request.url);
      refuseUnknown(query, ['state', 'limit']);
      const state = oneOf(query, 'state', JOB_STATES);
      sendJson(response, { data: await deps.jobs.listJobs({ ...(state ? { state } : {}), limit: parseLimit(query) }) });
    })
    .all(methodNotAllowed('GET'));
  router
    .route('/held')
    .post(jsonBody(), async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const choice = readHeldChoice(objectBody(request));
      const ctx = contextOf(deps, request, response);
      const { status, body } = await onceByKey(deps, request, ctx, async ({ tx, principal }) => {
        return { status: 200, body: JSON.stringify(await deps.jobs.decideHeld({ ...choice, by: principal.name }, tx)) };
      });
      sendText(response, body, status);
    })
    .all(methodNotAllowed('POST'));
  router
    .route('/:id/log')
    .get(async (request, response) => {
      refuseUnknown(parseQueryString(request.url), []);
      sendJson(response, { data: await deps.jobs.jobLog(request.params['id']) });
    })
    .all(methodNotAllowed('GET'));
  router
    .route('/:id/retry')
    .post(jsonBody(), async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const ctx = contextOf(deps, request, response);
      const { status, body } = await onceByKey(deps, request, ctx, async ({ tx }) => {
        return { status: 200, body: JSON.stringify(await deps.jobs.retryJob(String(request.params['id']), tx)) };
      });
      sendText(response, body, status);
    })
    .all(methodNotAllowed('POST'));
  return router;
}
