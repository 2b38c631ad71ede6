import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import { openHost } from './support/host.ts';
import type { Caller, Host } from './support/host.ts';
import { openMailbox } from './support/mailbox.ts';
import type { Mailbox } from './support/mailbox.ts';
import { pdfText } from './support/pdf-text.ts';

type Json = Record<string, unknown>;

/** A firm with one person per role: the walk-through S-01 to S-16, through HTTP, on both databases. */
describe.each(DIALECTS)('the process of the window firm on %s', (dialect) => {
  let host: Host;
  let mailbox: Mailbox;
  let owner: Caller;
  let manager: Caller;
  let head: Caller;
  let measurer: Caller;
  let installer: Caller;
  let other: Caller;
  let dealId = '';
  const users: Record<string, string> = {};

  beforeAll(async () => {
    mailbox = await openMailbox();
    host = await openHost(dialect, {
      smtpUrl: mailbox.url,
      admin: { email: 'kirill@example.com', password: 'a long and honest password' },
    });
    owner = await host.as('kirill@example.com');
    const helen = await makeUser('Helen', ['head']);
    const team = await owner.call<Json>('POST', '/api/teams', { name: 'Sales', head: helen });
    expect(team.status).toBe(201);
    await makeUser('Anna', ['manager'], { teams: [team.body['id']] });
    await makeUser('Jaan', ['specialist', 'measurer'], { teams: [team.body['id']] });
    await makeUser('Toomas', ['specialist', 'installer']);
    await logInAll();
  });

  async function logInAll(): Promise<void> {
    owner = await host.as('kirill@example.com');
    [head, manager, measurer, installer] = (await Promise.all(
      ['helen', 'anna', 'jaan', 'toomas'].map((name) => host.as(`${name}@example.com`)),
    )) as [Caller, Caller, Caller, Caller];
  }

  afterAll(async () => {
    await host.close();
    await mailbox.close();
  });

  async function makeUser(name: string, roles: readonly string[], more: Json = {}): Promise<string> {
    const answer = await owner.call<Json>('POST', '/api/users', {
      name,
      email: `${name.toLowerCase()}@example.com`,
      roles,
      ...more,
    });
    expect(answer.body).toMatchObject({ name, roles });
    users[name] = String(answer.body['id']);
    return users[name];
  }

  const openTasks = (who: Caller) => who.list('/api/tasks?filter={"doneAt":null,"assignee":"$me"}&sort=dueAt');
  const notices = (who: Caller) => who.list('/api/notifications?sort=createdAt');
  const deal = async (who: Caller) => (await who.get<Json>(`/api/deals/${dealId}`)).body;

  test('S-01 to S-03: a request of the site is a deal, a contact and a task of its manager', async () => {
    const answer = await host.nobody.call('POST', '/forms/siteRequest', {
      name: 'Иван Петров',
      phone: '8 (495) 123-45-67',
      email: 'ivan@example.com',
      address: 'Pärnu mnt 5, Tallinn',
      message: 'Kolm akent, õhuline',
      utm_source: 'google',
      utm_medium: 'cpc',
      utm_campaign: 'spring',
      utm_term: 'windows',
      utm_content: 'banner-2',
      referrer: 'https://blog.example/windows',
    });
    expect(answer).toMatchObject({ status: 201, body: { ok: true } });
    expect(answer.headers.get('set-cookie')).toBeNull();
    const [found] = await owner.list('/api/deals?expand=customer');
    dealId = String(found!['id']);
    expect(found).toMatchObject({
      pipeline: 'windows',
      stage: 'first-call',
      source: 'site',
      utmSource: 'google',
      utmMedium: 'cpc',
      utmCampaign: 'spring',
      utmTerm: 'windows',
      utmContent: 'banner-2',
      referrer: 'https://blog.example/windows',
      assignee: users['Anna'],
      customer: {
        name: 'Иван Петров',
        phone: '+74951234567',
        'phone:typed': '8 (495) 123-45-67',
        email: 'ivan@example.com',
      },
    });
    const tasks = await openTasks(manager);
    expect(tasks).toHaveLength(1);
    expect(tasks[0]).toMatchObject({ dueAt: '2026-03-02T08:15:00.000Z', about: { entity: 'deal', id: dealId } });
  });

  test('the same phone in another spelling is the same contact', async () => {
    await host.nobody.call('POST', '/forms/siteRequest', { name: 'Ivan P.', phone: '+7 495 123 45 67' });
    expect(await owner.list('/api/contacts')).toHaveLength(1);
    const [second] = await owner.list('/api/deals?sort=-createdAt&limit=1');
    expect((await owner.call('DELETE', `/api/deals/${String(second!['id'])}`)).status).toBe(204);
  });

  test('wrong input of the form is named by field and writes nothing', async () => {
    const answer = await host.nobody.call<{ errors: Json[] }>('POST', '/forms/siteRequest', {
      name: '',
      phone: 'call me',
    });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error) => error['path']).sort()).toEqual(['/name', '/phone']);
    expect(await owner.list('/api/contacts')).toHaveLength(1);
  });

  test('S-04: sixteen minutes later the head has exactly one notice, after a restart in between too', async () => {
    const late = async () => (await notices(head)).filter((notice) => String(notice['title']).includes('Иван'));
    host.clock.add(14 * 60_000);
    await host.settle();
    expect(await late()).toHaveLength(0);
    await host.restart();
    host.clock.add(2 * 60_000);
    await host.settle();
    expect(await late()).toHaveLength(1);
    await host.restart();
    await host.settle();
    expect(await late()).toHaveLength(1);
    const [task] = await manager.list('/api/tasks?filter={"dueAt":{"lt":{"$now":"0s"}},"doneAt":null}');
    expect(task).toMatchObject({ assignee: users['Anna'] });
  });

  test.each(['4951234567', '+7 495 123', '123-45-67', '8 495 123 45 67', 'петров'])(
    'S-05: the client is found by "%s"',
    async (typed) => {
      const found = await manager.list(`/search?q=${encodeURIComponent(typed)}`);
      expect(found[0]).toMatchObject({ entity: 'contact', title: 'Иван Петров' });
      const list = await manager.list(`/api/contacts?search=${encodeURIComponent(typed)}`);
      expect(list.map((contact) => contact['name'])).toEqual(['Иван Петров']);
    },
  );

  test('S-06: what was said stands on the deal', async () => {
    const call = {
      kind: 'call',
      subject: 'First talk',
      outcome: 'Wants three windows',
      nextStep: 'Measure on Thursday',
      about: { entity: 'deal', id: dealId },
    };
    const answer = await manager.call<Json>('POST', '/api/activities', call);
    expect(answer).toMatchObject({ status: 201, body: { assignee: users['Anna'] } });
    const timeline = await manager.list(`/api/deals/${dealId}/changes?timeline=true`);
    expect(timeline.find((change) => change['record'] === answer.body['id'])).toMatchObject({
      entity: 'activity',
      kind: 'created',
      by: { name: 'Anna' },
    });
  });

  test('S-07: without a date the move is refused by every door, with it the measurer has his task', async () => {
    const refused = await manager.call<{ errors: Json[] }>('POST', `/api/deals/${dealId}/move`, { to: 'measurement' });
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toMatchObject([{ path: '/measurementAt', code: 'gate' }]);
    const estonian = await manager.call<{ errors: Json[] }>(
      'POST',
      `/api/deals/${dealId}/move`,
      { to: 'measurement' },
      { 'accept-language': 'et' },
    );
    expect(estonian.body.errors).toMatchObject([{ message: 'Täida enne väli „Mõõtmise aeg“.' }]);
    const patched = await manager.call<{ errors: Json[] }>('PATCH', `/api/deals/${dealId}`, { stage: 'measurement' });
    expect(patched.body.errors).toEqual(refused.body.errors);
    expect(await deal(manager)).toMatchObject({ stage: 'first-call' });
    const skipped = await manager.call<{ errors: Json[] }>('POST', `/api/deals/${dealId}/move`, { to: 'installation' });
    expect(skipped.body.errors).toMatchObject([{ path: '/stage', code: 'transition' }]);

    const moved = await manager.call('POST', `/api/deals/${dealId}/move`, {
      to: 'measurement',
      set: { measurementAt: '2026-03-05T14:00:00+02:00' },
      note: 'Thursday suits',
    });
    expect(moved).toMatchObject({
      status: 200,
      body: { stage: 'measurement', measurementAt: '2026-03-05T12:00:00.000Z' },
    });
    await host.settle();
    const [visit] = await openTasks(measurer);
    expect(visit).toMatchObject({ dueAt: '2026-03-05T12:00:00.000Z', about: { entity: 'deal', id: dealId } });
    expect(await openTasks(manager)).toHaveLength(0);
  });

  test('S-08: the measurer attaches a file and enters windows', async () => {
    const form = new FormData();
    form.append('file', new Blob(['W1 1200x1400\nW2 900x1200\n'], { type: 'text/plain' }), 'sizes.txt');
    const upload = await fetch(`${host.base}/files`, {
      method: 'POST',
      body: form,
      headers: { cookie: measurer.cookie },
    });
    expect(upload.status).toBe(201);
    const file = (await upload.json()) as Json;
    const document = await measurer.call<Json>('POST', '/api/documents', {
      title: 'Sizes',
      file: file['id'],
      about: { entity: 'deal', id: dealId },
    });
    expect(document).toMatchObject({ status: 201, body: { file: { name: 'sizes.txt', size: 25 } } });
    const bytes = await fetch(`${host.base}/files/${String(file['id'])}`, { headers: { cookie: measurer.cookie } });
    expect(await bytes.text()).toBe('W1 1200x1400\nW2 900x1200\n');

    host.clock.set('2026-03-05T15:00:00+02:00');
    const early = await measurer.call<{ errors: Json[] }>('POST', `/api/deals/${dealId}/move`, { to: 'agreement' });
    expect(early.body.errors).toMatchObject([{ path: '/lines', code: 'gate' }]);
    const wrong = await measurer.call<{ errors: Json[] }>('POST', '/api/deal-lines', {
      deal: dealId,
      title: 'W1',
      width: -5,
      height: 'tall',
    });
    expect(wrong.status).toBe(422);
    expect(wrong.body.errors.map((error) => error['path']).sort()).toEqual(['/height', '/width']);
    for (const [title, width, height] of [
      ['W1', 1200, 1400],
      ['W2', 900, 1200],
    ] as const) {
      const line = await measurer.call('POST', '/api/deal-lines', { deal: dealId, title, width, height });
      expect(line).toMatchObject({ status: 201 });
    }
  });

  test('S-09, S-10: the measurer moves on, the manager has two hours; a corrected line changes the sum at once', async () => {
    const moved = await measurer.call('POST', `/api/deals/${dealId}/move`, { to: 'agreement' });
    expect(moved).toMatchObject({ status: 200, body: { stage: 'agreement' } });
    await host.settle();
    const [task] = await openTasks(manager);
    expect(task).toMatchObject({ dueAt: '2026-03-05T15:00:00.000Z', about: { entity: 'deal', id: dealId } });
    const lines = await manager.list(`/api/deal-lines?filter={"deal":"${dealId}"}&sort=title`);
    const sum = lines.reduce((total, line) => total + Number(line['amount']), 0);
    expect(sum).toBeGreaterThan(0);
    expect(Number((await deal(manager))['total'])).toBeCloseTo(sum, 2);
    await manager.call('PATCH', `/api/deal-lines/${String(lines[0]!['id'])}`, { price: '250.00' });
    const changed = Number(lines[1]!['amount']) + 250;
    expect(Number((await deal(manager))['total'])).toBeCloseTo(changed, 2);
  });

  test("S-11, S-12: an offer in the client's language is printed, numbered, attached and mailed", async () => {
    await manager.call('PATCH', `/api/contacts/${String((await owner.list('/api/contacts'))[0]!['id'])}`, {
      language: 'ru',
    });
    const moved = await manager.call('POST', `/api/deals/${dealId}/move`, { to: 'payment' });
    expect(moved).toMatchObject({ status: 200, body: { stage: 'payment' } });
    await host.settle();
    const [offer] = await manager.list(`/api/documents?filter={"template":"offer"}`);
    expect(offer).toMatchObject({
      number: 'OFF-2026-0001',
      language: 'ru',
      about: { entity: 'deal', id: dealId },
      file: { type: 'application/pdf' },
    });
    const file = await fetch(`${host.base}/files/${String((offer!['file'] as Json)['id'])}`, {
      headers: { cookie: manager.cookie },
    });
    const text = pdfText(new Uint8Array(await file.arrayBuffer()));
    expect(text).toContain('OFF-2026-0001');
    expect(text).toMatch(/Иван Петров/);
    expect(mailbox.letters).toHaveLength(1);
    expect(mailbox.letters[0]!.to).toEqual(['ivan@example.com']);
    expect(mailbox.letters[0]!.source).toContain('application/pdf');
    const kinds = (await manager.list(`/api/deals/${dealId}/changes?timeline=true`)).map((change) => change['kind']);
    expect(kinds).toContain('document.generated');
    expect(kinds).toContain('mail.sent');
  });

  test('S-12, S-13: a payment moves the deal on and the installer is told at once with the date', async () => {
    const payment = await manager.call('POST', '/api/payments', {
      about: { entity: 'deal', id: dealId },
      amount: '300.00',
    });
    expect(payment).toMatchObject({ status: 201, body: { amount: '300.00', paidOn: '2026-03-05' } });
    await host.settle();
    expect(await deal(manager)).toMatchObject({ stage: 'installation', paid: '300.00', installationOn: '2026-03-19' });
    expect(await openTasks(installer)).toHaveLength(1);
    expect((await notices(installer)).length).toBeGreaterThan(0);
  });

  test('S-14: paid a month ago and still not installed surfaces by itself, once', async () => {
    const about = async () =>
      (await notices(head)).filter((notice) => (notice['about'] as Json | null)?.['id'] === dealId).length;
    host.clock.set('2026-04-03T09:00:00+03:00');
    await host.settle();
    // Nobody worked for a month: every session has ended.
    await logInAll();
    const before = await about();
    host.clock.set('2026-04-05T09:00:00+03:00');
    await host.settle();
    expect(await about()).toBe(before + 1);
    await host.settle();
    expect(await about()).toBe(before + 1);
  });

  test('S-15, S-16: the owner reads his figures and every number opens its records', async () => {
    expect(await installer.call('POST', `/api/deals/${dealId}/move`, { to: 'won' })).toMatchObject({ status: 200 });
    await host.settle();
    const report = (
      await owner.get<{ rows: { values: Json; drill: Record<string, { entity: string; filter: unknown }> }[] }>(
        '/reports/conversionBySource',
      )
    ).body;
    const row = report.rows.find(({ values }) => values['source'] === 'site')!;
    expect(row.values).toMatchObject({ created: 1, won: 1, conversion: 1 });
    const { filter } = row.drill['won']!;
    const records = await owner.list(`/api/deals?filter=${encodeURIComponent(JSON.stringify(filter))}`);
    expect(records.map((record) => record['id'])).toEqual([dealId]);
    const calls = (await owner.get<{ totals: Json }>('/reports/callsPerManager')).body;
    expect(Object.values(calls.totals)).toContain(1);
  });

  test('S-97, S-98: another manager learns nothing of the deal by any door', async () => {
    await makeUser('Mark', ['manager']);
    other = await host.as('mark@example.com');
    const doors = [
      '/api/deals',
      '/api/deals?count=exact',
      '/api/deals/aggregate?group=source&measures=count,sum(total)',
      '/search?q=Site',
      '/api/deal-lines',
      '/api/payments',
      '/api/documents',
      '/api/activities',
      '/reports/conversionBySource',
    ];
    for (const door of doors) {
      const answer = await other.get(door);
      expect(JSON.stringify(answer.body), door).not.toContain(dealId);
      expect(JSON.stringify(answer.body), door).not.toContain('OFF-2026');
    }
    const unknown = '01890000-0000-7000-8000-000000000000';
    for (const path of ['', '/changes']) {
      const [foreign, random] = await Promise.all([
        other.get(`/api/deals/${dealId}${path}`),
        other.get(`/api/deals/${unknown}${path}`),
      ]);
      expect(foreign.status).toBe(404);
      expect({ ...foreign.body, requestId: '' }).toEqual({ ...random.body, requestId: '' });
    }
  });

  test('every step stands in the history with who, when and why', async () => {
    const history = await owner.list(`/api/deals/${dealId}/changes?limit=200`);
    const moves = history.filter((change) => change['kind'] === 'moved').reverse();
    expect(moves.map((move) => (move['fields'] as Record<string, Json>)['stage']!['after'])).toEqual([
      'measurement',
      'agreement',
      'payment',
      'installation',
      'won',
    ]);
    expect(moves[0]).toMatchObject({ note: 'Thursday suits', by: { name: 'Anna' }, door: 'api' });
    expect(moves[3]).toMatchObject({ door: 'automation', cause: { rule: 'paymentReceived' } });
    expect(history.at(-1)).toMatchObject({ kind: 'created', door: 'form' });
  });

  test('the README names the two commands', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    expect(readme).toContain('npm install && npm start');
    expect(readme).toContain('npm install && npm test');
  });
});
