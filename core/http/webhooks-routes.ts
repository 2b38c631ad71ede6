import { Router } from 'express';
import type { Request, Response } from 'express';
import type { WebhookInput } from '../channels/webhooks/create-webhooks.ts';
import { CasementError } from '../errors.ts';
import { jsonBody, objectBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { readInput } from './read-input.ts';
import { contextOf, requireIdentity, requireOperation } from './request-context.ts';
import { sendJson, sendNothing } from './send.ts';

/** `/webhooks`: changes told to other programs. Needs the right "channels"; each tells what its maker may see. */
export function webhooksRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  const { webhooks } = deps.ways;
  router.use((request, response, next) => {
    requireOperation(deps, requireIdentity(response).principal, 'channels');
    refuseUnknown(parseQueryString(request.url), []);
    next();
  });
  router
    .route('/')
    .get(async (_request, response) => sendJson(response, { data: await webhooks.list() }))
    .post(jsonBody(), async (request: Request, response: Response) => {
      sendJson(response, await webhooks.create(contextOf(deps, request, response), inputOf(request, true)), 201);
    })
    .all(methodNotAllowed('GET', 'POST'));
  router
    .route('/secret')
    .post(jsonBody(), (request: Request, response: Response) => {
      const input = readInput(objectBody(request), ['url']);
      const url = input.text('url', 2_000);
      input.finish();
      sendJson(response, { secret: deps.ways.outbound.secretFor(url) });
    })
    .all(methodNotAllowed('POST'));
  router
    .route('/:id')
    .patch(jsonBody(), async (request: Request, response: Response) => {
      const ctx = contextOf(deps, request, response);
      sendJson(response, await webhooks.update(ctx, String(request.params['id']), inputOf(request, false)));
    })
    .delete(async (request, response) => {
      await webhooks.remove(contextOf(deps, request, response), request.params['id']);
      sendNothing(response);
    })
    .all(methodNotAllowed('PATCH', 'DELETE'));
  router
    .route('/:id/rotate')
    .post(jsonBody(), async (request: Request, response: Response) => {
      sendJson(response, await webhooks.rotate(contextOf(deps, request, response), String(request.params['id'])));
    })
    .all(methodNotAllowed('POST'));
  return router;
}

function inputOf(request: Request, isNew: boolean): WebhookInput {
  const body = objectBody(request);
  const input = readInput(body, ['url', 'entities', 'kinds', 'isOn']);
  const { isOn } = body;
  if (isOn !== undefined && typeof isOn !== 'boolean')
    throw new CasementError('BAD_REQUEST', '"isOn" must be true or false.');
  const url = isNew ? input.text('url', 2_000) : input.optionalText('url', 2_000);
  const read = {
    ...(url === undefined ? {} : { url }),
    ...(body['entities'] === undefined ? {} : { entities: input.texts('entities') }),
    ...(body['kinds'] === undefined ? {} : { kinds: input.texts('kinds') }),
    ...(isOn === undefined ? {} : { isOn }),
  };
  input.finish();
  return read;
}
