import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp, Reply } from '../../tests/support/http-app.ts';

const DAY = 86_400_000;

const rule = (name: string, document: object) => ({
  [`schemas/automations/${name}.json`]: { name, title: name, ...document },
});
const note = (text: string) => [{ key: 'note', action: 'update', with: { set: { notes: text } } }];

const FILES = {
  ...rule('onCreated', {
    on: { trigger: 'created', entity: 'contact' },
    when: { city: 'Riga' },
    do: note('Welcome, {{record.name}}'),
  }),
  ...rule('idle', {
    on: { trigger: 'created', entity: 'contact' },
    enabled: false,
    do: note('never'),
  }),
  ...rule('asked', {
    on: { trigger: 'received', by: 'form', name: 'ask', entity: 'deal' },
    do: [{ key: 'note', action: 'update', with: { set: { referrer: 'heard of {{received.data.name}}' } } }],
  }),
  ...rule('archive', {
    on: { trigger: 'manual', entity: 'contact' },
    title: 'Archive',
    as: 'actor',
    do: note('archived'),
  }),
  ...rule('ownersOnly', { on: { trigger: 'manual', entity: 'contact', roles: ['owner'] }, do: note('by owner') }),
};

/** The doors of rules. */
describe.each(DIALECTS)('/automations on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let head: Caller;
  let clerk: Caller;
  let riga: string;

  beforeAll(async () => {
    firm = await startHttpApp(dialect, { files: FILES, workers: false });
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    await firm.addUser({ email: 'hans@example.com', roles: ['head'] });
    await firm.addUser({ email: 'carl@example.com', roles: ['clerk'] });
    owner = await firm.login('olga@example.com');
    head = await firm.login('hans@example.com');
    clerk = await firm.login('carl@example.com');
    riga = idOf(await owner('POST', '/api/contacts', { name: 'Ilze', city: 'Riga' }));
    await owner('POST', '/api/contacts', { name: 'Uma', city: 'Tartu' });
    await firm.app.jobs.drain();
  });
  afterAll(async () => firm?.close());

  const idOf = ({ json }: Reply) => String(json['id']);
  const listOf = ({ json }: Reply) => json['data'] as Record<string, unknown>[];

  it('lists the rules as they are written, with how their runs stand, and what actions take', async () => {
    const answer = await owner('GET', '/automations');
    expect(listOf(answer).find(({ name }) => name === 'onCreated')).toEqual({
      ...{ name: 'onCreated', title: 'onCreated', entity: 'contact', trigger: 'created', as: 'system', enabled: true },
      definition: expect.objectContaining({ when: { city: 'Riga' } }),
      runs: { done: 1 },
    });
    const actions = answer.json['actions'] as { name: string; kind: string; input: { required?: string[] } }[];
    expect(actions.find(({ name }) => name === 'webhook')).toMatchObject({
      kind: 'outward',
      input: { required: ['url'] },
    });
    expect((await owner('GET', '/automations/idle')).json).toMatchObject({ enabled: false, runs: {} });
    expect((await owner('GET', '/automations/nothing')).status).toBe(404);
  });

  it('tells what rules have decided and done, of one rule and of one record', async () => {
    const ofRule = listOf(await head('GET', '/automations/onCreated/runs'));
    expect(ofRule).toMatchObject([
      {
        ...{ rule: 'onCreated', entity: 'contact', record: riga, kind: 'created', state: 'done', error: null },
        reason: expect.stringMatching(/^Rule onCreated ran because contact "Ilze" was created by .+\.$/),
        log: [{ step: null }, { step: 'note', message: expect.stringContaining('Changed notes of contact') }],
      },
    ]);
    const ofRecord = await head('GET', `/automations/runs?entity=contact&record=${riga}&state=done`);
    expect(listOf(ofRecord).map(({ rule: name }) => name)).toEqual(['onCreated']);
    const paged = await head('GET', '/automations/runs?limit=1');
    expect(listOf(paged)).toHaveLength(1);
    expect((await head('GET', '/automations/runs?limit=1&after=x')).status).toBe(400);
    expect((await head('GET', '/automations/runs?rule=x')).status).toBe(400);
    expect((await head('GET', '/automations/runs?state=dead')).status).toBe(400);
    expect((await head('GET', '/automations/runs?record=%00')).status).toBe(400);
    expect((await head('GET', '/automations/runs?entity=%00')).status).toBe(400);
  });

  it('is closed to whoever may not look, and to a stranger', async () => {
    for (const path of ['/automations', '/automations/runs', '/automations/onCreated', '/automations/onCreated/runs']) {
      expect((await clerk('GET', path)).status).toBe(403);
      expect((await firm.stranger('GET', path)).status).toBe(401);
    }
    expect((await clerk('POST', '/automations/onCreated/try', { since: '1d' })).status).toBe(403);
    // A head may look, but does not see every record there is.
    expect((await head('POST', '/automations/onCreated/try', { since: '1d' })).status).toBe(403);
    expect((await owner('POST', '/automations/runs', {})).status).toBe(405);
  });

  it('tries a rule on the past, also one that is switched off, and does nothing (D-10)', async () => {
    const { json } = await owner('POST', '/automations/onCreated/try', { since: '90d' });
    expect(json).toMatchObject({
      ...{ rule: 'onCreated', total: 1 },
      runs: [
        {
          ...{ entity: 'contact', record: riga, display: 'Ilze' },
          steps: [{ step: 'note', action: 'update', input: { set: { notes: 'Welcome, Ilze' } } }],
        },
      ],
    });
    expect((await owner('POST', '/automations/idle/try', { since: '90d' })).json).toMatchObject({ total: 2 });
    expect(listOf(await owner('GET', '/automations/idle/runs'))).toEqual([]);
    const wrong = async (body: object) => (await owner('POST', '/automations/onCreated/try', body)).status;
    expect([await wrong({}), await wrong({ since: 'long' }), await wrong({ since: '1d', until: '2d' })]).toEqual([
      422, 422, 422,
    ]);
    expect([await wrong({ since: '20000d' }), await wrong({ since: '1d', of: 'x' })]).toEqual([422, 400]);
    expect((await owner('POST', '/automations/archive/try', { since: '1d' })).status).toBe(422);
  });

  it('shows the buttons of a record in the model, to whoever may press them, and runs them with his rights', async () => {
    const buttons = async (caller: Caller) => {
      const { entities } = (await caller('GET', '/model')).json as { entities: { name: string; buttons: object[] }[] };
      return entities.find(({ name }) => name === 'contact')?.buttons;
    };
    expect(await buttons(clerk)).toEqual([{ name: 'archive', title: 'Archive' }]);
    expect(await buttons(owner)).toEqual([
      { name: 'archive', title: 'Archive' },
      { name: 'ownersOnly', title: 'ownersOnly' },
    ]);
    const own = idOf(await clerk('POST', '/api/contacts', { name: 'Own' }));
    const pressed = await clerk('POST', '/automations/archive/run', { id: own }, { 'Idempotency-Key': 'press-1' });
    expect(pressed.json).toEqual({ state: 'done', reason: expect.stringContaining('its button was pressed') });
    expect((await clerk('GET', `/api/contacts/${own}`)).json['notes']).toBe('archived');
    await clerk('POST', '/automations/archive/run', { id: own }, { 'Idempotency-Key': 'press-1' });
    expect(listOf(await owner('GET', '/automations/archive/runs'))).toHaveLength(1);
    // Somebody else's record is one that does not exist.
    expect((await clerk('POST', '/automations/archive/run', { id: riga })).status).toBe(404);
    expect((await clerk('POST', '/automations/ownersOnly/run', { id: own })).status).toBe(403);
    expect((await clerk('POST', '/automations/onCreated/run', { id: own })).status).toBe(404);
    expect((await clerk('POST', '/automations/archive/run', {})).status).toBe(422);
    expect((await owner('POST', '/automations/ownersOnly/run', { id: riga })).json).toMatchObject({ state: 'done' });
  });

  it('lets a public form set rules off', async () => {
    const body = { name: 'Robert', phone: '+372 5555 0101', message: 'Windows' };
    expect((await firm.stranger('POST', '/forms/ask', body)).status).toBe(201);
    const deals = listOf(await owner('GET', '/api/deals'));
    expect(deals.map(({ referrer }) => referrer)).toEqual(['heard of Robert']);
  });

  it('hands the open work of a person over as one batch, with its history, and takes it back (S-35)', async () => {
    const [from, to] = [
      await firm.addUser({ email: 'anna@example.com', roles: ['manager'] }),
      await firm.addUser({ email: 'mark@example.com', roles: ['manager'] }),
    ];
    const client = idOf(await owner('POST', '/api/contacts', { name: 'Client', assignee: from }));
    const open = idOf(await owner('POST', '/api/deals', { title: 'Open', customer: client, assignee: from }));
    const lost = idOf(await owner('POST', '/api/deals', { title: 'Lost', customer: client, assignee: from }));
    expect((await owner('POST', `/api/deals/${lost}/move`, { to: 'lost', set: { lostReason: 'price' } })).status).toBe(
      200,
    );
    const task = idOf(await owner('POST', '/api/tasks', { title: 'Call', assignee: from }));
    const talk = idOf(await owner('POST', '/api/activities', { kind: 'call', assignee: from, contact: client }));
    await firm.app.jobs.drain();
    const ownerOf = async (path: string) => (await owner('GET', `/api/${path}`)).json['assignee'];
    const owners = async () =>
      Promise.all(
        [`contacts/${client}`, `deals/${open}`, `tasks/${task}`, `deals/${lost}`, `activities/${talk}`].map(ownerOf),
      );
    const trial = await head('POST', '/batches/hand-over', { from, to, dryRun: true });
    expect(trial.json).toMatchObject({ batch: null });
    expect(await owners()).toEqual([from, from, from, from, from]);
    const { json } = await head('POST', '/batches/hand-over', { from, to, note: 'Anna is leaving' });
    expect(json['entities']).toEqual(trial.json['entities']);
    expect(json['entities']).toEqual(
      ['contact', 'deal', 'task'].map((entity) => ({ entity, matched: 1, changed: 1, failed: [] })),
    );
    expect(await owners()).toEqual([to, to, to, from, from]);
    const changes = listOf(await owner('GET', `/api/contacts/${client}/changes`));
    expect(changes.find(({ batch }) => batch === json['batch'])).toMatchObject({ note: 'Anna is leaving' });
    await firm.app.jobs.drain();
    const notices = await firm.app.records.list(firm.app.system('test'), {
      entity: 'notification',
      filter: { user: to },
    });
    expect(notices.data.map(({ title }) => title)).toEqual(['You have taken over the work of a colleague']);
    expect((await head('POST', `/batches/${String(json['batch'])}/undo`)).json).toMatchObject({ restored: 3, left: 0 });
    expect(await owners()).toEqual([from, from, from, from, from]);
    expect((await clerk('POST', '/batches/hand-over', { from, to })).status).toBe(403);
    expect((await head('POST', '/batches/hand-over', { from, to: from })).status).toBe(422);
    expect((await head('POST', '/batches/hand-over', { from, to: client })).status).toBe(422);
    expect((await head('POST', '/batches/hand-over', { from, to, entities: ['activity'] })).status).toBe(422);
    expect((await head('POST', '/batches/hand-over', { from, to, x: 1 })).status).toBe(400);
    firm.pass(DAY);
  });
});
