import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import { openHost } from './support/host.ts';
import type { Host } from './support/host.ts';

type Json = Record<string, unknown>;

const PLUGIN = new URL('../plugins/window-installer', import.meta.url).pathname;

/** A business changes by editing a text file and restarting: no code, and the data stays. */
describe.each(DIALECTS)('an edit of a file and a restart on %s', (dialect) => {
  let dir = '';
  let host: Host;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'casement-project-'));
    await cp(PLUGIN, dir, { recursive: true });
    const admin = { email: 'kirill@example.com', password: 'a long and honest password' };
    host = await openHost(dialect, { projectDir: dir, admin });
    const owner = await host.as('kirill@example.com');
    await owner.call('POST', '/api/users', { name: 'Anna', email: 'anna@example.com', roles: ['manager'] });
    await request('First');
  });

  afterAll(async () => {
    await host.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function edit(file: string, change: (json: Json) => unknown): Promise<() => Promise<void>> {
    const path = join(dir, file);
    const before = await readFile(path, 'utf8');
    const json = JSON.parse(before) as Json;
    change(json);
    await writeFile(path, JSON.stringify(json));
    return () => writeFile(path, before);
  }

  async function request(name: string): Promise<Json> {
    await host.nobody.call('POST', '/forms/siteRequest', { name, phone: `+372 5555 ${1000 + name.length}` });
    await host.settle();
    const owner = await host.as('kirill@example.com');
    const [task] = await owner.list('/api/tasks?sort=-createdAt&limit=1&expand=about');
    return task!;
  }

  test('15 minutes become 10', async () => {
    await edit('schemas/automations/newDeal.json', (rule) => {
      const text = JSON.stringify(rule).replace('"$workingTime":"15m"', '"$workingTime":"10m"');
      Object.assign(rule, JSON.parse(text));
    });
    await host.restart();
    const task = await request('Second one');
    expect(Date.parse(String(task['dueAt'])) - host.clock.now()).toBe(600_000);
  });

  test('a field appears in the API, the filter and the OpenAPI, in every language, and touches no record', async () => {
    await edit('schemas/entities/deal.json', (entity) => {
      (entity['properties'] as Json)['facadeColour'] = { title: 'Facade colour', enum: ['white', 'dark-grey'] };
    });
    await edit('locales/et.json', (texts) => {
      texts['entities.deal.fields.facadeColour'] = 'Fassaadi värv';
      texts['entities.deal.options.facadeColour.dark-grey'] = 'Tumehall';
    });
    await host.restart();
    const owner = await host.as('kirill@example.com');
    const [first] = await owner.list('/api/deals?sort=createdAt&limit=1');
    expect(first).toMatchObject({ facadeColour: null, version: expect.any(Number) });
    const path = `/api/deals/${String(first!['id'])}`;
    expect(await owner.call('PATCH', path, { facadeColour: 'dark-grey' })).toMatchObject({
      status: 200,
      body: { facadeColour: 'dark-grey' },
    });
    const wrong = await owner.call<{ errors: Json[] }>('PATCH', path, { facadeColour: 'pink' });
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ path: '/facadeColour', code: 'option' }] } });
    expect(await owner.list('/api/deals?filter={"facadeColour":"dark-grey"}')).toHaveLength(1);
    expect(JSON.stringify((await owner.get('/openapi.json')).body)).toContain('facadeColour');
    const model = await owner.call<{ entities: { name: string; fields: Json[] }[] }>('GET', '/model', undefined, {
      'accept-language': 'et',
    });
    const field = model.body.entities
      .find(({ name }) => name === 'deal')!
      .fields.find(({ key }) => key === 'facadeColour');
    expect(field).toMatchObject({
      title: 'Fassaadi värv',
      options: [{ value: 'white' }, { value: 'dark-grey', title: 'Tumehall' }],
    });
  });

  test('a stage is added to a pipeline with deals in it', async () => {
    await edit('schemas/pipelines/windows.json', (pipeline) => {
      (pipeline['stages'] as Json[]).splice(1, 0, { key: 'visit-planned', title: 'Visit planned', kind: 'open' });
      (pipeline['transitions'] as Json[]).push(
        { key: 'toVisit', from: ['first-call'], to: 'visit-planned', requires: [] },
        { key: 'fromVisit', from: ['visit-planned'], to: 'measurement', requires: [] },
      );
    });
    await host.restart();
    const owner = await host.as('kirill@example.com');
    const [deal] = await owner.list('/api/deals?limit=1');
    const moved = await owner.call('POST', `/api/deals/${String(deal!['id'])}/move`, { to: 'visit-planned' });
    expect(moved).toMatchObject({ status: 200, body: { stage: 'visit-planned' } });
  });

  test('a wrong edit is refused with file, pointer and remedy, and the data stays', async () => {
    const undo = await edit('schemas/automations/newDeal.json', (rule) => {
      (rule['on'] as Json)['entity'] = 'dael';
    });
    await expect(host.restart()).rejects.toThrow(/newDeal\.json#\/on\/entity: .*deal/);
    await undo();
    await host.restart();
    const owner = await host.as('kirill@example.com');
    expect(await owner.list('/api/deals')).toHaveLength(2);
  });
});
