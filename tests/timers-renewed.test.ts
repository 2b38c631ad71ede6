import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../core/app.ts';
import type { App } from '../core/app.ts';
import { DIALECTS, openTestDatabase, silentLog } from './support/databases.ts';
import type { TestDatabase } from './support/databases.ts';
import { until } from './support/job-queue.ts';

const START = Date.parse('2026-03-02T08:00:00.000Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const PIPELINE = {
  name: 'sales',
  entity: 'deal',
  stages: [
    { key: 'new', kind: 'open' },
    { key: 'talk', kind: 'open' },
    { key: 'won', kind: 'won' },
  ],
  transitions: [
    { key: 'talk', from: ['new'], to: 'talk' },
    { key: 'win', from: ['*'], to: 'won' },
  ],
};

const rule = (name: string, on: object, title = name) => ({
  ...{ name, title, as: 'system', on },
  do: [{ key: 'mark', action: 'create', with: { entity: 'task', set: { title: `${name}: {{record.title}}` } } }],
});
const due = (offset: string) => rule('remind', { trigger: 'due', entity: 'deal', field: 'expectedOn', offset });
const stayed = (more: object) => rule('stale', { trigger: 'stayed', entity: 'deal', stage: 'new', ...more });
const hours = (open: string) => ({
  ...{ name: 'shop', title: 'Shop', holidays: [] as string[] },
  week: { mon: [open], tue: [open], wed: [open], thu: [open], fri: [open] },
});

