import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp } from '../../tests/support/http-app.ts';

/** D-6: an administrator asks why; a person asks about himself; nobody learns of what he may not see. */
describe.each(DIALECTS)('GET /explain on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let clerk: Caller;
  let carl: string;
  let own: string;
  let foreign: string;

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    const olga = await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    carl = await firm.addUser({ email: 'carl@example.com', roles: ['clerk'] });
    owner = await firm.login('olga@example.com');
    clerk = await firm.login('carl@example.com');
    own = String((await owner('POST', '/api/contacts', { name: 'Own', assignee: carl })).json['id']);
    foreign = String((await owner('POST', '/api/contacts', { name: 'Foreign', assignee: olga })).json['id']);
  });
  afterAll(async () => firm?.close());

  const ask = (caller: Caller, query: string) => caller('GET', `/explain?${query}`);

  it('names the deciding rule of a role, in figures and in a sentence', async () => {
    const { status, json } = await ask(owner, `user=${carl}&entity=contact&id=${foreign}`);
    expect(status).toBe(200);
    expect(json).toEqual({
      allowed: false,
      user: { id: carl, name: 'carl' },
      action: 'read',
      entity: 'contact',
      id: foreign,
      row: { allowed: false, limit: null },
      field: null,
      because: [
        {
          role: 'clerk',
          title: 'Clerk',
          file: 'schemas/roles/clerk.json',
          about: 'row',
          action: 'read',
          entry: 'contact',
          rule: 'own',
          matches: false,
        },
      ],
      sentence: 'carl may not see this contact: no role grants it here: Clerk says own, which does not hold.',
    });
    const city = await ask(owner, `user=${carl}&entity=contact&id=${own}&field=city&action=update`);
    expect(city.json).toMatchObject({ allowed: false, row: { allowed: true }, field: { key: 'city', allowed: false } });
    expect(city.json['sentence']).toBe(
      'carl may not change "City" of this contact: no role that grants the record opens the field: Clerk: the role names it read.',
    );
    expect((await ask(owner, `user=${carl}&entity=contact&id=${own}&field=name&action=update`)).json).toMatchObject({
      allowed: true,
      sentence:
        'carl may change "Name" of this contact: Clerk says own, which holds (the role says nothing against it).',
    });
  });

  it('is for oneself, and for others only with the right to look after users', async () => {
    expect((await ask(clerk, `entity=contact&id=${own}`)).json).toMatchObject({ allowed: true, user: { id: carl } });
    expect((await ask(clerk, `user=${carl}&entity=contact`)).json).toMatchObject({ allowed: true });
    const someone = '018f0000-0000-7000-8000-000000000000';
    expect((await ask(clerk, `user=${someone}&entity=contact`)).status).toBe(403);
    expect((await ask(owner, `user=${someone}&entity=contact`)).status).toBe(404);
    expect((await ask(firm.stranger, 'entity=contact')).status).toBe(401);
    const gone = await firm.addUser({ email: 'gone@example.com', roles: ['owner'] });
    await owner('PATCH', `/api/users/${gone}`, { active: false });
    const closed = await ask(owner, `user=${gone}&entity=contact`);
    expect(closed.json).toMatchObject({ allowed: false, because: [] });
    expect(closed.json['sentence']).toBe('gone may not see contacts: the account is not active.');
  });

  it('R-03, R-05: refuses what is unknown, and what is hidden in the same words', async () => {
    const strip = async (query: string) => {
      const { status, json } = await ask(clerk, query);
      return { status, code: json['code'], detail: json['detail'] };
    };
    const unknown = '018f0000-0000-7000-8000-000000000000';
    expect(await strip(`entity=contact&id=${foreign}`)).toEqual(await strip(`entity=contact&id=${unknown}`));
    expect((await strip('entity=contact&field=birthday')).detail).toBe('contact has no field "birthday".');
    expect((await strip('entity=contact&field=birthdax')).detail).toBe('contact has no field "birthdax".');
    expect((await strip('entity=deal')).status).toBe(404);
    for (const query of [
      '',
      'entity=contact&actoin=read',
      'entity=contact&action=look',
      'entity=contact&action=delete&field=name',
    ])
      expect([query, (await strip(query)).status]).toEqual([query, 400]);
    expect((await owner('POST', '/explain?entity=contact', {})).status).toBe(405);
  });
});
