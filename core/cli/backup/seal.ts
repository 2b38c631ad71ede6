import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { damagedBackup } from './manifest.ts';

export const SEAL_ENTRY = 'seal';
/** A tar ends with two empty blocks. */
const END = 1024;
/** The seal's header, its one block, and the end. */
export const SEAL_SIZE = 512 + 512 + END;

/** Takes a whole tar, and ends it with an entry that holds the SHA-256 of every byte before it, headers and padding too. */
export function sealing(): Transform {
  const hash = createHash('sha256');
  let held: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const all = Buffer.concat([held, chunk]);
      const passed = all.subarray(0, Math.max(0, all.length - END));
      held = all.subarray(passed.length);
      hash.update(passed);
      done(null, passed);
    },
    flush(done) {
      sealOf(hash.digest('hex')).then(
        (seal) => done(null, seal),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
}

async function sealOf(sha256: string): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: SEAL_ENTRY, mtime: new Date(0), mode: 0o600 }, sha256);
  tar.finalize();
  return buffer(tar);
}

/** BAD_REQUEST unless every bit of the file is as it was written. */
export async function checkSeal(file: string, read: (bytes: number, total: number) => void): Promise<void> {
  const { size } = await stat(file);
  const end = size - SEAL_SIZE;
  if (end <= 0 || size % 512 !== 0) throw damagedBackup('it is cut off, or no backup at all');
  const hash = createHash('sha256');
  let done = 0;
  for await (const chunk of createReadStream(file, {
    end: end - 1,
    highWaterMark: 1_048_576,
  }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    done += chunk.length;
    read(done, end);
  }
  const handle = await open(file, 'r');
  const { buffer: found } = await handle.read(Buffer.alloc(SEAL_SIZE), 0, SEAL_SIZE, end).finally(() => handle.close());
  if (!found.equals(await sealOf(hash.digest('hex')))) throw damagedBackup('it is cut off or altered');
}
