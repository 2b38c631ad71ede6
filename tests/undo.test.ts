import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../core/storage/sql.ts';
import { DIALECTS } from './support/databases.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp } from './support/http-app.ts';

type Json = Record<string, unknown>;

/** D-8, word for word, through HTTP. */
describe.each(DIALECTS)('undo for groups on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let head: Caller;

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    await firm.addUser({ email: 'hugo@example.com', roles: ['head'] });
    owner = await firm.login('olga@example.com');
    head = await firm.login('hugo@example.com');
  });
  afterAll(async () => firm?.close());

  /** Every contact as it stands, but for what counts writes. */
  async function dump(): Promise<ReadonlyMap<string, string>> {
    const rows = new Map<string, string>();
    let after: string | null = '';
    while (after !== null) {
      const page = await owner(
        'GET',
        `/api/contacts?limit=1000&sort=id&deleted=with${after === '' ? '' : `&after=${after}`}`,
      );
      expect(page.status, page.text).toBe(200);
      for (const record of page.json['data'] as Json[]) {
        const { version: _v, updatedAt: _a, updatedBy: _b, ...rest } = record;
        rows.set(String(record['id']), JSON.stringify(rest));
      }
      after = page.json['next'] as string | null;
    }
    return rows;
  }

  test('D-8: 500 clients are updated, 3 edited by hand, undo: 497 exactly restored, 3 listed', async () => {
    const rows = Array.from({ length: 500 }, (_, index) => ({
      name: `Client ${index}`,
      phone: `8 (495) ${100 + index}-22-33`,
      city: index % 2 === 0 ? 'Riga' : 'Tartu',
      birthday: '1990-05-17',
      source: 'site',
    }));
    const made = await owner('POST', '/api/contacts', rows);
    expect(made.status, made.text).toBe(201);
    const ids = (made.json['data'] as Json[]).map(({ id }) => String(id));
    const before = await dump();
    const patch = { phone: '+372 5551 2345', city: null, birthday: '2000-01-01', language: 'et' };
    const edit = await owner('POST', '/api/contacts/batch', { filter: { source: 'site' }, patch });
    expect(edit.json).toEqual({ batch: expect.any(String), matched: 500, changed: 500, unchanged: 0, failed: [] });
    const batch = String(edit.json['batch']);
    const byHand = [ids[7]!, ids[250]!, ids[499]!];
    for (const id of byHand)
      expect((await head('PATCH', `/api/contacts/${id}`, { city: 'Narva', name: `Hand ${id}` })).status).toBe(200);
    const edited = await dump();
    const tried = await owner('POST', `/batches/${batch}/undo`, { dryRun: true });
    expect(await dump()).toEqual(edited);
    const undone = await owner('POST', `/batches/${batch}/undo`);
    expect(undone.status, undone.text).toBe(200);
    expect(undone.json).toMatchObject({ restored: 497, left: 3 });
    expect({ ...tried.json, batch: undone.json['batch'] }).toEqual(undone.json);
    const conflicts = undone.json['conflicts'] as Json[];
    expect(conflicts.map(({ id }) => id).sort()).toEqual([...byHand].sort());
    for (const conflict of conflicts)
      expect(conflict).toEqual({
        entity: 'contact',
        id: conflict['id'],
        display: `Hand ${String(conflict['id'])}`,
        code: 'CONFLICT',
        message: 'Changed since by hugo.',
        fields: ['city', 'name'],
        by: { id: expect.any(String), name: 'hugo' },
        at: '2026-03-16T09:00:00.000Z',
      });
    const after = await dump();
    for (const id of ids) expect(after.get(id)).toBe((byHand.includes(id) ? edited : before).get(id));
    const found = await owner('GET', `/api/contacts?search=${encodeURIComponent('495 100-22')}&count=exact`);
    expect(found.json['total']).toBe(1);
    expect((await owner('POST', `/batches/${batch}/undo`)).json).toMatchObject({ status: 409, code: 'CONFLICT' });
    const [last] = (await owner('GET', `/api/contacts/${ids[0]}/changes?limit=1`)).json['data'] as Json[];
    expect(last).toMatchObject({ kind: 'updated', door: 'undo', batch: undone.json['batch'], by: { name: 'olga' } });
    const shown = await owner('GET', `/batches/${String(undone.json['batch'])}`);
    expect(shown.json).toMatchObject({ kind: 'undo', undoOf: batch, counts: { updated: 497, restored: 497, left: 3 } });
    expect((await owner('GET', `/batches/${batch}`)).json).toMatchObject({ undoneBy: undone.json['batch'] });

    // An undo is a batch: undone, it is the edit again.
    const redone = await owner('POST', `/batches/${String(undone.json['batch'])}/undo`);
    expect(redone.json).toMatchObject({ restored: 497, left: 0, conflicts: [] });
    expect(await dump()).toEqual(edited);
  });

  test('R-07, D-8: two undos at once have one winner, and nothing is put back twice', async () => {
    const made = await owner(
      'POST',
      '/api/contacts',
      Array.from({ length: 120 }, (_, i) => ({ name: `Race ${i}`, city: 'A' })),
    );
    const ids = (made.json['data'] as Json[]).map(({ id }) => String(id));
    const { json } = await owner('POST', '/api/contacts/batch', { ids, patch: { city: 'B' } });
    const path = `/batches/${String(json['batch'])}/undo`;
    const writes = ids.slice(0, 30).map((id) => head('PATCH', `/api/contacts/${id}`, { notes: 'meanwhile' }));
    const [one, two, ...written] = await Promise.all([owner('POST', path), owner('POST', path), ...writes]);
    expect([one?.status, two?.status].sort()).toEqual([200, 409]);
    expect(written.map(({ status }) => status)).toEqual(written.map(() => 200));
    const report = (one?.status === 200 ? one : two)?.json as { restored: number; left: number };
    expect(report.restored + report.left).toBe(120);
    const cities = await owner(
      'GET',
      '/api/contacts/aggregate?group=city&measures=count&filter={"name":{"startsWith":"Race"}}',
    );
    const count = (city: string) => (cities.json['data'] as Json[]).find((row) => row['city'] === city)?.['count'] ?? 0;
    expect([count('A'), count('B')]).toEqual([report.restored, report.left]);
    const changes = await firm.app.db.read<{ n: number | string }>(
      sql`select count(*) as n from "_changes" where "door" = 'undo' and "record" = ${ids[119]}`,
    );
    expect(Number(changes[0]?.n)).toBe(1);
  });
});
