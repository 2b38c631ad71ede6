import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../core/storage/sql.ts';
import { DIALECTS } from './support/databases.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp, Reply } from './support/http-app.ts';

type Json = Record<string, unknown>;

const ROLES = {
  'schemas/roles/phoneless.json': {
    name: 'phoneless',
    title: 'Sees no phones',
    entities: { contact: { read: 'all', create: 'all', fields: { phone: 'hidden' } } },
  },
  'schemas/roles/ownPhones.json': {
    name: 'ownPhones',
    title: 'Sees the phones of his own',
    entities: { contact: { read: 'own' } },
  },
};

/** D-7: one client however he is written, while he is typed and in the whole base. */
describe.each(DIALECTS)('duplicates on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let clerk: Caller;
  let phoneless: Caller;
  let masked: Caller;

  beforeAll(async () => {
    firm = await startHttpApp(dialect, { files: ROLES });
    const users = { olga: ['owner'], carl: ['clerk'], paul: ['phoneless'], mark: ['phoneless', 'ownPhones'] };
    for (const [name, roles] of Object.entries(users)) await firm.addUser({ email: `${name}@example.com`, roles });
    owner = await firm.login('olga@example.com');
    clerk = await firm.login('carl@example.com');
    phoneless = await firm.login('paul@example.com');
    masked = await firm.login('mark@example.com');
  });
  afterAll(async () => firm?.close());

  const add = async (plural: string, ...records: readonly Json[]) => {
    const made = await owner('POST', `/api/${plural}`, records);
    expect(made.status, made.text).toBe(201);
    return (made.json['data'] as Json[]).map(({ id }) => String(id));
  };
  const find = (caller: Caller, draft: Json, more: Json = {}, plural = 'contacts') =>
    caller('POST', `/api/${plural}/duplicates`, { draft, ...more });
  const found = (reply: Reply) =>
    (reply.json['data'] as { record: Json; score: number; reasons: { field: string; kind: string }[] }[]).map(
      ({ record, score, reasons }) => ({
        id: record['id'],
        score,
        by: reasons.map(({ field, kind }) => `${kind} ${field}`),
      }),
    );
  const idsOf = (reply: Reply) => found(reply).map(({ id }) => id);
  const groupsOf = (reply: Reply) =>
    (reply.json['data'] as { records: Json[]; score: number }[]).map(({ records }) =>
      records.map(({ id }) => String(id)).sort(),
    );

  test('D-7: twelve spellings of a phone, an e-mail, a name find the one client, and say why', async () => {
    const [ivan] = await add('contacts', {
      name: 'Иван Петров',
      phone: '8 (495) 111-22-33',
      email: 'Ivan@Example.com',
      country: 'RU',
    });
    const spellings = [
      '8 (495) 111-22-33', '+7 495 111 22 33', '+74951112233', '74951112233', '84951112233', '8-495-111-22-33',
      '0074951112233', '+7(495)1112233', '8 495 1112233 доб. 12', 'tel:+7-495-111-22-33', '８(４９５)１１１２２３３', '+7 (495) 111.22.33',
    ]; // prettier-ignore
    for (const phone of spellings) {
      const reply = await find(owner, { name: 'Somebody', phone, country: 'RU', notes: 'not looked at' });
      expect([phone, found(reply)]).toEqual([phone, [{ id: ivan, score: 85, by: ['same phone'] }]]);
    }
    expect(found(await find(owner, { name: 'Petrov, Ivan', email: 'ivan@example.COM', phone: '8495' }))).toEqual([
      { id: ivan, score: 96, by: ['same email', 'similar name'] },
    ]);
    for (const name of ['ivan petrov', 'Петров Иван', 'Ivan Pertov', 'Ivan Petroff', 'Ivan Sergejevitš Petrov'])
      expect([name, found(await find(owner, { name }))]).toEqual([
        name,
        [{ id: ivan, score: expect.any(Number), by: ['similar name'] }],
      ]);
    expect(idsOf(await find(owner, { name: 'Ivan Sidorov', phone: '+7 495 111 22 34' }))).toEqual([]);
    expect(idsOf(await find(owner, { name: 'Иван Петров' }, { except: ivan }))).toEqual([]);
    await owner('DELETE', `/api/contacts/${ivan}`);
    expect(idsOf(await find(owner, { phone: '+74951112233' }))).toEqual([]);
    await owner('POST', `/api/contacts/${ivan}/restore`);
    await owner('PATCH', `/api/contacts/${ivan}`, { phone: '+372 5551 2345' });
    expect(idsOf(await find(owner, { phone: '+74951112233' }))).toEqual([]);
    expect(idsOf(await find(owner, { phone: '00372 5551 2345' }))).toEqual([ivan]);
  });

  test('companies are found without their legal form, by their code however it is written', async () => {
    const [aknad, romashka] = await add(
      'companies',
      { name: 'Aknad OÜ', regCode: 'EE 123-456' },
      { name: 'ООО «Ромашка»' },
    );
    const of = async (draft: Json) => idsOf(await find(owner, draft, {}, 'companies'));
    expect(await of({ name: 'AKNAD osaühing' })).toEqual([aknad]);
    expect(await of({ regCode: 'ee123456' })).toEqual([aknad]);
    expect(await of({ name: 'Romashka Ltd' })).toEqual([romashka]);
    expect(await of({ name: 'OÜ' })).toEqual([]);
  });

  test('the strongest come first; as many as asked for', async () => {
    await add('contacts', ...Array.from({ length: 12 }, () => ({ name: 'Mari Maasikas' })), {
      name: 'Mari Maasikas',
      phone: '+372 5550 0001',
    });
    const reply = await find(owner, { name: 'Mari Maasikas', phone: '+37255500001' }, { limit: 3 });
    expect(found(reply).map(({ score }) => score)).toEqual([96, 70, 70]);
    expect(idsOf(await find(owner, { name: 'Mari Maasikas' }))).toHaveLength(10);
  });

  test('R-02, R-12: a hidden field neither matches nor explains; invisible records are not there', async () => {
    const [open] = await add('contacts', { name: 'Kalle Kuusk', phone: '+372 5559 0000', email: 'kalle@example.com' });
    expect((await find(phoneless, { phone: '+372 5559 0000' })).status).toBe(400);
    expect((await find(phoneless, { nonsense: '1' })).status).toBe(400);
    const seen = await find(phoneless, { email: 'KALLE@example.com' });
    expect(found(seen)).toEqual([{ id: open, score: 85, by: ['same email'] }]);
    expect(seen.text).not.toContain('5559');
    // A phone seen on some rows only finds nothing, as with the search.
    expect(idsOf(await find(masked, { phone: '+372 5559 0000' }))).toEqual([]);
    const [other] = await add('contacts', { name: 'Malle Muusk', phone: '+372 5559 0000' });
    const all = groupsOf(await owner('GET', '/api/contacts/duplicates?limit=100'));
    expect(all).toContainEqual([open, other].sort());
    for (const caller of [phoneless, masked])
      expect(groupsOf(await caller('GET', '/api/contacts/duplicates?limit=100'))).not.toContainEqual(
        [open, other].sort(),
      );
    expect(idsOf(await find(clerk, { email: 'kalle@example.com', phone: '+37255590000' }))).toEqual([]);
    expect(groupsOf(await clerk('GET', '/api/contacts/duplicates'))).toEqual([]);
    expect([
      (await find(clerk, { name: 'x' }, {}, 'companies')).status,
      (await clerk('GET', '/api/companies/duplicates')).status,
    ]).toEqual([403, 403]);
  });

  test('the whole base in groups, the likeliest first, page by page; a mark takes a pair out, and can go again', async () => {
    const marks: string[][] = [];
    for (let i = 0; i < 7; i += 1)
      marks.push(
        await add(
          'contacts',
          { name: `Peeter Puu${'abcdefg'[i]}s`, email: `p${i}@example.com`, phone: `+372 5560 000${i}` },
          { name: `Puu${'abcdefg'[i]}s Peeter`, email: i % 2 ? `p${i}@example.com` : null, phone: `0037255 60000${i}` },
        ),
      );
    const pages: string[][] = [];
    const scores: number[] = [];
    let after = '';
    do {
      const reply = await owner('GET', `/api/contacts/duplicates?limit=3${after}`);
      expect(reply.status, reply.text).toBe(200);
      pages.push(...groupsOf(reply));
      scores.push(...(reply.json['data'] as { score: number }[]).map(({ score }) => score));
      after = reply.json['next'] === null ? '' : `&after=${String(reply.json['next'])}`;
    } while (after !== '');
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(pages).toEqual(groupsOf(await owner('GET', '/api/contacts/duplicates?limit=100')));
    for (const pair of marks) expect(pages).toContainEqual([...pair].sort());
    const [one = '', other = ''] = marks[0]!;
    expect((await owner('POST', '/api/contacts/duplicates/distinct', { ids: [other, one] })).status).toBe(204);
    const left = groupsOf(await owner('GET', '/api/contacts/duplicates?limit=100'));
    expect(left).not.toContainEqual([one, other].sort());
    expect(idsOf(await find(owner, { phone: '+372 5560 0000' }, { except: one }))).toEqual([]);
    expect(idsOf(await find(owner, { phone: '+372 5560 0000' }))).toHaveLength(2);
    const history = await owner('GET', `/api/contacts/${one}/changes?limit=1`);
    expect(history.json['data']).toMatchObject([{ kind: 'duplicates.distinct', fields: { from: { after: [other] } } }]);
    await owner('POST', '/api/contacts/duplicates/distinct', { ids: [one, other], distinct: false });
    expect(groupsOf(await owner('GET', '/api/contacts/duplicates?limit=100'))).toContainEqual([one, other].sort());
    expect((await phoneless('POST', '/api/contacts/duplicates/distinct', { ids: [one, other] })).status).toBe(403);
    expect((await clerk('POST', '/api/contacts/duplicates/distinct', { ids: [one, other] })).status).toBe(404);
  });

  test('merging through HTTP: once by key, with a way back, and told at the old address', async () => {
    const [stays = '', goes = ''] = await add(
      'contacts',
      { name: 'Toomas Tamm' },
      { name: 'Tamm Toomas', phone: '+372 5570 0000' },
    );
    const task = await owner('POST', '/api/tasks', { title: 'Call', about: { entity: 'contact', id: goes } });
    const path = `/api/contacts/${stays}/merge`;
    const dry = await owner('POST', path, { from: [goes], dryRun: true });
    expect([dry.status, dry.json['batch']]).toEqual([200, null]);
    const headers = { 'Idempotency-Key': `merge-${dialect}` };
    const merged = await owner('POST', path, { from: [goes] }, headers);
    expect(merged.json).toMatchObject({ merged: [goes], filled: ['phone'], moved: [{ entity: 'task', count: 1 }] });
    expect(merged.headers.get('etag')).toBe(`"${String((merged.json['record'] as Json)['version'])}"`);
    expect((await owner('POST', path, { from: [goes] }, headers)).text).toBe(merged.text);
    expect((await owner('POST', path, { from: [goes] })).status).toBe(404);
    const gone = await owner('GET', `/api/contacts/${goes}`);
    expect([gone.status, gone.json['mergedInto']]).toEqual([404, stays]);
    const strange = await clerk('GET', `/api/contacts/${goes}`);
    const unknown = await clerk('GET', '/api/contacts/018f0000-0000-7000-8000-000000000000');
    expect({ ...strange.json, requestId: '' }).toEqual({ ...unknown.json, requestId: '' });
    const told = await owner('GET', `/api/contacts/${stays}/changes?timeline=true`);
    expect((told.json['data'] as Json[]).map(({ entity, kind }) => `${String(entity)} ${String(kind)}`)).toEqual(
      expect.arrayContaining(['contact merged', 'contact updated', 'task created', 'task updated']),
    );
    expect((told.json['data'] as Json[]).find(({ kind }) => kind === 'merged')).toMatchObject({
      record: goes,
      into: stays,
    });
    expect((await owner('GET', `/api/tasks/${String(task.json['id'])}`)).json['about']).toEqual({
      entity: 'contact',
      id: stays,
    });
    const undone = await owner('POST', `/batches/${String(merged.json['batch'])}/undo`);
    expect(undone.json).toMatchObject({ restored: 3, left: 0 });
    expect((await owner('GET', `/api/contacts/${goes}`)).json).toMatchObject({ phone: '+37255700000' });
    const stale = await owner('POST', path, { from: [goes] }, { 'If-Match': '"1"' });
    expect(stale.status).toBe(412);
  });

  test('a merge is no news to rules: nobody gets a task or a mail by it, and no timer is doubled', async () => {
    const [stays = '', goes = ''] = await add('contacts', { name: 'R1' }, { name: 'R2' });
    const jobs = async () =>
      Number(
        (
          await firm.app.db.read<{ n: number | string }>(sql`select count(*) as n from "_jobs" where "state" = 'ready'`)
        )[0]?.n,
      );
    for (let i = 0; i < 5; i += 1)
      await owner('POST', '/api/tasks', {
        title: `t${i}`,
        dueAt: '2026-04-01T09:00:00Z',
        about: { entity: 'contact', id: goes },
      });
    const before = await jobs();
    const { json } = await owner('POST', `/api/contacts/${stays}/merge`, { from: [goes] });
    expect(await jobs()).toBe(before);
    await owner('POST', `/batches/${String(json['batch'])}/undo`);
    expect(await jobs()).toBe(before);
  });

  test('what is not known is refused, at every door', async () => {
    const [id = ''] = await add('contacts', { name: 'Q' });
    const answers = await Promise.all([
      owner('POST', '/api/contacts/duplicates', {}),
      owner('POST', '/api/contacts/duplicates', { draft: [] }),
      owner('POST', '/api/contacts/duplicates', { draft: {}, x: 1 }),
      owner('POST', '/api/contacts/duplicates', { draft: {}, limit: 51 }),
      owner('POST', '/api/contacts/duplicates', { draft: {}, except: 1 }),
      owner('POST', '/api/contacts/duplicates?q=1', { draft: {} }),
      owner('GET', '/api/contacts/duplicates?filter={}'),
      owner('GET', '/api/contacts/duplicates?limit=101'),
      owner('GET', '/api/contacts/duplicates?after=zzz'),
      owner('POST', '/api/contacts/duplicates/distinct', { ids: [id] }),
      owner('POST', '/api/contacts/duplicates/distinct', { ids: [id, 1] }),
      owner('POST', `/api/contacts/${id}/merge`, {}),
      owner('POST', `/api/contacts/${id}/merge`, { from: id }),
      owner('POST', `/api/contacts/${id}/merge`, { from: [], set: [] }),
      owner('POST', `/api/contacts/${id}/merge`, { from: [id] }),
      owner('POST', `/api/contacts/${id}/merge`, { from: ['x'], keep: true }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 400));
    expect((await owner('POST', `/api/contacts/${id}/merge`, { from: ['x'] })).status).toBe(404);
    expect((await owner('GET', '/api/tasks/duplicates')).status).toBe(404);
    expect((await owner('PUT', '/api/contacts/duplicates')).status).toBe(405);
    expect((await owner('GET', `/api/contacts/${id}/merge`)).status).toBe(405);
    expect(idsOf(await find(owner, { name: { a: 1 }, phone: 5, email: ['x'] }))).toEqual([]);
    expect((await owner('POST', '/api/users/x/merge', { from: ['y'] })).status).toBe(409);
  });

  test('an index that the definitions have outgrown is made anew at the start', async () => {
    const { db, records } = firm.app;
    const [id] = await add('contacts', { name: 'Lost Indexed', phone: '+372 5580 0000' });
    await db.transaction(async (tx) => {
      await tx.run(sql`delete from "_match"`);
      await tx.run(
        sql`insert into "_match" ("entity", "field", "key", "record") values ('contact', 'phone', '1', ${id})`,
      );
      await tx.run(sql`update "_meta" set "value" = 'older' where "key" = 'match.contact'`);
    });
    expect(idsOf(await find(owner, { phone: '+372 5580 0000' }))).toEqual([]);
    await records.duplicates.prepare();
    expect(idsOf(await find(owner, { phone: '+372 5580 0000' }))).toEqual([id]);
    const rows = await db.read(sql`select 1 from "_match" where "record" = ${id} and "key" = '1'`);
    expect(rows).toEqual([]);
  });
});
