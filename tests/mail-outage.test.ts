import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp } from './support/http-app.ts';
import { OFFER } from './support/mail-firm.ts';
import { openMailbox } from './support/mailbox.ts';
import type { Mailbox } from './support/mailbox.ts';

type Row = Readonly<Record<string, unknown>>;

const MINUTE = 60_000;
const LETTERS = 20;

describe.each(DIALECTS)('a mail server that is down for an hour on %s (R-54, R-47)', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let smtp: Mailbox;

  beforeAll(async () => {
    smtp = await openMailbox();
    firm = await startHttpApp(dialect, {
      workers: false,
      smtpUrl: smtp.url,
      files: { 'schemas/automations/offer.json': OFFER },
    });
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    owner = await firm.login('olga@example.com');
  });
  afterAll(async () => {
    await firm?.close();
    await smtp?.close();
  });

  it('nothing is lost, nothing sent twice, nothing marked as sent that was not', async () => {
    const port = Number(new URL(smtp.url).port);
    const list = async (plural: string, query = '') =>
      (await owner('GET', `/api/${plural}?limit=100${query}`)).json['data'] as Row[];
    const sent = () => list('activities', '&filter={"kind":"mail"}');
    const passes = async (minutes: number) => {
      for (let minute = 0; minute < minutes; minute += 1) {
        firm.pass(MINUTE);
        await firm.app.jobs.drain();
      }
    };
    const [before] = [smtp];
    await smtp.close();
    for (let index = 0; index < LETTERS; index += 1) {
      const email = `client${index}@example.com`;
      const { json } = await owner('POST', '/api/contacts', { name: email, email });
      await owner('POST', '/api/deals', { title: email, customer: json['id'], source: 'walk-in' });
    }
    await firm.app.jobs.drain();
    await passes(60);
    expect([before.letters.length, (await sent()).length]).toEqual([0, 0]);
    const mail = async () =>
      ((await owner('GET', '/channels')).json['data'] as Row[]).find(({ name }) => name === 'mail');
    expect(await mail()).toMatchObject({
      state: 'failing',
      detail: expect.stringContaining('cannot be reached') as string,
    });
    expect(await firm.app.jobs.listJobs({ state: 'dead' })).toEqual([]);

    smtp = await openMailbox(port);
    await passes(65);
    const receivers = smtp.letters.map(({ to }) => to[0]).sort();
    const wanted = Array.from({ length: LETTERS }, (_, index) => `client${index}@example.com`).sort();
    expect(receivers).toEqual(wanted);
    const marked = await sent();
    expect(marked.map(({ counterpart }) => counterpart).sort()).toEqual(wanted);
    expect(new Set(marked.map(({ state }) => state))).toEqual(new Set(['sent']));
    expect(await mail()).toMatchObject({ state: 'working' });
    await passes(120);
    expect(smtp.letters).toHaveLength(LETTERS);
  });
});