/** timers follow their rule and its hours, whether a server runs or not. */
describe.each(DIALECTS)('timers set anew on %s', (dialect) => {
  let dir: string;
  let database: TestDatabase;
  let app: App;
  let now: number;
  let customer: unknown;

  const write = async (path: string, content: unknown) => {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), JSON.stringify(content));
  };
  const start = async () => {
    app = await createApp({
      ...{ projectDir: dir, databaseUrl: database.url, dataDir: database.dir, log: silentLog },
      secret: 'a secret of the tests, long enough for all',
      clock: { now: () => now },
    });
  };
  const restart = async () => {
    await app.close();
    await start();
    await app.jobs.drain();
  };
  /** Puts the files into effect and waits until the timers have been set anew. */
  const reload = async () => {
    const before = await timersJobs();
    await app.reload();
    await until(async () => {
      await app.jobs.drain();
      return (await timersJobs()) > before;
    });
  };
  const timersJobs = async () =>
    (await app.jobs.listJobs({ limit: 1_000 })).filter(({ kind, state }) => kind === 'timers' && state === 'done')
      .length;
  const moveTo = async (zone: string) => {
    const ctx = app.system('test');
    const { data } = await app.records.list(ctx, { entity: 'organisation' });
    const id = String(data[0]?.['id']);
    await app.records.write(ctx, { op: 'update', entity: 'organisation', id, input: { zone } });
  };
  const deal = async (input: object) => {
    const made = await app.records.write(app.system('test'), {
      ...{ op: 'create', entity: 'deal' },
      input: { title: 'Big', customer, ...input },
    });
    return String(made['id']);
  };
  /** The instants at which a rule's timers wait. */
  const waiting = async (name: string) =>
    (await app.jobs.listJobs({ state: 'ready', limit: 1_000 }))
      .filter(({ key }) => key.startsWith(`${name}:`))
      .map((job) => job.due)
      .sort();
  const rung = async (name: string) => {
    const { data } = await app.records.list(app.system('test'), {
      entity: 'task',
      filter: { title: { startsWith: `${name}:` } },
    });
    return data.length;
  };

  beforeEach(async () => {
    now = START;
    dir = await mkdtemp(join(tmpdir(), 'casement-timers-'));
    await write('package.json', { name: 'firm', casement: { title: 'Firm', plugins: [] } });
    await write('schemas/pipelines/sales.json', PIPELINE);
    await write('schemas/automations/remind.json', due('-1d'));
    database = await openTestDatabase(dialect);
    await database.db.close();
    await start();
    const made = await app.records.write(app.system('test'), {
      op: 'create',
      entity: 'contact',
      input: { name: 'Ann' },
    });
    customer = made['id'];
    await moveTo('UTC');
    await restart();
  });
  afterEach(async () => {
    await app.close();
    await database.remove();
    await rm(dir, { recursive: true, force: true });
  });

  it('follow an edited rule while the server runs: each once, at its new instant (R-55)', async () => {
    await deal({ expectedOn: '2026-03-20' });
    await deal({ expectedOn: '2026-04-20' });
    await deal({});
    expect(await waiting('remind')).toEqual(['2026-03-19T00:00:00.000Z', '2026-04-19T00:00:00.000Z']);
    await write('schemas/automations/remind.json', due('-2d'));
    await reload();
    expect(await waiting('remind')).toEqual(['2026-03-18T00:00:00.000Z', '2026-04-18T00:00:00.000Z']);
    now = Date.parse('2026-05-01T00:00:00.000Z');
    await app.jobs.drain();
    expect(await rung('remind')).toBe(2);
  });

  it('end with a removed rule and come back with it, also while the server is off (R-55)', async () => {
    const id = await deal({ expectedOn: '2026-03-20' });
    await rm(join(dir, 'schemas/automations/remind.json'));
    await restart();
    expect(await waiting('remind')).toEqual([]);
    const write1 = app.records.write(app.system('test'), {
      op: 'update',
      entity: 'deal',
      id,
      input: { expectedOn: '2026-03-25' },
    });
    await write1;
    await write('schemas/automations/remind.json', due('-1d'));
    await restart();
    expect(await waiting('remind')).toEqual(['2026-03-24T00:00:00.000Z']);
    // A start without a change sets nothing.
    const before = await timersJobs();
    await restart();
    expect(await timersJobs()).toBe(before);
    now = Date.parse('2026-04-01T00:00:00.000Z');
    await app.jobs.drain();
    expect(await rung('remind')).toBe(1);
  });

  it('of a rule that is new find the records that are there, but not what was due before it (R-55)', async () => {
    await deal({ title: 'Old' });
    now += 2 * DAY;
    await deal({ title: 'Young' });
    const moved = await deal({ title: 'Moved' });
    await app.records.write(app.system('test'), { op: 'update', entity: 'deal', id: moved, input: { stage: 'talk' } });
    await write('schemas/automations/stale.json', stayed({ for: '1d' }));
    await reload();
    expect(await waiting('stale')).toEqual([new Date(START + 3 * DAY).toISOString()]);
    await write('schemas/automations/stale.json', stayed({ for: '1d', stage: 'talk' }));
    await reload();
    expect(await waiting('stale')).toEqual([new Date(now + DAY).toISOString()]);
    now += 7 * DAY;
    await app.jobs.drain();
    expect(await rung('stale')).toBe(1);
  });

  it('count by the calendar as it is now; what has rung does not ring again (R-52)', async () => {
    await write('schemas/calendars/shop.json', hours('09:00-17:00'));
    await write('schemas/automations/stale.json', stayed({ for: '4h', calendar: 'shop' }));
    await restart();
    // Monday, 08:00: due at 13:00.
    await deal({ title: 'First' });
    now += 6 * HOUR;
    await app.jobs.drain();
    expect(await rung('stale')).toBe(1);
    await deal({ title: 'Second' });
    expect(await waiting('stale')).toEqual(['2026-03-03T10:00:00.000Z']);
    await write('schemas/calendars/shop.json', { ...hours('09:00-17:00'), holidays: ['2026-03-03'] });
    await reload();
    expect(await waiting('stale')).toEqual(['2026-03-04T10:00:00.000Z']);
    // From now on the day is shorter: Monday's rest is gone, and the four hours end later.
    await write('schemas/calendars/shop.json', hours('09:00-14:30'));
    await restart();
    expect(await waiting('stale')).toEqual(['2026-03-03T12:30:00.000Z']);
    now = Date.parse('2026-03-10T00:00:00.000Z');
    await app.jobs.drain();
    expect(await rung('stale')).toBe(2);
  });

  it('count dates from midnight where the organisation is now (R-52)', async () => {
    await deal({ expectedOn: '2026-03-20' });
    await moveTo('America/New_York');
    await until(async () => {
      await app.jobs.drain();
      return (await waiting('remind'))[0] !== '2026-03-19T00:00:00.000Z';
    });
    expect(await waiting('remind')).toEqual(['2026-03-19T04:00:00.000Z']);
  });

  it('are set by writers and by the renewal at once, none orphaned and none doubled (R-55)', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 40; index += 1) ids.push(await deal({ expectedOn: '2026-03-20' }));
    const before = await timersJobs();
    await app.jobs.start();
    await write('schemas/automations/remind.json', due('-3d'));
    const editing = (async () => {
      for (const id of ids)
        await app.records.write(app.system('test'), {
          op: 'update',
          entity: 'deal',
          id,
          input: { expectedOn: '2026-03-22' },
        });
    })();
    await app.reload();
    await editing;
    await until(async () => (await timersJobs()) === before + 1);
    expect(await waiting('remind')).toEqual(ids.map(() => '2026-03-19T00:00:00.000Z'));
  });
});
