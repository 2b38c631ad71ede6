import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { DIALECTS, openTestDatabase, silentLog } from '../../tests/support/databases.ts';
import type { Dialect, TestDatabase } from '../../tests/support/databases.ts';
import { createApp } from '../app.ts';
import type { App } from '../app.ts';
import type { DefinitionEdit } from './definition-service.ts';
import { sql } from '../storage/sql.ts';
import { openDatabase } from '../storage/open-database.ts';
import { dropOverlay } from './drop-overlay.ts';
import { DefinitionErrors } from '../definitions/definition-errors.ts';

const PIPELINE = {
  name: 'sales',
  entity: 'deal',
  stages: [
    { key: 'new', kind: 'open' },
    { key: 'won', kind: 'won' },
    { key: 'lost', kind: 'lost' },
  ],
  transitions: [
    { key: 'win', from: ['new'], to: 'won' },
    { key: 'lose', from: ['*'], to: 'lost' },
  ],
};

const closers: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

async function openProject(dialect: Dialect): Promise<{ dir: string; database: TestDatabase; start(): Promise<App> }> {
  const dir = await mkdtemp(join(tmpdir(), 'casement-live-'));
  closers.push(() => rm(dir, { recursive: true, force: true }));
  await write(dir, 'package.json', { name: 'firm', casement: { title: 'Firm', plugins: [] } });
  await write(dir, 'schemas/pipelines/sales.json', PIPELINE);
  const database = await openTestDatabase(dialect);
  closers.push(() => database.remove());
  await database.db.close();
  const start = async () => {
    const app = await createApp({
      projectDir: dir,
      databaseUrl: database.url,
      dataDir: database.dir,
      secret: 'a secret of the tests, long enough for all',
      log: silentLog,
    });
    closers.push(() => app.close());
    return app;
  };
  return { dir, database, start };
}

async function write(dir: string, path: string, content: unknown): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), JSON.stringify(content));
}

/** As the owner would over HTTP. */
const save = (app: App, edit: DefinitionEdit) => app.definitions.save(app.system('test'), edit);
const view = (title: string) => ({
  kind: 'view' as const,
  name: 'dealList',
  json: { 'x-patch': 'base/view/dealList', title },
});
const titleIn = (app: App) => app.model().views.get('dealList')?.title;

