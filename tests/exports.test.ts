import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createExports } from '../core/exports/create-exports.ts';
import { createFieldTypes } from '../core/fields/registry.ts';
import { DIALECTS } from './support/databases.ts';
import { openFieldLab } from './support/field-lab.ts';
import type { FieldLab } from './support/field-lab.ts';
import { FIXTURES } from './support/fields/all.ts';
import type { Caller } from './support/http-app.ts';
import { importTable, reportOf } from './support/import-table.ts';

type Json = Record<string, unknown>;

const TYPES = createFieldTypes();
const CLERK = {
  name: 'reader',
  title: 'Reader',
  entities: { contact: { read: 'own', fields: { birthday: 'hidden' } }, user: { read: 'all' } },
  operations: ['export'],
};

describe.each(DIALECTS)('exports on %s', (dialect) => {
  let lab: FieldLab;
  let owner: Caller;

  beforeAll(async () => {
    lab = await openFieldLab(dialect, FIXTURES, { 'schemas/roles/reader.json': CLERK });
    ({ owner } = lab);
    await lab.firm.addUser({ email: 'rita@example.com', roles: ['reader'] });
    await lab.firm.addUser({ email: 'carl@example.com', roles: ['clerk'] });
  });
  afterAll(() => lab?.close());

  async function all(path: string): Promise<readonly Json[]> {
    const reply = await owner('GET', `/api/${path}${path.includes('?') ? '&' : '?'}limit=1000&sort=id`);
    expect(reply.status, reply.text).toBe(200);
    return reply.json['data'] as Json[];
  }

  /** The bytes: a workbook is no text. */
  async function bytesOf(path: string): Promise<Uint8Array> {
    const key = await owner('POST', '/auth/keys', { name: 'export', roles: ['owner'] });
    const reply = await fetch(lab.firm.url + path, { headers: { Authorization: `Bearer ${String(key.json['key'])}` } });
    expect(reply.status).toBe(200);
    return new Uint8Array(await reply.arrayBuffer());
  }

  describe('import(export(x)) = x for every field type', () => {
    beforeAll(async () => {
      for (const fixture of FIXTURES) {
        if (fixture.made === true) continue;
        for (const [index, value] of fixture.values.entries()) {
          const given = await lab.resolve(
            TYPES.get(fixture.type)?.file === true && value !== null ? (value as { id: string }).id : value,
          );
          const made = await lab.create(fixture, { name: `${fixture.key} ${index}`, [fixture.key]: given });
          expect(made.status, made.text).toBe(201);
        }
      }
    });

    test.each(['csv', 'xlsx', 'jsonl'] as const)('%s over the same records changes nothing', async (format) => {
      const before = await all('samples');
      const content = await bytesOf(`/api/samples/export?format=${format}&sort=id`);
      const run = await importTable(owner, { entity: 'sample', content }, { plan: { duplicates: 'update' } });
      expect(await reportOf(owner, run.id, '&status=failed')).toEqual([]);
      expect(run.counts).toEqual({ created: 0, updated: before.length, skipped: 0, failed: 0 });
      // Versions too: nothing was found to be different.
      expect(await all('samples')).toEqual(before);
    });

    test.each(['csv', 'xlsx', 'jsonl'] as const)('%s makes the same records anew', async (format) => {
      // A file belongs to one record and cannot be had twice.
      const keys = [
        'name',
        ...FIXTURES.filter(({ type, made }) => made !== true && TYPES.get(type)?.file !== true).map(({ key }) => key),
      ];
      const spelt = keys.flatMap((key) =>
        TYPES.get(FIXTURES.find((one) => one.key === key)?.type ?? '')?.companions ? [key, `${key}:typed`] : [key],
      );
      const filter = encodeURIComponent(JSON.stringify({ batch: { empty: false } }));
      const before = await all(`samples?filter=${filter}`);
      const content = await bytesOf(`/api/samples/export?format=${format}&sort=id&filter=${filter}`);
      const map = Object.fromEntries(spelt.map((key) => [key, key]));
      const run = await importTable(owner, { entity: 'sample', content, rest: { map, match: [] } }, { again: true });
      expect(await reportOf(owner, run.id, '&status=failed')).toEqual([]);
      expect(run.counts.created).toBe(before.length);
      const shown = (record: Json) => Object.fromEntries(spelt.map((key) => [key, record[key]]));
      const ids = (await reportOf(owner, run.id)).map(({ record }) => record);
      const made = new Map((await all('samples')).map((record) => [record['id'], record]));
      expect(ids.map((id) => shown(made.get(id) ?? {}))).toEqual(before.map(shown));
    });

    test('JSON Lines are the records, exactly', async () => {
      const lines = new TextDecoder().decode(await bytesOf('/api/samples/export?format=jsonl&sort=id'));
      const records = lines
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
      expect(records).toEqual(await all('samples'));
    });
  });

  test('R-30: no cell of a CSV starts a formula, raw has to be asked for and is labelled, and all of it comes back', async () => {
    const names = ['=1+1', '+SUM(A1)', '-2+3', '@cmd', "'=quoted", '=HYPERLINK("http://x","y")'];
    for (const name of names)
      expect((await owner('POST', '/api/contacts', { name, phone: '+372 5551 2345' })).status).toBe(201);
    const safe = await owner('GET', '/api/contacts/export?sort=id&fields=id,name,phone');
    expect(safe.headers.get('content-disposition')).toBe('attachment; filename="contacts.csv"');
    const cells = safe.text
      .replace(/^\ufeff/, '')
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/));
    expect(cells.flat().filter((cell) => /^"?[=+\-@\t\r]/.test(cell))).toEqual([]);
    expect(cells.map((row) => row[2])).toEqual(names.map(() => "'+37255512345"));
    const raw = await owner('GET', '/api/contacts/export?sort=id&fields=name&raw=true');
    expect(raw.headers.get('content-disposition')).toBe('attachment; filename="contacts.raw.csv"');
    expect(raw.text).toContain('\r\n=1+1\r\n');
    const before = await all('contacts');
    const run = await importTable(owner, { entity: 'contact', content: safe.text }, { plan: { duplicates: 'update' } });
    expect(run.counts).toEqual({ created: 0, updated: names.length, skipped: 0, failed: 0 });
    expect(await all('contacts')).toEqual(before);
  });

  test('R-63, R-67: an export shows rows and fields its caller may see, and stands in the ledger with who, what and how many', async () => {
    const rita = await lab.firm.login('rita@example.com');
    const carl = await lab.firm.login('carl@example.com');
    expect((await carl('GET', '/api/contacts/export')).status).toBe(403);
    const own = await rita('GET', '/api/contacts/export?filter={"name":{"contains":"1"}}');
    expect(
      own.text
        .replace(/^\ufeff/, '')
        .trim()
        .split('\r\n'),
    ).toHaveLength(1);
    expect(own.text).not.toContain('birthday');
    expect((await rita('GET', '/api/contacts/export?fields=birthday')).status).toBe(400);
    expect((await rita('GET', '/api/deals/export')).status).toBe(403);
    for (const wrong of ['format=pdf', 'limit=5', 'raw=true&format=xlsx', 'fields=nope', 'sort=nope'])
      expect([wrong, (await owner('GET', `/api/contacts/export?${wrong}`)).status]).toEqual([wrong, 400]);
    const me = (await rita('GET', '/auth/me')).json['user'] as Json;
    const changes = (await owner('GET', `/api/users/${String(me['id'])}/changes`)).json['data'] as Json[];
    expect(changes[0]).toMatchObject({
      kind: 'records.exported',
      by: { name: 'rita' },
      fields: { entity: { after: 'contact' }, format: { after: 'csv' }, rows: { after: 0 } },
    });
  });

  test('R-79: more rows than one export takes are refused before anything is sent', async () => {
    const exports = createExports({ records: lab.firm.app.records, maxRows: 2 });
    const asked = exports.open(lab.firm.app.system('test'), { entity: 'contact', format: 'csv' });
    await expect(asked).rejects.toMatchObject({ code: 'VALIDATION', errors: [{ path: '/filter', code: 'maximum' }] });
  });
});
