import { Router } from 'express';
import type { Request, Response } from 'express';
import { CasementError } from '../errors.ts';
import { jsonBody, objectBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { onceByKey } from './idempotency.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { readInput } from './read-input.ts';
import { contextOf, requireIdentity, requireOperation } from './request-context.ts';
import { sendJson, sendText } from './send.ts';

/** `/channels`: which ways in and out there are, what each needs and how it does. Needs the right "channels". */
export function channelsRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  router.use((_request, response, next) => {
    requireOperation(deps, requireIdentity(response).principal, 'channels');
    next();
  });
  router
    .route('/')
    .get(async (request, response) => {
      refuseUnknown(parseQueryString(request.url), []);
      sendJson(response, { data: await deps.ways.channels.list() });
    })
    .all(methodNotAllowed('GET'));
  router
    .route('/:name/probe')
    .post(jsonBody(), async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const name = String(request.params['name']);
      const probe = deps.ways.channels.get(name)?.probe;
      if (!probe) throw new CasementError('NOT_FOUND', 'There is no such channel that is open and can be tried.');
      await deps.ways.channels.watch(name, () => probe());
      sendJson(response, { ok: true });
    })
    .all(methodNotAllowed('POST'));
  return router;
}

/** `POST /calls`: calls the number on a card; the caller's own phone rings first. */
export function callsRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  router
    .route('/')
    .post(jsonBody(), async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const input = readInput(objectBody(request), ['entity', 'id', 'field']);
      const call = {
        entity: input.text('entity'),
        id: input.text('id'),
        field: input.optionalText('field') ?? 'phone',
      };
      input.finish();
      const answer = await onceByKey(deps, request, contextOf(deps, request, response), async (ctx) => {
        return { status: 201, body: JSON.stringify(await deps.ways.startCall(ctx, call)) };
      });
      sendText(response, answer.body, answer.status);
    })
    .all(methodNotAllowed('POST'));
  return router;
}
