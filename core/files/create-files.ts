import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { uuidv7 } from 'uuidv7';
import type { Clock, Context, Log, SqlFragment, Transaction } from '../context.ts';
import { instant } from '../context.ts';
import { CasementError, validationError } from '../errors.ts';
import type { Value } from '../fields/field-type.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';
import { translateDiskError } from './disk-errors.ts';
import { allowedExtensions, declares, kindOfName } from './file-kinds.ts';
import { cleanFileName } from './file-name.ts';
import { filePath } from './file-path.ts';
import type { Bytes, Received } from './receive-file.ts';
import { receiveFile } from './receive-file.ts';

/** A file as records and the API show it. */
export interface FileInfo {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

/** All that is known of a file. `entity`, `record` and `field` are null until a record claims it. */
export interface FileMeta extends FileInfo {
  readonly sha256: string;
  readonly createdBy: string | null;
  readonly createdAt: string;
  readonly entity: string | null;
  readonly record: string | null;
  readonly field: string | null;
}

/** The one place a file belongs to: its rights are the rights of that field of that record. */
export interface FilePlace {
  readonly entity: string;
  readonly record: string;
  readonly field: string;
}

export interface NewFile {
  readonly name: string;
  /** As declared by the sender; may be empty. */
  readonly type: string;
  readonly content: Bytes;
}

export interface FilesOptions {
  readonly db: Database;
  readonly clock: Clock;
  /** Folder outside any web root; made when missing. */
  readonly dir: string;
  readonly log: Log;
  /** Default 25 MiB. */
  readonly maxBytes?: number;
}

export interface Files {
  /**
   * Keeps an upload from anybody: the allowlist, the declared type and the bytes must agree. UNSUPPORTED_MEDIA_TYPE, TOO_LARGE, VALIDATION;
   * UNAVAILABLE when the disk is full.
   */
  store(ctx: Context, file: NewFile): Promise<FileInfo>;
  /** Keeps a file that the server itself has made, such as a document; nothing is sniffed. Never hand it bytes from outside. */
  keep(ctx: Context, file: NewFile): Promise<FileInfo>;
  /** The value a file field keeps; null when there is no such file. */
  describe(source: Transaction | Database, id: string): Promise<Value>;
  /** All that is known of these files; unknown ids are left out. */
  find(source: Transaction | Database, ids: readonly string[]): Promise<FileMeta[]>;
  /**
   * Ties a file to its place, inside the write. Only the uploader may, or the system. To the same place again: nothing happens; to another
   * field of the same record: it moves there; to another record: VALIDATION.
   */
  claim(tx: Transaction, id: string, place: FilePlace & { readonly principal: string | null }): Promise<void>;
  /** Gives a file from one record to another of its entity, in the same field: when two become one, and back. */
  hand(
    tx: Transaction,
    id: string,
    way: { readonly entity: string; readonly field: string; readonly from: string; readonly to: string },
  ): Promise<void>;
  /** The bytes. Whether the caller may have them is decided before, by the record named in `meta`. NOT_FOUND. */
  open(id: string): Promise<{ meta: FileMeta; stream: Readable }>;
  /** Removes a file that nothing has claimed; a claimed one stays. */
  discard(id: string): Promise<void>;
  /** Removes files unclaimed for 24 hours and leftovers of broken uploads. Answers how many. */
  sweep(): Promise<number>;
}

const DAY = 86_400_000;
const MAX_BYTES = 25 * 1_048_576;
const COLUMNS = sql`"id", "name", "type", "size", "sha256", "createdBy", "createdAt", "entity", "record", "field"`;

interface Disk {
  readonly dir: string;
  readonly temp: string;
}

/** Files on the disk under names the server makes, described in `_files`. Uploads stream; nothing half-written is ever visible. */
export function createFiles(options: FilesOptions): Files {
  const { db, clock, log } = options;
  const disk: Disk = { dir: options.dir, temp: join(options.dir, 'incoming') };
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  return {
    store: async (ctx, file) => add(db, disk, { ctx, file, maxBytes, check: checkUpload(file) }),
    keep: (ctx, file) => add(db, disk, { ctx, file, maxBytes: Infinity, check: () => file.type }),
    describe: describeFile,
    find: findFiles,
    claim,
    hand,
    open: (id) => openFile(db, disk, id),
    discard: (id) => discard(db, disk, id),
    sweep: () => sweep({ db, disk, now: clock.now(), log }),
  };
}

/** Looks at the name and the declared type at once, at the bytes when they are there. Answers the type to keep. */
function checkUpload(file: NewFile): (received: Received) => string {
  const name = cleanFileName(file.name);
  if (name === '') throw fileError('name', 'The file has no name.');
  const kind = kindOfName(name);
  if (!kind) throw notAllowed(`Files like "${name}" are not taken here. Allowed: ${allowedExtensions()}.`);
  if (!declares(kind, file.type)) {
    throw notAllowed(`"${name}" was sent as ${file.type}, which does not fit its extension (expected ${kind.type}).`);
  }
  return (received) => {
    if (received.size === 0) throw fileError('empty', `The file "${name}" is empty.`);
    if (!kind.matches(received.head, received.tail)) {
      throw notAllowed(
        `The content of "${name}" is not ${kind.type}. Save it in the format its extension says and send it again.`,
      );
    }
    return kind.type;
  };
}

function notAllowed(message: string): CasementError {
  return new CasementError('UNSUPPORTED_MEDIA_TYPE', message, { errors: [{ path: '/file', code: 'type', message }] });
}

function fileError(code: string, message: string): CasementError {
  return validationError([{ path: '/file', code, message }]);
}

interface Addition {
  readonly ctx: Context;
  readonly file: NewFile;
  readonly maxBytes: number;
  readonly check: (received: Received) => string;
}

async function add(db: Database, disk: Disk, { ctx, file, maxBytes, check }: Addition): Promise<FileInfo> {
  const id = uuidv7();
  const temp = join(disk.temp, id);
  const final = pathOf(disk, id);
  try {
    await mkdir(disk.temp, { recursive: true, mode: 0o700 });
    const handle = await open(temp, 'wx', 0o600);
    const received = await receiveFile(file.content, handle, maxBytes).finally(() => handle.close());
    const info: FileInfo = { id, name: cleanFileName(file.name), type: check(received), size: received.size };
    await mkdir(join(final, '..'), { recursive: true, mode: 0o700 });
    await rename(temp, final);
    await syncFolder(join(final, '..'));
    const insert = sql`insert into "_files" (${COLUMNS}) values (${id}, ${info.name}, ${info.type}, ${info.size}, ${received.sha256},
      ${ctx.principal.id}, ${instant(ctx.clock)}, ${null}, ${null}, ${null})`;
    await (ctx.tx ? ctx.tx.run(insert) : db.transaction((tx) => tx.run(insert)));
    return info;
  } catch (error) {
    // What a broken disk does not let go of now, the sweep does later.
    await Promise.allSettled([rm(temp, { force: true }), rm(final, { force: true })]);
    throw translateDiskError(error);
  }
}

/** Without this a power cut could keep the row and lose the name on the disk. Windows cannot open folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

function pathOf(disk: Disk, id: string): string {
  return filePath(disk.dir, id);
}

async function describeFile(source: Transaction | Database, id: string): Promise<Value> {
  const [meta] = await findFiles(source, [id]);
  return meta ? { id: meta.id, name: meta.name, type: meta.type, size: meta.size } : null;
}

async function findFiles(source: Transaction | Database, ids: readonly string[]): Promise<FileMeta[]> {
  const valid = ids.filter(isId);
  if (valid.length === 0) return [];
  return query(source, sql`select ${COLUMNS} from "_files" where "id" in (${sql.join(valid.map((id) => sql`${id}`))})`);
}

/** 64-bit integers may come as text. */
type FileRow = Omit<FileMeta, 'size'> & { readonly size: number | string };

async function query(source: Transaction | Database, fragment: SqlFragment): Promise<FileMeta[]> {
  const rows = await ('read' in source ? source.read<FileRow>(fragment) : source.all<FileRow>(fragment));
  return rows.map((row) => ({ ...row, size: Number(row.size) }));
}

function isId(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
}

async function claim(
  tx: Transaction,
  id: string,
  place: FilePlace & { readonly principal: string | null },
): Promise<void> {
  const [meta] = isId(id) ? await query(tx, sql`select ${COLUMNS} from "_files" where "id" = ${id}`) : [];
  const isHere = meta !== undefined && meta.entity === place.entity && meta.record === place.record;
  if (isHere && meta.field === place.field) return;
  // Who merely knows the id of a file must not bring it from a field hidden from him into one that he sees.
  const isOwn = meta !== undefined && (place.principal === null || meta.createdBy === place.principal);
  const free = isHere ? sql`"entity" = ${place.entity} and "record" = ${place.record}` : sql`"entity" is null`;
  const claimed = isOwn
    ? await tx.run(sql`update "_files" set "entity" = ${place.entity}, "record" = ${place.record}, "field" = ${place.field}
        where "id" = ${id} and ${free}`)
    : 0;
  if (claimed > 0) return;
  const message = isOwn
    ? 'This file already belongs to another record. Upload it again.'
    : 'There is no such file. Upload it first.';
  throw validationError([{ path: `/${place.field}`, code: 'file', message }]);
}

async function hand(
  tx: Transaction,
  id: string,
  {
    entity,
    field,
    from,
    to,
  }: { readonly entity: string; readonly field: string; readonly from: string; readonly to: string },
): Promise<void> {
  await tx.run(
    sql`update "_files" set "record" = ${to} where "id" = ${id} and "entity" = ${entity} and "field" = ${field} and "record" = ${from}`,
  );
}

async function openFile(db: Database, disk: Disk, id: string): Promise<{ meta: FileMeta; stream: Readable }> {
  const [meta] = await findFiles(db, [id]);
  if (!meta) throw new CasementError('NOT_FOUND', 'There is no such file.');
  const handle = await open(pathOf(disk, id), 'r').catch((error: unknown) => {
    const cause = translateDiskError(error);
    if (cause instanceof CasementError) throw cause;
    throw new CasementError(
      'NOT_FOUND',
      `The content of "${meta.name}" is missing from the files folder. Restore it from a backup.`,
      { cause },
    );
  });
  return { meta, stream: handle.createReadStream() };
}

async function discard(db: Database, disk: Disk, id: string): Promise<void> {
  const removed = await db.transaction((tx) =>
    tx.run(sql`delete from "_files" where "id" = ${id} and "entity" is null`),
  );
  if (removed > 0) await rm(pathOf(disk, id), { force: true });
}

interface Sweep {
  readonly db: Database;
  readonly disk: Disk;
  readonly now: number;
  readonly log: Log;
}

async function sweep({ db, disk, now, log }: Sweep): Promise<number> {
  const before = new Date(now - DAY).toISOString();
  const old = await db.read<{ id: string }>(
    sql`select "id" from "_files" where "entity" is null and "createdAt" < ${before}`,
  );
  for (const { id } of old) await discard(db, disk, id);
  let removed = old.length;
  for (const folder of await readdir(disk.dir).catch(() => []))
    removed += await sweepFolder({ db, disk, now, log }, folder);
  if (removed > 0) log.info({ removed }, 'Removed files that no record had claimed');
  return removed;
}

/** Files on the disk that no row knows: uploads cut off by a crash. */
async function sweepFolder({ db, disk, now }: Sweep, folder: string): Promise<number> {
  const path = join(disk.dir, folder);
  const names = (await readdir(path).catch(() => [])).filter(isId);
  const known = new Set((await findFiles(db, folder === 'incoming' ? [] : names)).map((meta) => meta.id));
  let removed = 0;
  for (const name of names) {
    if (known.has(name)) continue;
    const info = await stat(join(path, name)).catch(() => undefined);
    if (!info || info.mtimeMs > now - DAY) continue;
    await rm(join(path, name), { force: true });
    removed += 1;
  }
  return removed;
}
