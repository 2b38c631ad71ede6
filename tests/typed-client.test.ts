import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import { startHttpApp } from './support/http-app.ts';
import type { HttpTestApp } from './support/http-app.ts';
import { ApiError, connect } from './generated/index.js';

/** The client that `casement types` writes, against a running server: what a program of an integrator does. */
describe.each(DIALECTS)('the typed client on %s', (dialect) => {
  let app: HttpTestApp;
  let crm: ReturnType<typeof connect>;

  beforeAll(async () => {
    app = await startHttpApp(dialect);
    await app.addUser({ email: 'owner@example.com', roles: ['owner'] });
    const owner = await app.login('owner@example.com');
    const expiresAt = new Date(Date.UTC(2027, 0, 1)).toISOString();
    const { json } = await owner('POST', '/auth/keys', { name: 'program', roles: ['owner'], expiresAt });
    crm = connect({ url: app.url, key: String(json['key']) });
  });
  afterAll(() => app.close());

  test('makes, reads, changes, moves, deletes and restores', async () => {
    const { id: customer } = await crm.contact.create({ name: 'Anna Tamm', phone: '+372 5123 4567' });
    const deal = await crm.deal.create({
      title: 'Balcony',
      customer,
      lines: [{ title: 'Door', quantity: '2', price: '150' }],
    });
    const shown = await crm.deal.get(deal.id, { expand: ['customer', 'lines'], fields: ['title', 'total'] });
    expect([shown.title, shown.total, shown.customer?.['phone:typed'], shown.lines.length]).toEqual([
      'Balcony',
      '300.00',
      '+372 5123 4567',
      1,
    ]);
    const changed = await crm.deal.update(deal.id, { expectedOn: '2026-04-01' }, { version: deal.version });
    expect([changed.version, changed.expectedOn]).toEqual([deal.version + 1, '2026-04-01']);
    const stale = crm.deal.update(deal.id, { title: 'x' }, { version: deal.version });
    await expect(stale).rejects.toMatchObject({ status: 412, code: 'CONFLICT' });
    await crm.deal.delete(deal.id);
    await expect(crm.deal.get(deal.id)).rejects.toBeInstanceOf(ApiError);
    expect((await crm.deal.restore(deal.id)).title).toBe('Balcony');
  });

  test('lists, pages and counts', async () => {
    await crm.company.createMany(
      Array.from({ length: 25 }, (_, i) => ({ name: `Firm ${i}`, city: i < 5 ? 'Riga' : 'Tartu' })),
    );
    const page = await crm.company.list({
      filter: { city: 'Riga', name: { startsWith: 'firm' } },
      sort: ['-name'],
      count: 'exact',
    });
    expect([page.total, page.data[0]?.name]).toEqual([5, 'Firm 4']);
    const names: string[] = [];
    for await (const { name } of crm.company.each({ limit: 10, fields: ['name'] })) names.push(name);
    expect(names).toHaveLength(25);
    const groups = await crm.company.aggregate({ group: ['city'], measures: ['count'] });
    expect(groups).toEqual([
      { city: 'Riga', count: 5 },
      { city: 'Tartu', count: 20 },
    ]);
  });

  test('an error names its places', async () => {
    const refused: unknown = await crm.contact
      .create({ name: 'x', email: 'no address' })
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ status: 422, code: 'VALIDATION', errors: [{ path: '/email' }] });
  });
});
