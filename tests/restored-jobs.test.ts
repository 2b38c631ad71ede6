import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../core/app.ts';
import type { App } from '../core/app.ts';
import { verifyBackup } from '../core/cli/backup/read-backup.ts';
import { restoreBackup } from '../core/cli/backup/restore.ts';
import { writeBackup } from '../core/cli/backup/write-backup.ts';
import type { JobInfo } from '../core/jobs/types.ts';
import { DIALECTS, openTestDatabase, silentLog } from './support/databases.ts';
import type { Dialect, TestDatabase } from './support/databases.ts';
import { callerOf, login, PASSWORD } from './support/http-app.ts';
import type { Caller } from './support/http-app.ts';
import { openMailbox } from './support/mailbox.ts';
import type { Mailbox } from './support/mailbox.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 2, 16, 9);

const letter = (subject: string) => [
  { key: 'tell', action: 'mail', with: { to: 'boss@example.com', subject, body: 'See there.' } },
];

const FILES = {
  'package.json': { name: 'restored', version: '1.0.0', casement: { title: 'Restored', plugins: [] } },
  'schemas/automations/late.json': {
    name: 'late',
    title: 'A task is late',
    on: { trigger: 'due', entity: 'task', field: 'dueAt', offset: '0h' },
    do: letter('Late'),
    as: 'system',
  },
  'schemas/automations/morning.json': {
    name: 'morning',
    title: 'Every morning',
    on: { trigger: 'schedule', cron: '0 8 * * *' },
    do: [{ key: 'plan', action: 'create', with: { entity: 'task', set: { title: 'Morning' } } }],
    as: 'system',
  },
  'schemas/automations/newCompany.json': {
    name: 'newCompany',
    title: 'A new company',
    on: { trigger: 'created', entity: 'company' },
    do: letter('New'),
    as: 'system',
  },
};

interface Place {
  readonly url: string;
  readonly database: TestDatabase;
  readonly app: App;
  readonly boss: Caller;
}

