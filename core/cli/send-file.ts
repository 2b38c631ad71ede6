import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { refusalOf } from './with-server.ts';
import type { Server } from './with-server.ts';
import { UsageError } from './command.ts';

/** Uploads a file in a part named `file`, as a stream however large it is. Answers the JSON; throws the refusal. */
export async function sendFile(server: Server, path: string, file: string): Promise<unknown> {
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) throw new UsageError(`There is no file ${file}.`);
  const boundary = `casement-${randomUUID()}`;
  const name = basename(file).replace(/["\\\r\n]/g, '_');
  async function* body() {
    yield Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    );
    yield* createReadStream(file) as AsyncIterable<Buffer>;
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  const init = {
    method: 'POST',
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body: Readable.toWeb(Readable.from(body())),
    duplex: 'half',
  };
  const response = await server.fetch(path, init as RequestInit);
  if (!response.ok) throw await refusalOf(response);
  return response.json();
}
