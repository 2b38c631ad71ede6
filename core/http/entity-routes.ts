import { Router } from 'express';
import type { Request, Response } from 'express';
import type { Context } from '../context.ts';
import type { Entity } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { didYouMean } from '../rules/parse-condition.ts';
import { massEditOf } from './batch-body.ts';
import { isObject, jsonBody, objectBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { onceByKey } from './idempotency.ts';
import type { Answer } from './idempotency.ts';
import { moveInput } from './move-input.ts';
import {
  parseAggregateQuery,
  parseChangesQuery,
  parseListQuery,
  parseQueryString,
  parseRecordQuery,
  refuseUnknown,
} from './parse-query.ts';
import { contextOf } from './request-context.ts';
import { sendExport } from './send-export.ts';
import { sendJson, sendNothing, sendText } from './send.ts';

type Handler = (call: Call) => Promise<void>;

/** One call of an entity route: who asks, about which entity, which record. */
export interface Call {
  readonly deps: HttpDeps;
  readonly request: Request;
  readonly response: Response;
  readonly ctx: Context;
  readonly entity: Entity;
  readonly id: string;
  /** Under the model this call began with; of a call whose request is pinned to it, simply the work. */
  readonly under: <T>(work: () => Promise<T>) => Promise<T>;
}

/** `/api/{plural}`: the customer's entities and nothing else. */
export function entityRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  const handle = (handler: Handler) => async (request: Request, response: Response) => {
    await handler(callAt(deps, request, response));
  };
  const body = jsonBody();
  router.route('/:plural').get(handle(listRecords)).post(body, handle(create)).all(methodNotAllowed('GET', 'POST'));
  router.route('/:plural/aggregate').get(handle(aggregate)).all(methodNotAllowed('GET'));
  router.route('/:plural/export').get(handle(sendExport)).all(methodNotAllowed('GET'));
  router.route('/:plural/batch').post(body, handle(batch)).all(methodNotAllowed('POST'));
  router
    .route('/:plural/:id')
    .get(handle(getRecord))
    .patch(body, handle(update))
    .delete(handle(remove))
    .all(methodNotAllowed('GET', 'PATCH', 'DELETE'));
  router.route('/:plural/:id/changes').get(handle(changes)).all(methodNotAllowed('GET'));
  router.route('/:plural/:id/dependents').get(handle(dependents)).all(methodNotAllowed('GET'));
  router.route('/:plural/:id/move').post(body, handle(move)).all(methodNotAllowed('POST'));
  router.route('/:plural/:id/restore').post(body, handle(restore)).all(methodNotAllowed('POST'));
  return router;
}

/** The call at an address of this router's pattern. */
export function callAt(deps: HttpDeps, request: Request, response: Response): Call {
  const { plural, id } = request.params;
  return callOf(deps, { request, response, plural: String(plural), id: String(id ?? ''), under: (work) => work() });
}

interface Asked extends Pick<Call, 'under'> {
  readonly request: Request;
  readonly response: Response;
  readonly plural: string;
  readonly id: string;
}

/** NOT_FOUND for a plural that no entity has. */
export function callOf(deps: HttpDeps, { request, response, plural, id, under }: Asked): Call {
  const ctx = contextOf(deps, request, response);
  const model = deps.records.model();
  const entity = model.byPlural.get(plural);
  if (!entity) {
    throw new CasementError(
      'NOT_FOUND',
      `There is nothing at /api/${plural.slice(0, 60)}.${didYouMean(plural.slice(0, 60), model.byPlural.keys())}`,
    );
  }
  return { deps, request, response, ctx, entity, id: id.toLowerCase(), under };
}

export async function listRecords({ deps, request, response, ctx, entity }: Call): Promise<void> {
  const query = parseListQuery(entity.name, parseQueryString(request.url));
  const page = await deps.records.read(ctx, query);
  const total = page.total === undefined ? '' : `,"total":${page.total}`;
  sendText(response, `{"data":[${page.text}],"next":${JSON.stringify(page.next)}${total}}`);
}

async function aggregate({ deps, request, response, ctx, entity }: Call): Promise<void> {
  const query = parseAggregateQuery(entity.name, parseQueryString(request.url));
  sendJson(response, { data: await deps.records.aggregate(ctx, query) });
}

export async function getRecord({ deps, request, response, ctx, entity, id, under }: Call): Promise<void> {
  const query = parseRecordQuery(parseQueryString(request.url));
  // The version is read along for the ETag and dropped again when it was not asked for.
  const hidesVersion = query.fields !== undefined && !query.fields.includes('version');
  const fields = hidesVersion ? { fields: [...(query.fields ?? []), 'version'] } : {};
  const asked = { ...query, ...fields, entity: entity.name, id };
  const text = await orWhereItWent(deps.records.getText(ctx, asked), () =>
    under(() => deps.records.mergedInto(ctx, { entity: entity.name, id })),
  );
  const { version, ...rest } = JSON.parse(text) as RecordData;
  setEtag(response, version);
  if (hidesVersion) sendJson(response, rest);
  else sendText(response, text);
}

/** A merged record is not there any more; who may see where it has gone is told. */
async function orWhereItWent<T>(work: Promise<T>, find: () => Promise<string | null>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const into = error instanceof CasementError && error.code === 'NOT_FOUND' ? await find() : null;
    if (into === null) throw error;
    throw new CasementError('NOT_FOUND', 'This record has become a part of another one.', {
      extra: { mergedInto: into },
      cause: error,
    });
  }
}

