import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp } from '../../tests/support/http-app.ts';

type Json = Readonly<Record<string, unknown>>;

const DESIGNER = { name: 'designer', entities: { product: { read: 'all' } }, operations: ['definitions'] };

describe.each(DIALECTS)('the history of a definition on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let designer: Caller;
  let clerk: Caller;

  beforeAll(async () => {
    firm = await startHttpApp(dialect, { files: { 'schemas/roles/designer.json': DESIGNER } });
    for (const [name, role] of [
      ['olga', 'owner'],
      ['dina', 'designer'],
      ['carl', 'clerk'],
    ] as const)
      await firm.addUser({ email: `${name}@example.com`, roles: [role] });
    [owner, designer, clerk] = [
      await firm.login('olga@example.com'),
      await firm.login('dina@example.com'),
      await firm.login('carl@example.com'),
    ];
  });
  afterAll(async () => firm?.close());

  it('is told to whoever may change definitions, page by page (R-67)', async () => {
    const title = (text: string) => ({ 'x-patch': 'base/view/taskList', title: text });
    await owner('PUT', '/definitions/view/taskList', title('One'));
    await owner('PUT', '/definitions/view/taskList', title('Two'));
    await owner('PUT', '/definitions/view/taskList', { ...title('Three'), titel: 'wrong' });
    await owner('DELETE', '/definitions/view/taskList');
    const at = '/definitions/view/taskList/changes';
    const whole = (await owner('GET', at)).json['data'] as Json[];
    expect(whole.map(({ kind, by }) => [kind, (by as Json)['name']])).toEqual([
      ['definition.removed', 'olga'],
      ['definition.saved', 'olga'],
      ['definition.saved', 'olga'],
    ]);
    expect(whole[1]?.['fields']).toEqual({ document: { before: title('One'), after: title('Two') } });
    const first = await designer('GET', `${at}?limit=2`);
    const second = await designer('GET', `${at}?limit=2&after=${String(first.json['next'])}`);
    expect([...(first.json['data'] as Json[]), ...(second.json['data'] as Json[])]).toEqual(whole);
    expect(second.json['next']).toBeNull();
    expect((await owner('GET', '/definitions/view/contactList/changes')).json).toEqual({ data: [], next: null });
    const statuses = await Promise.all(
      [`${at}?limit=0`, `${at}?after=x`, `${at}?of=x`, '/definitions/view/nothing/changes'].map((path) =>
        owner('GET', path),
      ),
    );
    expect(statuses.map(({ status }) => status)).toEqual([400, 400, 400, 404]);
    expect((await clerk('GET', at)).status).toBe(403);
  });
});
