import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { verifyDump } from '../../storage/dump/dump.ts';
import type { DumpSummary, Report } from '../../storage/dump/format.ts';
import {
  damagedBackup,
  DATABASE_ENTRY,
  FILES_FOLDER,
  MANIFEST_ENTRY,
  parseManifest,
  PROJECT_FOLDER,
} from './manifest.ts';
import type { Entry, Manifest } from './manifest.ts';
import { checkSeal, SEAL_ENTRY } from './seal.ts';

/** One entry of a backup and its bytes; the bytes must be read to their end before the next one comes. */
export interface BackupEntry {
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** What stands in a backup. Names are those that Casement makes, so none of them leads out of a folder. */
const NAMES = [
  new RegExp(`^${DATABASE_ENTRY.replaceAll('.', '\\.')}$`),
  new RegExp(`^${FILES_FOLDER}[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`),
  new RegExp(`^${PROJECT_FOLDER}(?!.*(^|/)\\.\\.?(/|$))[^\\\\:\\0]+$`),
  new RegExp(`^(${MANIFEST_ENTRY.replaceAll('.', '\\.')}|${SEAL_ENTRY})$`),
];

/** The entries one after another. BAD_REQUEST for a file that is no backup. */
export async function* readEntries(file: string): AsyncGenerator<BackupEntry> {
  const tar = extract();
  const piped = pipeline(createReadStream(file, { highWaterMark: 262_144 }), tar).catch((error: unknown) => error);
  try {
    for await (const entry of tar) {
      const { name, type } = entry.header;
      if (type !== 'file' || !NAMES.some((pattern) => pattern.test(name)))
        throw damagedBackup(`"${name}" does not belong into it`);
      yield { name, bytes: bytesOf(entry) };
    }
  } finally {
    tar.destroy();
    await piped;
  }
}

async function* bytesOf(entry: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of entry) if (chunk instanceof Uint8Array) yield chunk;
}

/** Reads a backup from end to end, every hash and every row, and writes nothing. BAD_REQUEST when anything is not as it was written. */
export async function verifyBackup(file: string, report: Report): Promise<Manifest> {
  await checkSeal(file, (done, total) => report('seal', done, total));
  try {
    return await verifyEntries(file, report);
  } catch (error) {
    throw error instanceof Error && error.name === 'CasementError' ? error : damagedBackup(String(error), error);
  }
}

async function verifyEntries(file: string, report: Report): Promise<Manifest> {
  const found: Entry[] = [];
  let manifest: Manifest | undefined;
  let summary: DumpSummary | undefined;
  for await (const { name, bytes } of readEntries(file)) {
    if (name === SEAL_ENTRY || name === MANIFEST_ENTRY) {
      const content = await text(bytes);
      if (name === MANIFEST_ENTRY) manifest = parseManifest(content);
      continue;
    }
    const measured = measuring();
    const piped = pipeline(bytes, measured.stream);
    if (name === DATABASE_ENTRY) summary = await verifyDump(measured.stream);
    else measured.stream.resume();
    await piped;
    found.push({ name, ...measured.result() });
    report('entries', found.length, 0);
  }
  if (!manifest || !summary) throw damagedBackup('its list of contents or its database is missing');
  compare(manifest, found, summary);
  return manifest;
}

function compare(manifest: Manifest, found: readonly Entry[], summary: DumpSummary): void {
  for (const [index, entry] of manifest.entries.entries()) {
    const one = found[index];
    if (one?.name !== entry.name || one.size !== entry.size || one.sha256 !== entry.sha256)
      throw damagedBackup(`"${entry.name}" is missing or not as it was written`);
  }
  if (found.length !== manifest.entries.length) throw damagedBackup('it holds more than its list of contents says');
  if (summary.rows !== manifest.database.rows || summary.sha256 !== manifest.database.sha256)
    throw damagedBackup('its database is not the one of its list of contents');
}

/** Lets bytes through, counting and hashing them. */
function measuring() {
  const hash = createHash('sha256');
  let size = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, result: () => ({ size, sha256: hash.digest('hex') }) };
}
