import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createOutbound, parseAllowed } from './outbound-request.ts';

const open: (Server | TcpServer)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** A real server on loopback, and how often it was asked. */
async function serve(listener: RequestListener): Promise<{ url: string; port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    listener(request, response);
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, asked };
}

const get = (url: string) => ({ method: 'GET' as const, url });
const LOOPBACK = { allow: ['127.0.0.1'] };

describe('inner addresses are refused by default (R-56)', () => {
  test.each([
    ['decimal', 'http://2130706433'],
    ['hexadecimal', 'http://0x7f000001'],
    ['octal', 'http://0177.0.0.1'],
    ['full-width', 'http://１２７.０.０.１'],
    ['IPv4 in IPv6', 'http://[::ffff:7f00:1]'],
    ['NAT64', 'http://[64:ff9b::7f00:1]'],
    ['plain', 'http://127.0.0.1'],
    ['short', 'http://127.1'],
    ['unspecified', 'http://0.0.0.0'],
    ['IPv6 loopback', 'http://[::1]'],
    ['unique local', 'http://[fd00::1]'],
    ['link local, where clouds keep their keys', 'http://169.254.169.254/latest/meta-data/'],
    ['private', 'http://10.0.0.1'],
    ['carrier', 'http://100.64.0.1'],
  ])('%s', async (_form, address) => {
    const { port, asked } = await serve((_request, response) => response.end('inner'));
    const url = new URL(address);
    url.port = String(port);
    await expect(createOutbound().send(get(url.href))).rejects.toMatchObject({
      code: 'VALIDATION',
      errors: [{ path: '/url', code: 'innerAddress' }],
    });
    expect(asked).toEqual([]);
  });

  test.each(['localhost.', 'inner.example', 'LOCALHOST'])('a name that leads there: %s', async (name) => {
    const { port, asked } = await serve((_request, response) => response.end('inner'));
    const outbound = createOutbound({
      lookup: (_name, options, done) => {
        if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
        else done(null, '127.0.0.1', 4);
      },
    });
    await expect(outbound.send(get(`http://${name}:${port}`))).rejects.toMatchObject({ code: 'VALIDATION' });
    expect(asked).toEqual([]);
  });

  test('a name that answers a public address first and an inner one at the connect is refused', async () => {
    const { port, asked } = await serve((_request, response) => response.end('inner'));
    const answers = ['93.184.216.34', '127.0.0.1'];
    const rebinding = createOutbound({
      lookup: (_name, options, done) => {
        const address = answers.shift() ?? '127.0.0.1';
        if (options.all) done(null, [{ address, family: 4 }]);
        else done(null, address, 4);
      },
      connectMs: 200,
    });
    const outcomes = [];
    for (let i = 0; i < 3; i += 1) {
      outcomes.push(await rebinding.send(get(`http://rebind.example:${port}`)).catch((error: unknown) => error));
    }
    expect(outcomes).toMatchObject([{ code: 'UNAVAILABLE' }, { code: 'VALIDATION' }, { code: 'VALIDATION' }]);
    expect(asked).toEqual([]);
  });

  test('a name with a public and an inner address is refused as a whole', async () => {
    const { port, asked } = await serve((_request, response) => response.end('inner'));
    const mixed = createOutbound({
      lookup: (_name, options, done) => {
        const all = [
          { address: '127.0.0.1', family: 4 },
          { address: '93.184.216.34', family: 4 },
        ];
        if (options.all) done(null, all);
        else done(null, '127.0.0.1', 4);
      },
    });
    await expect(mixed.send(get(`http://mixed.example:${port}`))).rejects.toMatchObject({ code: 'VALIDATION' });
    expect(asked).toEqual([]);
  });

  test('a redirect is answered, never followed', async () => {
    const inner = await serve((_request, response) => response.end('inner'));
    const outer = await serve((_request, response) => response.writeHead(302, { Location: inner.url }).end());
    expect((await createOutbound(LOOPBACK).send(get(outer.url))).status).toBe(302);
    expect(inner.asked).toEqual([]);
  });

  test.each(['file:///etc/passwd', 'gopher://127.0.0.1', 'ftp://a', 'javascript:1', 'http://a b', 'http://u:p@a', 'x'])(
    '%s is no address',
    async (url) => {
      await expect(createOutbound().send(get(url))).rejects.toMatchObject({ code: 'VALIDATION' });
    },
  );

  test('the setting names what is meant, and says where it is wrong', async () => {
    const { url } = await serve((_request, response) => response.end('hello'));
    expect(await createOutbound({ allow: parseAllowed('10.0.0.0/8, 127.0.0.0/8') }).send(get(url))).toEqual({
      status: 200,
      body: 'hello',
    });
    for (const wrong of ['localhost', '10.0.0.0/33', '10.0.0', '10.0.0.0/x'])
      expect(() => parseAllowed(wrong)).toThrow(wrong);
  });
});

describe('nothing is waited for or read without an end (R-57)', () => {
  test('a server that never answers, or answers drop by drop', async () => {
    const silent = await serve(() => undefined);
    const slow = await serve((_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    });
    const outbound = createOutbound({ ...LOOPBACK, totalMs: 200 });
    for (const { url } of [silent, slow]) {
      await expect(outbound.send(get(url))).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('no answer within 0.2 s') as string,
      });
    }
  });

  test('a black hole', async () => {
    const outbound = createOutbound({ allow: ['127.0.0.1'], connectMs: 100 });
    const blackHole = createTcpServer((socket) => void socket.on('error', () => undefined).resume());
    open.push(blackHole);
    await new Promise<void>((resolve) => blackHole.listen(0, '127.0.0.1', resolve));
    const { port } = blackHole.address() as AddressInfo;
    // It takes the connection, and the handshake never comes.
    await expect(outbound.send(get(`https://127.0.0.1:${port}`))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('no connection within 0.1 s') as string,
    });
  });

  test('64 KiB are read and no more', async () => {
    const { url } = await serve((_request, response) => {
      const timer = setInterval(() => response.write('x'.repeat(50_000)), 1);
      response.on('close', () => clearInterval(timer));
    });
    expect((await createOutbound(LOOPBACK).send(get(url))).body.length).toBe(65_536);
  });

  test('line ends in a header are refused, and nothing is sent', async () => {
    const { url, asked } = await serve((_request, response) => response.end());
    const sent = createOutbound(LOOPBACK).send({ ...get(url), headers: { 'X-A': 'a\r\nX-B: b' } });
    await expect(sent).rejects.toMatchObject({ code: 'VALIDATION' });
    expect(asked).toEqual([]);
  });

  test('a server that is not there', async () => {
    await expect(createOutbound(LOOPBACK).send(get('http://127.0.0.1:1'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: '127.0.0.1:1 cannot be reached (ECONNREFUSED).',
    });
  });
});
