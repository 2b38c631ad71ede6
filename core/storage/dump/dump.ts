import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Database } from '../database.ts';
import { dumpText, tablesOfDatabase } from './dump-text.ts';
import type { DumpSource } from './dump-text.ts';
import { summaryOf } from './format.ts';
import type { DumpSummary, Report, TableDigest } from './format.ts';
import { unpack } from './lines.ts';
import { loadText } from './load-text.ts';
import type { LoadOptions } from './load-text.ts';
import { refuseTables } from './make-tables.ts';
import { parseDump } from './parse-dump.ts';
import { digestTable } from './read-table.ts';

export interface DumpOptions {
  readonly report?: Report;
}

/** The whole database as one gzip'd stream, of one moment, while others write. The sink is ended. NOT_FOUND when it holds no tables of ours. */
export async function writeDump(db: Database, sink: Writable, options: DumpOptions = {}): Promise<DumpSummary> {
  return db.snapshot((tx) => writeSnapshot({ tx, dialect: db.dialect }, sink, options));
}

/** The same of a snapshot that is open already, for whoever needs more of that moment. */
export async function writeSnapshot(
  of: Pick<DumpSource, 'tx' | 'dialect'>,
  sink: Writable,
  { report }: DumpOptions = {},
): Promise<DumpSummary> {
  const texts = noting(dumpText({ ...of, now: Date.now(), report }));
  await pipeline(Readable.from(texts.all()), createGzip(), sink);
  return texts.result();
}

/** Fills an empty database from `writeDump`, on either dialect; see `loadText`. */
export async function loadDump(
  db: Database,
  source: AsyncIterable<Uint8Array>,
  options: LoadOptions = {},
): Promise<DumpSummary> {
  return unpack(source, (texts) => loadText(db, texts, options));
}

/** CONFLICT when the database holds any table. */
export async function requireEmpty(db: Database): Promise<void> {
  await db.snapshot((tx) => refuseTables(tx, db.dialect));
}

/** Reads a dump to its end and writes nothing. BAD_REQUEST when it is damaged. */
export async function verifyDump(source: AsyncIterable<Uint8Array>): Promise<DumpSummary> {
  return unpack(source, async (texts) => {
    const parts = parseDump(texts);
    for (;;) {
      const part = await parts.next();
      if (part.done) return part.value;
    }
  });
}

/**
 * One database into another, without a file between. The target must be empty, and is left so when anything goes wrong. Answers what was
 * read from the one and what was read back from the other; where these differ it is CONFLICT and nothing is kept.
 */
export async function copyDatabase(
  from: Database,
  to: Database,
  options: LoadOptions = {},
): Promise<{ readonly source: DumpSummary; readonly target: DumpSummary }> {
  return from.snapshot(async (tx) => {
    const texts = noting(dumpText({ tx, dialect: from.dialect, now: Date.now() }));
    const target = await loadText(to, texts.all(), options);
    return { source: texts.result(), target };
  });
}

/** Counts and hashes of a database as it stands: equal for equal contents on either dialect. */
export async function digestDatabase(db: Database, { report }: DumpOptions = {}): Promise<DumpSummary> {
  return db.snapshot(async (tx) => {
    const digests = new Map<string, TableDigest>();
    for (const table of await tablesOfDatabase(tx, db.dialect)) {
      const digest = await digestTable(tx, { table, dialect: db.dialect });
      digests.set(table.name, digest);
      report?.(table.name, digests.size, 0);
    }
    return summaryOf(digests);
  });
}

/** `for await` drops what a generator returns. */
function noting<T>(generator: AsyncGenerator<string, T>) {
  let result: { readonly value: T } | undefined;
  return {
    async *all(): AsyncGenerator<string> {
      result = { value: yield* generator };
    },
    result(): T {
      if (!result) throw new Error('The dump was not read to its end.');
      return result.value;
    },
  };
}
