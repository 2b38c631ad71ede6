import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import type { Parser } from 'csv-parse';
import { guessDelimiter } from './guess-delimiter.ts';
import { guessEncoding } from './guess-encoding.ts';
import { tooMuch, unreadable } from './limits.ts';
import type { ImportLimits } from './limits.ts';
import type { SheetRow } from './sheet-row.ts';

export interface CsvShape {
  /** A label Node's TextDecoder knows. */
  readonly encoding: string;
  /** One character. */
  readonly delimiter: string;
}

const SAMPLE = 65_536;

/** What is not told is guessed. */
export async function shapeOfCsv(path: string, told: Partial<CsvShape>): Promise<CsvShape> {
  const encoding = told.encoding ?? (await guessEncoding(path));
  if (told.delimiter !== undefined) return { encoding, delimiter: told.delimiter };
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SAMPLE), 0, SAMPLE, 0);
    return { encoding, delimiter: guessDelimiter(decoderOf(encoding).decode(buffer.subarray(0, bytesRead))) };
  } finally {
    await handle.close();
  }
}

/** The records of a CSV file one by one, whatever its size; quoted line ends belong to their cell. VALIDATION, TOO_LARGE. */
export async function* readCsv(path: string, shape: CsvShape, limits: ImportLimits): AsyncGenerator<SheetRow> {
  const { parse } = await import('csv-parse');
  const parser = parse({
    delimiter: shape.delimiter,
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: limits.columns * 1000 + limits.cellChars * 4,
  });
  const source = createReadStream(path, { highWaterMark: SAMPLE });
  const fed = feed(source, decoderOf(shape.encoding), parser).catch((error: Error) => parser.destroy(error));
  let number = 0;
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      number += 1;
      if (number === 1 && /^sep=.?$/i.test(cells.join(''))) continue;
      yield { number, cells };
    }
  } catch (error) {
    throw explain(error, number, limits);
  } finally {
    source.destroy();
    parser.destroy();
    await fed;
  }
}

async function feed(source: AsyncIterable<unknown>, decoder: TextDecoder, parser: Parser): Promise<void> {
  const write = async (text: string) => {
    if (text === '' || parser.destroyed || parser.write(text)) return;
    await new Promise<void>((resolve) => {
      const go = () => {
        for (const event of ['drain', 'close', 'error'] as const) parser.off(event, go);
        resolve();
      };
      for (const event of ['drain', 'close', 'error'] as const) parser.once(event, go);
    });
  };
  for await (const piece of source) {
    if (parser.destroyed) return;
    await write(decoder.decode(piece as Uint8Array, { stream: true }));
  }
  await write(decoder.decode());
  parser.end();
}

function decoderOf(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding);
  } catch (cause) {
    throw unreadable(`"${encoding.slice(0, 40)}" is not an encoding known here. Examples: utf-8, windows-1251.`, cause);
  }
}

function explain(error: unknown, row: number, limits: ImportLimits): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('CSV_')) return error;
  if (code === 'CSV_MAX_RECORD_SIZE')
    return tooMuch(
      `The row after row ${row} is longer than an import takes (${limits.cellChars} characters in a cell). Is a quotation mark left open there?`,
    );
  return unreadable(`The row after row ${row} cannot be read as CSV: is a quotation mark left open there?`, error);
}
