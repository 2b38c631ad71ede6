import { createRequire } from 'node:module';
import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import type Busboy from 'busboy';
import type { Request } from 'express';
import { CasementError } from '../errors.ts';
import { translateDiskError } from '../files/disk-errors.ts';

/** One file part as it arrives. */
export interface Upload {
  readonly name: string;
  readonly type: string;
  readonly content: Readable;
}

const require = createRequire(import.meta.url);

const MAX_NAME = 255;

/**
 * Reads a multipart body with exactly one file part named `file` and hands its stream on while it arrives; nothing is held in
 * memory. BAD_REQUEST for any other shape. The stream ends only when the whole body was right, what follows the file included, and fails
 * otherwise; so the taker leaves nothing behind, and has cleared up before the answer.
 */
export function receiveUpload<T>(request: Request, take: (upload: Upload) => Promise<T>): Promise<T> {
  if (!/^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '')) {
    return Promise.reject(
      new CasementError('UNSUPPORTED_MEDIA_TYPE', 'Send the file as multipart/form-data, in a part named "file".'),
    );
  }
  return new Promise<T>((resolve, reject) => {
    const parser = openParser(request);
    const content = new PassThrough();
    // Its failure reaches the taker, or nobody any more; without a listener it would end the process.
    content.on('error', () => undefined);
    let taken: Promise<T> | undefined;
    let isOver = false;
    const fail = (error: unknown) => {
      isOver = true;
      const known = translateDiskError(error);
      const problem = known instanceof CasementError ? known : badUpload('The multipart body cannot be read.', error);
      content.destroy(problem);
      request.unpipe(parser);
      request.resume();
      Promise.resolve(taken).then(
        () => reject(problem),
        () => reject(problem),
      );
    };
    parser.on('file', (field, stream, info) => {
      stream.on('error', () => undefined);
      // Bytes that had come before the upload failed may still be read after it has.
      if (isOver) return void stream.resume();
      if (field !== 'file' || taken) {
        stream.resume();
        fail(badUpload('Send exactly one file, in a part named "file".'));
        return;
      }
      stream.pipe(content, { end: false });
      taken = take({ name: (info.filename ?? '').slice(0, MAX_NAME), type: info.mimeType, content });
      taken.catch(fail);
    });
    parser.on('field', () => fail(badUpload('Send nothing beside the file.')));
    for (const event of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
      parser.on(event, () => fail(badUpload('Send exactly one file, in a part named "file".')));
    }
    parser.on('error', fail);
    const breakOff = () => {
      if (!request.complete) fail(badUpload('The upload was broken off.'));
    };
    request.on('aborted', breakOff);
    // While the caller was being looked up, it may have gone already: then nothing more is heard of it.
    if (request.destroyed) breakOff();
    parser.on('close', () => {
      if (!taken) return reject(badUpload('There is no part named "file".'));
      content.end();
      taken.then(resolve, reject);
    });
    if (!isOver) request.pipe(parser);
  });
}

/** The library is loaded with the first upload. Not by `import()`: nobody would hear a request that breaks off while that is waited for. */
function openParser(request: Request): Busboy.Busboy {
  const busboy: typeof Busboy = require('busboy');
  const limits = { files: 1, fields: 1, parts: 3, fieldNameSize: 100, fieldSize: 1000, headerPairs: 20 };
  try {
    return busboy({ headers: request.headers, limits, defParamCharset: 'utf8' });
  } catch (error) {
    throw badUpload('The multipart body has no boundary.', error);
  }
}

function badUpload(message: string, cause?: unknown): CasementError {
  return new CasementError('BAD_REQUEST', message, cause === undefined ? {} : { cause });
}
