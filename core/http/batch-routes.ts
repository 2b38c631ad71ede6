import { Router } from 'express';
import type { Request, Response } from 'express';
import { CasementError } from '../errors.ts';
import { flagOf } from './batch-body.ts';
import { jsonBody, objectBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { onceByKey } from './idempotency.ts';
import { parseLimit, parseQueryString, refuseUnknown } from './parse-query.ts';
import { contextOf } from './request-context.ts';
import { sendJson, sendText } from './send.ts';

/** `/batches`: what was changed many records at a time, and the way back. */
export function batchRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  const { batches } = deps.records;
  router
    .route('/')
    .get(async (request, response) => {
      const query = parseQueryString(request.url);
      refuseUnknown(query, ['limit', 'after']);
      const after = query.get('after');
      const page = { limit: parseLimit(query), ...(after === undefined ? {} : { after }) };
      sendJson(response, await batches.list(contextOf(deps, request, response), page));
    })
    .all(methodNotAllowed('GET'));
  router
    .route('/:id')
    .get(async (request, response) => {
      refuseUnknown(parseQueryString(request.url), []);
      sendJson(response, await batches.get(contextOf(deps, request, response), request.params.id));
    })
    .all(methodNotAllowed('GET'));
  router
    .route('/:id/undo')
    .post(jsonBody(), async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const dryRun = dryRunOf(request);
      const id = String(request.params['id']);
      const answer = await onceByKey(deps, request, contextOf(deps, request, response), async (ctx) => {
        return { status: 200, body: JSON.stringify(await batches.undo(ctx, id, { dryRun })) };
      });
      sendText(response, answer.body, answer.status);
    })
    .all(methodNotAllowed('POST'));
  return router;
}

function dryRunOf(request: Request): boolean {
  if (request.body === undefined) return false;
  const body = objectBody(request);
  const stranger = Object.keys(body).find((key) => key !== 'dryRun');
  if (stranger !== undefined)
    throw new CasementError('BAD_REQUEST', `"${stranger.slice(0, 60)}" is not known here. Taken is dryRun.`);
  return flagOf(body, 'dryRun');
}
