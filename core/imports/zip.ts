import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { createInflateRaw } from 'node:zlib';
import { tooMuch, unreadable } from './limits.ts';
import type { ImportLimits } from './limits.ts';

/** A part of a ZIP archive, as its central directory has it. */
interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly zipped: number;
  readonly offset: number;
}

/** An open archive. Nothing is inflated but the part asked for, and that as a stream that ends with TOO_LARGE at the limits. */
export interface Zip {
  has(name: string): boolean;
  /** The bytes of a part. VALIDATION when it is not there. */
  read(name: string): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

const END_SIZE = 22;
const MOST_COMMENT = 65_535;
const MOST_ENTRIES = 5_000;
const DIRECTORY_BYTES = 4 * 1_048_576;

/**
 * Our own reader on node:zlib, because the libraries at hand inflate a whole archive before anybody can count: a bomb of some kilobytes
 * would fill the memory.
 */
export async function openZip(path: string, limits: ImportLimits): Promise<Zip> {
  const handle = await open(path, 'r');
  try {
    const entries = await readDirectory(handle);
    const spent = { bytes: 0 };
    return {
      has: (name) => entries.has(name),
      read(name) {
        const entry = entries.get(name);
        if (!entry) throw unreadable(`The workbook has no part "${name}": it is damaged, or no workbook.`);
        return inflate(handle, entry, { limits, spent });
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readDirectory(handle: FileHandle): Promise<ReadonlyMap<string, ZipEntry>> {
  const { size } = await handle.stat();
  const tail = await bytesAt(
    handle,
    Math.max(0, size - END_SIZE - MOST_COMMENT),
    Math.min(size, END_SIZE + MOST_COMMENT),
  );
  const at = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (at < 0 || at + END_SIZE > tail.length) throw damaged();
  const count = tail.readUInt16LE(at + 10);
  const length = tail.readUInt32LE(at + 12);
  const start = tail.readUInt32LE(at + 16);
  if (count > MOST_ENTRIES || length > DIRECTORY_BYTES)
    throw tooMuch('The workbook has more parts than an import takes.');
  if (start + length > size) throw damaged();
  return entriesOf(await bytesAt(handle, start, length), count);
}

function entriesOf(directory: Buffer, count: number): ReadonlyMap<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) throw damaged();
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field));
    const name = directory.toString('utf8', at + 46, at + 46 + (nameLength ?? 0)).replaceAll('\\', '/');
    if ((directory.readUInt16LE(at + 8) & 1) === 1)
      throw unreadable('The workbook is protected by a password. Save it without one.');
    // Of two parts with one name the programs at hand read different ones: nobody could say what was imported.
    if (entries.has(name)) throw damaged();
    entries.set(name, {
      name,
      method: directory.readUInt16LE(at + 10),
      zipped: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    });
    at += 46 + (nameLength ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return entries;
}

interface Budget {
  readonly limits: ImportLimits;
  /** Shared by all parts of the archive. */
  readonly spent: { bytes: number };
}

async function* inflate(handle: FileHandle, entry: ZipEntry, { limits, spent }: Budget): AsyncGenerator<Uint8Array> {
  const header = await bytesAt(handle, entry.offset, 30);
  if (header.length < 30 || header.readUInt32LE(0) !== 0x04034b50 || (entry.method !== 0 && entry.method !== 8))
    throw damaged();
  const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const zipped = slices(handle, start, entry.zipped);
  let own = 0;
  try {
    for await (const chunk of entry.method === 0 ? zipped : inflated(zipped)) {
      own += chunk.length;
      spent.bytes += chunk.length;
      const isBomb = own > limits.ratioFrom && own > entry.zipped * limits.ratio;
      if (isBomb || spent.bytes > limits.unzippedBytes)
        throw tooMuch('The workbook unpacks to far more than an import takes. Save it as CSV, or in parts.');
      yield chunk;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw code.startsWith('Z_') ? damaged(error) : error;
  }
}

async function* inflated(zipped: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  const engine = createInflateRaw();
  const fed = (async () => {
    for await (const piece of zipped) {
      if (engine.destroyed) return;
      if (!engine.write(piece))
        await new Promise<void>((resolve) => void engine.once('drain', resolve).once('close', resolve));
    }
    engine.end();
  })().catch((error: Error) => engine.destroy(error));
  try {
    yield* engine as AsyncIterable<Buffer>;
  } finally {
    engine.destroy();
    await fed;
  }
}

async function* slices(handle: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += 65_536) {
    const piece = await bytesAt(handle, start + at, Math.min(65_536, length - at));
    if (piece.length === 0) throw damaged();
    yield piece;
  }
}

async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function damaged(cause?: unknown): Error {
  return unreadable(
    'The file is not a workbook, or is damaged. Open it in a spreadsheet program and save it as .xlsx.',
    cause,
  );
}
