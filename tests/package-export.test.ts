import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOverlay } from '../core/app/overlay-rows.ts';
import { exportPackage } from '../core/cli/export-package.ts';
import { loadProject } from '../core/cli/load-project.ts';
import { DIALECTS } from './support/databases.ts';
import { openHost } from './support/host.ts';
import type { Caller, Host } from './support/host.ts';

const PLUGIN = new URL('../plugins/window-installer', import.meta.url).pathname;
const NAME = '@casement/plugin-window-installer';

/** A business is changed on screen and comes out as files: the diff is the change, and elsewhere they make the same business (D-3). */
describe.each(DIALECTS)('the export of a package on %s', (dialect) => {
  let root = '';
  let project = '';
  let host: Host;
  let owner: Caller;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'casement-export-test-'));
    project = join(root, 'project');
    await cp(PLUGIN, project, { recursive: true });
    host = await openHost(dialect, {
      projectDir: project,
      admin: { email: 'kirill@example.com', password: 'a long and honest password' },
    });
    owner = await host.as('kirill@example.com');
  });
  afterAll(async () => {
    await host?.close();
    await rm(root, { recursive: true, force: true });
  });

  const put = async (place: string, document: unknown) => {
    const { status, body } = await owner.call('PUT', `/definitions/${place}`, document);
    expect([place, status, status === 200 ? '' : JSON.stringify(body)]).toEqual([place, 200, '']);
  };
  const exported = async (target: string) =>
    exportPackage({ projectDir: project, overlay: (await readOverlay(host.app.db)).rows, target });

  test('without an overlay it is the package, byte for byte', async () => {
    const target = join(root, 'plain');
    await exported(target);
    expect(await differences(project, target)).toEqual([]);
  });

  test('a label, a stage and a rule changed on screen are the whole diff, and the hash is that of the running model', async () => {
    await put('entity/deal', { 'x-patch': 'base/entity/deal', properties: { source: { title: 'Heard of us' } } });
    await put('pipeline/windows', {
      'x-patch': `${NAME}/pipeline/windows`,
      stages: { measurement: { goal: '4d' } },
    });
    await put('automation/newDeal', { 'x-patch': `${NAME}/automation/newDeal`, title: 'A fresh request' });
    const target = join(root, 'changed');
    const { hash } = await exported(target);
    expect(hash).toBe(host.app.model().hash);
    const changes = await differences(project, target);
    expect(changes.map(({ file, out, into }) => [file, out.length, into.length])).toEqual([
      ['schemas/automations/newDeal.json', 1, 1],
      ['schemas/entities/deal.patch.json', 0, 4],
      ['schemas/pipelines/windows.json', 1, 1],
    ]);
    expect(changes[0]?.into).toEqual(['  "title": "A fresh request",']);
    expect(changes[2]?.into[0]).toContain('"goal": "4d"');
    expect(loadProject({ projectDir: target }).hash).toBe(hash);
  });

  test('loaded into an empty instance it makes the same model, and its records work', async () => {
    const target = join(root, 'changed');
    const other = await openHost(dialect, {
      projectDir: target,
      admin: { email: 'kirill@example.com', password: 'a long and honest password' },
    });
    expect(other.app.model().hash).toBe(host.app.model().hash);
    const form = { name: 'Ann', phone: '+372 5555 1234' };
    expect((await other.nobody.call('POST', '/forms/siteRequest', form)).status).toBe(201);
    expect(await (await other.as('kirill@example.com')).list('/api/deals')).toHaveLength(1);
    await other.close();
  });

  test('templates bring their texts along: of their own, and in place of those of packages', async () => {
    const at = (place: string) => `/definitions/template/${place}`;
    const thanks = { name: 'thanks', title: 'Thanks', entity: 'deal', purpose: 'offer', load: ['customer'] };
    const refused = [
      [at('thanks'), thanks, 'overlay/template/thanks.json#/'],
      [at('thanks'), { ...thanks, sources: { '': '{{#each lines}}' } }, 'overlay/template/thanks.hbs#/'],
      [at('thanks'), { ...thanks, sources: { '': '{{{record.title}}}' } }, 'overlay/template/thanks.hbs#/'],
      [at('thanks'), { ...thanks, sources: { Estonian: 'x' } }, 'overlay/template/thanks.json#/sources/Estonian'],
      [at('thanks'), { ...thanks, sources: { '': 5 } }, 'overlay/template/thanks.json#/sources/'],
      [at('thanks'), { ...thanks, sources: 'x' }, 'overlay/template/thanks.json#/sources'],
    ] as const;
    for (const [path, document, place] of refused) {
      const { status, body } = await owner.call('PUT', path, document);
      const paths = (body as { errors: { path: string }[] }).errors.map((error) => error.path);
      expect([status, paths[0]]).toEqual([422, place]);
    }
    const texts = {
      '': '<p>Thank you, {{record.customer.name}}</p>\n',
      et: '<p>Aitäh, {{record.customer.name}}</p>\n',
    };
    await put('template/thanks', { ...thanks, sources: texts });
    await put('template/invoice', { 'x-patch': 'base/template/invoice', sources: { ru: '<p>{{record.title}}</p>\n' } });
    const { templates, hash } = host.app.model();
    expect(Object.fromEntries(templates.get('thanks')!.sources)).toEqual(texts);
    expect([...templates.get('invoice')!.sources.keys()]).toEqual(['', 'ru']);
    const target = join(root, 'templates');
    expect((await exported(target)).hash).toBe(hash);
    expect(loadProject({ projectDir: target }).hash).toBe(hash);
    expect(await readFile(join(target, 'templates/thanks.et.hbs'), 'utf8')).toBe(texts.et);
    expect(JSON.parse(await readFile(join(target, 'templates/thanks.json'), 'utf8'))).toEqual(thanks);
    expect((await readdir(join(target, 'templates'))).sort()).toEqual([
      'invoice.json',
      'invoice.ru.hbs',
      'offer.hbs',
      'offer.json',
      'thanks.et.hbs',
      'thanks.hbs',
      'thanks.json',
    ]);
    for (const name of ['thanks', 'invoice']) await owner.call('DELETE', at(name));
  });

  test('every kind of document finds its file: additions, new ones, replaced ones, texts', async () => {
    await put('view/wonDeals', { name: 'wonDeals', entity: 'deal', kind: 'list', fields: ['title'], menu: 90 });
    await put('locale/et', { 'views.wonDeals.title': 'Võidetud' });
    await put('role/guest', { name: 'guest', entities: { product: { read: 'all' } } });
    const target = join(root, 'more');
    const { hash } = await exported(target);
    expect(hash).toBe(host.app.model().hash);
    expect((await differences(project, target)).map(({ file }) => file)).toEqual([
      'locales/et.json',
      'schemas/automations/newDeal.json',
      'schemas/entities/deal.patch.json',
      'schemas/pipelines/windows.json',
      'schemas/roles/guest.json',
      'schemas/views/wonDeals.json',
    ]);
  });

  test('into the project itself, with the overlay still there, it says the same and says it once', async () => {
    const before = host.app.model().hash;
    await exported(project);
    expect(await host.app.reload()).toBe('same');
    expect(host.app.model().hash).toBe(before);
    expect((await exported(project)).changed).toEqual([]);
    for (const { kind, name } of (await readOverlay(host.app.db)).rows)
      await owner.call('DELETE', `/definitions/${kind}/${name}`);
    expect(host.app.model().hash).toBe(before);
  });

  test('it never writes over what is something else', async () => {
    const target = join(root, 'strange');
    await mkdir(target);
    await writeFile(join(target, 'novel.txt'), 'Once');
    await expect(exported(target)).rejects.toThrow('holds something else');
    expect(await readdir(target)).toEqual(['novel.txt']);
  });
});

interface Difference {
  readonly file: string;
  readonly out: readonly string[];
  readonly into: readonly string[];
}

/** Lines that only one side has, by file. */
async function differences(before: string, after: string): Promise<readonly Difference[]> {
  const files = new Set([...(await filesIn(before)), ...(await filesIn(after))]);
  const all = await Promise.all(
    [...files].sort().map(async (file) => {
      const [left, right] = await Promise.all([linesOf(join(before, file)), linesOf(join(after, file))]);
      return {
        file,
        out: left.filter((line) => !right.includes(line)),
        into: right.filter((line) => !left.includes(line)),
      };
    }),
  );
  return all.filter(({ out, into }) => out.length + into.length > 0);
}

async function filesIn(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1));
}

async function linesOf(file: string): Promise<readonly string[]> {
  return (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean);
}
