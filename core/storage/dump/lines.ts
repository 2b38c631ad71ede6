import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { damaged } from './format.ts';

/** No row of ours comes near; a damaged or made-up dump must not fill the memory. */
const LONGEST_LINE = 64 * 1_048_576;

/** A gzip'd dump as texts, for as long as the work lasts; then the source is closed. Cut off or altered bytes end it with BAD_REQUEST. */
export async function unpack<T>(
  source: AsyncIterable<Uint8Array>,
  work: (texts: AsyncIterable<string>) => Promise<T>,
): Promise<T> {
  const unzip = createGunzip();
  // At once, since the source may fail before anybody reads. `unzip` then ends with the same error.
  unzip.on('error', () => undefined);
  const piping = pipeline(source, unzip).catch(() => undefined);
  try {
    return await work(decode(unzip));
  } finally {
    unzip.destroy();
    await piping;
  }
}

async function* decode(unzipped: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of unzipped) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    throw isDamage(error) ? damaged(error.message) : error;
  }
}

function isDamage(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(Z_|ERR_ENCODING)/.test(code);
}

/** Whole lines without their ends, as many together as have arrived. */
export async function* splitLines(texts: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let begun: string[] = [];
  let length = 0;
  for await (const text of texts) {
    begun.push(text);
    length += text.length;
    if (text.includes('\n')) {
      const lines = begun.join('').split('\n');
      const rest = lines.pop() ?? '';
      begun = [rest];
      length = rest.length;
      yield lines;
    }
    if (length > LONGEST_LINE) throw damaged('a line is far too long');
  }
  if (length > 0) throw damaged('it is cut off');
}