describe.each(DIALECTS)('the running model on %s', (dialect) => {
  it('comes back with its overlay after a restart', async () => {
    const { start } = await openProject(dialect);
    const first = await start();
    await save(first, view('Ours'));
    await first.close();
    const second = await start();
    expect(titleIn(second)).toBe('Ours');
    await second.close();
  });

  it('does not start with an overlay that no longer fits the files, says where, and there is a way back', async () => {
    const { dir, database, start } = await openProject(dialect);
    const first = await start();
    await save(first, {
      kind: 'pipeline',
      name: 'sales',
      json: { 'x-patch': 'firm/pipeline/sales', stages: { new: { title: 'Fresh' } } },
    });
    await first.close();
    await rm(join(dir, 'schemas/pipelines/sales.json'));
    await expect(start()).rejects.toThrow('overlay/pipeline/sales.json#/x-patch');
    const db = await openDatabase({ url: database.url, projectDir: dir, log: silentLog });
    await expect(dropOverlay(db, silentLog, { kind: 'pipeline', name: 'none' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await dropOverlay(db, silentLog, { kind: 'pipeline', name: 'sales' });
    await db.close();
    const again = await start();
    expect(again.model().pipelines.size).toBe(0);
    const told = await again.db.read(sql`select "kind" from "_changes" where "entity" = '_definition' order by "seq"`);
    expect(told).toEqual([{ kind: 'definition.saved' }, { kind: 'definition.removed' }]);
    await again.close();
  });

  it('follows the files without losing a record, a job or a transaction', async () => {
    const { dir, start } = await openProject(dialect);
    const app = await start();
    const ctx = app.system('test');
    const contact = await app.records.write(ctx, { op: 'create', entity: 'contact', input: { name: 'Ann' } });
    await app.jobs.start();
    const ran: string[] = [];
    app.jobs.handle('slow', async (run) => {
      ran.push(app.records.model().hash);
      await wait(300);
      ran.push(app.records.model().hash);
      await run.commit(async () => undefined, { done: true });
    });
    await app.records.transaction(ctx, ({ tx }) => app.jobs.enqueue(tx, { kind: 'slow', key: 'one', payload: null }));
    while (ran.length === 0) await wait(10);
    const before = app.model().hash;
    await write(dir, 'schemas/entities/deal.json', {
      $id: 'deal',
      'x-extends': 'deal',
      properties: { colour: { enum: ['red'] } },
    });
    expect(await app.reload()).toBe('exchanged');
    expect(await app.reload()).toBe('same');
    const input = { title: 'One', customer: contact['id'], colour: 'red' };
    expect(await app.records.write(ctx, { op: 'create', entity: 'deal', input })).toMatchObject({ colour: 'red' });
    await app.jobs.drain();
    expect(ran).toEqual([before, before]);
    expect((await app.jobs.listJobs({ limit: 5 })).map(({ state }) => state)).toEqual(['done']);
  });

  it('stays as it is when the files are wrong or need more than safe steps', async () => {
    const { dir, start } = await openProject(dialect);
    const app = await start();
    const ctx = app.system('test');
    const { id } = await app.records.write(ctx, { op: 'create', entity: 'contact', input: { name: 'Ann' } });
    await app.records.write(ctx, { op: 'create', entity: 'deal', input: { title: 'One', customer: id } });
    const before = app.model();
    await write(dir, 'schemas/views/mine.json', { name: 'mine', entity: 'deel', kind: 'list' });
    await expect(app.reload()).rejects.toThrow(DefinitionErrors);
    await rm(join(dir, 'schemas/views/mine.json'));
    await write(dir, 'schemas/entities/deal.json', {
      'x-patch': 'base/entity/deal',
      required: ['title', 'customer', 'expectedOn'],
    });
    await expect(app.reload()).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(app.model()).toBe(before);
    expect(await app.db.read(sql`select "value" from "_meta" where "key" = 'epoch'`)).toEqual([{ value: '1' }]);
  });
});

describe('two processes on one PostgreSQL', () => {
  it('are never of two minds: what one saves binds the next write of the other', async () => {
    const { start } = await openProject('postgres');
    const [one, two] = [await start(), await start()];
    const ctx = two.system('test');
    for (const title of ['A', 'B', 'C', 'D', 'E']) {
      await save(one, view(title));
      // At once: no word of the change may have come yet.
      const seen = await two.records.transaction(ctx, async () => two.records.model().views.get('dealList')?.title);
      expect(seen).toBe(title);
    }
    await save(two, view('F'));
    await save(one, {
      kind: 'entity',
      name: 'deal',
      json: { $id: 'deal', 'x-extends': 'deal', properties: { colour: { enum: ['red'] } } },
    });
    const { id } = await two.records.write(ctx, { op: 'create', entity: 'contact', input: { name: 'Ann' } });
    const input = { title: 'One', customer: id, colour: 'red' };
    expect(await two.records.write(ctx, { op: 'create', entity: 'deal', input })).toMatchObject({ colour: 'red' });
    expect(two.model().hash).toBe(one.model().hash);
  });

  it('a process that writes nothing hears of it by itself', async () => {
    const { start } = await openProject('postgres');
    const [one, two] = [await start(), await start()];
    await save(one, view('Heard'));
    for (let waited = 0; titleIn(two) !== 'Heard' && waited < 5000; waited += 20) await wait(20);
    expect(titleIn(two)).toBe('Heard');
  });

  it('a change waits for the transactions of the other, which end under the model they began with', async () => {
    const { start } = await openProject('postgres');
    const [one, two] = [await start(), await start()];
    const order: string[] = [];
    const saving = await two.records.transaction(two.system('test'), async (inside) => {
      // It is under way with its first statement.
      await two.records.list(inside, { entity: 'deal', limit: 1 });
      const saved = save(one, view('Later')).then(() => order.push('saved'));
      await wait(400);
      order.push(`ended under ${two.records.model().views.get('dealList')?.title}`);
      return { saved };
    });
    await saving.saved;
    expect(order).toEqual([expect.not.stringContaining('Later'), 'saved']);
  });

  it('two who save at once from one version: one wins, the other is told', async () => {
    const { start } = await openProject('postgres');
    const [one, two] = [await start(), await start()];
    const results = await Promise.allSettled([
      save(one, { ...view('One'), version: 0 }),
      save(two, { ...view('Two'), version: 0 }),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = results.find((result) => result.status === 'rejected');
    expect(lost?.reason).toMatchObject({ code: 'CONFLICT' });
    await Promise.all(['A', 'B', 'C'].flatMap((title) => [save(one, view(`1${title}`)), save(two, view(`2${title}`))]));
    await two.records.transaction(two.system('test'), async () => undefined);
    await one.records.transaction(one.system('test'), async () => undefined);
    expect(titleIn(one)).toBe(titleIn(two));
  });

  it('a process whose files are broken goes on with the last good model', async () => {
    const { dir, start } = await openProject('postgres');
    const [one, two] = [await start(), await start()];
    await save(one, view('Fine'));
    await two.records.transaction(two.system('test'), async () => undefined);
    await save(one, { kind: 'view', name: 'taskList', json: { 'x-patch': 'base/view/taskList', title: 'Next' } });
    await write(dir, 'schemas/views/mine.json', { name: 'mine', entity: 'deel', kind: 'list' });
    const ctx = two.system('test');
    expect(await two.records.write(ctx, { op: 'create', entity: 'contact', input: { name: 'Ann' } })).toMatchObject({
      name: 'Ann',
    });
    expect(titleIn(two)).toBe('Fine');
  });
});
