import { Router } from 'express';
import type { Request, Response } from 'express';
import { CasementError } from '../errors.ts';
import { flagOf } from './batch-body.ts';
import { isObject, jsonBody, objectBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { callAt, ifMatch, refuseParameters, sendAnswer } from './entity-routes.ts';
import type { Call } from './entity-routes.ts';
import { methodNotAllowed } from './guards.ts';
import { onceByKey } from './idempotency.ts';
import { parseLimit, parseQueryString, refuseUnknown } from './parse-query.ts';
import { sendJson, sendNothing } from './send.ts';

type Body = Readonly<Record<string, unknown>>;

/** `/api/{plural}/duplicates` and `/api/{plural}/{id}/merge`: records that may be of one thing, and making one of them. */
export function duplicateRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  const handle = (handler: (call: Call) => Promise<void>) => async (request: Request, response: Response) => {
    await handler(callAt(deps, request, response));
  };
  const body = jsonBody();
  router
    .route('/:plural/duplicates')
    .get(handle(groups))
    .post(body, handle(candidates))
    .all(methodNotAllowed('GET', 'POST'));
  router.route('/:plural/duplicates/distinct').post(body, handle(mark)).all(methodNotAllowed('POST'));
  router.route('/:plural/:id/merge').post(body, handle(merge)).all(methodNotAllowed('POST'));
  return router;
}

async function groups({ deps, request, response, ctx, entity }: Call): Promise<void> {
  const query = parseQueryString(request.url);
  refuseUnknown(query, ['limit', 'after']);
  const after = query.get('after');
  const page = { limit: parseLimit(query, 20), ...(after === undefined || after === '' ? {} : { after }) };
  sendJson(response, await deps.records.duplicates.groups(ctx, { entity: entity.name, ...page }));
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A draft comes as a body: names and phones do not belong into addresses, which stand in logs. */
async function candidates({ deps, request, response, ctx, entity }: Call): Promise<void> {
  refuseParameters(request);
  const body = knownBody(request, ['draft', 'except', 'limit']);
  const { draft, except, limit } = body;
  if (!isObject(draft)) throw bad('"draft" must be an object: the fields as they are typed.');
  if (except !== undefined && !(typeof except === 'string' && ID.test(except))) throw bad('"except" must be an id.');
  if (limit !== undefined && !(typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= 50))
    throw bad('"limit" must be a whole number from 1 to 50.');
  const query = {
    entity: entity.name,
    draft,
    ...(except === undefined ? {} : { except: except.toLowerCase() }),
    ...(limit === undefined ? {} : { limit }),
  };
  sendJson(response, { data: await deps.records.duplicates.find(ctx, query) });
}

async function mark({ deps, request, response, ctx, entity }: Call): Promise<void> {
  refuseParameters(request);
  const body = knownBody(request, ['ids', 'distinct']);
  const distinct = body['distinct'] === undefined ? true : flagOf(body, 'distinct');
  const command = { entity: entity.name, ids: idsOf(body, 'ids'), distinct };
  await onceByKey(deps, request, ctx, async (inside) => {
    await deps.records.duplicates.mark(inside, command);
    return { status: 204, body: '' };
  });
  sendNothing(response);
}

async function merge({ deps, request, response, ctx, entity, id }: Call): Promise<void> {
  refuseParameters(request);
  const body = knownBody(request, ['from', 'set', 'dryRun']);
  const { set } = body;
  if (set !== undefined && !isObject(set)) throw bad('"set" must be an object: fields and their values.');
  const command = {
    entity: entity.name,
    id,
    from: idsOf(body, 'from'),
    dryRun: flagOf(body, 'dryRun'),
    ...(set === undefined ? {} : { set }),
    ...ifMatch(request),
  };
  const answer = await onceByKey(deps, request, ctx, async (inside) => {
    const report = await deps.records.merge(inside, command);
    const version = report.record['version'];
    const stamp = report.batch !== null && typeof version === 'number' ? { version } : {};
    return { status: 200, body: JSON.stringify(report), ...stamp };
  });
  sendAnswer(response, answer);
}

function knownBody(request: Request, known: readonly string[]): Body {
  const body = objectBody(request);
  const stranger = Object.keys(body).find((key) => !known.includes(key));
  if (stranger === undefined) return body;
  throw bad(`"${stranger.slice(0, 60)}" is not known here. Taken are ${known.join(', ')}.`);
}

function idsOf(body: Body, key: string): readonly string[] {
  const value = body[key];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw bad(`"${key}" must be a list of ids.`);
}

function bad(message: string): CasementError {
  return new CasementError('BAD_REQUEST', message);
}
