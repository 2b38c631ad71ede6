import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../core/storage/sql.ts';
import { DIALECTS } from './support/databases.ts';
import { letter, openMailFirm } from './support/mail-firm.ts';
import type { MailFirm, Row } from './support/mail-firm.ts';

describe.each(DIALECTS)('machines, files and hostile letters on %s', (dialect) => {
  let office: MailFirm;

  beforeAll(async () => {
    office = await openMailFirm(dialect);
  });
  afterAll(async () => office?.close());

  it('machines get no answer and make no lead (R-53)', async () => {
    const { smtp, list, takes, lastActivity, offerSent } = office;
    const { deal, header } = await offerSent('away@client.example');
    const contacts = (await list('contacts')).length;
    const told = (await list('notifications')).length;
    const machines: readonly Readonly<Record<string, string>>[] = [
      { 'Auto-Submitted': 'auto-replied' },
      { Precedence: 'bulk' },
      { 'List-Id': '<news.example>' },
      { 'X-Autoreply': 'yes' },
      { 'Return-Path': '<>' },
      { From: 'noreply@shop.example' },
      { From: 'MAILER-DAEMON@mx.example' },
    ];
    const letters = machines.map((marks, index) =>
      letter({
        From: `m${index}@machine.example`,
        Subject: `Machine ${index}`,
        'Message-ID': `<m${index}@m>`,
        ...marks,
      }),
    );
    expect(new Set(await takes(...letters))).toEqual(new Set(['ignored']));
    expect(
      await takes(
        letter({
          From: 'away@client.example',
          Subject: 'Away',
          'In-Reply-To': header('Message-ID'),
          'Auto-Submitted': 'auto-replied',
          'Message-ID': '<11@c>',
        }),
      ),
    ).toEqual(['reply']);
    expect(await lastActivity()).toMatchObject({ about: { entity: 'deal', id: deal }, automatic: true });
    expect(await list('contacts')).toHaveLength(contacts);
    expect(await list('notifications')).toHaveLength(told);
    expect(smtp.letters.at(-1)?.source).toMatch(/^Auto-Submitted: auto-generated\r?$/m);
  });

  it('our own letters, our own people and an address that writes without end set nothing off (R-53)', async () => {
    const { owner, list, takes, offerSent } = office;
    const { source } = await offerSent('copy@client.example');
    const colleague = letter({ From: 'SAM@firm.example', Subject: 'lunch?', 'Message-ID': '<12@c>' });
    expect(
      await takes(source, letter({ From: 'office@firm.example', Subject: 'me', 'Message-ID': '<13@c>' }), colleague),
    ).toEqual(['own', 'own', 'ignored']);
    const flood = Array.from({ length: 25 }, (_, index) =>
      letter({ From: 'robot@client.example', Subject: `No ${index}`, 'Message-ID': `<flood${index}@c>` }),
    );
    await takes(...flood);
    const activities = await list('activities', '&filter={"counterpart":"robot@client.example"}');
    expect(activities).toHaveLength(25);
    const events = await Promise.all(activities.map(({ id }) => owner('GET', `/api/activities/${String(id)}/changes`)));
    expect(events.filter(({ text }) => text.includes('mail.received'))).toHaveLength(20);
  });

  it('a report that a letter did not arrive marks the letter it names, and nothing else', async () => {
    const { takes, lastActivity, offerSent } = office;
    const { header } = await offerSent('gone@client.example');
    const report = (id: string, action = 'failed', status = '5.1.1') =>
      letter(
        {
          From: 'MAILER-DAEMON@mx.example',
          Subject: 'Undelivered',
          'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b',
          'Message-ID': `<${id.length}.${action}.${status}@mx>`,
        },
        `--b\nContent-Type: text/plain\n\nSorry\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; gone@client.example\nAction: ${action}\nStatus: ${status}\nDiagnostic-Code: smtp; 550 no such user\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: ${id}\n--b--`,
      );
    const sent = await lastActivity();
    expect(await takes(report('<nobody@knows>'), report(header('Message-ID'), 'delayed', '4.4.1'))).toEqual([
      'ignored',
      'ignored',
    ]);
    expect(await lastActivity()).toMatchObject({ id: sent['id'], state: 'sent' });
    expect(await takes(report(header('Message-ID')))).toEqual(['bounce']);
    expect(await lastActivity()).toMatchObject({
      id: sent['id'],
      state: 'bounced',
      outcome: 'gone@client.example: 5.1.1 550 no such user',
    });
  });

  it('a sender our mail server calls forged is shown as such, and no rule follows; the word of others does not count', async () => {
    const { list, takes, lastActivity, offerSent } = office;
    const told = (await list('notifications')).length;
    await offerSent('boss@client.example');
    const forged = (server: string, id: string) =>
      letter({
        'Authentication-Results': `${server}; spf=fail; dmarc=fail (p=none)`,
        From: 'boss@client.example',
        Subject: 'Pay this',
        'Message-ID': id,
      });
    await takes(forged('mx.firm.example', '<14@c>'));
    expect((await lastActivity())['body']).toContain('the address of the sender is forged');
    expect(await list('notifications')).toHaveLength(told);
    await takes(forged('mx.evil.example', '<15@c>'));
    expect((await lastActivity())['body']).toBe('Hello');
  });

  it('attachments become documents of the card, by the rules of uploads; the refused are named (R-32)', async () => {
    const { firm, owner, list, takes, lastActivity, offerSent } = office;
    const { deal } = await offerSent('files@client.example');
    const part = (name: string, type: string, content: string) =>
      `--b\nContent-Type: ${type}; name="${name}"\nContent-Disposition: attachment; filename="${name}"\nContent-Transfer-Encoding: base64\n\n${Buffer.from(content).toString('base64')}\n`;
    const body =
      '--b\nContent-Type: text/plain\n\nSee the plan\n' +
      part('../../plan.pdf', 'application/pdf', '%PDF-1.7 plan') +
      part('virus.exe', 'application/octet-stream', 'MZ') +
      part('fake.png', 'image/png', '<svg onload=alert(1)>') +
      '--b--';
    await takes(
      letter(
        {
          From: 'files@client.example',
          Subject: 'Plan',
          'Content-Type': 'multipart/mixed; boundary=b',
          'Message-ID': '<16@c>',
        },
        body,
      ),
    );
    const activity = await lastActivity();
    expect(activity['body']).toContain('See the plan');
    expect(activity['body']).toContain('virus.exe');
    const documents = await list('documents');
    expect(documents).toHaveLength(1);
    expect(documents[0]).toMatchObject({ about: { entity: 'deal', id: deal }, activity: activity['id'] });
    const file = (documents[0]?.['file'] as Row) ?? {};
    expect(file['name']).not.toMatch(/[/\\]/);
    const download = await owner('GET', `/files/${String(file['id'])}`);
    expect([download.status, download.text]).toEqual([200, '%PDF-1.7 plan']);
    const unclaimed = await firm.app.db.read<{ count: number }>(
      sql`select count(*) as "count" from "_files" where "entity" is null`,
    );
    expect(Number(unclaimed[0]?.count)).toBe(0);
  });

  it('hostile letters: scripts, broken charsets, nesting, forged headers, far too large (R-28, R-31)', async () => {
    const { firm, list, takes, lastActivity } = office;
    const html =
      '<p onclick=x()>Hi <script>alert(1)</script><a href="javascript:alert(1)">a</a><img src=x onerror=alert(1)></p>';
    await takes(
      letter({ From: 'h1@evil.example', Subject: 'Html', 'Content-Type': 'text/html', 'Message-ID': '<h1@c>' }, html),
    );
    const first = await lastActivity();
    expect([first['body'], first['content']]).toEqual(['Hi a', '<p>Hi <a>a</a></p>']);

    const broken = Buffer.concat([
      Buffer.from(
        'From: h2@evil.example\r\nSubject: =?x-unknown?b?AAAA?= =?utf-8?q?=ED=A0=80=00?=\r\nMessage-ID: <h2@c>\r\nContent-Type: text/plain; charset=no-such-thing\r\n\r\n',
      ),
      Buffer.from([0xff, 0xfe, 0x00, 0xed, 0xa0, 0x80, 0x0d, 0x0a]),
    ]);
    const nested = `${'Content-Type: multipart/mixed; boundary=b\n\n--b\n'.repeat(3000)}\n`;
    const injected = letter({
      From: '"a\\r\\nBcc: spy@evil.example" <h3@evil.example>',
      Subject: 'a\r\n b\tc',
      'Message-ID': '<h3@c>',
    });
    const huge = letter(
      {
        From: 'h4@evil.example',
        Subject: 'Huge',
        'Message-ID': '<h4@c>',
        'Content-Type': 'application/zip',
        'Content-Transfer-Encoding': 'base64',
      },
      'A'.repeat(76).concat('\n').repeat(660_000),
    );
    const taken = await takes(
      broken,
      letter(
        {
          From: 'h5@evil.example',
          Subject: 'Nested',
          'Message-ID': '<h5@c>',
          'Content-Type': 'multipart/mixed; boundary=b',
        },
        nested,
      ),
      injected,
      huge,
      'not a letter at all',
      letter({ From: 'h6@evil.example', Subject: 'Last', 'Message-ID': '<h6@c>' }),
    );
    expect(taken.at(-1)).toBe('lead');
    const parts = `Content: x\n${'--b\n\nx\n'.repeat(100_000)}`;
    const escaped = '&lt;'.repeat(20_000);
    const more = await takes(
      letter(
        {
          From: 'h7@evil.example',
          Subject: 'Parts',
          'Message-ID': '<h7@c>',
          'Content-Type': 'multipart/mixed; boundary=b',
        },
        parts,
      ),
      letter(
        { From: 'h8@evil.example', Subject: 'Long', 'Message-ID': '<h8@c>', 'Content-Type': 'text/html' },
        `${'<'.repeat(50_000)}${escaped}`,
      ),
      letter({ From: 'root@localhost', Subject: 'Cron', 'Message-ID': '<h9@c>' }),
    );
    expect(more).toEqual(['lead', 'lead', 'lead']);
    const bySender = async (address: string) => (await list('activities', `&filter={"counterpart":"${address}"}`))[0];
    expect(await bySender('h2@evil.example')).toBeDefined();
    expect((await bySender('h3@evil.example'))?.['subject']).toBe('a b c');
    expect((await bySender('h4@evil.example'))?.['body']).toMatch(/^This letter is (4|5)\d MiB/);
    expect((await bySender('h7@evil.example'))?.['body']).toMatch(/^This letter has too many parts/);
    expect((await bySender('h8@evil.example'))?.['content']).toBeNull();
    // What cannot be read stands among the dead jobs in the end, and did not keep the others.
    for (let i = 0; i < 12; i += 1) {
      firm.pass(3_600_000);
      await firm.app.jobs.drain();
    }
    const dead = await firm.app.jobs.listJobs({ state: 'dead' });
    expect(dead.map(({ kind }) => kind)).toEqual(['mail-letter']);
  });

  it('a server that is away is noted, and what came meanwhile is taken when it is back (R-54)', async () => {
    const { server, firm, read } = office;
    await server.deliver(letter({ From: 'late@client.example', Subject: 'Late', 'Message-ID': '<17@c>' }));
    await server.stop();
    const { channels } = firm.app.ways;
    const watched = () => channels.watch('mailbox', read);
    await expect(watched()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const state = async () => (await channels.list()).find(({ name }) => name === 'mailbox');
    expect(await state()).toMatchObject({
      state: 'failing',
      detail: expect.stringContaining('cannot be reached') as string,
    });
    await server.start();
    expect(await watched()).toEqual(['lead']);
    expect(await state()).toMatchObject({ state: 'working', detail: null });
    expect(JSON.stringify(await channels.list())).not.toContain('secret');
  });
});
