import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { PASSWORD, startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp } from '../../tests/support/http-app.ts';
import { openMailbox } from '../../tests/support/mailbox.ts';
import type { Mailbox } from '../../tests/support/mailbox.ts';
import { pdfText } from '../../tests/support/pdf-text.ts';

const DAY = 86_400_000;
const FORMULA = '=HYPERLINK("http://evil.example","x")';

describe.each(DIALECTS)('reports by HTTP on %s', (dialect) => {
  let firm: HttpTestApp;
  let mailbox: Mailbox;
  let olga: Caller;
  let anna: Caller;
  let annaId: string;

  beforeAll(async () => {
    mailbox = await openMailbox();
    firm = await startHttpApp(dialect, { workers: false, smtpUrl: mailbox.url });
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'], rest: { language: 'et' } });
    annaId = await firm.addUser({ email: 'anna@example.com', roles: ['manager'] });
    olga = await firm.login('olga@example.com');
    anna = await firm.login('anna@example.com');
    const { json: contact } = await olga('POST', '/api/contacts', { name: 'Uma' });
    for (const [title, assignee, source] of [
      [FORMULA, annaId, 'site'],
      ['Two', annaId, 'site'],
      ['Three', null, null],
    ]) {
      const deal = await olga('POST', '/api/deals', { title, customer: contact['id'], assignee, source });
      await olga('POST', '/api/activities', {
        kind: 'call',
        subject: title,
        assignee,
        competitor: FORMULA,
        outcome: 'Yes',
        about: { entity: 'deal', id: deal.json['id'] },
      });
    }
  }, 60_000);
  afterAll(async () => {
    await firm?.close();
    await mailbox?.close();
  });

  describe('parameters', () => {
    it('are told by the model, in the language of the reader', async () => {
      const reports = (await olga('GET', '/model')).json['reports'] as Record<string, unknown>[];
      const own = reports.find(({ name }) => name === 'clientsWithoutContact');
      expect(own?.['parameters']).toMatchObject([
        { key: 'silence', title: 'Kontaktita vähemalt', type: 'duration', default: '30d', field: null },
        { key: 'owner', field: 'assignee', type: null },
        { key: 'team', title: 'Meeskond', field: 'assignee.teams' },
      ]);
    });

    it('are given in the query, and what is none is refused', async () => {
      const of = async (query: string) => (await olga('GET', `/reports/salesByManager?${query}`)).json['totals'];
      expect(await of('')).toMatchObject({ created: 3 });
      expect(await of(`owner=${annaId}`)).toMatchObject({ created: 2 });
      expect(await of('period=lastYear')).toMatchObject({ created: 0 });
      for (const wrong of [
        'ownr=x',
        'owner=nobody',
        'period=soon',
        'from=x',
        'template=none',
        'format=csv',
        'measure=won',
      ]) {
        const { status } = await olga('GET', `/reports/salesByManager?${wrong}`);
        expect([wrong, [400, 404].includes(status)]).toEqual([wrong, true]);
      }
      const wrong = await olga('GET', '/reports/clientsWithoutContact?silence=-3d');
      expect(wrong.json['detail']).toContain('The parameter "silence"');
    });
  });

  it('the records behind a figure are listed page by page', async () => {
    const row = encodeURIComponent(JSON.stringify({ source: 'site' }));
    const page = await olga('GET', `/reports/conversionBySource/records?measure=created&row=${row}&limit=1`);
    expect(page.json).toMatchObject({ entity: 'deal', total: 2, data: [{ title: 'Two' }] });
    const next = encodeURIComponent(String(page.json['next']));
    const rest = await olga(
      'GET',
      `/reports/conversionBySource/records?measure=created&row=${row}&limit=1&after=${next}`,
    );
    expect(rest.json).toMatchObject({ total: 2, data: [{ title: FORMULA }], next: null });
    expect((await olga('GET', '/reports/conversionBySource/records?measure=none')).status).toBe(400);
    expect((await olga('GET', '/reports/conversionBySource/records')).status).toBe(400);
    const mine = await anna('GET', '/reports/conversionBySource/records?measure=created');
    expect(mine.json['total']).toBe(2);
  });

  describe('files', () => {
    it('as CSV, where nothing is a formula (R-30)', async () => {
      const { text, headers } = await olga('GET', '/reports/marketIntelligence/export');
      expect(headers.get('content-disposition')).toBe('attachment; filename="marketIntelligence.csv"');
      expect(text.split('\r\n')).toEqual([
        'Konkurent,Mainimisi',
        `"'${FORMULA.replaceAll('"', '""')}",3`,
        'Kokku,3',
        '',
      ]);
      const details = await olga('GET', '/reports/marketIntelligence/export?part=details');
      expect(details.text).toContain(`"'${FORMULA.replaceAll('"', '""')}"`);
      expect(details.text.split('\r\n')).toHaveLength(5);
    });

    it('as XLSX', async () => {
      const { status, headers } = await olga('GET', '/reports/salesByManager/export?format=xlsx');
      expect([status, headers.get('content-type')]).toEqual([
        200,
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      ]);
    });

    it('as PDF under the letterhead, in the language of the reader', async () => {
      const text = pdfText(await download(firm, 'anna@example.com', '/reports/managerActivity/export?format=pdf'));
      for (const word of ['My company', 'Manager activity', 'Something agreed', 'anna']) expect(text).toContain(word);
      expect(text).toContain('HYPERLINK');
    }, 60_000);

    it('leave only with the right, and stand in the ledger (R-67)', async () => {
      expect((await anna('GET', '/reports/salesByManager/export?format=xlsx')).status).toBe(403);
      expect((await olga('GET', '/reports/salesByManager/export?part=details')).status).toBe(400);
      const { json } = await olga('GET', `/api/users/${await meOf(olga)}/changes?limit=5`);
      const kinds = (json['data'] as { kind: string; fields: Record<string, { after: unknown }> }[]).filter(
        ({ kind }) => kind === 'report.exported',
      );
      expect(kinds[0]?.fields).toMatchObject({ report: { after: 'salesByManager' }, format: { after: 'xlsx' } });
    });
  });

  describe('templates', () => {
    const body = (rest: object = {}) => ({
      title: 'Mine',
      request: { period: 'thisMonth', parameters: { owner: '$me' } },
      ...rest,
    });

    it('keep what is asked, for oneself or for all', async () => {
      const made = await anna('POST', '/reports/salesByManager/templates', body());
      expect([made.status, made.json]).toMatchObject([
        201,
        { title: 'Mine', isMine: true, isShared: false, version: 1 },
      ]);
      const id = String(made.json['id']);
      expect((await anna('GET', `/reports/salesByManager?template=${id}`)).json['totals']).toMatchObject({
        created: 2,
      });
      // What is given goes before what is kept.
      const last = await anna('GET', `/reports/salesByManager?template=${id}&period=lastMonth`);
      expect(last.json['totals']).toMatchObject({ created: 0 });
      // Others neither see nor run it.
      expect((await olga('GET', '/reports/salesByManager/templates')).json).toEqual({ data: [] });
      expect((await olga('GET', `/reports/salesByManager/templates/${id}`)).status).toBe(404);
      expect((await olga('GET', `/reports/salesByManager?template=${id}`)).status).toBe(404);
      expect((await anna('GET', `/reports/dealsWon/templates/${id}`)).status).toBe(404);
      const shared = await anna('PUT', `/reports/salesByManager/templates/${id}`, body({ isShared: true }), {
        'If-Match': '"1"',
      });
      expect([shared.status, shared.json['version']]).toEqual([200, 2]);
      expect((await anna('PUT', `/reports/salesByManager/templates/${id}`, body(), { 'If-Match': '"1"' })).status).toBe(
        412,
      );
      const seen = await olga('GET', `/reports/salesByManager/templates/${id}`);
      expect(seen.json).toMatchObject({ isMine: false, owner: 'anna', schedule: null });
      // `$me` is whoever runs it.
      expect((await olga('GET', `/reports/salesByManager?template=${id}`)).json['totals']).toMatchObject({
        created: 0,
      });
      expect((await olga('PUT', `/reports/salesByManager/templates/${id}`, body())).status).toBe(403);
      expect((await olga('DELETE', `/reports/salesByManager/templates/${id}`)).status).toBe(403);
      expect((await anna('DELETE', `/reports/salesByManager/templates/${id}`)).status).toBe(204);
      expect((await anna('DELETE', `/reports/salesByManager/templates/${id}`)).status).toBe(404);
    });

    it('are checked when they are kept', async () => {
      const status = async (rest: object) =>
        (await anna('POST', '/reports/salesByManager/templates', body(rest))).status;
      expect(await status({ request: { period: 'soon' } })).toBe(400);
      expect(await status({ request: { parameters: { nobody: 'x' } } })).toBe(400);
      expect(await status({ request: { group: 'secret' } })).toBe(400);
      expect(await status({ other: 1 })).toBe(400);
      expect(await status({ title: '' })).toBe(422);
      expect(await status({ schedule: { every: 'hour', at: '8', format: 'doc' } })).toBe(422);
      expect(await status({ schedule: { every: 'month', at: '08:00', day: 31, format: 'pdf' } })).toBe(422);
    });
  });

  describe('by mail', () => {
    const schedule = { every: 'day', at: '08:30', format: 'csv' };
    const path = '/reports/callsPerManager/templates';
    const drain = async (ms: number) => {
      firm.pass(ms);
      await firm.app.jobs.drain();
    };

    it('a report is sent at its time in the zone of the organisation, once, over the change of clocks, with the rights of then', async () => {
      const made = await olga('POST', path, { title: 'Morning', request: { period: 'thisYear' }, schedule });
      expect(made.json['nextAt']).toBe('2026-03-17T06:30:00.000Z');
      const id = String(made.json['id']);
      await drain(12 * 3_600_000);
      expect(mailbox.letters).toHaveLength(0);
      // A change of something else keeps the time, and it is still one letter.
      const again = await olga('PUT', `${path}/${id}`, {
        title: 'Every morning',
        request: { period: 'thisYear' },
        schedule,
      });
      expect(again.json['nextAt']).toBe('2026-03-17T06:30:00.000Z');
      await drain(12 * 3_600_000);
      expect(mailbox.letters).toHaveLength(1);
      expect(mailbox.letters[0]).toMatchObject({ to: ['olga@example.com'] });
      const source = mailbox.letters[0]!.source;
      expect(source).toContain('callsPerManager.csv');
      expect(source).toMatch(/Subject: .*Every_mornin/);
      const attached =
        /filename=callsPerManager\.csv\r?\n(?:.+\r?\n)*\r?\n([A-Za-z0-9+/=\r\n]+)/.exec(source)?.[1] ?? '';
      expect(Buffer.from(attached, 'base64').toString()).toContain('Kokku,3');
      // The server stood still for a week: it comes late, once.
      await drain(7 * DAY);
      expect(mailbox.letters).toHaveLength(2);
      // Summer time began on the 29th.
      await drain(6 * DAY);
      olga = await firm.login('olga@example.com');
      const { json } = await olga('GET', `${path}/${id}`);
      expect(json['nextAt']).toBe('2026-03-31T05:30:00.000Z');
      expect((await olga('PUT', `${path}/${id}`, { title: 'Morning' })).json).toMatchObject({
        schedule: null,
        nextAt: null,
      });
      const before = mailbox.letters.length;
      await drain(3 * DAY);
      expect(mailbox.letters).toHaveLength(before);
    }, 60_000);

    it('one whose owner lost the right, or his access, is stopped and says why', async () => {
      olga = await firm.login('olga@example.com');
      anna = await firm.login('anna@example.com');
      const refused = await anna('POST', path, { title: 'Daily', schedule });
      expect(refused.status).toBe(201);
      const before = mailbox.letters.length;
      await drain(DAY);
      // CSV needs the right to export.
      expect(mailbox.letters).toHaveLength(before);
      const first = await anna('GET', `${path}/${String(refused.json['id'])}`);
      expect(first.json).toMatchObject({ nextAt: null, stopped: expect.stringContaining('export') as string });
      const made = await anna('POST', path, { title: 'Paper', schedule: { ...schedule, format: 'pdf' } });
      await olga('PATCH', `/api/users/${annaId}`, { active: false });
      await drain(2 * DAY);
      expect(mailbox.letters).toHaveLength(before);
      const dead = (await olga('GET', '/jobs?state=dead')).json['data'] as object[];
      expect(dead).toEqual([]);
      await olga('PATCH', `/api/users/${annaId}`, { active: true });
      anna = await firm.login('anna@example.com');
      const second = await anna('GET', `${path}/${String(made.json['id'])}`);
      expect(second.json).toMatchObject({ nextAt: null, stopped: expect.stringContaining('not active') as string });
    }, 60_000);

    it('an API key sets none up: it has fewer rights than its maker', async () => {
      const { json } = await olga('POST', '/auth/keys', { name: 'k', roles: ['readOnly'], expiresAt: null });
      const headers = { Authorization: `Bearer ${String(json['key'])}` };
      const reply = await firm.stranger('POST', path, { title: 'X', schedule }, headers);
      expect(reply.status).toBe(403);
      expect((await firm.stranger('POST', path, { title: 'X' }, headers)).status).toBe(201);
    });
  });
});

async function meOf(caller: Caller): Promise<string> {
  const { json } = await caller('GET', '/auth/me');
  return (json['user'] as { id: string }).id;
}

/** The bytes of a file; a caller reads texts only. */
async function download({ url }: HttpTestApp, email: string, path: string): Promise<Buffer> {
  const login = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  const file = await fetch(url + path, { headers: { Cookie: cookie } });
  return Buffer.from(await file.arrayBuffer());
}
