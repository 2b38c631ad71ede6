import { crc32, createDeflateRaw } from 'node:zlib';

/** A part of an archive: its bytes may come piece by piece. */
export interface ZipPart {
  readonly name: string;
  readonly content: AsyncIterable<string> | Iterable<string>;
}

interface Written {
  readonly name: Buffer;
  readonly crc: number;
  readonly zipped: number;
  readonly size: number;
  readonly offset: number;
}

/** 1980-01-01: the oldest date a ZIP knows, so that equal content is an equal file. */
const DATE = 0x0021;
/** Sizes come behind the bytes (bit 3), names are UTF-8 (bit 11). */
const FLAGS = 0x0808;

/** A ZIP archive as a stream: nothing is held but the piece at hand. Up to 4 GiB. */
export async function* zip(parts: Iterable<ZipPart>): AsyncGenerator<Uint8Array> {
  const written: Written[] = [];
  let offset = 0;
  for (const { name: text, content } of parts) {
    const name = Buffer.from(text);
    const head = record(0x04034b50, [20, FLAGS, 8, 0, DATE], [0, 0, 0], [name.length, 0]);
    yield head;
    yield name;
    const state = { crc: 0, size: 0 };
    let zipped = 0;
    for await (const chunk of deflated(content, state)) {
      zipped += chunk.length;
      yield chunk;
    }
    yield record(0x08074b50, [], [state.crc, zipped, state.size], []);
    written.push({ name, crc: state.crc, zipped, size: state.size, offset });
    offset += head.length + name.length + zipped + 16;
  }
  let length = 0;
  for (const { name, crc, zipped, size, offset: at } of written) {
    const entry = Buffer.concat([
      record(0x02014b50, [20, 20, FLAGS, 8, 0, DATE], [crc, zipped, size], [name.length, 0, 0, 0, 0]),
      record(undefined, [], [0, at], []),
      name,
    ]);
    length += entry.length;
    yield entry;
  }
  yield Buffer.concat([record(0x06054b50, [0, 0, written.length, written.length], [length, offset], [0])]);
}

/** Little endian: a signature, then numbers of two, of four and of two bytes. */
function record(
  signature: number | undefined,
  shorts: readonly number[],
  longs: readonly number[],
  last: readonly number[],
): Buffer {
  const bytes = Buffer.alloc(
    (signature === undefined ? 0 : 4) + shorts.length * 2 + longs.length * 4 + last.length * 2,
  );
  let at = signature === undefined ? 0 : bytes.writeUInt32LE(signature, 0);
  for (const value of shorts) at = bytes.writeUInt16LE(value, at);
  for (const value of longs) at = bytes.writeUInt32LE(value, at);
  for (const value of last) at = bytes.writeUInt16LE(value, at);
  return bytes;
}

const PIECE = 65_536;

async function* deflated(content: ZipPart['content'], state: { crc: number; size: number }): AsyncGenerator<Buffer> {
  const engine = createDeflateRaw();
  const fed = (async () => {
    let waiting = '';
    const write = async (text: string) => {
      const bytes = Buffer.from(text);
      state.crc = crc32(bytes, state.crc);
      state.size += bytes.length;
      if (engine.destroyed || engine.write(bytes)) return;
      await new Promise<void>((resolve) => void engine.once('drain', resolve).once('close', resolve));
    };
    for await (const text of content) {
      waiting += text;
      if (waiting.length < PIECE) continue;
      await write(waiting);
      waiting = '';
    }
    if (waiting !== '') await write(waiting);
    engine.end();
  })().catch((error: Error) => engine.destroy(error));
  try {
    yield* engine as AsyncIterable<Buffer>;
  } finally {
    engine.destroy();
    await fed;
  }
}
