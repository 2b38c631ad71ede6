import { Router } from 'express';
import type { Request, Response } from 'express';
import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { HandOver, HandOverReport } from '../records/batch-types.ts';
import { flagOf } from './batch-body.ts';
import { jsonBody, objectBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { onceByKey } from './idempotency.ts';
import { parseLimit, parseQueryString, refuseUnknown } from './parse-query.ts';
import { readInput } from './read-input.ts';
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
    .route('/hand-over')
    .post(jsonBody(), async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const of = handOverOf(request);
      const answer = await onceByKey(deps, request, contextOf(deps, request, response), async (ctx) => {
        return { status: 200, body: JSON.stringify(await handOver(deps, ctx, of)) };
      });
      sendText(response, answer.body, answer.status);
    })
    .all(methodNotAllowed('POST'));
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

/** Who receives the work hears of it once, by a rule that follows the event. */
function handOver({ records }: HttpDeps, ctx: Context, of: HandOver): Promise<HandOverReport> {
  return records.transaction(ctx, async (inside) => {
    const report = await records.batches.handOver(inside, of);
    const event = { entity: 'user', id: of.to, kind: 'work.received', data: { from: of.from, batch: report.batch } };
    if (report.batch !== null) await records.event(inside, event);
    return report;
  });
}

function handOverOf(request: Request): HandOver {
  const body = objectBody(request);
  const input = readInput(body, ['from', 'to', 'entities', 'note', 'dryRun']);
  const [from, to, note] = [input.text('from'), input.text('to'), input.optionalText('note', 5_000)];
  const entities = body['entities'] === undefined ? undefined : input.texts('entities');
  input.finish();
  return {
    ...{ from: from.toLowerCase(), to: to.toLowerCase(), dryRun: flagOf(body, 'dryRun') },
    ...(note === undefined ? {} : { note }),
    ...(entities === undefined ? {} : { entities }),
  };
}

function dryRunOf(request: Request): boolean {
  if (request.body === undefined) return false;
  const body = objectBody(request);
  const stranger = Object.keys(body).find((key) => key !== 'dryRun');
  if (stranger !== undefined)
    throw new CasementError('BAD_REQUEST', `"${stranger.slice(0, 60)}" is not known here. Taken is dryRun.`);
  return flagOf(body, 'dryRun');
}
