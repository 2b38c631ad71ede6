import { pipeline } from 'node:stream/promises';
import { Router } from 'express';
import type { Request, Response } from 'express';
import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Value } from '../fields/field-type.ts';
import type { FileInfo, FileMeta } from '../files/create-files.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { onceByKey } from './idempotency.ts';
import type { Answer } from './idempotency.ts';
import { oneOf, parseQueryString, refuseUnknown } from './parse-query.ts';
import { receiveUpload } from './receive-upload.ts';
import { contextOf } from './request-context.ts';
import { sendText } from './send.ts';

/** `/files`: upload, and download for whoever may read the field that holds the file. */
export function filesRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  router
    .route('/')
    .post(async (request, response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const ctx = contextOf(deps, request, response);
      const stored = await receiveUpload(request, (upload) => deps.files.store(ctx, upload));
      const { status, body } = await upload(deps, { request, ctx, stored });
      sendText(response, body, status);
    })
    .all(methodNotAllowed('POST'));
  router
    .route('/:id')
    .get(async (request: Request, response: Response) => download(deps, request, response))
    .all(methodNotAllowed('GET'));
  return router;
}

interface Uploaded {
  readonly request: Request;
  readonly ctx: Context;
  readonly stored: FileInfo;
}

/**
 * The bytes come in before anything of the database is held; with an `Idempotency-Key` the first file stays and later ones, which must be the same
 * to the byte, are thrown away.
 */
async function upload(deps: HttpDeps, { request, ctx, stored }: Uploaded): Promise<Answer> {
  const { id, name, type, size } = stored;
  const [meta] = await deps.files.find(deps.db, [id]);
  // What of a body that was never held is compared with that of an earlier request.
  request.body = { name, type, sha256: meta?.sha256 };
  const own: Answer = { status: 201, body: JSON.stringify({ id, name, type, size }) };
  let answer: Answer | undefined;
  try {
    answer = await onceByKey(deps, request, ctx, async () => own);
    return answer;
  } finally {
    if (answer?.body !== own.body) await deps.files.discard(id);
  }
}

async function download(deps: HttpDeps, request: Request, response: Response): Promise<void> {
  const query = parseQueryString(request.url);
  refuseUnknown(query, ['inline']);
  const wantsInline = oneOf(query, 'inline', ['true', 'false'] as const) === 'true';
  const ctx = contextOf(deps, request, response);
  const id = String(request.params['id']).toLowerCase();
  const [meta] = await deps.files.find(deps.db, [id]);
  if (!meta || !(await mayRead(deps, ctx, meta))) throw new CasementError('NOT_FOUND', 'There is no such file.');
  const { stream } = await deps.files.open(meta.id);
  const isInline = wantsInline && INLINE.has(meta.type);
  response.setHeader('Content-Type', meta.type);
  response.setHeader('Content-Length', String(meta.size));
  response.setHeader('Content-Disposition', disposition(isInline ? 'inline' : 'attachment', meta.name));
  response.setHeader('Content-Security-Policy', "sandbox; default-src 'none'");
  response.setHeader('X-Content-Type-Options', 'nosniff');
  try {
    await pipeline(stream, response);
  } catch (error) {
    // The reader went away, or the disk failed half-way; either way the answer cannot be mended.
    deps.log.info({ file: meta.id, error: String(error) }, 'a download was broken off');
    response.destroy();
  }
}

/** Only what a browser shows without running anything. */
const INLINE: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'application/pdf']);

/** A claimed file has the rights of its field, now: replaced or hidden there, it is gone. An unclaimed one is its uploader's. */
async function mayRead(deps: HttpDeps, ctx: Context, meta: FileMeta): Promise<boolean> {
  if (meta.entity === null || meta.record === null || meta.field === null) {
    return meta.createdBy !== null && meta.createdBy === ctx.principal.id;
  }
  try {
    const record = await deps.records.get(ctx, { entity: meta.entity, id: meta.record, fields: [meta.field] });
    return holdsFile(record[meta.field], meta.id);
  } catch (error) {
    if (error instanceof CasementError && error.status < 500) return false;
    throw error;
  }
}

function holdsFile(value: Value | undefined, id: string): boolean {
  if (Array.isArray(value)) return value.some((item) => holdsFile(item, id));
  return typeof value === 'object' && value !== null && 'id' in value && value.id === id;
}

/** RFC 6266: a plain name for old readers, the real one in UTF-8. */
function disposition(kind: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
