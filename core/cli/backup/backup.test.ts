import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { eachDatabase, openTestDatabase, silentLog } from '../../../tests/support/databases.ts';
import type { Dialect, TestDatabase } from '../../../tests/support/databases.ts';
import { EVERYTHING, fillEverything, prepareEverything } from '../../../tests/support/everything.ts';
import { refuseUnfinishedRestore } from '../../app/unfinished-restore.ts';
import { asSystem, systemClock } from '../../context.ts';
import type { Context } from '../../context.ts';
import { createFiles } from '../../files/create-files.ts';
import { filePath } from '../../files/file-path.ts';
import type { Database } from '../../storage/database.ts';
import { digestDatabase } from '../../storage/dump/dump.ts';
import { findSchema } from '../../storage/introspect.ts';
import { verifyBackup } from './read-backup.ts';
import { restoreBackup } from './restore.ts';
import { writeBackup } from './write-backup.ts';

const report = () => undefined;

const BOAT = JSON.stringify({
  $id: 'boat',
  title: 'Ķuģis',
  type: 'object',
  'x-entity': { plural: 'boats', display: '{{name}}' },
  properties: { name: { type: 'string' } },
  additionalProperties: false,
});

interface Source extends TestDatabase {
  readonly projectDir: string;
  readonly filesDir: string;
  backup(name?: string): Promise<string>;
}

/** A database with files, and the folder of a small project. */
async function prepareSource(test: TestDatabase, records: number): Promise<Source> {
  const projectDir = join(test.dir, 'project');
  const filesDir = join(test.dir, 'files');
  await mkdir(join(projectDir, 'schemas/entities'), { recursive: true });
  await mkdir(join(projectDir, 'node_modules/x'), { recursive: true });
  await writeFile(join(projectDir, 'package.json'), '{"name":"p","casement":{"title":"P","plugins":[]}}');
  await writeFile(join(projectDir, 'schemas/entities/boat.json'), BOAT);
  await writeFile(join(projectDir, 'node_modules/x/package.json'), '{}');
  await prepareEverything(test.db);
  await fillEverything(test.db, { count: records });
  for (const content of ['first', 'x'.repeat(3_000_000), 'ķ'.repeat(512)]) await keepFile(test.db, filesDir, content);
  const backup = async (name = 'backup.tar') => {
    const file = join(test.dir, name);
    await writeBackup({ db: test.db, model: EVERYTHING, projectDir, filesDir, file, report });
    return file;
  };
  return { ...test, projectDir, filesDir, backup };
}

async function keepFile(db: Database, dir: string, content: string): Promise<string> {
  const principal = { kind: 'system', id: null, name: 'system', roles: [], teamMates: [] } as const;
  const ctx: Context = { principal, door: 'cli', clock: systemClock, log: silentLog, locale: 'en' };
  const files = createFiles({ db, clock: systemClock, dir, log: silentLog });
  const { id } = await files.keep(asSystem(ctx, 'test'), {
    name: 'a.txt',
    type: 'text/plain',
    content: Buffer.from(content),
  });
  const place = { entity: 'everything', record: uuidv7(), field: 'file', principal: null };
  await db.transaction((tx) => files.claim(tx, id, place));
  return id;
}

const other = (dialect: Dialect): Dialect => (dialect === 'sqlite' ? 'postgres' : 'sqlite');

