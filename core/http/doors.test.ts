import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { PASSWORD, startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp } from '../../tests/support/http-app.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe.each(DIALECTS)('the other doors on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let clerk: Caller;

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    await firm.addUser({ email: 'carl@example.com', roles: ['clerk'] });
    owner = await firm.login('olga@example.com');
    clerk = await firm.login('carl@example.com');
  });
  afterAll(async () => firm?.close());

  describe('public forms (R-14)', () => {
    const errorsOf = (reply: { json: Readonly<Record<string, unknown>> }) =>
      (reply.json['errors'] as { path: string; code: string }[]).map(({ path, code }) => `${path} ${code}`);
    const count = async (plural: string) =>
      Number((await owner('GET', `/api/${plural}?count=exact&limit=1`)).json['total']);

    it('make all their records as the form, and only them', async () => {
      const reply = await firm.stranger('POST', '/forms/ask', {
        name: 'Ivan',
        phone: '8 (495) 111-22-33',
        message: 'hello',
        utm_source: 'google',
      });
      expect([reply.status, reply.json]).toEqual([201, { ok: true, message: 'Thank you!' }]);
      expect(reply.headers.get('set-cookie')).toBeNull();
      const { json } = await owner('GET', '/api/deals?limit=1&expand=customer,tasks');
      const [deal] = json['data'] as Record<string, unknown>[];
      expect(deal).toMatchObject({
        title: 'From the site: Ivan',
        stage: 'new',
        source: 'site',
        utmSource: 'google',
        notes: 'hello',
      });
      expect(deal?.['customer']).toMatchObject({
        name: 'Ivan',
        phone: '+74951112233',
        'phone:typed': '8 (495) 111-22-33',
      });
      expect(deal?.['tasks']).toMatchObject([{ title: 'Call back', dueAt: '2026-03-16T10:00:00.000Z' }]);
      const changes = (await owner('GET', `/api/deals/${String(deal?.['id'])}/changes`)).json;
      expect((changes['data'] as object[])[0]).toMatchObject({
        kind: 'created',
        door: 'form',
        by: { kind: 'system', id: null },
      });
    });

    it('find a known contact by any spelling of the phone', async () => {
      const before = await count('contacts');
      expect(
        (await firm.stranger('POST', '/forms/ask', { name: 'Ivan again', phone: '+7 495 111-22-33' })).status,
      ).toBe(201);
      expect(await count('contacts')).toBe(before);
    });

    it('refuse wrong answers field by field and leave nothing behind', async () => {
      const before = [await count('contacts'), await count('deals')];
      expect(
        errorsOf(await firm.stranger('POST', '/forms/ask', { email: 'x', phone: 'abc', source: 'nonsense' })),
      ).toEqual(['/name required', '/phone format', '/email format', '/source option']);
      expect(
        errorsOf(await firm.stranger('POST', '/forms/ask', { name: 'A', phone: '5551234', assignee: 'me' })),
      ).toEqual(['/assignee unknown']);
      expect(errorsOf(await firm.stranger('POST', '/forms/ask', { name: { a: 1 }, phone: '5551234' }))).toEqual([
        '/name type',
      ]);
      expect(errorsOf(await firm.stranger('POST', '/forms/ask', { name: 'x'.repeat(5000), phone: '5551234' }))).toEqual(
        ['/name maxLength'],
      );
      expect([await count('contacts'), await count('deals')]).toEqual(before);
      expect((await firm.stranger('POST', '/forms/nothing', {})).status).toBe(404);
      expect((await firm.stranger('POST', '/forms/ask', 'x', { 'Content-Type': 'text/plain' })).status).toBe(415);
    });

    it('have a page of their own, in the visitor’s language, that works without a script', async () => {
      const page = await firm.stranger('GET', '/forms/ask?utm_source=news', undefined, {
        'Accept-Language': 'et',
        Referer: 'https://blog.example/post',
      });
      expect(page.status).toBe(200);
      expect(page.text).toContain('<html lang="et">');
      expect(page.text).toContain('name="utm_source" value="news"');
      expect(page.text).toContain('name="referrer" value="https://blog.example/post"');
      expect(page.text).not.toContain('<script');
      const style = createHash('sha256').update(/<style>([^]*)<\/style>/.exec(page.text)?.[1] ?? '');
      expect(page.headers.get('content-security-policy')).toContain(`style-src 'sha256-${style.digest('base64')}'`);
      const stamp = /name="_stamp" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
      const post = (answers: Record<string, string>) =>
        firm.stranger(
          'POST',
          '/forms/ask',
          new URLSearchParams({ name: 'Web <b>', phone: '+372 5551 0000', source: '', ...answers }),
          { Accept: 'text/html', Origin: 'https://firm.example' },
        );
      const robot = await post({ _stamp: stamp, homepage_url: 'http://spam' });
      expect([robot.status, robot.text.includes('value="Web &lt;b&gt;"')]).toEqual([422, true]);
      expect((await post({ _stamp: `${stamp}x` })).status).toBe(422);
      const wrong = await post({ _stamp: stamp, phone: 'abc' });
      expect([wrong.status, wrong.text.includes('id="phone-error"')]).toEqual([422, true]);
      const done = await post({ _stamp: stamp });
      expect([done.status, done.text.includes('role="status"')]).toEqual([201, true]);
      expect(done.headers.get('access-control-allow-origin')).toBe('*');
    });

    it('are throttled by address', async () => {
      firm.pass(61_000);
      const statuses = [];
      for (let i = 0; i < 61; i += 1) statuses.push((await firm.stranger('POST', '/forms/ask', {})).status);
      expect([statuses[0], statuses.at(-2), statuses.at(-1)]).toEqual([422, 422, 429]);
      firm.pass(61_000);
    });
  });

  describe('files', () => {
    const upload = (caller: Caller, name = 'a.png', type = 'image/png', bytes: Buffer = PNG) => {
      const form = new FormData();
      form.append('file', new Blob([new Uint8Array(bytes)], { type }), name);
      return caller('POST', '/files', form);
    };

    it('go up as a stream and come down for whoever may read their field', async () => {
      const sent = await upload(clerk, 'Žurnāls (1).png');
      expect(sent.status).toBe(201);
      expect(sent.json).toMatchObject({ name: 'Žurnāls (1).png', type: 'image/png', size: PNG.length });
      const path = `/files/${String(sent.json['id'])}`;
      expect((await owner('GET', path)).status).toBe(404);
      const own = await clerk('GET', path);
      expect([own.status, own.headers.get('content-security-policy')]).toEqual([200, "sandbox; default-src 'none'"]);
      expect(own.headers.get('content-disposition')).toMatch(
        /^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''%C5%BDurn%C4%81ls%20/,
      );
      expect((await clerk('GET', `${path}?inline=true`)).headers.get('content-disposition')).toMatch(/^inline; /);
      const contact = await clerk('POST', '/api/contacts', { name: 'Filed' });
      const about = { entity: 'contact', id: contact.json['id'] };
      const made = await clerk('POST', '/api/documents', { title: 'With a file', file: sent.json['id'], about });
      expect(made.status, made.text).toBe(201);
      expect(made.json['file']).toEqual(sent.json);
      expect((await owner('GET', path)).status).toBe(200);
      expect((await owner('DELETE', `/api/documents/${String(made.json['id'])}`)).status).toBe(204);
      expect((await owner('GET', path)).status).toBe(404);
    });

    it('leave nothing behind when the upload breaks off', async () => {
      const { port } = new URL(firm.url);
      const login = await firm.stranger('POST', '/auth/login', { email: 'carl@example.com', password: PASSWORD });
      const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
      const head = `POST /files HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: ${firm.url}\r\nCookie: ${cookie}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n`;
      const part =
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n';
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => {
          socket.write(head + part);
          socket.write(PNG);
          setTimeout(() => socket.destroy(), 100);
        });
        socket.on('close', () => resolve());
      });
      await new Promise((resolve) => setTimeout(resolve, 200));
      const left = await readdir(join(firm.dataDir, 'files', 'incoming')).catch(() => []);
      expect(left).toEqual([]);
      expect((await firm.stranger('GET', '/health')).status).toBe(200);
    });

    it('are refused in any other shape', async () => {
      const form = new FormData();
      form.append('other', new Blob([new Uint8Array(PNG)]), 'a.png');
      expect((await owner('POST', '/files', form)).status).toBe(400);
      expect((await owner('POST', '/files', new FormData())).status).toBe(400);
      expect((await owner('POST', '/files', { a: 1 })).status).toBe(415);
      expect((await upload(owner, 'a.svg', 'image/svg+xml', Buffer.from('<svg/>'))).status).toBe(415);
      expect((await upload(owner, 'a.png', 'image/png', Buffer.from('<script>'))).status).toBe(415);
      expect((await owner('POST', '/files', 'x', { 'Content-Type': 'multipart/form-data; boundary=b' })).status).toBe(
        400,
      );
      expect((await owner('GET', '/files/..%2f..%2fetc%2fpasswd')).status).toBe(404);
    });
  });

  it('answers /health to anybody', async () => {
    const reply = await firm.stranger('GET', '/health');
    expect([reply.status, reply.text]).toEqual([200, '{"status":"ok"}']);
  });

  it('leads to the screens, and says what to do while they are not built', async () => {
    const root = await firm.stranger('GET', '/');
    expect([root.status, root.headers.get('location')]).toEqual([302, '/app/']);
    const screens = await firm.stranger('GET', '/app/');
    expect(
      screens.status === 200 ? screens.text.includes('<div id="root">') : screens.text.includes('npm run build'),
    ).toBe(true);
  });

  it('lists jobs for who has the right', async () => {
    const { json } = await owner('GET', '/jobs?limit=5');
    expect(Array.isArray(json['data'])).toBe(true);
    expect((await owner('GET', '/jobs?state=nonsense')).status).toBe(400);
    expect((await owner('POST', '/jobs/nothing/retry')).status).toBe(404);
  });

  it('runs reports within the caller’s rights', async () => {
    const reply = await owner('GET', '/reports/dealsByStage');
    const known = await owner('GET', '/reports/conversionBySource');
    expect([reply.status, known.status]).toEqual([404, 200]);
    expect((await clerk('GET', '/reports/conversionBySource')).status).toBe(403);
    expect([(await clerk('GET', '/model')).json['reports'], (await owner('GET', '/model')).json['reports']]).toEqual([
      [],
      expect.arrayContaining([expect.objectContaining({ name: 'conversionBySource' })]),
    ]);
    expect((await owner('GET', '/reports/conversionBySource?form=1')).status).toBe(400);
  });

  it('answers what is not HTTP with a problem and lives on (R-26)', async () => {
    const { port } = new URL(firm.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('GARBAGE\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect((await firm.stranger('GET', '/health')).status).toBe(200);
  });
});
