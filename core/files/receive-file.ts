import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { CasementError } from '../errors.ts';
import { HEAD_BYTES, TAIL_BYTES } from './file-kinds.ts';

/** Bytes as they arrive: a request's file part, or a buffer cut in one piece. */
export type Bytes = AsyncIterable<Uint8Array> | Uint8Array;

export interface Received {
  readonly size: number;
  readonly sha256: string;
  readonly head: Buffer;
  readonly tail: Buffer;
}

/**
 * Writes the bytes to an open file as they come, counting, hashing and keeping both ends for sniffing; then makes them durable.
 * TOO_LARGE as soon as the limit is passed; an aborted source rejects with its own error.
 */
export async function receiveFile(source: Bytes, target: FileHandle, maxBytes: number): Promise<Received> {
  const hash = createHash('sha256');
  let size = 0;
  let head: Buffer = Buffer.alloc(0);
  let tail: Buffer = Buffer.alloc(0);
  for await (const piece of source instanceof Uint8Array ? [source] : source) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    hash.update(chunk);
    if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
    tail =
      chunk.length >= TAIL_BYTES
        ? Buffer.from(chunk.subarray(-TAIL_BYTES))
        : Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
    await writeAll(target, chunk);
  }
  await target.sync();
  return { size, sha256: hash.digest('hex'), head, tail };
}

async function writeAll(target: FileHandle, chunk: Buffer): Promise<void> {
  let written = 0;
  while (written < chunk.length) written += (await target.write(chunk, written)).bytesWritten;
}

function tooLarge(maxBytes: number): CasementError {
  const limit = `${Math.round((maxBytes / 1_048_576) * 10) / 10} MiB`;
  return new CasementError('TOO_LARGE', `The file is larger than the allowed ${limit}. Send a smaller one.`, {
    errors: [{ path: '/file', code: 'size', message: `Must be at most ${limit}.`, params: { limit: maxBytes } }],
  });
}