eachDatabase((open, dialect) => {
  const source = async (records = 100) => prepareSource(await open(), records);
  const restored = async (file: string, target: TestDatabase, definitionsDir?: string) => {
    const manifest = await verifyBackup(file, report);
    await restoreBackup({ file, manifest, db: target.db, dataDir: join(target.dir, 'data'), definitionsDir, report });
    return manifest;
  };

  it('is of one moment under load, and comes back whole on the other database (R-77)', async () => {
    const from = await source(1000);
    const end = new AbortController();
    const writer = await from.reopen();
    const load = (async () => {
      for (let first = 1_000_000; !end.signal.aborted; first += 100) {
        await fillEverything(writer, { count: 2, from: first });
        await keepFile(writer, from.filesDir, `file ${first}`);
      }
    })();
    const file = await from.backup();
    end.abort();
    await load;
    const target = await openTestDatabase(other(dialect));
    try {
      const definitions = join(target.dir, 'definitions');
      const manifest = await restored(file, target, definitions);
      const digest = await digestDatabase(target.db);
      expect(digest.sha256).toBe(manifest.database.sha256);
      expect((await digestDatabase(from.db)).rows).toBeGreaterThan(digest.rows);
      // Of one moment: each record has its change and its subject, each file its content.
      const rows = (table: string) => digest.tables.get(table)?.rows;
      expect([rows('_changes'), rows('_subjects')]).toEqual([rows('everything'), rows('everything')]);
      const contents = (await readdir(join(target.dir, 'data/files'), { recursive: true })).filter(
        (name) => name.length > 30,
      );
      expect(contents.length).toBe(rows('_files'));
      expect(await readFile(join(definitions, 'schemas/entities/boat.json'), 'utf8')).toBe(BOAT);
      expect(await readdir(definitions)).toEqual(['package.json', 'schemas']);
      await refuseUnfinishedRestore(target.db, join(target.dir, 'data'));
      expect(existsSync(`${file}.partial`) || existsSync(`${file}.database`)).toBe(false);
    } finally {
      await target.remove();
    }
  });

  it('refuses whatever is not empty, and leaves it as it is (R-77)', async () => {
    const from = await source();
    const file = await from.backup();
    const full = await source(10);
    const before = await digestDatabase(full.db);
    await expect(restored(file, full)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await digestDatabase(full.db)).toEqual(before);
    expect(existsSync(join(full.dir, 'data'))).toBe(false);
    const target = await open();
    await keepStranger(join(target.dir, 'data/files/aa/stranger'));
    await expect(restored(file, target)).rejects.toThrow('data/files is not empty');
    await rm(join(target.dir, 'data'), { recursive: true });
    await keepStranger(join(target.dir, 'definitions/mine'));
    await expect(restored(file, target, join(target.dir, 'definitions'))).rejects.toThrow('definitions is not empty');
    expect((await findSchema(target.db)).tables.size).toBe(0);
    expect(existsSync(join(target.dir, 'data'))).toBe(false);
    await restored(file, target);
  });

  it('is taken back by itself when the restore fails, and can be done again', async () => {
    const file = await (await source()).backup();
    const target = await open();
    const manifest = await verifyBackup(file, report);
    const wrong = { ...manifest, database: { ...manifest.database, sha256: 'another' } };
    const dataDir = join(target.dir, 'data');
    const again = { file, db: target.db, dataDir, report };
    const broken = {
      ...again,
      manifest: { ...manifest, entries: manifest.entries.map((entry) => ({ ...entry, sha256: '' })) },
    };
    await expect(restoreBackup(broken)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect((await findSchema(target.db)).tables.size).toBe(0);
    expect(await readdir(dataDir)).toEqual([]);
    await expect(restoreBackup({ ...again, manifest: wrong })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await restoreBackup({ ...again, manifest });
    expect((await digestDatabase(target.db)).sha256).toBe(manifest.database.sha256);
  });

  it('killed anywhere, a restore leaves a place where no server starts, and is done again (R-77)', async () => {
    const from = await source(2500);
    const file = await from.backup();
    const manifest = await verifyBackup(file, report);
    const target = await open();
    await target.db.close();
    const dataDir = join(target.dir, 'data');
    const args = ['restore', file, '--project', from.projectDir, '--into', target.url, '--data', dataDir];
    let killed = 0;
    for (const delay of [0, 100, 300, 600]) {
      const child = startCommand(from.projectDir, args);
      for (let i = 0; i < 1000 && !existsSync(join(dataDir, 'restore-unfinished')); i += 1) await pause(5);
      await pause(delay);
      child.process.kill('SIGKILL');
      const { code } = await child.ended;
      if (code === 0) break;
      killed += 1;
      const db = await target.reopen();
      await expect(refuseUnfinishedRestore(db, dataDir)).rejects.toMatchObject({ code: 'CONFLICT' });
      await db.close();
    }
    expect(killed).toBeGreaterThan(1);
    const start = startCommand(from.projectDir, ['start', '--project', from.projectDir], {
      DATABASE_URL: target.url,
      CASEMENT_DATA: dataDir,
    });
    expect(await start.ended).toMatchObject({
      code: 1,
      text: expect.stringContaining('Run "casement restore FILE" again'),
    });
    const last = await startCommand(from.projectDir, args).ended;
    expect(last).toMatchObject({ code: 0 });
    const db = await target.reopen();
    expect((await digestDatabase(db)).sha256).toBe(manifest.database.sha256);
    await refuseUnfinishedRestore(db, dataDir);
    // The refused start made the secret.
    expect((await readdir(dataDir)).sort()).toEqual(['files', 'secret']);
  }, 120_000);
});

describe('a backup', () => {
  const withSource = async (work: (from: Source) => Promise<void>) => {
    const test = await openTestDatabase('sqlite');
    try {
      await work(await prepareSource(test, 50));
    } finally {
      await test.remove();
    }
  };

  it('cut off anywhere or with a flipped bit in any part is refused (R-77)', () =>
    withSource(async (from) => {
      const bytes = await readFile(await from.backup());
      const damaged = join(from.dir, 'damaged.tar');
      const refused = async (content: Uint8Array) => {
        await writeFile(damaged, content);
        await expect(verifyBackup(damaged, report)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      };
      for (const size of [
        0,
        1,
        511,
        512,
        2048,
        4096,
        bytes.length - 2048,
        bytes.length - 1024,
        bytes.length - 512,
        bytes.length - 1,
      ])
        await refused(bytes.subarray(0, size));
      await refused(Buffer.concat([bytes, Buffer.alloc(512)]));
      const seal = bytes.length - 2048;
      const places = [
        0,
        100,
        150,
        257,
        500,
        511,
        512,
        600,
        seal - 1,
        seal,
        seal + 200,
        seal + 511,
        seal + 512,
        seal + 575,
        seal + 600,
        bytes.length - 1,
      ];
      for (let part = 0; part < 20; part += 1) places.push(Math.floor(((bytes.length - 1) * part) / 20));
      for (const place of places) {
        const flipped = Buffer.from(bytes);
        flipped[place]! ^= 1 << (place % 8);
        await refused(flipped);
      }
    }));

  it('says which files are missing or damaged in the data folder, and holds the others', () =>
    withSource(async (from) => {
      const gone = await keepFile(from.db, from.filesDir, 'gone');
      const altered = await keepFile(from.db, from.filesDir, 'altered');
      await rm(filePath(from.filesDir, gone));
      await writeFile(filePath(from.filesDir, altered), 'alterad');
      const manifest = await verifyBackup(await from.backup(), report);
      expect([...manifest.missing].sort()).toEqual([gone, altered].sort());
      expect(manifest.entries.filter(({ name }) => name.startsWith('files/'))).toHaveLength(3);
    }));

  it('is readable by its owner only, and by tar', () =>
    withSource(async (from) => {
      const file = await from.backup();
      const tar = spawn('tar', ['tvf', file]);
      let listing = '';
      tar.stdout.on('data', (chunk) => (listing += String(chunk)));
      expect(await new Promise((resolve) => tar.on('close', resolve))).toBe(0);
      expect(listing).toMatch(/^-rw------- .* database\.jsonl\.gz\n/);
      expect(listing).toContain('project/schemas/entities/boat.json');
      expect(listing).not.toContain('node_modules');
    }));

  it('never takes the place of one that is there', () =>
    withSource(async (from) => {
      const file = await from.backup();
      const before = await readFile(file);
      const command = startCommand(from.projectDir, ['backup', file, '--project', from.projectDir], {
        DATABASE_URL: from.url,
      });
      expect(await command.ended).toMatchObject({ code: 1, text: expect.stringContaining('is there already') });
      expect(before.equals(await readFile(file))).toBe(true);
    }));
});

async function keepStranger(path: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, 'mine');
}

/** The command in a process of its own. */
function startCommand(dir: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const main = JSON.stringify(new URL('../main.ts', import.meta.url).href);
  const script = `import(${main}).then(({ main }) => main(process.argv.slice(1)))`;
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script, ...args],
    {
      cwd: dir,
      env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  const ended = new Promise<{ code: number | null; text: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, text }));
  });
  return { process: child, ended };
}
