import { connect } from 'node:net';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { startHttpApp } from '../../tests/support/http-app.ts';
import type { HttpTestApp, Reply } from '../../tests/support/http-app.ts';
import { createHttpServer } from './http-server.ts';

const CLIENTS = 200;

describe.each(DIALECTS)('many clients at once on %s', (dialect) => {
  async function withFirm(work: (firm: HttpTestApp) => Promise<void>): Promise<void> {
    const firm = await startHttpApp(dialect);
    try {
      await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
      await work(firm);
    } finally {
      await firm.close();
    }
  }

  const isBusy = ({ status, headers }: Reply) => status === 503 && Number(headers.get('retry-after')) > 0;

  it('contention is never a fault of the server: done, or 503 with Retry-After (R-76)', async () => {
    await withFirm(async (firm) => {
      const owner = await firm.login('olga@example.com');
      const contact = (await owner('POST', '/api/contacts', { name: 'Wanted by all' })).json;
      const path = `/api/contacts/${String(contact['id'])}`;
      const health: Promise<Reply>[] = [];
      const replies = await Promise.all(
        Array.from({ length: CLIENTS }, async (_, index) => {
          if (index % 20 === 0) health.push(firm.stranger('GET', '/health'));
          if (index % 3 === 0) return owner('GET', '/api/contacts?count=exact&search=wanted');
          if (index % 3 === 1) return owner('PATCH', path, { city: `City ${index}` });
          return owner('POST', '/api/contacts', { name: `Client ${index}` });
        }),
      );
      const wrong = replies.filter((reply) => reply.status >= 300 && !isBusy(reply));
      expect(wrong.map(({ status, text }) => `${status} ${text.slice(0, 200)}`)).toEqual([]);
      expect((await Promise.all(health)).map(({ status }) => status)).toEqual(health.map(() => 200));
      // Each change that was answered has its place in the history, once.
      const patched = replies.filter((reply, index) => index % 3 === 1 && reply.status === 200).length;
      const { version } = (await owner('GET', path)).json;
      expect(version).toBe(patched + 1);
    });
  });

  it('whoever is first with If-Match wins; the others are told the state of now', async () => {
    await withFirm(async (firm) => {
      const owner = await firm.login('olga@example.com');
      const contact = (await owner('POST', '/api/contacts', { name: 'Once' })).json;
      const path = `/api/contacts/${String(contact['id'])}`;
      const replies = await Promise.all(
        Array.from({ length: 50 }, (_, index) => owner('PATCH', path, { city: `C${index}` }, { 'If-Match': '"1"' })),
      );
      expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
      const lost = replies.filter(({ status }) => status !== 200);
      expect(new Set(lost.map(({ status }) => status))).toEqual(new Set([412]));
      const { city } = (await owner('GET', path)).json;
      expect(lost.every(({ json }) => (json['current'] as { city: string }).city === city)).toBe(true);
    });
  });

  it('a stop waits for what is running, answers it, and is over soon', async () => {
    const firm = await startHttpApp(dialect);
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    const owner = await firm.login('olga@example.com');
    const rows = Array.from({ length: 500 }, (_, index) => ({ name: `Row ${index}` }));
    const running = owner('POST', '/api/contacts', rows);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const started = Date.now();
    const stopped = firm.close();
    expect((await running).status).toBe(201);
    await stopped;
    expect(Date.now() - started).toBeLessThan(15_000);
    await expect(fetch(`${firm.url}/health`)).rejects.toThrow('fetch failed');
  });
});

it('waits only so long for slow clients, and takes only so many (R-80)', async () => {
  const server = createHttpServer(express());
  expect([server.headersTimeout, server.requestTimeout, server.maxConnections]).toEqual([15_000, 60_000, 10_000]);
  expect(server.keepAliveTimeout).toBeLessThanOrEqual(15_000);
  // The same machinery with a shorter patience: a head that never ends is answered and closed.
  server.headersTimeout = 500;
  server.requestTimeout = 500;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: '));
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  await new Promise((resolve) => server.close(resolve));
});
