import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';

/** The encodings that are told apart; any other label Node's TextDecoder knows may be named. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1251' | 'windows-1257' | 'windows-1252';

const SAMPLE = 1_048_576;

/**
 * The encoding of a text file: by its byte order mark, by the zeros of UTF-16, as UTF-8 where every byte of the whole file fits, else
 * the Windows code page whose letters the text is made of.
 */
export async function guessEncoding(path: string): Promise<Encoding> {
  const strict = new TextDecoder('utf-8', { fatal: true });
  let isUtf8 = true;
  let sample: Buffer = Buffer.alloc(0);
  for await (const piece of createReadStream(path)) {
    const chunk = piece as Buffer;
    if (sample.length < SAMPLE) sample = Buffer.concat([sample, chunk.subarray(0, SAMPLE - sample.length)]);
    const marked = sample.length > 3 ? byMark(sample) : undefined;
    if (marked) return marked;
    isUtf8 &&= fits(strict, chunk);
    if (!isUtf8 && sample.length >= SAMPLE) break;
  }
  return byMark(sample) ?? byZeros(sample) ?? (isUtf8 && fits(strict) ? 'utf-8' : codePageOf(sample));
}

function byMark(bytes: Buffer): Encoding | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

/** Latin letters and separators in UTF-16 have a zero beside them. */
function byZeros(bytes: Buffer): Encoding | undefined {
  const looked = bytes.subarray(0, 4096);
  let even = 0;
  let odd = 0;
  for (let i = 0; i < looked.length; i += 1) {
    if (looked[i] !== 0) continue;
    if (i % 2 === 0) even += 1;
    else odd += 1;
  }
  const many = looked.length / 8;
  if (odd > many && even < odd / 4) return 'utf-16le';
  return even > many && odd < even / 4 ? 'utf-16be' : undefined;
}

/** No bytes = the end of the file. */
function fits(decoder: TextDecoder, bytes?: Uint8Array): boolean {
  try {
    decoder.decode(bytes, { stream: bytes !== undefined });
    return true;
  } catch {
    return false;
  }
}

/** Letters that are frequent in Latvian, Lithuanian and Estonian at bytes where Western Europe has rare ones, and the other way round. */
const BALTIC = weights('āīūē', 'šžčļņķģėąęįų');
const WESTERN = weights('éèàùòì', 'çêáíúñôâ');

function weights(frequent: string, known: string): ReadonlyMap<string, number> {
  return new Map([
    ...[...known].map((letter) => [letter, 1.5] as const),
    ...[...frequent].map((letter) => [letter, 2] as const),
  ]);
}

/** Words of Cyrillic are runs of high bytes; Latin words have few, each among plain letters. */
function codePageOf(bytes: Buffer): Encoding {
  let high = 0;
  let beside = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    if ((bytes[i] ?? 0) < 0xc0) continue;
    high += 1;
    if ((bytes[i - 1] ?? 0) >= 0xc0 || (bytes[i + 1] ?? 0) >= 0xc0) beside += 1;
  }
  if (high > 0 && beside / high > 0.6) return 'windows-1251';
  const score = (encoding: Encoding, letters: ReadonlyMap<string, number>) => {
    let sum = 0;
    for (const char of new TextDecoder(encoding).decode(bytes).toLowerCase()) sum += letters.get(char) ?? 0;
    return sum;
  };
  return score('windows-1257', BALTIC) > score('windows-1252', WESTERN) ? 'windows-1257' : 'windows-1252';
}
