import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../core/storage/sql.ts';
import { tablesOf } from '../core/storage/tables.ts';
import { DIALECTS } from './support/databases.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp, Reply } from './support/http-app.ts';

type Json = Readonly<Record<string, unknown>>;

const NOWHERE = '018f0000-0000-7000-8000-000000000000';

const entity = (id: string, about: Json, properties: Json, required: readonly string[] = ['name']): Json => ({
  [`schemas/entities/${id}.json`]: {
    $id: id,
    title: id[0]!.toUpperCase() + id.slice(1),
    type: 'object',
    additionalProperties: false,
    'x-entity': { plural: `${id}s`, display: '{{name}}', ...about },
    required,
    properties: { name: { type: 'string', maxLength: 20 }, ...properties },
  },
});
const field = (type: string, more: Json = {}): Json => ({ 'x-field': { type, ...more } });
const to = (target: string, more: Json = {}): Json => field('reference', { to: target, ...more });

/** A ticket with every kind of field that nobody may set, its parts, and a seller who sees his own. */
const FILES: Json = {
  ...entity(
    'ticket',
    { owner: 'assignee' },
    {
      number: field('sequence', { pattern: 'T-{000}' }),
      secret: { type: 'string', maxLength: 20 },
      memo: { type: 'string', maxLength: 20 },
      code: { type: 'string', maxLength: 20, 'x-field': { unique: true } },
      result: { type: 'string', maxLength: 20, readOnly: true },
      phone: { type: 'string', format: 'phone' },
      price: field('money'),
      doubled: field('money', { computed: 'coalesce(price, 0) * 2' }),
      sum: field('money', { rollup: { of: 'parts', sum: 'cost' } }),
      assignee: to('user'),
      follows: to('ticket', { inverse: 'followers', onDelete: 'restrict' }),
    },
  ),
  ...entity(
    'part',
    { access: { via: 'ticket' } },
    {
      ticket: to('ticket', { inverse: 'parts', onDelete: 'cascade' }),
      cost: field('money'),
      twice: field('money', { computed: 'coalesce(cost, 0) * 2' }),
    },
    ['name', 'ticket'],
  ),
  'schemas/pipelines/support.json': {
    name: 'support',
    title: 'Support',
    entity: 'ticket',
    stages: [
      { key: 'new', title: 'New', kind: 'open' },
      { key: 'work', title: 'Work', kind: 'open' },
      { key: 'done', title: 'Done', kind: 'won' },
    ],
    transitions: [
      { key: 'start', from: ['new'], to: 'work', requires: ['price'] },
      { key: 'end', from: ['work'], to: 'done', roles: ['owner'] },
    ],
  },
  'schemas/roles/seller.json': {
    name: 'seller',
    title: 'Seller',
    entities: {
      ticket: { read: 'own', create: 'all', update: 'own', delete: 'own', fields: { secret: 'hidden', memo: 'read' } },
      user: { read: 'all' },
      contact: { read: 'all' },
    },
    operations: [],
  },
};

/** What of an answer can be told apart. */
function told(reply: Reply): unknown {
  const headers = [...reply.headers].filter(
    ([name]) => !['date', 'x-request-id', 'content-length', 'keep-alive', 'connection'].includes(name),
  );
  const { requestId: _requestId, ...body } = reply.json;
  return [reply.status, headers, body];
}

