import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { createApp } from '../core/app.ts';
import type { App } from '../core/app.ts';
import { findJournal } from '../core/app/upgrade/apply-plan.ts';
import type { Database } from '../core/storage/database.ts';
import { openDatabase } from '../core/storage/open-database.ts';
import { sql } from '../core/storage/sql.ts';
import { eachDatabase, openTestDatabase, silentLog } from './support/databases.ts';
import type { TestDatabase } from './support/databases.ts';

type Json = Readonly<Record<string, unknown>>;

const TEXT = { size: { type: 'string', maxLength: 20 } };
const NUMBER = { size: { type: 'integer' } };
const RENAMED = { length: { type: 'integer', 'x-was': 'size' } };
const WITH_DOUBLE = { ...NUMBER, twice: { type: 'integer', 'x-field': { computed: 'size * 2' } } };

/** A project of one entity on a database of its own, and the `casement` command for it. */
async function openProject(open: () => Promise<TestDatabase>) {
  const { db, url, dir } = await open();
  await db.close();
  const project = join(dir, 'project');
  await mkdir(join(project, 'schemas/entities'), { recursive: true });
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ name: 'p', version: '1.0.0', casement: { title: 'P', plugins: [] } }),
  );
  await writeFile(
    join(dir, 'run.mts'),
    `import { main } from ${JSON.stringify(new URL('../core/cli/main.ts', import.meta.url).href)};\nawait main(process.argv.slice(2));\n`,
  );
  const define = (properties: Json) =>
    writeFile(
      join(project, 'schemas/entities/boat.json'),
      JSON.stringify({
        $id: 'boat',
        title: 'Boat',
        type: 'object',
        'x-entity': { plural: 'boats', display: '{{name}}' },
        properties: { name: { type: 'string' }, ...properties },
        additionalProperties: false,
      }),
    );
  const start = (): Promise<App> =>
    createApp({
      projectDir: project,
      databaseUrl: url,
      dataDir: dir,
      secret: 'only-for-tests-only-for-tests-only-for-tests',
      log: silentLog,
    });
  const command = (...args: readonly string[]) => {
    const child = spawn(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), join(dir, 'run.mts'), ...args, '--project', project],
      {
        env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: url, CASEMENT_DATA: dir, CASEMENT_LOG: 'error' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const output = { out: '', err: '' };
    child.stdout.on('data', (chunk) => (output.out += String(chunk)));
    child.stderr.on('data', (chunk) => (output.err += String(chunk)));
    const ended = new Promise<number | null>((resolve) => {
      child.on('exit', (code) => resolve(code));
    });
    return { child, output, ended };
  };
  const look = async <T>(work: (beside: Database) => Promise<T>): Promise<T> => {
    const beside = await openDatabase({ url, projectDir: dir, log: silentLog, exclusive: false });
    try {
      return await work(beside);
    } finally {
      await beside.close();
    }
  };
  return { define, start, command, look };
}

async function addBoats(db: Database, count: number): Promise<void> {
  const at = '2026-03-01T00:00:00.000Z';
  for (let from = 0; from < count; from += 1000) {
    const rows = Array.from({ length: 1000 }, (_, index) => {
      const size = String(from + index);
      return sql`(${uuidv7()}, 1, ${at}, ${at}, ${size}, ${size}, ${size}, ${size})`;
    });
    await db.transaction((tx) =>
      tx.run(
        sql`insert into "boat" ("id", "version", "createdAt", "updatedAt", "name", "name_f", "size", "size_f") values ${sql.join(rows)}`,
      ),
    );
  }
}

const BOATS = 4000;

eachDatabase((open) => {
  it('is killed in the middle, refuses a server, and is finished by the next apply (R-70)', async () => {
    const { define, start, command, look } = await openProject(open);
    await define(TEXT);
    const server = await start();
    await addBoats(server.db, BOATS);
    await define(NUMBER);
    const beside = command('plan');
    expect(await beside.ended, beside.output.err).toBe(3);
    expect(beside.output.out).toContain('boat.size becomes text → integer: 4,000 values to be carried over');
    expect(beside.output.out).toContain('--convert boat.size');
    const refused = command('apply', '--convert', 'boat.size');
    expect(await refused.ended).toBe(1);
    expect(refused.output.err).toMatch(/in use by the server with process id \d+|a server is connected to it/);
    await server.close();
    await expect(start()).rejects.toThrow('"casement plan" shows them');
    const unanswered = command('apply');
    expect(await unanswered.ended).toBe(1);
    expect(unanswered.output.err).toContain('Nothing was changed. One step waits for an answer');

    const killed = command('apply', '--convert', 'boat.size');
    await look(async (db) => {
      for (;;) {
        const found = await findJournal(db);
        if (found && found.progress.cursor !== null) break;
        expect(killed.child.exitCode, killed.output.err).toBeNull();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      killed.child.kill('SIGKILL');
      await killed.ended;
      expect(await findJournal(db)).toBeDefined();
    });
    await expect(start()).rejects.toThrow('Run "casement apply" again to finish it');

    const finished = command('apply');
    expect(await finished.ended, finished.output.err).toBe(0);
    expect(finished.output.out).toContain('Finished what had been cut off');
    const again = await start();
    const figures = await again.records.aggregate(again.system('test'), {
      entity: 'boat',
      group: [],
      measures: ['count', 'sum(size)'],
    });
    expect(figures).toEqual([{ count: BOATS, 'sum(size)': (BOATS * (BOATS - 1)) / 2 }]);
    await again.close();

    const back = command('rollback');
    expect(await back.ended, back.output.err).toBe(0);
    expect(back.output.out).toContain('Put back the definitions of that time');
    await define(TEXT);
    const old = await start();
    const list = await old.records.list(old.system('test'), { entity: 'boat', sort: ['id'], limit: 1 });
    expect(list.data[0]?.['size']).toBe('0');
    await old.close();
  }, 180_000);

  it('takes safe steps at the start by itself, values worked out anew among them', async () => {
    const { define, start } = await openProject(open);
    await define(NUMBER);
    const first = await start();
    await first.records.write(first.system('test'), { op: 'create', entity: 'boat', input: { name: 'a', size: 4 } });
    await first.close();
    await define(WITH_DOUBLE);
    const second = await start();
    const { data } = await second.records.list(second.system('test'), { entity: 'boat' });
    expect(data).toMatchObject([{ name: 'a', size: 4, twice: 8 }]);
    await second.close();
  });
});

describe('several servers on one PostgreSQL', () => {
  it('start together, and only one does the work; another waits until it may have the database alone', async () => {
    const opened: TestDatabase[] = [];
    const { define, start, command } = await openProject(async () => {
      const database = await openTestDatabase('postgres');
      opened.push(database);
      return database;
    });
    await define(NUMBER);
    const servers = await Promise.all([start(), start()]);
    await servers[0].records.write(servers[0].system('test'), {
      op: 'create',
      entity: 'boat',
      input: { name: 'a', size: 4 },
    });
    await define(RENAMED);
    await expect(start()).rejects.toThrow('Other servers are connected');
    const refused = command('apply');
    expect(await refused.ended).toBe(1);
    expect(refused.output.err).toContain('2 servers are connected to it');
    await Promise.all(servers.map((server) => server.close()));
    const next = await Promise.all([start(), start()]);
    const { data } = await next[1].records.list(next[1].system('test'), { entity: 'boat' });
    expect(data).toMatchObject([{ length: 4 }]);
    await Promise.all(next.map((server) => server.close()));
    for (const database of opened) await database.remove();
  });
});
