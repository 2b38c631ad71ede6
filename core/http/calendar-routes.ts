import { Router } from 'express';
import type { Request, Response } from 'express';
import { jsonBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { contextOf, requirePerson } from './request-context.ts';
import { sendJson, sendNothing } from './send.ts';

/** `GET /calendar/{token}.ics`: a person's tasks and visits for his calendar program, which has no cookie and no key: the address is the secret. */
export function calendarRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  router
    .route('/:file')
    .get(async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const token = /^([A-Za-z0-9_-]{43})\.ics$/.exec(String(request.params['file']))?.[1] ?? '';
      const text = await deps.ways.feeds.render(token);
      response.setHeader('Content-Type', 'text/calendar; charset=utf-8');
      response.setHeader('Content-Disposition', 'attachment; filename="calendar.ics"');
      response.end(text);
    })
    .all(methodNotAllowed('GET'));
  return router;
}

/** `/auth/calendar`: the address of one's own calendar. */
export function calendarAddressRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  router
    .route('/')
    .get(async (request, response) => {
      refuseUnknown(parseQueryString(request.url), []);
      sendJson(response, { createdAt: await deps.ways.feeds.issuedAt(requirePerson(response).user.id) });
    })
    .post(jsonBody(), async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      requirePerson(response);
      const { token } = await deps.ways.feeds.issue(contextOf(deps, request, response));
      const path = `/calendar/${token}.ics`;
      sendJson(response, { path, url: deps.settings.url === undefined ? null : `${deps.settings.url}${path}` }, 201);
    })
    .delete(async (request, response) => {
      refuseUnknown(parseQueryString(request.url), []);
      requirePerson(response);
      await deps.ways.feeds.revoke(contextOf(deps, request, response));
      sendNothing(response);
    })
    .all(methodNotAllowed('GET', 'POST', 'DELETE'));
  return router;
}
