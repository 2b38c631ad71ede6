import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMail } from './mail.ts';
import type { Mail } from './mail.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const clock = { now: () => Date.UTC(2026, 2, 1, 10, 0, 0) };

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
}

let dir: string;
const servers: SMTPServer[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'casement-mail-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise<void>((resolve) => server.close(resolve))));
  await rm(dir, { recursive: true, force: true });
});

/** A real SMTP server on a free port, keeping what it takes. */
async function startServer(options: SMTPServerOptions = {}): Promise<{ url: string; mails: Received[] }> {
  const mails: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map((to) => to.address),
          raw: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `smtp://127.0.0.1:${port}`, mails };
}

function mailTo(smtpUrl?: string): Mail {
  return createMail({
    settings: { from: 'Aknad OÜ <office@example.com>', outboxDir: dir, ...(smtpUrl ? { smtpUrl } : {}) },
    clock,
    log: silent,
  });
}

const MESSAGE = {
  key: 'change:rule:mail',
  to: 'client@example.com',
  subject: 'Pakkumine õ',
  text: 'Tere!\nHind: 10 €',
};
/** Of the SHA-256 of the key. */
const MESSAGE_ID = '<03b5e6ed54ac18f7c7c43e57df910ecc4f77a924@example.com>';

describe('through a server', () => {
  test('a mail with attachments is sent when the server has accepted it, with a Message-ID made from its key', async () => {
    const { url, mails } = await startServer();
    await writeFile(join(dir, 'a.pdf'), '%PDF-1.7 from disk');
    const attachments = [
      { name: 'Pakkumine nr 1.pdf', type: 'application/pdf', path: join(dir, 'a.pdf') },
      { name: 'b.txt', type: 'text/plain', content: Buffer.from('from memory') },
      { name: 'c.txt', type: 'text/plain', content: Readable.from([Buffer.from('from stream')]) },
    ];
    const first = await mailTo(url).send({ ...MESSAGE, html: '<p>Tere!</p>', attachments });
    const second = await mailTo(url).send(MESSAGE);
    expect(first).toEqual({ messageId: MESSAGE_ID, accepted: ['client@example.com'] });
    expect(second.messageId).toBe(MESSAGE_ID);
    const [mail] = mails;
    expect(mail).toMatchObject({ from: 'office@example.com', to: ['client@example.com'] });
    expect(mail?.raw).toContain(`Message-ID: ${first.messageId}\r\n`);
    expect(mail?.raw).toContain('Date: Sun, 01 Mar 2026 10:00:00 +0000\r\n');
    for (const text of ['%PDF-1.7 from disk', 'from memory', 'from stream']) {
      expect(mail?.raw).toContain(Buffer.from(text).toString('base64'));
    }
  });

  test.each<[string, object, object]>([
    [
      'line ends in a subject add no header',
      { subject: 'Hi\r\nBcc: spy@example.com\r\n\r\nbody' },
      { accepted: ['client@example.com'] },
    ],
    [
      'line ends in an attachment name add no header',
      { attachments: [{ name: 'a\r\nBcc: spy@example.com.txt', type: 'x\r\ny', content: 'a' }] },
      { accepted: ['client@example.com'] },
    ],
    [
      'line ends in a header value add no header',
      { headers: { 'X-Rule': 'a\r\nBcc: spy@example.com' } },
      { accepted: ['client@example.com'] },
    ],
  ])('%s', async (_name, part, result) => {
    const { url, mails } = await startServer();
    expect(await mailTo(url).send({ ...MESSAGE, ...part })).toMatchObject(result);
    expect(mails.map((mail) => mail.to)).toEqual([['client@example.com']]);
    expect(mails[0]?.raw).not.toMatch(/^Bcc:/im);
  });

  test.each([
    'a@example.com, b@example.com',
    'a@example.com\r\nBcc: b@example.com',
    '<a@example.com>',
    'A <a@example.com>',
    'a',
    '',
  ])('the address %j is refused', async (to) => {
    const { url, mails } = await startServer();
    await expect(mailTo(url).send({ ...MESSAGE, to })).rejects.toMatchObject({
      code: 'VALIDATION',
      errors: [{ path: '/to', code: 'format' }],
    });
    expect(mails).toEqual([]);
  });

  test.each(['Bcc', 'To', 'X-A\r\nBcc', 'Content-Type'])('the header %j cannot be set', async (name) => {
    const { url } = await startServer();
    await expect(mailTo(url).send({ ...MESSAGE, headers: { [name]: 'x' } })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });

  test('a refused address is wrong for good, and the error says what the server said', async () => {
    const { url } = await startServer({
      onRcptTo: (_address, _session, done) => done(Object.assign(new Error('no such user'), { responseCode: 550 })),
    });
    await expect(mailTo(url).send(MESSAGE)).rejects.toMatchObject({
      code: 'VALIDATION',
      message: 'The mail server refused client@example.com: 550 no such user',
      errors: [{ path: '/to', code: 'refused', params: { status: 550 } }],
    });
  });

  test('of two addresses the accepted one is answered', async () => {
    const { url } = await startServer({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('bad') ? Object.assign(new Error('no'), { responseCode: 550 }) : null),
    });
    expect((await mailTo(url).send({ ...MESSAGE, to: ['bad@example.com', 'good@example.com'] })).accepted).toEqual([
      'good@example.com',
    ]);
  });

  test('a busy server, a server that is down and a wrong password are worth another try', async () => {
    const busy = await startServer({
      onMailFrom: (_address, _session, done) => done(Object.assign(new Error('try later'), { responseCode: 451 })),
    });
    await expect(mailTo(busy.url).send(MESSAGE)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(mailTo('smtp://127.0.0.1:1').send(MESSAGE)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'The mail server cannot be reached or is busy (ESOCKET).',
    });
    const closed = await startServer({
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(new Error('Invalid')),
    });
    await expect(mailTo(closed.url.replace('//', '//me:secretpass@')).send(MESSAGE)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'The mail server does not accept the log-in. Check the name and password in SMTP_URL.',
    });
  });

  test('a message cannot make the server read its files', async () => {
    const { url } = await startServer();
    const attachments = [{ name: 'a', type: 'text/plain', content: JSON.parse('{ "path": "/etc/passwd" }') }];
    await expect(mailTo(url).send({ ...MESSAGE, attachments })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('without a server', () => {
  test('a mail is one file of the outbox folder, whole, and not there twice', async () => {
    const mail = mailTo();
    const sent = await mail.send(MESSAGE);
    await mail.send(MESSAGE);
    await mail.send({ ...MESSAGE, key: 'plain' });
    expect((await readdir(dir)).sort()).toEqual([
      expect.stringMatching(/^2026-03-01T10-00-00-000Z-change_rule_mail-[0-9a-f]{8}\.eml$/),
      '2026-03-01T10-00-00-000Z-plain.eml',
    ]);
    const [name = ''] = (await readdir(dir)).sort();
    const text = await readFile(join(dir, name), 'utf8');
    expect(text).toContain(`Message-ID: ${sent.messageId}\r\n`);
    expect(text).toContain('To: client@example.com\r\n');
    expect(sent.accepted).toEqual(['client@example.com']);
  });
});