describe.each(DIALECTS)('refusals on %s', (dialect) => {
  let http: HttpTestApp;
  let mia: Caller;
  let max: Caller;
  let mine: string;
  let theirs: string;
  let theirPart: string;
  let binned: string;
  const people: Record<string, string> = {};

  beforeAll(async () => {
    http = await startHttpApp(dialect, { files: FILES });
    for (const name of ['mia', 'max']) people[name] = await http.addUser({ email: `${name}@x.ee`, roles: ['seller'] });
    mia = await http.login('mia@x.ee');
    max = await http.login('max@x.ee');
    const made = async (who: Caller, body: Json) => String((await who('POST', '/api/tickets', body)).json['id']);
    mine = await made(mia, { name: 'mine', parts: [{ name: 'wheel', cost: '1' }] });
    theirs = await made(max, { name: 'theirs', code: 'taken', parts: [{ name: 'wing', cost: '2' }] });
    theirPart = ((await max('GET', '/api/parts')).json['data'] as readonly { id: string }[])[0]!.id;
    binned = await made(max, { name: 'binned' });
    await max('DELETE', `/api/tickets/${binned}`);
  });

  afterAll(() => http.close());

  /** Everything stored, but for when a session was last seen. */
  async function digest(): Promise<string> {
    const names = tablesOf(http.app.model())
      .map(({ name }) => name)
      .filter((name) => name !== '_sessions');
    const tables: unknown[] = [];
    for (const name of names)
      tables.push([name, await http.app.db.read(sql`select * from ${sql.id(name)} order by 1, 2`)]);
    return JSON.stringify(tables);
  }

  /** Values under keys that only the system, or somebody else, may set; `[key, value, statuses]`. */
  const foreign = (): readonly (readonly [string, unknown])[] => [
    ['id', NOWHERE],
    ['version', 9],
    ['createdAt', '2020-01-01T00:00:00Z'],
    ['updatedAt', '2020-01-01T00:00:00Z'],
    ['createdBy', people['max']],
    ['updatedBy', people['max']],
    ['deletedAt', '2020-01-01T00:00:00Z'],
    ['deletedAt', null],
    ['number', 'T-999'],
    ['result', 'fine'],
    ['doubled', '8'],
    ['sum', '8'],
    ['secret', 'x'],
    ['memo', 'x'],
    ['phone:typed', '123'],
    ['name_f', 'x'],
    ['pipeline', 'sales'],
    ['hash', 'x'],
    ['tenant', 'x'],
    ['roles', ['owner']],
    ['entity', 'user'],
    ['follows', NOWHERE],
    ['stage', 'done'],
  ];

  const refused = [400, 403, 404, 409, 412, 413, 415, 422];

  test(
    'R-07, R-09: what nobody may set is refused at every door, and leaves nothing behind',
    { timeout: 120_000 },
    async () => {
      const before = await digest();
      const outcomes: (readonly [string, number])[] = [];
      for (const [key, value] of foreign()) {
        const doors: Readonly<Record<string, readonly [string, string, unknown]>> = {
          POST: ['POST', '/api/tickets', { name: 'x', [key]: value }],
          'POST of several': ['POST', '/api/tickets', [{ name: 'fine' }, { name: 'x', [key]: value }]],
          PATCH: ['PATCH', `/api/tickets/${mine}`, { [key]: value }],
          'move with set': ['POST', `/api/tickets/${mine}/move`, { to: 'work', set: { price: '1', [key]: value } }],
          'child in POST': ['POST', '/api/tickets', { name: 'x', parts: [{ name: 'p', [key]: value }] }],
        };
        for (const [door, [method, path, body]] of Object.entries(doors)) {
          const { status, text } = await mia(method, path, body);
          expect({
            key,
            door,
            status,
            refused: refused.includes(status),
            text: status < 300 ? text : '',
          }).toMatchObject({ refused: true });
          outcomes.push([`${key} by ${door}`, status]);
        }
      }
      expect(outcomes.length).toBeGreaterThan(100);
      expect(await digest()).toBe(before);
    },
  );

  test('R-07: every other refusal leaves nothing behind, either', { timeout: 120_000 }, async () => {
    const ticket = `/api/tickets/${mine}`;
    const stale = { 'If-Match': '"77"' };
    const requests: readonly (readonly [string, string, unknown?, Readonly<Record<string, string>>?])[] = [
      ['POST', '/api/tickets', {}],
      ['POST', '/api/tickets', { name: '' }],
      ['POST', '/api/tickets', { name: 'x'.repeat(21) }],
      ['POST', '/api/tickets', { name: 'x', code: 'taken' }],
      ['POST', '/api/tickets', { name: 'x', price: 'much' }],
      ['POST', '/api/tickets', { name: 'x', follows: theirs }],
      ['POST', '/api/tickets', [{ name: 'good' }, { name: 'x'.repeat(21) }]],
      [
        'POST',
        '/api/tickets',
        [
          { name: 'one', code: 'same' },
          { name: 'two', code: 'same' },
        ],
      ],
      ['POST', '/api/tickets', { name: 'x', parts: [{ name: 'good' }, { name: 'p', cost: 'much' }] }],
      ['POST', '/api/tickets', { name: 'x', parts: [{ name: 'p', ticket: theirs }] }],
      ['POST', '/api/tickets', { name: 'x', parts: {} }],
      ['POST', '/api/tickets', { name: 'x', parts: [7] }],
      ['POST', '/api/parts', { name: 'p', ticket: theirs }],
      ['POST', '/api/parts', { name: 'p' }],
      ['POST', '/api/contacts', { name: 'x' }],
      ['PATCH', ticket, { name: null }],
      ['PATCH', ticket, { code: 'taken' }],
      ['PATCH', ticket, { name: 'x' }, stale],
      ['PATCH', ticket, { name: 'x' }, { 'If-Match': 'none' }],
      ['PATCH', ticket, { stage: 'work' }],
      ['PATCH', ticket, { assignee: people['max'] }],
      ['PATCH', ticket, { follows: theirs }],
      ['PATCH', ticket, []],
      ['PATCH', ticket, '{'],
      ['PATCH', `${ticket}?x=1`, { name: 'x' }],
      ['PATCH', ticket, { parts: [{ name: 'p' }] }],
      ['PATCH', `/api/tickets/${theirs}`, { name: 'x' }],
      ['PATCH', `/api/parts/${theirPart}`, { name: 'x' }],
      ['PATCH', `/api/tickets/${NOWHERE}`, { name: 'x' }],
      ['POST', `${ticket}/move`, { to: 'done' }],
      ['POST', `${ticket}/move`, { to: 'work' }],
      ['POST', `${ticket}/move`, { to: 'nowhere' }],
      ['POST', `${ticket}/move`, { to: 'work', set: { price: 'x' } }],
      ['POST', `${ticket}/move`, { to: 'work', set: { price: '1' }, note: 7 }],
      ['POST', `/api/tickets/${theirs}/move`, { to: 'work', set: { price: '1' } }],
      ['DELETE', ticket, undefined, stale],
      ['DELETE', `/api/tickets/${theirs}`],
      ['DELETE', `/api/parts/${theirPart}`],
      ['DELETE', `/api/contacts/${NOWHERE}`],
      ['POST', `${ticket}/restore`],
      ['POST', `/api/tickets/${binned}/restore`],
    ];
    const before = await digest();
    for (const [method, path, body, headers] of requests) {
      const reply = await mia(method, path, body, headers);
      expect([method, path, body, reply.status, refused.includes(reply.status)]).toEqual([
        method,
        path,
        body,
        reply.status,
        true,
      ]);
    }
    for (const [method, path, body, headers] of requests) {
      const reply = await http.stranger(method, path, body, headers);
      expect([method, path, [400, 401].includes(reply.status)]).toEqual([method, path, true]);
    }
    expect(await digest()).toBe(before);
  });

  test('R-05: what he may not see is answered like what does not exist, whatever he tries', async () => {
    const verbs: readonly (readonly [string, (id: string) => string, unknown?, Readonly<Record<string, string>>?])[] = [
      ['GET', (id) => `/api/tickets/${id}`],
      ['GET', (id) => `/api/tickets/${id}?expand=parts`],
      ['GET', (id) => `/api/tickets/${id}/changes`],
      ['GET', (id) => `/api/tickets/${id}/changes?timeline=true`],
      ['PATCH', (id) => `/api/tickets/${id}`, { name: 'x' }],
      ['PATCH', (id) => `/api/tickets/${id}`, { nope: 1 }],
      ['PATCH', (id) => `/api/tickets/${id}`, { name: 'x' }, { 'If-Match': '"1"' }],
      ['PATCH', (id) => `/api/tickets/${id}`, { name: 'x' }, { 'If-Match': '"99"' }],
      ['POST', (id) => `/api/tickets/${id}/move`, { to: 'work' }],
      ['DELETE', (id) => `/api/tickets/${id}`],
      ['DELETE', (id) => `/api/tickets/${id}`, undefined, { 'If-Match': '"99"' }],
      ['POST', (id) => `/api/tickets/${id}/restore`],
      ['GET', (id) => `/api/tickets?filter={"follows":"${id}"}`],
      ['GET', (id) => `/api/tickets?filter={"id":"${id}"}&count=exact`],
      ['GET', (id) => `/api/tickets?filter={"id":"${id}"}&deleted=with`],
      ['GET', (id) => `/api/tickets/aggregate?measures=count&filter={"id":"${id}"}`],
    ];
    for (const hidden of [theirs, binned]) {
      for (const [method, path, body, headers] of verbs) {
        const found = told(await mia(method, path(hidden), body, headers));
        expect([method, path('ID'), found]).toEqual([
          method,
          path('ID'),
          told(await mia(method, path(NOWHERE), body, headers)),
        ]);
      }
      for (const body of [
        { name: 'x', follows: hidden },
        { name: 'x', parts: [], follows: hidden },
      ]) {
        const found = JSON.stringify(told(await mia('POST', '/api/tickets', body))).replaceAll(hidden, 'ID');
        const missing = JSON.stringify(
          told(await mia('POST', '/api/tickets', { ...body, follows: NOWHERE })),
        ).replaceAll(NOWHERE, 'ID');
        expect(found).toBe(missing);
      }
    }
    const part = JSON.stringify(told(await mia('POST', '/api/parts', { name: 'p', ticket: theirs }))).replaceAll(
      theirs,
      'ID',
    );
    expect(part).toBe(
      JSON.stringify(told(await mia('POST', '/api/parts', { name: 'p', ticket: NOWHERE }))).replaceAll(NOWHERE, 'ID'),
    );
  });

  test('errors of children point into the parent, and nothing is made', async () => {
    const before = await digest();
    const reply = await mia('POST', '/api/tickets', {
      name: 'x',
      parts: [{ name: 'good' }, { cost: 'much', twice: '1' }],
    });
    expect(reply.status).toBe(422);
    const paths = (reply.json['errors'] as readonly { path: string; code: string }[]).map(
      ({ path, code }) => `${path} ${code}`,
    );
    expect(paths.sort()).toEqual(['/parts/1/cost type', '/parts/1/name required', '/parts/1/twice readOnly']);
    expect(await digest()).toBe(before);
  });
});
