import { Router } from 'express';
import type { Request, Response } from 'express';
import { OVERLAY_KINDS } from '../definitions/overlay.ts';
import type { OverlayKind } from '../definitions/overlay.ts';
import { LANGUAGE, KEY } from '../definitions/keys.ts';
import { CasementError } from '../errors.ts';
import { isObject, jsonBody, objectBody } from './body.ts';
import type { DefinitionEdit, HttpDeps } from './deps.ts';
import { ifMatch } from './entity-routes.ts';
import { methodNotAllowed } from './guards.ts';
import { oneOf, parseLimit, parseQueryString, refuseUnknown } from './parse-query.ts';
import { contextOf, requireIdentity, requireOperation } from './request-context.ts';
import { sendJson, sendNothing } from './send.ts';

/** `/definitions`: what every layer says, and changes of the overlay. Needs the operation `definitions`. */
export function definitionRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  const body = jsonBody();
  router.use((_request, response, next) => {
    requireOperation(deps, requireIdentity(response).principal, 'definitions');
    next();
  });
  router
    .route('/')
    .get(async (request, response) => {
      const query = parseQueryString(request.url);
      refuseUnknown(query, ['kind']);
      sendJson(response, { data: await deps.definitions.list(oneOf(query, 'kind', OVERLAY_KINDS)) });
    })
    .all(methodNotAllowed('GET'));
  router
    .route('/check')
    .post(body, async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      sendJson(response, await deps.definitions.check(contextOf(deps, request, response), editOf(request)));
    })
    .all(methodNotAllowed('POST'));
  router
    .route('/:kind/:name')
    .get(async (request, response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const { kind, name } = placeOf(request);
      sendDefinition(response, await deps.definitions.get(kind, name));
    })
    .put(body, (request: Request, response: Response) => change(deps, { request, response, json: objectBody(request) }))
    .delete((request, response) => change(deps, { request, response, json: null }))
    .all(methodNotAllowed('GET', 'PUT', 'DELETE'));
  router
    .route('/:kind/:name/changes')
    .get(async (request, response) => {
      const query = parseQueryString(request.url);
      refuseUnknown(query, ['limit', 'after']);
      const after = query.get('after');
      const page = { limit: parseLimit(query), ...(after === undefined ? {} : { after }) };
      const ctx = contextOf(deps, request, response);
      sendJson(response, await deps.definitions.changes(ctx, { ...placeOf(request), ...page }));
    })
    .all(methodNotAllowed('GET'));
  return router;
}

interface Change {
  readonly request: Request;
  readonly response: Response;
  readonly json: DefinitionEdit['json'];
}

async function change(deps: HttpDeps, { request, response, json }: Change): Promise<void> {
  const query = parseQueryString(request.url);
  refuseUnknown(query, ['dryRun']);
  const ctx = contextOf(deps, request, response);
  const edit = { ...placeOf(request), json, ...ifMatch(request) };
  if (oneOf(query, 'dryRun', ['true', 'false']) === 'true')
    return sendJson(response, await deps.definitions.check(ctx, edit));
  const saved = await deps.definitions.save(ctx, edit);
  if (saved) sendDefinition(response, saved);
  else sendNothing(response);
}

function sendDefinition(response: Response, detail: { readonly version: number }): void {
  response.setHeader('ETag', `"${detail.version}"`);
  sendJson(response, detail);
}

function placeOf(request: { readonly params: Readonly<Record<string, unknown>> }): {
  readonly kind: OverlayKind;
  readonly name: string;
} {
  return place(String(request.params['kind']), String(request.params['name']));
}

function place(kind: string, name: string): { readonly kind: OverlayKind; readonly name: string } {
  const known = OVERLAY_KINDS.find((one) => one === kind);
  const isName = known === 'locale' ? LANGUAGE.test(name) : KEY.test(name);
  if (!known || !isName) throw new CasementError('NOT_FOUND', 'There is no such definition.');
  return { kind: known, name };
}

/** `{kind, name, document}`; a document of null would take the overlay's away. */
function editOf(request: Request): DefinitionEdit {
  const { kind, name, document, ...rest } = objectBody(request);
  const stranger = Object.keys(rest)[0];
  if (stranger !== undefined)
    throw new CasementError(
      'BAD_REQUEST',
      `"${stranger.slice(0, 60)}" is not known here. Taken are kind, name, document.`,
    );
  if (typeof kind !== 'string' || typeof name !== 'string' || !(document === null || isObject(document)))
    throw new CasementError('BAD_REQUEST', 'Send kind and name as texts, and the document as an object or null.');
  return { ...place(kind, name), json: document, ...ifMatch(request) };
}
