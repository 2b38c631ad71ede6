import type { Request, Response } from 'express';
import type { Context } from '../context.ts';
import type { Entity } from '../definitions/model.ts';
import type { HttpDeps } from './deps.ts';
import { parseExportQuery, parseQueryString } from './parse-query.ts';
import { sendStream } from './send-stream.ts';

interface ExportCall {
  readonly deps: HttpDeps;
  readonly request: Request;
  readonly response: Response;
  readonly ctx: Context;
  readonly entity: Entity;
}

/** `GET /api/{plural}/export`: the list as a file. */
export async function sendExport({ deps, request, response, ctx, entity }: ExportCall): Promise<void> {
  const query = parseExportQuery(entity.name, parseQueryString(request.url));
  const { body, contentType, fileName } = await deps.exports.open(ctx, query);
  const headers = { 'Content-Type': contentType, 'Content-Disposition': `attachment; filename="${fileName}"` };
  await sendStream(deps, response, { body, headers });
}
