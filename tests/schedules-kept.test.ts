import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../core/app.ts';
import type { App } from '../core/app.ts';
import { DIALECTS, openTestDatabase, silentLog } from './support/databases.ts';
import type { TestDatabase } from './support/databases.ts';
import { until } from './support/job-queue.ts';

const rule = (cron: string, more: object = {}) => ({
  ...{ name: 'tick', title: 'Tick', on: { trigger: 'schedule', cron, ...more } },
  do: [{ key: 'task', action: 'create', with: { entity: 'task', set: { title: 'tick {{now}}' } } }],
});

/** the next time of a rule of the clock follows its definition, whether a server runs or not: none orphaned, none doubled. */
describe.each(DIALECTS)('schedules kept on %s (R-55)', (dialect) => {
  let dir: string;
  let database: TestDatabase;
  let app: App;
  let now: number;

  const write = async (content: unknown) => {
    const file = join(dir, 'schemas/automations/tick.json');
    await mkdir(dirname(file), { recursive: true });
    if (content === null) await rm(file);
    else await writeFile(file, JSON.stringify(content));
  };
  const start = () =>
    createApp({
      ...{ projectDir: dir, databaseUrl: database.url, dataDir: database.dir, log: silentLog },
      secret: 'a secret of the tests, long enough for all',
      clock: { now: () => now },
    });
  const edit = async (content: unknown, how: 'live' | 'restart') => {
    await write(content);
    if (how === 'live') return void (await app.reload());
    await app.close();
    app = await start();
  };
  const waiting = async () =>
    (await app.jobs.listJobs({ state: 'ready', limit: 100 }))
      .filter(({ key }) => key.startsWith('tick:'))
      .map(({ due }) => due.slice(11, 16));
  const ticks = async () =>
    (await app.records.list(app.system('test'), { entity: 'task', filter: { title: { startsWith: 'tick' } } })).data
      .length;

  beforeEach(async () => {
    now = Date.parse('2026-03-02T08:00:00.000Z');
    dir = await mkdtemp(join(tmpdir(), 'casement-ticks-'));
    const manifest = { name: 'ticks', version: '1.0.0', casement: { title: 'Ticks', plugins: [] } };
    await writeFile(join(dir, 'package.json'), JSON.stringify(manifest));
    await write(rule('0 12 * * *', { zone: 'UTC' }));
    database = await openTestDatabase(dialect);
    await database.db.close();
    app = await start();
  });
  afterEach(async () => {
    await app.close();
    await database.remove();
    await rm(dir, { recursive: true, force: true });
  });

  it.each(['live', 'restart'] as const)('over edits, switching off and on, and its end: %s', async (how) => {
    expect(await waiting()).toEqual(['12:00']);
    await edit(rule('30 13 * * *', { zone: 'UTC' }), how);
    await until(async () => (await waiting())[0] === '13:30');
    await edit({ ...rule('30 13 * * *', { zone: 'UTC' }), enabled: false }, how);
    await until(async () => (await waiting()).length === 0);
    await edit(rule('0 12 * * *', { zone: 'UTC' }), how);
    await until(async () => (await waiting())[0] === '12:00');
    // Nothing of the time it was to come at before.
    now = Date.parse('2026-03-02T14:00:00.000Z');
    await app.jobs.drain();
    expect([await ticks(), await waiting()]).toEqual([1, ['12:00']]);
    await edit(null, how);
    await until(async () => (await waiting()).length === 0);
    now += 3 * 86_400_000;
    await app.jobs.drain();
    expect(await ticks()).toBe(1);
  });

  it('leaves alone what waits inside a run when the rule gets another time', async () => {
    const slow = (cron: string) => {
      const { do: steps, ...rest } = rule(cron, { zone: 'UTC' });
      return { ...rest, do: [{ key: 'rest', action: 'wait', with: { for: '2h' } }, ...steps] };
    };
    await edit(slow('0 12 * * *'), 'restart');
    now = Date.parse('2026-03-02T12:00:00.000Z');
    await app.jobs.drain();
    await edit(slow('0 18 * * *'), 'live');
    await until(async () => (await waiting()).includes('18:00'));
    expect((await waiting()).sort()).toEqual(['14:00', '18:00']);
    now = Date.parse('2026-03-02T14:00:00.000Z');
    await app.jobs.drain();
    expect([await ticks(), await waiting()]).toEqual([1, ['18:00']]);
  });

  it('follows the zone of the organisation where the rule names none', async () => {
    await edit(rule('0 12 * * *'), 'live');
    await until(async () => (await waiting())[0] === '10:00');
    const [organisation] = (await app.records.list(app.system('test'), { entity: 'organisation' })).data;
    const zone = {
      op: 'update',
      entity: 'organisation',
      id: String(organisation?.['id']),
      input: { zone: 'Asia/Tokyo' },
    } as const;
    await app.records.write(app.system('test'), zone);
    await until(async () => (await waiting())[0] === '03:00');
    expect(await waiting()).toHaveLength(1);
  });
});
