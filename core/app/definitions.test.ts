import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp, Reply } from '../../tests/support/http-app.ts';
import { sql } from '../storage/sql.ts';

type Json = Readonly<Record<string, unknown>>;

const LABEL = { 'x-patch': 'base/entity/deal', properties: { source: { title: 'Where from' } } };
const COLOUR = { $id: 'deal', 'x-extends': 'deal', properties: { colour: { enum: ['red', 'blue'] } } };

const FILES = {
  'schemas/entities/house.json': {
    $id: 'house',
    'x-entity': { plural: 'houses' },
    properties: { name: { type: 'string', maxLength: 40 }, colour: { enum: ['red'] } },
  },
  'locales/et.json': { 'entities.house.fields.colour': 'Värv' },
  // May change definitions, and little else.
  'schemas/roles/designer.json': {
    name: 'designer',
    entities: { contact: { read: 'own', update: 'own', fields: { birthday: 'hidden' } }, product: { read: 'all' } },
    operations: ['definitions'],
  },
};

describe.each(DIALECTS)('the overlay on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let designer: Caller;
  let clerk: Caller;

  beforeAll(async () => {
    firm = await startHttpApp(dialect, { files: FILES });
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    await firm.addUser({ email: 'dina@example.com', roles: ['designer'] });
    await firm.addUser({ email: 'carl@example.com', roles: ['clerk'] });
    owner = await firm.login('olga@example.com');
    designer = await firm.login('dina@example.com');
    clerk = await firm.login('carl@example.com');
  });
  afterAll(async () => firm?.close());

  const fieldOf = async (entity: string, key: string): Promise<Json | undefined> => {
    const { json } = await owner('GET', '/model');
    const found = (json['entities'] as Json[]).find(({ name }) => name === entity);
    return (found?.['fields'] as Json[]).find((field) => field['key'] === key);
  };
  const pathsOf = (reply: Reply) =>
    (reply.json['errors'] as Json[]).map(({ path, message }) => `${String(path)}: ${String(message)}`);

  it('changes a label, live at once, and back', async () => {
    const before = firm.app.model().hash;
    const saved = await owner('PUT', '/definitions/entity/deal', LABEL, { 'If-Match': '"0"' });
    expect([saved.status, saved.json['overlay']]).toEqual([200, LABEL]);
    expect(saved.headers.get('etag')).toBe(`"${String(saved.json['version'])}"`);
    expect((await fieldOf('deal', 'source'))?.['title']).toBe('Where from');
    expect(JSON.stringify((await owner('GET', '/openapi.json')).json)).toContain('Where from');
    expect(firm.app.model().hash).not.toBe(before);
    const gone = await owner('DELETE', '/definitions/entity/deal');
    expect([gone.status, gone.json['version'], gone.json['overlay']]).toEqual([200, 0, null]);
    expect((await fieldOf('deal', 'source'))?.['title']).toBe('Source');
    expect(firm.app.model().hash).toBe(before);
  });

  it('adds a field whose column is made in the same transaction, and keeps its values when it goes', async () => {
    const reply = await owner('PUT', '/definitions/entity/deal', COLOUR);
    expect(reply.status).toBe(200);
    const customer = (await owner('POST', '/api/contacts', { name: 'Ann' })).json['id'];
    const made = await owner('POST', '/api/deals', { title: 'One', customer, colour: 'red' });
    expect([made.status, made.json['colour']]).toEqual([201, 'red']);
    expect((await owner('POST', '/api/deals', { title: 'Two', customer, colour: 'green' })).status).toBe(422);
    await owner('DELETE', '/definitions/entity/deal');
    expect((await owner('POST', '/api/deals', { title: 'Two', customer, colour: 'red' })).status).toBe(422);
    await owner('PUT', '/definitions/entity/deal', COLOUR);
    expect((await owner('GET', `/api/deals/${String(made.json['id'])}`)).json['colour']).toBe('red');
    await owner('DELETE', '/definitions/entity/deal');
  });

  it('adds an entity with its doors, a view, texts of a language, and takes them back', async () => {
    const entity = {
      $id: 'room',
      'x-entity': { plural: 'rooms' },
      properties: { name: { type: 'string', maxLength: 40 } },
    };
    expect((await owner('PUT', '/definitions/entity/room', entity)).status).toBe(200);
    expect((await owner('POST', '/api/rooms', { name: 'Blue' })).status).toBe(201);
    await owner('PUT', '/definitions/view/roomList', {
      name: 'roomList',
      entity: 'room',
      kind: 'list',
      fields: ['name'],
    });
    await owner('PUT', '/definitions/locale/et', { 'entities.room.title': 'Tuba' });
    const model = await owner('GET', '/model', undefined, { 'Accept-Language': 'et' });
    expect((model.json['entities'] as Json[]).find(({ name }) => name === 'room')).toMatchObject({ title: 'Tuba' });
    const busy = await owner('DELETE', '/definitions/entity/room');
    expect(busy.status).toBe(422);
    expect(pathsOf(busy)[0]).toMatch(/^overlay\/(view\/roomList|locale\/et)\.json#/);
    for (const place of ['locale/et', 'view/roomList', 'entity/room'])
      expect((await owner('DELETE', `/definitions/${place}`)).status).toBe(place === 'locale/et' ? 200 : 204);
    expect((await owner('GET', '/api/rooms')).status).toBe(404);
  });

  it('takes a field of the project away together with its texts', async () => {
    const away = { 'x-patch': 'test-project/entity/house', properties: { colour: null } };
    const refused = await owner('PUT', '/definitions/entity/house', away);
    expect(pathsOf(refused)[0]).toMatch(/^locales\/et\.json#\/entities\.house\.fields\.colour: /);
    expect((await owner('PUT', '/definitions/locale/et', { 'entities.house.fields.colour': null })).status).toBe(200);
    expect((await owner('PUT', '/definitions/entity/house', away)).status).toBe(200);
    expect(await fieldOf('house', 'colour')).toBeUndefined();
    await owner('DELETE', '/definitions/entity/house');
    await owner('DELETE', '/definitions/locale/et');
    expect(await fieldOf('house', 'colour')).toBeDefined();
  });

  it('lists the documents of all layers', async () => {
    await owner('PUT', '/definitions/view/dealList', { 'x-patch': 'base/view/dealList', title: 'Our deals' });
    const { json } = await owner('GET', '/definitions?kind=view');
    const rows = (json['data'] as Json[]).filter(({ name }) => name === 'dealList');
    expect(rows.map(({ package: from, layer, file }) => [from, layer, file])).toEqual([
      ['base', 'base', expect.stringContaining('schemas/views/dealList.json')],
      ['overlay', 'overlay', 'overlay/view/dealList.json'],
    ]);
    const one = await owner('GET', '/definitions/view/dealList');
    expect((one.json['layers'] as Json[]).map(({ layer }) => layer)).toEqual(['base', 'overlay']);
    expect((await owner('GET', '/definitions?kind=veiw')).status).toBe(400);
    expect((await owner('GET', '/definitions/view/nothing')).status).toBe(404);
    expect((await owner('GET', '/definitions/views/dealList')).status).toBe(404);
    await owner('DELETE', '/definitions/view/dealList');
  });

  it('is closed to whoever lacks the operation', async () => {
    for (const [method, path, body] of [
      ['GET', '/definitions', undefined],
      ['GET', '/definitions/view/dealList', undefined],
      ['PUT', '/definitions/view/dealList', {}],
      ['DELETE', '/definitions/view/dealList', undefined],
      ['POST', '/definitions/check', {}],
    ] as const) {
      expect([path, (await clerk(method, path, body)).status]).toEqual([path, 403]);
      expect([path, (await firm.stranger(method, path, body)).status]).toEqual([path, 401]);
    }
  });

  it('refuses what is wrong with every place, and the last good model stays (R-45)', async () => {
    const before = firm.app.model();
    const wrong: readonly (readonly [string, Json, string])[] = [
      [
        'view/dealList',
        { 'x-patch': 'base/view/dealList', fields: ['titel'] },
        'overlay/view/dealList.json#/fields/0: ',
      ],
      ['view/mine', { name: 'mine', entity: 'deal', kind: 'lisst' }, 'overlay/view/mine.json#/kind: '],
      ['view/mine', { name: 'other', entity: 'deal', kind: 'list' }, 'overlay/view/mine.json#/name: '],
      [
        'view/dealList',
        { name: 'dealList', entity: 'deal', kind: 'list' },
        'overlay/view/dealList.json#/: The view "dealList" stands already',
      ],
      [
        'entity/deal',
        { 'x-patch': 'base/entity/deal', properties: { source: { $ref: 'file:///etc/passwd' } } },
        'overlay/entity/deal.json#/properties/source/$ref: ',
      ],
      [
        'entity/deal',
        { 'x-patch': 'base/entity/deal', properties: { source: { tsType: 'any; evil()' } } },
        'overlay/entity/deal.json#/properties/source/tsType: ',
      ],
      [
        'entity/user',
        { 'x-patch': 'base/entity/user', properties: { roles: null } },
        'overlay/entity/user.json#/properties/roles: ',
      ],
      ['entity/user', { 'x-patch': 'base/entity/user', required: ['name'] }, 'overlay/entity/user.json#/required: '],
      [
        'entity/payment',
        { 'x-patch': 'base/entity/payment', 'x-entity': { access: null } },
        'overlay/entity/payment.json#/x-entity/access: ',
      ],
      [
        'entity/deal',
        { 'x-patch': 'base/entity/deal', properties: { title: { type: 'integer' } } },
        'overlay/entity/deal.json#/properties/title/type: ',
      ],
      ['role/spy', { name: 'spy', entities: { deel: { read: 'all' } } }, 'overlay/role/spy.json#/entities/deel: '],
      [
        'automation/loop',
        { name: 'loop', on: { trigger: 'created', entity: 'deal' }, do: [{ key: 'a', action: 'updat' }] },
        'overlay/automation/loop.json#/do/0/action: ',
      ],
      ['locale/et', { 'entities.nothing.title': 'x' }, 'overlay/locale/et.json#/entities.nothing.title: '],
      [
        'pipeline/sales',
        { 'x-patch': 'test-project/pipeline/sales', stages: { offer: null } },
        'overlay/pipeline/sales.json#/transitions/',
      ],
    ];
    for (const [place, document, expected] of wrong) {
      const reply = await owner('PUT', `/definitions/${place}`, document);
      expect([place, reply.status, reply.json['code']]).toEqual([place, 422, 'VALIDATION']);
      expect(
        pathsOf(reply).some((text) => text.startsWith(expected)),
        `${expected}\n${pathsOf(reply).join('\n')}`,
      ).toBe(true);
      const dry = await owner('PUT', `/definitions/${place}?dryRun=true`, document);
      expect([dry.status, pathsOf(dry)]).toEqual([200, pathsOf(reply)]);
    }
    expect(firm.app.model()).toBe(before);
    expect((await owner('GET', '/health')).status).toBe(200);
    expect(await firm.app.db.read(sql`select "kind" from "_definitions"`)).toEqual([]);
  });

  it('takes only objects, without parameters it does not know', async () => {
    expect(
      (await owner('PUT', '/definitions/view/dealList', '[]', { 'Content-Type': 'application/json' })).status,
    ).toBe(400);
    expect(
      (await owner('PUT', '/definitions/view/dealList', '{"__proto__":{}}', { 'Content-Type': 'application/json' }))
        .status,
    ).toBe(400);
    expect((await owner('PUT', '/definitions/view/dealList?force=1', {})).status).toBe(400);
    expect((await owner('POST', '/definitions/check', { kind: 'view', name: 'x', document: {}, more: 1 })).status).toBe(
      400,
    );
    expect((await owner('DELETE', '/definitions/view/dealList')).status).toBe(404);
  });

  it('shows the storage plan, and refuses a change that would need data', async () => {
    const adds = await owner('POST', '/definitions/check', { kind: 'entity', name: 'deal', document: COLOUR });
    expect(adds.json).toMatchObject({ errors: [] });
    const customer = (await owner('POST', '/api/contacts', { name: 'Cy' })).json['id'];
    await owner('POST', '/api/deals', { title: 'Old', customer });
    const document = { 'x-patch': 'base/entity/deal', required: ['title', 'customer', 'source'] };
    const dry = await owner('POST', '/definitions/check', { kind: 'entity', name: 'deal', document });
    expect((dry.json['plan'] as Json[]).map(({ table, safety }) => [table, safety])).toContainEqual([
      'deal',
      'needs data',
    ]);
    const refused = await owner('PUT', '/definitions/entity/deal', document);
    expect([refused.status, refused.json['code']]).toEqual([409, 'CONFLICT']);
    expect((await owner('POST', '/api/deals', { title: 'Still', customer })).status).toBe(201);
  });

  it('lets one of two people who save at once win', async () => {
    const one = await owner('PUT', '/definitions/view/dealList', { 'x-patch': 'base/view/dealList', title: 'A' });
    const etag = String(one.headers.get('etag'));
    const both = await Promise.all(
      ['B', 'C'].map((title) =>
        owner('PUT', '/definitions/view/dealList', { 'x-patch': 'base/view/dealList', title }, { 'If-Match': etag }),
      ),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    const lost = both.find(({ status }) => status === 412);
    const won = both.find(({ status }) => status === 200);
    expect(lost?.json).toMatchObject({
      code: 'CONFLICT',
      current: { version: won?.json['version'], document: won?.json['overlay'] },
    });
    const late = await owner('PUT', '/definitions/view/dealList', {}, { 'If-Match': '"0"' });
    expect(late.status).toBe(412);
    await owner('DELETE', '/definitions/view/dealList', undefined, { 'If-Match': String(won?.headers.get('etag')) });
    const again = await owner('PUT', '/definitions/view/dealList', { 'x-patch': 'base/view/dealList', title: 'D' });
    expect(Number(again.json['version'])).toBeGreaterThan(Number(won?.json['version']));
    await owner('DELETE', '/definitions/view/dealList');
  });

  it('stands in the ledger with before and after, chained, in its transaction (R-67)', async () => {
    const first = { 'x-patch': 'base/view/taskList', title: 'One' };
    const second = { 'x-patch': 'base/view/taskList', title: 'Two' };
    await owner('PUT', '/definitions/view/taskList', first);
    await owner('PUT', '/definitions/view/taskList', second);
    await owner('PUT', '/definitions/view/taskList', { ...second, titel: 'wrong' });
    await owner('DELETE', '/definitions/view/taskList');
    const rows = await firm.app.db.read<{ kind: string; data: string; principalName: string; hash: string }>(
      sql`select "kind", "data", "principalName", "hash" from "_changes" where "entity" = '_definition' and "record" = 'view/taskList' order by "seq"`,
    );
    expect(rows.map(({ kind, data }) => [kind, (JSON.parse(data) as { fields: Json }).fields['document']])).toEqual([
      ['definition.saved', { before: null, after: first }],
      ['definition.saved', { before: first, after: second }],
      ['definition.removed', { before: second, after: null }],
    ]);
    expect(rows.map(({ principalName }) => principalName)).toEqual(['olga', 'olga', 'olga']);
    expect(new Set(rows.map(({ hash }) => hash)).size).toBe(3);
  });

  describe('nobody gives anybody a right he lacks by writing a definition (R-10)', () => {
    const refused: readonly (readonly [string, Json])[] = [
      ['role/boss', { name: 'boss', entities: { '*': { read: 'all' } } }],
      ['role/boss', { name: 'boss', entities: {}, operations: ['export'] }],
      ['role/boss', { name: 'boss', entities: { contact: { read: 'all' } } }],
      ['role/boss', { name: 'boss', entities: { contact: { read: 'own', fields: {} } } }],
      [
        'role/designer',
        { 'x-patch': 'test-project/role/designer', entities: { contact: { fields: { birthday: null } } } },
      ],
      ['role/designer', { 'x-patch': 'test-project/role/designer', operations: ['definitions', 'users'] }],
      ['role/clerk', { 'x-patch': 'test-project/role/clerk', entities: { contact: { read: { city: 'Riga' } } } }],
      ['role/clerk', { 'x-patch': 'test-project/role/clerk', entities: { deal: { read: 'all' } } }],
      ['role/designer', { 'x-patch': 'test-project/role/designer', operations: [] }],
      [
        'automation/gift',
        {
          name: 'gift',
          on: { trigger: 'created', entity: 'contact' },
          do: [
            {
              key: 'a',
              action: 'create',
              with: { entity: 'user', set: { name: 'x', email: 'x@y.ee', roles: ['owner'] } },
            },
          ],
        },
      ],
      ['form/ask', { 'x-patch': 'test-project/form/ask', thanks: 'Thanks' }],
    ];
    it.each(refused)('%s %j', async (place, document) => {
      const before = firm.app.model();
      const reply = await designer('PUT', `/definitions/${place}`, document);
      expect([reply.status, reply.json['code']]).toEqual([403, 'FORBIDDEN']);
      expect((await designer('PUT', `/definitions/${place}?dryRun=true`, document)).status).toBe(403);
      expect(firm.app.model()).toBe(before);
    });

    it('nor by taking a limit of the overlay back', async () => {
      const limit = { 'x-patch': 'test-project/role/clerk', entities: { document: null, user: null } };
      expect((await owner('PUT', '/definitions/role/clerk', limit)).status).toBe(200);
      expect((await designer('DELETE', '/definitions/role/clerk')).status).toBe(403);
      expect((await owner('DELETE', '/definitions/role/clerk')).status).toBe(200);
    });

    it('but what he holds he may give, and what he sees he may lay out', async () => {
      const seller = {
        name: 'seller',
        entities: { contact: { read: 'own', fields: { birthday: 'hidden' } }, product: { read: 'all' } },
      };
      expect((await designer('PUT', '/definitions/role/seller', seller)).status).toBe(200);
      expect(
        (await designer('PUT', '/definitions/view/dealList', { 'x-patch': 'base/view/dealList', title: 'X' })).status,
      ).toBe(200);
      const less = { 'x-patch': 'test-project/role/clerk', entities: { document: null } };
      expect((await designer('PUT', '/definitions/role/clerk', less)).status).toBe(200);
      expect((await owner('DELETE', '/definitions/role/clerk')).status).toBe(200);
      await owner('DELETE', '/definitions/role/seller');
      await owner('DELETE', '/definitions/view/dealList');
    });
  });

  it('tells live screens', async () => {
    const { cookie } = await cookieOf(firm);
    const stream = new AbortController();
    const response = await fetch(`${firm.url}/events`, { headers: { Cookie: cookie }, signal: stream.signal });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    await owner('PUT', '/definitions/view/dealList', { 'x-patch': 'base/view/dealList', title: 'Live' });
    let heard = '';
    while (!heard.includes('event: model')) heard += (await reader.read()).value ?? '';
    stream.abort();
    expect(heard).toContain('event: model\ndata: {}');
    await owner('DELETE', '/definitions/view/dealList');
  });

  it('a request and a transaction under way end under the model they began with, the next sees the new one', async () => {
    const { records } = firm.app;
    const before = firm.app.model().hash;
    const seen: string[] = [];
    const saving = records.transaction(firm.app.system('test'), async (inside) => {
      // It is under way with its first statement.
      await records.list(inside, { entity: 'deal', limit: 1 });
      seen.push(records.model().hash);
      const put = owner('PUT', '/definitions/view/dealList', { 'x-patch': 'base/view/dealList', title: 'Later' });
      await wait(300);
      seen.push(records.model().hash);
      return { put };
    });
    const { put } = await saving;
    expect(seen).toEqual([before, before]);
    expect((await put).status).toBe(200);
    await records.transaction(firm.app.system('test'), async () => void seen.push(records.model().hash));
    expect(seen[2]).not.toBe(before);
    await owner('DELETE', '/definitions/view/dealList');
  });

  async function cookieOf({ url }: HttpTestApp): Promise<{ cookie: string }> {
    const reply = await fetch(`${url}/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'olga@example.com', password: 'correct horse 42' }),
    });
    return { cookie: reply.headers.get('set-cookie')?.split(';')[0] ?? '' };
  }
});
