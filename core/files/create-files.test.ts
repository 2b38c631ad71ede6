import { readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DIALECTS, openTestDatabase, silentLog } from '../../tests/support/databases.ts';
import type { TestDatabase } from '../../tests/support/databases.ts';
import type { Context } from '../context.ts';
import { createTableDdl } from '../storage/ddl.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';
import { SYSTEM_TABLES } from '../storage/system-tables.ts';
import { createFiles } from './create-files.ts';
import type { Files } from './create-files.ts';

const DAY = 86_400_000;
const ANNA = '01890000-0000-7000-8000-00000000000a';
const MARK = '01890000-0000-7000-8000-00000000000b';

const zip = (...names: string[]) =>
  Buffer.concat([Buffer.from('PK\x03\x04'), ...names.map((name) => Buffer.from(name))]);
const box = (brand: string) => Buffer.from(`\0\0\0\x18ftyp${brand}rest`, 'latin1');

describe.each(DIALECTS)('on %s', (dialect) => {
  let database: TestDatabase;
  let dir: string;
  let db: Database;
  let files: Files;
  let now: number;

  beforeAll(async () => {
    database = await openTestDatabase(dialect);
    ({ db, dir } = database);
    const table = SYSTEM_TABLES.find(({ name }) => name === '_files')!;
    await db.transaction(async (tx) => void (await tx.run(sql.raw(createTableDdl(table, dialect)))));
  });
  beforeEach(async () => {
    now = Date.now();
    await rm(join(dir, 'files'), { recursive: true, force: true });
    await db.transaction((tx) => tx.run(sql`delete from "_files"`));
    files = createFiles({ db, clock: { now: () => now }, dir: join(dir, 'files'), log: silentLog, maxBytes: 100_000 });
  });
  afterAll(() => database.remove());

  function as(id: string | null): Context {
    const principal = {
      kind: id === null ? ('system' as const) : ('user' as const),
      id,
      name: 'x',
      roles: [],
      teamMates: [],
    };
    return { principal, door: 'api', clock: { now: () => now }, log: silentLog, locale: 'en' };
  }

  /** Every file in the folder, however deep. */
  async function onDisk(): Promise<string[]> {
    const entries = await readdir(join(dir, 'files'), { recursive: true, withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  }

  const PDF = Buffer.from('%PDF-1.7\nbody');
  const PNG = Buffer.from('89504e470d0a1a0a0000000d', 'hex');

  describe('what is taken', () => {
    test.each<[string, string, Buffer, string]>([
      ['a.pdf', 'application/pdf', PDF, 'application/pdf'],
      ['A.PDF', '', PDF, 'application/pdf'],
      ['a.png', 'application/octet-stream', PNG, 'image/png'],
      ['a.jpeg', 'image/jpg', Buffer.from('ffd8ffe0', 'hex'), 'image/jpeg'],
      ['a.gif', 'image/gif', Buffer.from('GIF89a'), 'image/gif'],
      ['a.webp', 'image/webp', Buffer.from('RIFF1234WEBPVP8 '), 'image/webp'],
      ['a.heic', 'image/heif', box('heic'), 'image/heic'],
      ['a.txt', 'text/plain; charset=utf-8', Buffer.from('Õun\r\n'), 'text/plain'],
      ['a.csv', 'application/vnd.ms-excel', Buffer.from('a;b\n1;2'), 'text/csv'],
      [
        'a.docx',
        '',
        zip('[Content_Types].xml', 'word/document.xml'),
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      ],
      [
        'a.xlsx',
        '',
        zip('[Content_Types].xml', 'xl/workbook.xml'),
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      ],
      ['a.zip', 'application/x-zip-compressed', zip('x'), 'application/zip'],
      ['a.mp3', 'audio/mpeg', Buffer.from('ID3tag'), 'audio/mpeg'],
      ['a.mp3', 'audio/mp3', Buffer.from('fffb9064', 'hex'), 'audio/mpeg'],
      ['a.wav', 'audio/x-wav', Buffer.from('RIFF1234WAVEfmt '), 'audio/wav'],
      ['a.ogg', 'application/ogg', Buffer.from('OggS'), 'audio/ogg'],
      ['a.m4a', 'audio/x-m4a', box('M4A '), 'audio/mp4'],
      ['a.mp4', 'video/mp4', box('isom'), 'video/mp4'],
    ])('%s sent as %j', async (name, type, content, kept) => {
      const info = await files.store(as(ANNA), { name, type, content });
      expect(info).toEqual({ id: info.id, name, type: kept, size: content.length });
      const { meta, stream } = await files.open(info.id);
      expect(await buffer(stream)).toEqual(content);
      expect(meta).toMatchObject({
        ...info,
        createdBy: ANNA,
        createdAt: new Date(now).toISOString(),
        entity: null,
        record: null,
        field: null,
      });
    });

    test('a stream, by pieces; the hash is of the bytes', async () => {
      const info = await files.store(as(ANNA), {
        name: 'a.pdf',
        type: '',
        content: Readable.from([PDF.subarray(0, 3), PDF.subarray(3)]),
      });
      const [meta] = await files.find(db, [info.id]);
      expect(meta?.sha256).toBe('3f972854841afd236b04b5d7435b73216bc5fa6e39a86aff6e492b744086189c');
    });

    test.each([
      ['../../etc/passwd.txt', 'passwd.txt'],
      ['C:\\fakepath\\a.txt', 'a.txt'],
      ['evil\u202Etxt.\r\n.txt', 'eviltxt..txt'],
      [`${'õ'.repeat(300)}.txt`, `${'õ'.repeat(196)}.txt`],
    ])('the name %j is kept as %j and never used as a path', async (name, kept) => {
      const info = await files.store(as(ANNA), { name, type: '', content: Buffer.from('x') });
      expect(info.name).toBe(kept);
      expect(await onDisk()).toEqual([info.id]);
    });
  });

  describe('what is refused leaves nothing', () => {
    test.each<[string, string, Buffer, string]>([
      ['a.svg', 'image/svg+xml', Buffer.from('<svg/>'), 'UNSUPPORTED_MEDIA_TYPE'],
      ['a.html', 'text/html', Buffer.from('<html>'), 'UNSUPPORTED_MEDIA_TYPE'],
      ['a.exe', '', Buffer.from('MZ'), 'UNSUPPORTED_MEDIA_TYPE'],
      ['a', 'image/png', PNG, 'UNSUPPORTED_MEDIA_TYPE'],
      ['.png', 'image/png', PNG, 'UNSUPPORTED_MEDIA_TYPE'],
      ['a.png.html', 'image/png', PNG, 'UNSUPPORTED_MEDIA_TYPE'],
      ['a.png', 'text/html', PNG, 'UNSUPPORTED_MEDIA_TYPE'],
      ['a.png', 'image/png', PDF, 'UNSUPPORTED_MEDIA_TYPE'],
      ['a.pdf', 'application/pdf', Buffer.concat([Buffer.from('MZ'), PDF]), 'UNSUPPORTED_MEDIA_TYPE'],
      ['a.docx', '', zip('xl/workbook.xml'), 'UNSUPPORTED_MEDIA_TYPE'],
      ['a.txt', 'text/plain', Buffer.from('MZ\0\0'), 'UNSUPPORTED_MEDIA_TYPE'],
      ['a.txt', 'text/plain', Buffer.alloc(0), 'VALIDATION'],
      ['..', '', PDF, 'VALIDATION'],
    ])('%s sent as %j', async (name, type, content, code) => {
      await expect(files.store(as(ANNA), { name, type, content })).rejects.toMatchObject({ code });
      expect(await onDisk()).toEqual([]);
      expect(await db.read(sql`select * from "_files"`)).toEqual([]);
    });

    test('too large, as soon as the limit is passed', async () => {
      let read = 0;
      const endless = (async function* pieces() {
        for (;;) {
          read += 1;
          yield Buffer.alloc(10_000, 'x');
        }
      })();
      await expect(files.store(as(ANNA), { name: 'a.txt', type: '', content: endless })).rejects.toMatchObject({
        code: 'TOO_LARGE',
        errors: [{ path: '/file', code: 'size', params: { limit: 100_000 } }],
      });
      expect(read).toBe(11);
      expect(await onDisk()).toEqual([]);
    });

    test('an upload broken off', async () => {
      for (let time = 0; time < 50; time += 1) {
        const source = new Readable({ read() {} });
        source.push(PDF);
        const stored = files.store(as(ANNA), { name: 'a.pdf', type: '', content: source });
        setTimeout(() => source.destroy(), time % 5);
        await expect(stored).rejects.toThrow('Premature close');
      }
      expect(await onDisk()).toEqual([]);
      expect(await db.read(sql`select * from "_files"`)).toEqual([]);
    });
  });

  describe('a file belongs to one place', () => {
    const place = { entity: 'deal', record: '01890000-0000-7000-8000-000000000001', field: 'photo', principal: ANNA };
    const claim = (id: string, changes: object = {}) =>
      db.transaction((tx) => files.claim(tx, id, { ...place, ...changes }));

    test('claimed once, again by the same record, never by another', async () => {
      const { id } = await files.store(as(ANNA), { name: 'a.png', type: '', content: PNG });
      await claim(id);
      await claim(id, { principal: MARK });
      expect(await files.find(db, [id])).toMatchObject([{ entity: 'deal', record: place.record, field: 'photo' }]);
      await expect(claim(id, { field: 'other', principal: MARK })).rejects.toMatchObject({
        errors: [{ path: '/other', code: 'file' }],
      });
      await claim(id, { field: 'other' });
      expect(await files.find(db, [id])).toMatchObject([{ entity: 'deal', record: place.record, field: 'other' }]);
      await claim(id);
      await expect(claim(id, { record: MARK })).rejects.toMatchObject({
        code: 'VALIDATION',
        errors: [{ path: '/photo', code: 'file' }],
      });
      await files.discard(id);
      expect(await onDisk()).toEqual([id]);
    });

    test('only the uploader or the system can claim', async () => {
      const { id } = await files.store(as(ANNA), { name: 'a.png', type: '', content: PNG });
      await expect(claim(id, { principal: MARK })).rejects.toMatchObject({
        errors: [{ message: 'There is no such file. Upload it first.' }],
      });
      await claim(id, { principal: null });
    });

    test.each(["x' or '1'='1", '', ANNA])('there is no file %j', async (id) => {
      await expect(claim(id)).rejects.toMatchObject({ code: 'VALIDATION' });
      await expect(files.open(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await files.describe(db, id)).toBeNull();
    });

    test('the value of a file field', async () => {
      const info = await files.store(as(ANNA), { name: 'a.png', type: '', content: PNG });
      expect(await files.describe(db, info.id)).toEqual({ id: info.id, name: 'a.png', type: 'image/png', size: 12 });
    });

    test('what the server makes is kept as it is and can be thrown away while unclaimed', async () => {
      const { id } = await files.keep(as(null), { name: 'a.html', type: 'text/html', content: Buffer.from('<p>x') });
      expect(await readFile(join(dir, 'files', id.slice(-2), id), 'utf8')).toBe('<p>x');
      await files.discard(id);
      expect(await onDisk()).toEqual([]);
      expect(await files.find(db, [id])).toEqual([]);
    });
  });

  test('sweep removes what was unclaimed for a day and leftovers of a crash, nothing else', async () => {
    const old = await files.store(as(ANNA), { name: 'old.png', type: '', content: PNG });
    const claimed = await files.store(as(ANNA), { name: 'claimed.png', type: '', content: PNG });
    await db.transaction((tx) =>
      files.claim(tx, claimed.id, { entity: 'deal', record: ANNA, field: 'photo', principal: ANNA }),
    );
    now += DAY + 1;
    const young = await files.store(as(ANNA), { name: 'young.png', type: '', content: PNG });
    const leftover = join(dir, 'files', 'incoming', '01890000-0000-7000-8000-0000000000ff');
    const running = join(dir, 'files', 'incoming', '01890000-0000-7000-8000-0000000000fe');
    await writeFile(leftover, 'half');
    await writeFile(running, 'half');
    await utimes(leftover, new Date(now - DAY - 1000), new Date(now - DAY - 1000));
    await utimes(running, new Date(now), new Date(now));
    expect(await files.sweep()).toBe(2);
    expect((await onDisk()).sort()).toEqual([claimed.id, young.id, '01890000-0000-7000-8000-0000000000fe'].sort());
    expect(await files.find(db, [old.id, claimed.id, young.id])).toHaveLength(2);
  });
});
