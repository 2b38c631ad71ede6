import { Router } from 'express';
import type { Request, Response } from 'express';
import { accessOf } from '../access/access.ts';
import { CasementError } from '../errors.ts';
import { jsonBody, objectBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { ownKey } from './idempotency.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { readInput } from './read-input.ts';
import { contextOf } from './request-context.ts';
import { sendJson } from './send.ts';

/** `POST /documents {template, entity, id}`: renders now, by the same code as the automation step. */
export function documentRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  router
    .route('/')
    .post(jsonBody(), async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const ctx = contextOf(deps, request, response);
      const input = readInput(objectBody(request), ['template', 'entity', 'id']);
      const wanted = {
        template: input.text('template', 40),
        entity: input.text('entity', 40),
        id: input.text('id', 36).toLowerCase(),
      };
      input.finish();
      const model = deps.records.model();
      const template = model.templates.get(wanted.template);
      const access = accessOf(model, ctx.principal);
      if (!template || template.entity !== wanted.entity || !access.can(wanted.entity, 'read')) {
        throw new CasementError('NOT_FOUND', 'There is no such template for this entity.');
      }
      // Asked before the costly rendering: may he see the record, and may he make documents at all?
      await deps.records.get(ctx, { entity: wanted.entity, id: wanted.id, fields: ['id'] });
      if (!access.can('document', 'create')) throw new CasementError('FORBIDDEN', 'You may not make documents.');
      const key = await ownKey(deps, request, ctx);
      const once = key === undefined ? {} : { key };
      sendJson(response, await deps.documents.generate(ctx, { ...wanted, ...once }), 201);
    })
    .all(methodNotAllowed('POST'));
  return router;
}
