import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { HttpDeps } from './deps.ts';

/**
 * Sends a body piece by piece. The first piece is made before the head of the answer leaves, so that what fails at once is still a refusal;
 * what fails later breaks the connection off, and no reader takes half of it for the whole.
 */
export async function sendStream(
  deps: Pick<HttpDeps, 'log'>,
  response: Response,
  of: {
    readonly body: AsyncIterable<string | Uint8Array>;
    readonly headers: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const pieces = of.body[Symbol.asyncIterator]();
  const first = await pieces.next();
  for (const [name, value] of Object.entries(of.headers)) response.setHeader(name, value);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  async function* whole() {
    if (!first.done) yield first.value;
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value;
  }
  try {
    await pipeline(Readable.from(whole()), response);
  } catch (error) {
    deps.log.info({ error: String(error) }, 'a download was broken off');
    response.destroy();
    await pieces.return?.().catch(() => undefined);
  }
}
