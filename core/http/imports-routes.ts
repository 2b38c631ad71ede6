import { Router } from 'express';
import type { Request, Response } from 'express';
import { CasementError } from '../errors.ts';
import type { ImportRun } from '../imports/journal.ts';
import { isObject, jsonBody, objectBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { oneOf, parseLimit, parseQueryString, refuseUnknown } from './parse-query.ts';
import type { QueryParameters } from './parse-query.ts';
import { readInput } from './read-input.ts';
import { receiveUpload } from './receive-upload.ts';
import { contextOf } from './request-context.ts';
import { sendStream } from './send-stream.ts';
import { sendJson, sendNothing } from './send.ts';

const READ_OPTIONS = ['encoding', 'delimiter', 'sheet'] as const;
const STATUSES = ['created', 'updated', 'skipped', 'failed'] as const;

/** `/imports`: tables in. Uploads, previews, runs in the background, their reports. Needs the operation `import`. */
export function importsRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  addFileRoutes(router, deps);
  addMappingRoutes(router, deps);
  router
    .route('/')
    .get(async (request, response) => {
      const query = parseQueryString(request.url);
      refuseUnknown(query, ['limit']);
      const runs = await deps.imports.list(contextOf(deps, request, response), parseLimit(query));
      sendJson(response, { data: runs.map(shown) });
    })
    .post(jsonBody(), async (request: Request, response: Response) => start(deps, request, response))
    .all(methodNotAllowed('GET', 'POST'));
  router
    .route('/:id')
    .get(async (request, response) => {
      refuseUnknown(parseQueryString(request.url), []);
      sendJson(response, shown(await deps.imports.get(contextOf(deps, request, response), idOf(request))));
    })
    .all(methodNotAllowed('GET'));
  router
    .route('/:id/report')
    .get(async (request, response) => {
      const query = parseQueryString(request.url);
      refuseUnknown(query, ['status', 'limit', 'after']);
      const [status, after] = [oneOf(query, 'status', STATUSES), query.get('after')];
      const wanted = {
        ...(status ? { status } : {}),
        ...(after === undefined ? {} : { after }),
        limit: parseLimit(query),
      };
      sendJson(response, await deps.imports.report(contextOf(deps, request, response), idOf(request), wanted));
    })
    .all(methodNotAllowed('GET'));
  router
    .route('/:id/errors')
    .get(async (request, response) => sendErrors(deps, request, response))
    .all(methodNotAllowed('GET'));
  router
    .route('/:id/cancel')
    .post(jsonBody(), async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      sendJson(response, shown(await deps.imports.cancel(contextOf(deps, request, response), idOf(request))));
    })
    .all(methodNotAllowed('POST'));
  return router;
}

function addFileRoutes(router: Router, deps: HttpDeps): void {
  router
    .route('/files')
    .post(async (request, response) => {
      const query = parseQueryString(request.url);
      refuseUnknown(query, ['entity', ...READ_OPTIONS]);
      const ctx = contextOf(deps, request, response);
      const file = await receiveUpload(request, (upload) => deps.imports.upload(ctx, upload));
      const preview = await deps.imports.preview(ctx, { file: file.id, ...optionsOf(query) });
      sendJson(response, { id: file.id, name: file.name, size: file.size, format: file.format, ...preview }, 201);
    })
    .all(methodNotAllowed('POST'));
  router
    .route('/files/:id')
    .get(async (request, response) => {
      const query = parseQueryString(request.url);
      refuseUnknown(query, ['entity', ...READ_OPTIONS]);
      const ctx = contextOf(deps, request, response);
      const { id, name, size, format } = await deps.imports.file(ctx, idOf(request));
      const preview = await deps.imports.preview(ctx, { file: id, ...optionsOf(query) });
      sendJson(response, { id, name, size, format, ...preview });
    })
    .all(methodNotAllowed('GET'));
}

function addMappingRoutes(router: Router, deps: HttpDeps): void {
  router
    .route('/mappings')
    .get(async (request, response) => {
      refuseUnknown(parseQueryString(request.url), []);
      sendJson(response, { data: await deps.imports.mappings.list(contextOf(deps, request, response)) });
    })
    .post(jsonBody(), async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const body = objectBody(request);
      const input = readInput(body, ['name', 'entity', 'table']);
      const mapping = { name: input.text('name', 80), entity: input.text('entity', 40) };
      input.finish();
      if (!isObject(body['table']))
        throw new CasementError('BAD_REQUEST', '"table" must be an object: how such a table is read.');
      const saved = await deps.imports.mappings.save(contextOf(deps, request, response), {
        ...mapping,
        table: body['table'] as never,
      });
      sendJson(response, saved, 201);
    })
    .all(methodNotAllowed('GET', 'POST'));
  router
    .route('/mappings/:name')
    .delete(async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      await deps.imports.mappings.remove(contextOf(deps, request, response), String(request.params['name']));
      sendNothing(response);
    })
    .all(methodNotAllowed('DELETE'));
}

function idOf(request: Request): string {
  return String(request.params['id']).toLowerCase();
}

function optionsOf(
  query: QueryParameters,
): Readonly<Partial<Record<'entity' | (typeof READ_OPTIONS)[number], string>>> {
  const names = ['entity', ...READ_OPTIONS] as const;
  return Object.fromEntries(names.flatMap((name) => (query.get(name) ? [[name, query.get(name) ?? '']] : [])));
}

async function start(deps: HttpDeps, request: Request, response: Response): Promise<void> {
  refuseUnknown(parseQueryString(request.url), []);
  const body = objectBody(request);
  readInput(body, ['plan', 'dryRun', 'again']);
  const flags = { dryRun: flagOf(body, 'dryRun'), again: flagOf(body, 'again') };
  const run = await deps.imports.start(contextOf(deps, request, response), body['plan'], flags);
  response.setHeader('Location', `/imports/${run.id}`);
  sendJson(response, shown(run), 201);
}

function flagOf(body: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = body[name] ?? false;
  if (typeof value !== 'boolean') throw new CasementError('BAD_REQUEST', `"${name}" must be true or false.`);
  return value;
}

/** A run as the API shows it: the plan, how far it is, and the batch that takes it back. */
function shown(run: ImportRun) {
  const done = Object.values(run.counts).reduce((sum, count) => sum + count, 0);
  const { id, name, state, isDryRun, total, counts, message, batch, createdAt, finishedAt, plan } = run;
  return { id, name, state, dryRun: isDryRun, total, done, counts, message, batch, createdAt, finishedAt, plan };
}

async function sendErrors(deps: HttpDeps, request: Request, response: Response): Promise<void> {
  const query = parseQueryString(request.url);
  refuseUnknown(query, ['table']);
  const table = query.get('table') ?? '0';
  if (!/^\d{1,3}$/.test(table))
    throw new CasementError('BAD_REQUEST', '"table" must be the number of a table of the plan, from 0.');
  const id = idOf(request);
  const { format, lines } = await deps.imports.errors(contextOf(deps, request, response), id, Number(table));
  const disposition = `attachment; filename="import-${id}-errors-${table}.${format}"`;
  const type = format === 'csv' ? 'text/csv' : 'application/jsonl';
  const headers = { 'Content-Type': `${type}; charset=utf-8`, 'Content-Disposition': disposition };
  await sendStream(deps, response, { body: lines, headers });
}