describe.each(DIALECTS)('a backup of three days ago on %s', (dialect: Dialect) => {
  let projectDir: string;
  let mailbox: Mailbox;
  let now = START;
  const places: Place[] = [];

  beforeEach(async () => {
    now = START;
    mailbox = await openMailbox();
    projectDir = await mkdtemp(join(tmpdir(), 'casement-restored-'));
    for (const [path, content] of Object.entries(FILES)) {
      await mkdir(dirname(join(projectDir, path)), { recursive: true });
      await writeFile(join(projectDir, path), JSON.stringify(content));
    }
  });
  afterEach(async () => {
    for (const { app, database } of places.splice(0)) {
      await app.close();
      await database.remove();
    }
    await mailbox.close();
    await rm(projectDir, { recursive: true, force: true });
  });

  async function startAt(database: TestDatabase): Promise<Place> {
    const app = await createApp({
      projectDir,
      databaseUrl: database.url,
      dataDir: join(database.dir, 'data'),
      secret: 'a secret of the tests, long enough for all',
      log: silentLog,
      clock: { now: () => now },
      smtpUrl: mailbox.url,
      admin: { email: 'boss@example.com', password: PASSWORD },
    });
    const { local } = await app.listen(0, '127.0.0.1');
    const place = { url: local, database, app, boss: await login(local, 'boss@example.com') };
    places.push(place);
    return place;
  }

  async function empty(): Promise<TestDatabase> {
    const database = await openTestDatabase(dialect);
    await database.db.close();
    return database;
  }

  /** Tasks due in 1 hour, 2 days and 5 days; saved at once, brought back after three days. */
  async function restored(): Promise<Place> {
    const { app, boss, database } = await startAt(await empty());
    for (const [title, ahead] of [
      ['call', HOUR],
      ['visit', 2 * DAY],
      ['thank', 5 * DAY],
    ] as const)
      await boss('POST', '/api/tasks', { title, dueAt: new Date(now + ahead).toISOString() });
    const file = join(database.dir, 'old.tar');
    const filesDir = join(database.dir, 'data/files');
    await writeBackup({ db: app.db, model: app.model(), projectDir, filesDir, file, report: () => undefined });
    // The place that is lost sends nothing any more.
    await app.close();
    now = START + 3 * DAY;
    const target = await openTestDatabase(dialect);
    const manifest = await verifyBackup(file, () => undefined);
    const dataDir = join(target.dir, 'data');
    const { heldJobs } = await restoreBackup({ file, manifest, db: target.db, dataDir, report: () => undefined });
    expect(heldJobs).toBeGreaterThanOrEqual(3);
    await target.db.close();
    return startAt(target);
  }

  const letters = () => mailbox.letters.map(({ source }) => /^Subject: (.*)$/m.exec(source)?.[1]?.trim());
  const held = async (boss: Caller, rule = 'late') => {
    const { json } = await boss('GET', '/jobs?state=held');
    return (json['data'] as JobInfo[]).filter((job) => (job.payload as { rule?: string }).rule === rule);
  };

  test('sends nothing until somebody has seen what would be sent and said what shall be (R-78)', async () => {
    const { app, boss } = await restored();
    await app.jobs.drain();
    now += DAY;
    await app.jobs.drain();
    expect(letters()).toEqual([]);
    const waiting = await held(boss);
    expect(waiting.map(({ due }) => Date.parse(due) - START)).toEqual([HOUR, 2 * DAY, 5 * DAY]);
    const [morning, ...more] = await held(boss, 'morning');
    expect([Date.parse(morning!.due) - START, more]).toEqual([21 * HOUR, []]);
    expect((await boss('GET', '/health')).json).toEqual({ status: 'ok', jobs: 'held' });
    expect((await boss('GET', '/metrics')).text).toMatch(/casement_jobs\{state="held"\} [3-9]/);

    // What people do now goes on, and so does what follows from it.
    await boss('POST', '/api/companies', { name: 'Baltic Glass' });
    await app.jobs.drain();
    expect(letters()).toEqual(['New']);

    const one = await boss('POST', '/jobs/held', { action: 'run', ids: [waiting[1]!.id] });
    expect(one.json['changed']).toBe(1);
    await app.jobs.drain();
    expect(letters()).toEqual(['New', 'Late']);
    const { json } = await boss('GET', `/jobs/${waiting[1]!.id}/log`);
    expect(JSON.stringify(json)).toContain('Released after the restore by boss');

    await boss('POST', '/jobs/held', { action: 'drop', due: 'past' });
    expect((await held(boss)).map(({ id }) => id)).toEqual([waiting[2]!.id]);
    // What recurs is not over because one time was dropped.
    expect((await held(boss, 'morning')).map(({ due }) => Date.parse(due) - START)).toEqual([4 * DAY + 21 * HOUR]);
    const rest = await boss('POST', '/jobs/held', { action: 'run' });
    expect(rest.json['left']).toBe(0);
    await app.jobs.drain();
    expect(letters()).toEqual(['New', 'Late']);
    now = START + 5 * DAY;
    await app.jobs.drain();
    expect(letters()).toEqual(['New', 'Late', 'Late']);
    const made = await boss('GET', `/api/tasks?filter=${encodeURIComponent('{"title":"Morning"}')}`);
    expect((made.json['data'] as unknown[]).length).toBe(1);
    expect((await boss('GET', '/health')).json).toEqual({ status: 'ok' });
  });

  test('stays paused over a restart, and a timer whose reason is gone goes with it (R-78)', async () => {
    const first = await restored();
    await first.app.close();
    const { app, boss } = await startAt(first.database);
    await app.jobs.drain();
    expect(letters()).toEqual([]);
    const tasks = (await boss('GET', '/api/tasks?sort=dueAt')).json['data'] as { id: string }[];
    await boss('PATCH', `/api/tasks/${tasks[0]!.id}`, { dueAt: null });
    expect((await held(boss)).length).toBe(2);
    expect(letters()).toEqual([]);
  });

  test('is decided about by who has the right, in words that are known (R-78)', async () => {
    const { url, app, boss } = await restored();
    await app.auth.createUserWithPassword({
      name: 'clerk',
      email: 'clerk@example.com',
      password: PASSWORD,
      roles: ['specialist'],
    });
    expect((await callerOf(url, {})('POST', '/jobs/held', { action: 'run' })).status).toBe(401);
    const clerk = await login(url, 'clerk@example.com');
    expect((await clerk('POST', '/jobs/held', { action: 'run' })).status).toBe(403);
    for (const [body, status] of [
      [{}, 422],
      [{ action: 'all' }, 422],
      [{ action: 'run', due: 'today' }, 422],
      [{ action: 'run', ids: ['x'] }, 422],
      [{ action: 'run', ids: [], due: 'past' }, 422],
      [{ action: 'run', all: true }, 400],
    ] as const)
      expect([body, (await boss('POST', '/jobs/held', body)).status]).toEqual([body, status]);
    expect((await held(boss)).length).toBe(3);
  });
});
