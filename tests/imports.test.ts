import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp } from './support/http-app.ts';
import { importTable, reportOf, runOver, startImport, upload } from './support/import-table.ts';

type Json = Record<string, unknown>;

const IMPORTER = {
  name: 'importer',
  title: 'Importer',
  entities: {
    contact: { read: 'own', create: 'all', update: 'own', fields: { birthday: 'hidden', city: 'read' } },
    user: { read: 'all' },
  },
  operations: ['import'],
};
const GREET = {
  name: 'greet',
  on: { trigger: 'created', entity: 'contact' },
  do: [{ key: 'task', action: 'create', with: { entity: 'task', set: { title: 'Greet' } } }],
};

describe.each(DIALECTS)('imports on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let clerk: Caller;
  let importer: Caller;

  beforeAll(async () => {
    firm = await startHttpApp(dialect, {
      files: { 'schemas/roles/importer.json': IMPORTER, 'schemas/automations/greet.json': GREET },
    });
    for (const [name, role] of [
      ['olga', 'owner'],
      ['carl', 'clerk'],
      ['ivar', 'importer'],
    ] as const)
      await firm.addUser({ email: `${name}@example.com`, roles: [role] });
    owner = await firm.login('olga@example.com');
    clerk = await firm.login('carl@example.com');
    importer = await firm.login('ivar@example.com');
  });
  afterAll(async () => firm?.close());

  async function records(path: string, filter?: unknown): Promise<readonly Json[]> {
    const query = filter === undefined ? '' : `&filter=${encodeURIComponent(JSON.stringify(filter))}`;
    const reply = await owner('GET', `/api/${path}?limit=1000&sort=id${query}`);
    expect(reply.status, reply.text).toBe(200);
    return reply.json['data'] as Json[];
  }

  const contact = (content: string, rest: Json = {}) => ({ entity: 'contact', content, rest });

  test('an upload shows its columns and first rows, and which column seems to hold what, in any language', async () => {
    const file = await upload(
      owner,
      'Nimi;E-post;Телефон;Birthdate;Summa\nAnn;a@x.ee;5551 2345;31.03.1990;1,5\n',
      '/imports/files?entity=contact',
    );
    expect(file.status, file.text).toBe(201);
    expect(file.json).toMatchObject({
      format: 'csv',
      delimiter: ';',
      columns: ['Nimi', 'E-post', 'Телефон', 'Birthdate', 'Summa'],
      rows: [['Ann', 'a@x.ee', '5551 2345', '31.03.1990', '1,5']],
      map: {
        name: { column: 'Nimi' },
        email: { column: 'E-post' },
        phone: { column: 'Телефон' },
        birthday: { column: 'Birthdate', format: 'd.M.yyyy' },
      },
    });
    const again = await owner('GET', `/imports/files/${String(file.json['id'])}?delimiter=,`);
    expect(again.json['columns']).toEqual(['Nimi;E-post;Телефон;Birthdate;Summa']);
    expect((await importer('GET', `/imports/files/${String(file.json['id'])}`)).status).toBe(404);
  });

  test('D-7: 12 spellings of a phone are one client', async () => {
    const spellings = [
      '8 (495) 123-45-67',
      '+7 495 123 45 67',
      '+7495 1234567',
      '84951234567',
      '7 495 123-45-67',
      '007 495 123 45 67',
      'tel:+7-495-123-45-67',
      '8 (495) 123-45-67 доб. 12',
      '8(495)1234567 ext 12',
      '8-495-123-45-67',
      '+7(495)123-45-67',
      '8 495 1234567',
    ];
    const run = await importTable(
      owner,
      contact(`name,phone\n${spellings.map((phone, n) => `Ivan ${n},${phone}`).join('\n')}\n`),
    );
    expect(run.counts).toEqual({ created: 1, updated: 0, skipped: 11, failed: 0 });
    const found = await records('contacts', { phone: '+7 495 123-45-67' });
    expect(found.map(({ phone, ...rest }) => [phone, rest['phone:typed']])).toEqual([
      ['+74951234567', '8 (495) 123-45-67'],
    ]);
  });

  test('R-18, G10: a table that reaches for the prototype, a workbook of the old form and rubbish are refused in words', async () => {
    const refused = await upload(owner, 'name,__proto__\na,b\n');
    expect([refused.status, refused.json['code']]).toEqual([422, 'VALIDATION']);
    expect('polluted' in {}).toBe(false);
    const plan = `{"plan":{"tables":[{"file":"x","entity":"contact","map":{"__proto__":"a"}}]}}`;
    expect((await owner('POST', '/imports', plan, { 'Content-Type': 'application/json' })).status).toBe(400);
    const old = Buffer.from('d0cf11e0a1b11ae1000000000000', 'hex');
    expect((await upload(owner, old)).status).toBe(415);
    expect((await upload(owner, Buffer.from('PK\x03\x04rubbish'))).status).toBe(422);
    expect((await upload(owner, '')).status).toBe(422);
  });

  test('D-5: a row is refused with the code and pointer of the API; the failed rows come as a file, mended they are taken', async () => {
    const wrong = { name: '', email: 'nobody', language: 'xx', birthday: '31.02.2020' };
    const api = await owner('POST', '/api/contacts', {
      email: wrong.email,
      language: wrong.language,
      birthday: wrong.birthday,
    });
    const text = `Name,Email,Language,Birthday\nEve,eve@x.ee,Eesti,1990-01-02\n,${wrong.email},${wrong.language},${wrong.birthday}\n"=Mal, Lory",mal@x.ee,en,1991-01-01\n`;
    const run = await importTable(owner, contact(text));
    expect(run.counts).toEqual({ created: 2, updated: 0, skipped: 0, failed: 1 });
    const places = (errors: unknown) =>
      (errors as Json[]).map(({ path, code }) => `${String(path)} ${String(code)}`).sort();
    const [failed] = await reportOf(owner, run.id, '&status=failed');
    expect(failed).toMatchObject({ table: 0, row: 3 });
    expect(places(failed?.errors)).toEqual(places(api.json['errors']));
    expect((await records('contacts', { email: 'eve@x.ee' }))[0]).toMatchObject({
      language: 'et',
      birthday: '1990-01-02',
    });
    const file = await owner('GET', `/imports/${run.id}/errors`);
    expect(file.text).toMatch(/^\ufeff?Name,Email,Language,Birthday,import error\n,nobody,xx,31.02.2020,/);
    const mended = file.text.replace('\n,nobody,xx,31.02.2020', '\nBob,bob@x.ee,en,2020-02-28');
    expect((await importTable(owner, contact(mended))).counts).toEqual({
      created: 1,
      updated: 0,
      skipped: 0,
      failed: 0,
    });
  });

  test('a record that is there is left alone, updated or made anew, as asked; an empty cell clears only when told', async () => {
    await importTable(owner, contact('name,email,notes\nDora,dora@x.ee,first\n'));
    expect((await importTable(owner, contact('name,email\nOther,DORA@x.ee\n'))).counts.skipped).toBe(1);
    const update = { plan: { duplicates: 'update' } };
    expect((await importTable(owner, contact('name,email,notes\nDora D,dora@X.ee,\n'), update)).counts.updated).toBe(1);
    expect(await records('contacts', { email: 'dora@x.ee' })).toMatchObject([{ name: 'Dora D', notes: 'first' }]);
    await importTable(owner, contact('name,email,notes\nDora E,dora@x.ee,\n', { empty: 'clear' }), update);
    expect(await records('contacts', { email: 'dora@x.ee' })).toMatchObject([{ name: 'Dora E', notes: null }]);
    expect(
      (await importTable(owner, contact('name,email\nDora 2,dora@x.ee\n'), { plan: { duplicates: 'new' } })).counts
        .created,
    ).toBe(1);
    expect(await records('contacts', { email: 'dora@x.ee' })).toHaveLength(2);
  });

  test('references are found by what a record is called or by a key of their source, made when asked, refused when there are several', async () => {
    const companies = {
      entity: 'company',
      content: 'code,name\nC1,Alpha\nC2,Beta\n',
      rest: { key: { column: 'code' } },
    };
    const people = contact('name,firm\nAnn Alpha,C1\nBob Beta,C2\nNo One,C9\n', {
      map: { name: 'name', company: { column: 'firm', list: 'company' } },
    });
    // The table that needs the other stands first in the plan.
    const both = await startImport(owner, [people, companies], { plan: { source: 'old' } });
    const run = await runOver(owner, String(both.json['id']));
    expect(run.counts).toEqual({ created: 4, updated: 0, skipped: 0, failed: 1 });
    expect(await reportOf(owner, run.id, '&status=failed')).toMatchObject([
      {
        table: 0,
        row: 4,
        errors: [{ path: '/company', code: 'reference', message: 'There is no such company: "C9".' }],
      },
    ]);
    // A later run of the same source knows the keys of this one.
    const later = contact('name,firm\nCid,C2\n', {
      map: { name: 'name', company: { column: 'firm', list: 'company' } },
    });
    await importTable(owner, later, { plan: { source: 'old' } });
    const named = contact('name,company\nDan,Alpha\nEva,Gamma\nFay,Gamma\n', {
      map: { name: 'name', company: { column: 'company', create: true } },
    });
    expect((await importTable(owner, named)).counts.created).toBe(3);
    const shown = await owner(
      'GET',
      `/api/contacts?expand=company&sort=name&filter=${encodeURIComponent('{"company":{"empty":false}}')}`,
    );
    expect(
      (shown.json['data'] as Json[]).map(
        ({ name, company }) => `${String(name)}: ${String((company as Json)['name'])}`,
      ),
    ).toEqual(['Ann Alpha: Alpha', 'Bob Beta: Beta', 'Cid: Beta', 'Dan: Alpha', 'Eva: Gamma', 'Fay: Gamma']);
    await owner('POST', '/api/companies', { name: 'Alpha' });
    const several = await importTable(owner, contact('name,company\nGus,Alpha\n'));
    expect((await reportOf(owner, several.id))[0]?.errors?.[0]).toMatchObject({ path: '/company', code: 'ambiguous' });
  });

  test('R-25: a dry run reports the same and leaves nothing', async () => {
    const table = contact('name,email\nDry One,dry1@x.ee\nDry Two,wrong\nDry One again,dry1@x.ee\n');
    const tried = await importTable(owner, table, { dryRun: true });
    expect(tried).toMatchObject({
      state: 'done',
      batch: null,
      counts: { created: 1, updated: 0, skipped: 1, failed: 1 },
    });
    expect(await records('contacts', { name: { startsWith: 'Dry' } })).toEqual([]);
    const done = await importTable(owner, table);
    const rows = async (id: string) =>
      (await reportOf(owner, id)).map(({ row, status, errors }) => ({ row, status, errors }));
    expect(await rows(tried.id)).toEqual(await rows(done.id));
  });

  test('D-8, R-25: the same table whose rows nothing tells apart is not taken twice unless asked, and again after an undo', async () => {
    const table = contact('name,city\nNameless,Riga\nNameless,Riga\n');
    const first = await importTable(owner, table);
    expect(first.counts.created).toBe(2);
    const twice = await startImport(owner, [table]);
    expect([twice.status, twice.json['code']]).toEqual([409, 'CONFLICT']);
    expect((await owner('POST', `/batches/${first.batch}/undo`)).json).toMatchObject({ restored: 2, left: 0 });
    expect(await records('contacts', { name: 'Nameless' })).toEqual([]);
    expect((await importTable(owner, table)).counts.created).toBe(2);
    expect((await importTable(owner, table, { again: true })).counts.created).toBe(2);
  });

  test('R-25: the same import started twice at once is one run', async () => {
    const table = contact(`name,city\n${'Twice at once,Riga\n'.repeat(600)}`);
    const started = await Promise.all([
      startImport(owner, [table]),
      startImport(owner, [table]),
      startImport(owner, [table]),
    ]);
    const ids = started.map(({ json }) => json['id']);
    expect(ids).toEqual(ids.map(() => ids[0]));
    await runOver(owner, String(ids[0]));
    expect(await records('contacts', { name: 'Twice at once' })).toHaveLength(600);
  });

  test('rules stay silent unless they are asked to follow', async () => {
    const tasks = async () => {
      await firm.app.jobs.drain();
      return (await records('tasks', { title: 'Greet' })).length;
    };
    const before = await tasks();
    await importTable(owner, contact('name,email\nSilent,silent@x.ee\n'));
    expect(await tasks()).toBe(before);
    await importTable(owner, contact('name,email\nLoud,loud@x.ee\n'), { plan: { automations: true } });
    expect(await tasks()).toBe(before + 1);
  });

  test('R-08: an import has the rights of its caller, fields and rows included', async () => {
    const refused = await upload(clerk, 'name\nA\n');
    const others = await Promise.all([
      clerk('GET', '/imports'),
      clerk('POST', '/imports', { plan: { tables: [] } }),
      clerk('GET', '/imports/mappings'),
    ]);
    expect([refused, ...others].map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    const forbidden = await startImport(importer, [
      contact('name,city\nA,Riga\n', { map: { name: 'name', city: 'city' } }),
    ]);
    expect(forbidden.json['errors']).toMatchObject([
      { path: '/tables/0/map/city', message: 'You may not set "city".' },
    ]);
    const hidden = await startImport(importer, [
      contact('name,b\nA,1990-01-01\n', { map: { name: 'name', birthday: 'b' } }),
    ]);
    expect(hidden.json['errors']).toMatchObject([
      { path: '/tables/0/map/birthday', message: 'Contact has no field "birthday".' },
    ]);
    const unknown = await startImport(importer, [{ entity: 'deal', content: 'title\nA\n' }]);
    expect(unknown.json['errors']).toMatchObject([{ path: '/tables/0/entity' }]);
    // A client of somebody else is nobody: neither updated nor named.
    await importTable(owner, contact('name,email\nHidden,hidden@x.ee\n'));
    const own = await importTable(importer, contact('name,email\nMine,hidden@x.ee\n'), {
      plan: { duplicates: 'update' },
    });
    expect(own.counts).toEqual({ created: 1, updated: 0, skipped: 0, failed: 0 });
    expect((await records('contacts', { email: 'hidden@x.ee' })).map(({ name }) => name)).toEqual(['Hidden', 'Mine']);
    expect((await importer('GET', '/imports')).json['data']).toHaveLength(1);
    const runs = (await owner('GET', '/imports?limit=1')).json['data'] as Json[];
    expect(runs[0]).toMatchObject({ id: own.id });
    const foreign = (await owner('GET', '/imports')).json['data'] as Json[];
    expect((await importer('GET', `/imports/${String(foreign[1]?.['id'])}/report`)).status).toBe(404);
  });

  test('a plan is refused with every wrong place', async () => {
    const table = contact('name,x\nA,1\n', {
      map: { nmae: 'name', email: 'mail', notes: { column: 'x', by: 'name' }, id2: {} },
      match: ['phone'],
    });
    const reply = await startImport(owner, [table], { plan: { zone: 'Moon/Base' } });
    expect(reply.status).toBe(422);
    expect((reply.json['errors'] as Json[]).map(({ path }) => path)).toEqual([
      '/zone',
      '/tables/0/map/nmae',
      '/tables/0/map/email',
      '/tables/0/map/notes',
      '/tables/0/map/id2',
      '/tables/0/map/id2',
      '/tables/0/match/0',
    ]);
    expect((await owner('POST', '/imports', { plan: { tables: [{ entity: 'contact' }], speed: 9 } })).status).toBe(422);
    expect((await owner('POST', '/imports', { plan: {}, now: true })).status).toBe(400);
  });

  test('a mapping is kept under a name and used again', async () => {
    const table = { map: { name: 'Kunde', phone: 'Tel' }, delimiter: ';' };
    expect((await owner('POST', '/imports/mappings', { name: 'german', entity: 'contact', table })).status).toBe(201);
    expect(
      (await owner('POST', '/imports/mappings', { name: 'x', entity: 'contact', table: { maps: {} } })).status,
    ).toBe(422);
    expect((await owner('GET', '/imports/mappings')).json['data']).toEqual([
      { name: 'german', entity: 'contact', table },
    ]);
    const run = await importTable(owner, contact('Kunde;Tel\nHans;+49 30 12345678\n', { mapping: 'german' }));
    expect(run.counts.created).toBe(1);
    expect((await owner('DELETE', '/imports/mappings/german')).status).toBe(204);
    expect((await owner('DELETE', '/imports/mappings/german')).status).toBe(404);
    const gone = await startImport(owner, [contact('Kunde\nX\n', { mapping: 'german' })]);
    expect(gone.json['errors']).toMatchObject([{ path: '/tables/0/mapping' }]);
  });

  test('a cancelled run keeps what it has done, as one batch, and goes on when it is started again', async () => {
    const rows = Array.from({ length: 3000 }, (_, n) => `Many ${n},many${n}@x.ee`).join('\n');
    const table = contact(`name,email\n${rows}\n`);
    const started = await startImport(owner, [table]);
    const id = String(started.json['id']);
    const done = async () => Number((await owner('GET', `/imports/${id}`)).json['done']);
    while ((await done()) === 0) await pause(10);
    expect((await owner('POST', `/imports/${id}/cancel`)).status).toBe(200);
    const cancelled = await runOver(owner, id);
    expect(cancelled.state).toBe('cancelled');
    expect((await owner('POST', `/imports/${id}/cancel`)).status).toBe(409);
    const kept = cancelled.counts.created;
    expect(kept).toBeLessThan(3000);
    const count = async () =>
      (
        await owner(
          'GET',
          `/api/contacts?count=exact&limit=1&filter=${encodeURIComponent('{"name":{"startsWith":"Many"}}')}`,
        )
      ).json['total'];
    expect(await count()).toBe(kept);
    const resumed = await importTable(owner, table);
    expect(resumed).toMatchObject({ id, state: 'done', batch: cancelled.batch, counts: { created: 3000, failed: 0 } });
    expect(await count()).toBe(3000);
  }, 300_000);

  test('R-35: an upload that breaks off leaves no file', async () => {
    const folder = join(firm.dataDir, 'imports');
    const before = (await readdir(folder)).length;
    const key = await owner('POST', '/auth/keys', { name: 'k', roles: ['owner'] });
    await Promise.all(
      Array.from({ length: 20 }, () => {
        return new Promise<void>((resolve) => {
          const headers = {
            Authorization: `Bearer ${String(key.json['key'])}`,
            'Content-Type': 'multipart/form-data; boundary=b',
            'Content-Length': '100000',
          };
          const call = request(`${firm.url}/imports/files`, { method: 'POST', headers });
          call.on('error', () => resolve());
          call.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nname\nA\n');
          setTimeout(() => call.destroy(), 30);
        });
      }),
    );
    for (let i = 0; i < 100 && (await readdir(folder)).length > before; i += 1) await pause(20);
    expect((await readdir(folder)).length).toBe(before);
  });
});
