import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import { instant } from '../context.ts';
import type { Context, Log } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';
import { tooMuch, unreadable } from './limits.ts';
import type { ImportLimits } from './limits.ts';
import type { FileFormat } from './table-source.ts';

/** A table as it was sent. */
export interface ImportFile {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly format: FileFormat;
  readonly sha256: string;
}

export interface Uploads {
  /** Keeps a file for imports of this caller. UNSUPPORTED_MEDIA_TYPE, TOO_LARGE, VALIDATION; a broken upload leaves nothing. */
  store(
    ctx: Context,
    file: { readonly name: string; readonly content: AsyncIterable<Uint8Array> },
  ): Promise<ImportFile>;
  /** Whoever asks; undefined when there is none. */
  read(id: string): Promise<(ImportFile & { readonly createdBy: string | null }) | undefined>;
  /** NOT_FOUND for a file of somebody else, too. */
  find(ctx: Context, id: string): Promise<ImportFile>;
  pathOf(id: string): string;
  /** Removes files older than a week that no unfinished run needs. Answers how many. */
  sweep(now: number, needed: ReadonlySet<string>): Promise<number>;
}

export interface UploadsOptions {
  readonly db: Database;
  /** Folder outside any web root; made when missing. */
  readonly dir: string;
  readonly limits: ImportLimits;
  readonly log: Log;
}

const WEEK = 7 * 86_400_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function createUploads({ db, dir, limits }: UploadsOptions): Uploads {
  const pathOf = (id: string) => join(dir, id);
  return {
    pathOf,
    async store(ctx, { name, content }) {
      const id = uuidv7();
      const temp = join(dir, `${id}.part`);
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        const received = await receive(temp, content, limits);
        const info = { id, name: name.replace(/[\p{Cc}/\\]/gu, '_').slice(0, 255) || 'table', ...received };
        await rename(temp, pathOf(id));
        await db.transaction((tx) =>
          tx.run(sql`insert into "_import_files" ("id", "name", "size", "sha256", "format", "createdBy", "createdAt")
            values (${id}, ${info.name}, ${info.size}, ${info.sha256}, ${info.format}, ${ctx.principal.id}, ${instant(ctx.clock)})`),
        );
        return info;
      } catch (error) {
        await Promise.all([rm(temp, { force: true }), rm(pathOf(id), { force: true })]);
        throw error;
      }
    },
    read: (id) => readFile(db, id),
    async find(ctx, id) {
      const row = await readFile(db, id);
      const isOwn = ctx.principal.kind === 'system' || (row !== undefined && row.createdBy === ctx.principal.id);
      if (!row || !isOwn)
        throw new CasementError('NOT_FOUND', 'There is no such file. Upload it first; uploads are kept for a week.');
      return row;
    },
    sweep: (now, needed) => sweep({ db, dir }, now, needed),
  };
}

async function readFile(
  db: Database,
  id: string,
): Promise<(ImportFile & { readonly createdBy: string | null }) | undefined> {
  if (!UUID.test(id)) return undefined;
  const [row] = await db.read<Omit<ImportFile, 'size'> & { size: number | string; createdBy: string | null }>(
    sql`select "id", "name", "size", "format", "sha256", "createdBy" from "_import_files" where "id" = ${id}`,
  );
  return row && { ...row, size: Number(row.size) };
}

interface Received {
  readonly size: number;
  readonly sha256: string;
  readonly format: FileFormat;
}

async function receive(path: string, content: AsyncIterable<Uint8Array>, limits: ImportLimits): Promise<Received> {
  const handle = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let size = 0;
  let head: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of content) {
      size += chunk.length;
      if (size > limits.fileBytes)
        throw tooMuch(`The file is larger than the allowed ${Math.round(limits.fileBytes / 1_048_576)} MiB.`);
      if (head.length < 4096) head = Buffer.concat([head, chunk.subarray(0, 4096 - head.length)]);
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    const format = formatOf(head);
    await handle.sync();
    return { size, sha256: hash.digest('hex'), format };
  } finally {
    await handle.close();
  }
}

/** An object from the first letter on, behind a byte order mark at most. */
const JSON_LINES = /^(?:\u00ef\u00bb\u00bf)?\s*\{\s*["}]/;

/** By the bytes, not by the name. */
function formatOf(head: Buffer): FileFormat {
  if (head.length === 0) throw unreadable('The file is empty.');
  if (head.toString('latin1', 0, 4) === 'PK\x03\x04') return 'xlsx';
  const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  const isBinary = head.some((byte, index) => byte < 9 && !(byte === 0 && (isUtf16 || head[index ^ 1] !== 0)));
  if (!isBinary) return JSON_LINES.test(head.toString('latin1')) ? 'jsonl' : 'csv';
  const isOld = head.readUInt32BE(0) === 0xd0cf11e0;
  throw new CasementError(
    'UNSUPPORTED_MEDIA_TYPE',
    isOld
      ? 'This is a workbook of the old form .xls. Save it as .xlsx or CSV.'
      : 'Only CSV, XLSX and JSON Lines can be imported.',
  );
}

async function sweep(
  of: Pick<UploadsOptions, 'db' | 'dir'>,
  now: number,
  needed: ReadonlySet<string>,
): Promise<number> {
  const before = new Date(now - WEEK).toISOString();
  const old = await of.db.read<{ id: string }>(sql`select "id" from "_import_files" where "createdAt" < ${before}`);
  const ids = old.map(({ id }) => id).filter((id) => !needed.has(id));
  for (const id of ids) {
    await of.db.transaction((tx) => tx.run(sql`delete from "_import_files" where "id" = ${id}`));
    await rm(join(of.dir, id), { force: true });
  }
  const known = new Set((await of.db.read<{ id: string }>(sql`select "id" from "_import_files"`)).map(({ id }) => id));
  for (const name of await readdir(of.dir).catch(() => [])) {
    const id = name.replace(/\.part$/, '');
    // The id of a file says when it was made.
    const made = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
    if (UUID.test(id) && !known.has(id) && made < now - 86_400_000) await rm(join(of.dir, name), { force: true });
  }
  return ids.length;
}
