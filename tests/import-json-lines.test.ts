import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp } from './support/http-app.ts';
import { importTable, reportOf, upload } from './support/import-table.ts';

type Json = Record<string, unknown>;

const map = { name: 'name', email: 'email', birthday: 'birthday' };
const table = (content: string) => ({ entity: 'contact', content, rest: { map } });

describe.each(DIALECTS)('imports of JSON Lines on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    owner = await firm.login('olga@example.com');
  });
  afterAll(async () => firm?.close());

  const names = async () => {
    const filter = encodeURIComponent('{"email":{"contains":"lines.ee"}}');
    const reply = await owner('GET', `/api/contacts?sort=id&filter=${filter}`);
    return (reply.json['data'] as Json[]).map(({ name }) => name);
  };

  test('members are columns, values keep their types, what fails comes back as JSON Lines', async () => {
    const lines = [
      { name: 'NULL', email: 'null@lines.ee', birthday: '1990-03-31', kids: [1, { a: null }], country: 'EE' },
      { name: 7, email: 'seven@lines.ee', birthday: null },
      { name: 'Bad day', email: 'bad@lines.ee', birthday: '31.31.1990' },
      { name: ['no', 'text'], email: 'list@lines.ee' },
    ];
    const content = `\ufeff${lines.map((line) => JSON.stringify(line)).join('\r\n\n')}`;
    const file = await upload(owner, content, '/imports/files?entity=contact');
    expect(file.status, file.text).toBe(201);
    expect(file.json).toMatchObject({
      format: 'jsonl',
      columns: ['name', 'email', 'birthday', 'kids', 'country'],
      map: { name: { column: 'name' }, birthday: { column: 'birthday' } },
    });
    const dry = await importTable(owner, table(content), { dryRun: true });
    expect(dry.counts).toEqual({ created: 3, updated: 0, skipped: 0, failed: 1 });
    const run = await importTable(owner, table(content));
    expect(run.counts).toEqual({ created: 3, updated: 0, skipped: 0, failed: 1 });
    expect(await names()).toEqual(['NULL', '7', '["no","text"]']);
    expect((await reportOf(owner, run.id, '&status=failed')).map(({ row }) => row)).toEqual([5]);
    const errors = await owner('GET', `/imports/${run.id}/errors`);
    expect(errors.headers.get('content-type')).toMatch(/^application\/jsonl/);
    const failed = JSON.parse(errors.text) as Json;
    expect(failed).toEqual({ ...lines[2], 'import error': expect.stringMatching(/^birthday: /) });
    const mended = JSON.stringify({ ...failed, birthday: '1990-12-31' });
    expect((await importTable(owner, table(mended))).counts.created).toBe(1);
  });
});