async function changes({ deps, request, response, ctx, entity, id }: Call): Promise<void> {
  const query = parseChangesQuery(parseQueryString(request.url));
  sendJson(response, await deps.records.changes(ctx, { entity: entity.name, id, ...query }));
}

/** Asked before a deletion: what would go along. */
async function dependents({ deps, request, response, ctx, entity, id }: Call): Promise<void> {
  refuseParameters(request);
  sendJson(response, { data: await deps.records.dependents(ctx, { entity: entity.name, id }) });
}

async function create(call: Call): Promise<void> {
  const { deps, request, ctx, entity } = call;
  refuseParameters(request);
  const body: unknown = request.body;
  const answer = await onceByKey(deps, request, ctx, async (ctx) => {
    if (Array.isArray(body)) return { status: 201, body: await createAll(deps, ctx, { entity, inputs: body }) };
    const input = objectBody(request);
    return recordAnswer(await deps.records.write(ctx, { op: 'create', entity: entity.name, input }), 201);
  });
  if (!Array.isArray(body)) {
    const made = JSON.parse(answer.body) as { id?: unknown };
    call.response.setHeader('Location', `/api/${entity.plural}/${String(made.id)}`);
  }
  sendAnswer(call.response, answer);
}

async function batch(call: Call): Promise<void> {
  const { deps, request, ctx, entity } = call;
  refuseParameters(request);
  const edit = massEditOf(entity, objectBody(request));
  const answer = await onceByKey(deps, request, ctx, async (ctx) => {
    return { status: 200, body: JSON.stringify(await deps.records.batches.edit(ctx, edit)) };
  });
  sendAnswer(call.response, answer);
}

const MOST_AT_ONCE = 1000;

async function createAll(
  { records }: HttpDeps,
  ctx: Context,
  of: { readonly entity: Entity; readonly inputs: readonly unknown[] },
): Promise<string> {
  if (of.inputs.length > MOST_AT_ONCE)
    throw new CasementError('BAD_REQUEST', `At most ${MOST_AT_ONCE} records can be created at once.`);
  return `{"data":[${(await records.createAll(ctx, { entity: of.entity.name, inputs: of.inputs })).join()}]}`;
}

async function update(call: Call): Promise<void> {
  const { deps, request, ctx, entity, id } = call;
  refuseParameters(request);
  const input = objectBody(request);
  const version = ifMatch(request);
  const answer = await onceByKey(deps, request, ctx, async (ctx) => {
    return recordAnswer(await deps.records.write(ctx, { op: 'update', entity: entity.name, id, input, ...version }));
  });
  sendAnswer(call.response, answer);
}

async function move(call: Call): Promise<void> {
  const { deps, request, ctx, entity, id } = call;
  refuseParameters(request);
  const { input, note } = moveInput(entity, objectBody(request));
  const version = ifMatch(request);
  const answer = await onceByKey(deps, request, ctx, async (ctx) => {
    const command = {
      op: 'update',
      entity: entity.name,
      id,
      input,
      ...version,
      ...(note === undefined ? {} : { note }),
    } as const;
    return recordAnswer(await deps.records.write(ctx, command));
  });
  sendAnswer(call.response, answer);
}

async function remove(call: Call): Promise<void> {
  const { deps, request, ctx, entity, id } = call;
  refuseParameters(request);
  const version = ifMatch(request);
  await onceByKey(deps, request, ctx, async (ctx) => {
    await deps.records.write(ctx, { op: 'delete', entity: entity.name, id, ...version });
    return { status: 204, body: '' };
  });
  sendNothing(call.response);
}

async function restore(call: Call): Promise<void> {
  const { deps, request, ctx, entity, id } = call;
  refuseParameters(request);
  if (isObject(request.body) && Object.keys(request.body).length > 0)
    throw new CasementError('BAD_REQUEST', 'A restore takes no body.');
  const version = ifMatch(request);
  const answer = await onceByKey(deps, request, ctx, async (ctx) => {
    return recordAnswer(await deps.records.write(ctx, { op: 'restore', entity: entity.name, id, ...version }));
  });
  sendAnswer(call.response, answer);
}

export function refuseParameters(request: Request): void {
  refuseUnknown(parseQueryString(request.url), []);
}

function recordAnswer(record: RecordData, status = 200): Answer {
  const { version } = record;
  return { status, body: JSON.stringify(record), ...(typeof version === 'number' ? { version } : {}) };
}

export function sendAnswer(response: Response, answer: Answer): void {
  setEtag(response, answer.version);
  sendText(response, answer.body, answer.status);
}

function setEtag(response: Response, version: unknown): void {
  if (typeof version === 'number') response.setHeader('ETag', `"${version}"`);
}

/** The version of `If-Match: "3"`. `*` and no header mean any. */
/** The version a change starts from; none for a change of whatever is there. */
export function ifMatch(request: Request): { version?: number } {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') return {};
  const match = /^(?:W\/)?"(\d{1,15})"$/.exec(header.trim());
  if (!match) throw new CasementError('BAD_REQUEST', 'If-Match must be the ETag of the record, such as "3" in quotes.');
  return { version: Number(match[1]) };
}
