import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { recordTexts } from '../records/read.ts';
import { PASSWORD, startHttpApp } from '../../tests/support/http-app.ts';
import type { HttpTestApp } from '../../tests/support/http-app.ts';
import { LEAK } from '../../tests/support/leak.ts';
import { sendRaw } from '../../tests/support/raw-socket.ts';
import type { RawAnswer } from '../../tests/support/raw-socket.ts';

/** What no HTTP library sends, byte by byte. The database has no part in it, so one is enough. */
describe('bytes that are no request, or nearly one (R-26, R-80)', () => {
  let firm: HttpTestApp;
  let signed: string;

  beforeAll(async () => {
    firm = await startHttpApp('sqlite');
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    const login = await firm.stranger('POST', '/auth/login', { email: 'olga@example.com', password: PASSWORD });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    signed = `Host: ${new URL(firm.url).host}\r\nCookie: ${cookie}\r\nOrigin: ${firm.url}\r\n`;
  });
  afterAll(() => firm?.close());
  afterEach(async () => {
    expect((await firm.stranger('GET', '/health')).status).toBe(200);
    expect(await names()).toEqual([]);
  });

  const names = async () => {
    const page = await firm.app.records.read(firm.app.system('test'), {
      entity: 'contact',
      limit: 10,
      fields: ['name'],
    });
    return recordTexts(page);
  };

  /** Nothing is taken; what is said is a refusal and tells nothing of the inside. */
  function expectRefused({ text, statuses, isClosed }: RawAnswer): void {
    expect(
      statuses.filter((status) => status < 400 || status >= 500),
      text,
    ).toEqual([]);
    expect(statuses.length > 0 || isClosed, text).toBe(true);
    expect(text).not.toMatch(LEAK);
  }

  test.each<[string, string]>([
    ['no request line', '\r\n\r\n\r\n\u0000\r\n\r\n'],
    ['a word', 'GARBAGE\r\n\r\n'],
    ['a version that is none', 'GET /health HTTP/9.9\r\nHost: a\r\n\r\n'],
    ['HTTP/0.9', 'GET /api/contacts\r\n\r\n'],
    ['a blank in the address', 'GET /health x HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['an address without a slash', 'GET health HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a NUL in the address', 'GET /hea\u0000lth HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['small letters', 'get /health HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['no host', 'GET /health HTTP/1.1\r\n\r\n'],
    ['two hosts', 'GET /api/contacts HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['the greeting of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['the greeting of TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
    ['a tunnel', 'CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a trace', 'TRACE /api/contacts HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n'],
    ['every address at once', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a blank before a colon', 'GET /health HTTP/1.1\r\nHost : a\r\n\r\n'],
    ['a folded header', 'GET /api/contacts HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n'],
    ['a NUL in a header', 'GET /health HTTP/1.1\r\nHost: a\r\nX: a\u0000b\r\n\r\n'],
    ['a lone CR in a header', 'GET /health HTTP/1.1\r\nHost: a\r\nX: a\rY: b\r\n\r\n'],
    ['a header without a name', 'GET /health HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n'],
    ['a header as long as a book', `GET /health HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`],
    ['a thousand headers', `GET /health HTTP/1.1\r\nHost: a\r\n${'X: yyyyyyyyyyyyyy\r\n'.repeat(1500)}\r\n`],
    ['an address as long as a book', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['an expectation that nobody knows', 'GET /health HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n'],
  ])('%s', async (_what, bytes) => {
    expectRefused(await sendRaw(firm.url, bytes));
  });

  const BODY = '{"name":"Smuggled"}';
  const CHUNKED = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

  test.each<[string, string, string]>([
    ['a negative length', 'Content-Length: -1', BODY],
    ['a length with a sign', 'Content-Length: +19', BODY],
    ['a length in hexadecimal', 'Content-Length: 0x13', BODY],
    ['a length beyond all numbers', `Content-Length: ${'9'.repeat(30)}`, BODY],
    ['two lengths', 'Content-Length: 19\r\nContent-Length: 3', BODY],
    ['two lengths in one', 'Content-Length: 19, 19', BODY],
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked', CHUNKED],
    ['chunks and a length', 'Transfer-Encoding: chunked\r\nContent-Length: 4', CHUNKED],
    ['chunks that are not the last coding', 'Transfer-Encoding: chunked, identity', CHUNKED],
    ['a coding that is none', 'Transfer-Encoding: xchunked', CHUNKED],
    ['a coding with a blank', 'Transfer-Encoding : chunked', CHUNKED],
    ['a coding behind a tab', 'X: y\r\n\tTransfer-Encoding: chunked', CHUNKED],
    ['two codings', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', CHUNKED],
    ['a chunk without a length', 'Transfer-Encoding: chunked', `zz\r\n${BODY}\r\n0\r\n\r\n`],
    ['a chunk of a negative length', 'Transfer-Encoding: chunked', `-13\r\n${BODY}\r\n0\r\n\r\n`],
    ['a chunk beyond all numbers', 'Transfer-Encoding: chunked', `fffffffffffffffffff\r\n${BODY}\r\n0\r\n\r\n`],
    ['a chunk that is longer than told', 'Transfer-Encoding: chunked', `3\r\n${BODY}\r\n0\r\n\r\n`],
    ['chunks with line feeds alone', 'Transfer-Encoding: chunked', CHUNKED.replaceAll('\r\n', '\n')],
    ['a chunk with a book beside it', 'Transfer-Encoding: chunked', `13;${'x'.repeat(20_000)}\r\n${BODY}\r\n0\r\n\r\n`],
    [
      'a book behind the chunks',
      'Transfer-Encoding: chunked',
      CHUNKED.replace(/\r\n$/, `X: ${'y'.repeat(20_000)}\r\n\r\n`),
    ],
    ['an unknown content coding', 'Content-Encoding: zstd\r\nContent-Length: 19', BODY],
  ])('a body with %s makes nothing', async (_what, header, body) => {
    const head = `POST /api/contacts HTTP/1.1\r\n${signed}Content-Type: application/json\r\n${header}\r\n\r\n`;
    expectRefused(await sendRaw(firm.url, head + body));
    expectRefused(await sendRaw(firm.url, head, body.slice(0, 7), body.slice(7)));
  });

  test('a small body that would be a large one is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));
    const head = `POST /api/contacts HTTP/1.1\r\n${signed}Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`;
    const answer = await sendRaw(firm.url, head, bomb);
    expect(answer.statuses, answer.text).toEqual([415]);
  });

  test('a body that is announced and never comes is refused by what is announced, or waited for', async () => {
    const head = `POST /api/contacts HTTP/1.1\r\n${signed}Content-Type: application/json\r\nExpect: 100-continue\r\n`;
    expect((await sendRaw(firm.url, `${head}Content-Length: 99999999\r\n\r\n`)).statuses).toEqual([413]);
    expect((await sendRaw(firm.url, `${head}Content-Length: 19\r\n\r\n`, BODY.slice(0, 5))).statuses).toEqual([]);
  });

  test('a body that breaks off makes nothing', async () => {
    const head = `POST /api/contacts HTTP/1.1\r\n${signed}Content-Type: application/json\r\n`;
    expect((await sendRaw(firm.url, `${head}Content-Length: 30\r\n\r\n${BODY}`)).statuses).toEqual([]);
    expect((await sendRaw(firm.url, `${head}Transfer-Encoding: chunked\r\n\r\n13\r\n${BODY}\r\n`)).statuses).toEqual(
      [],
    );
  });

  test('an address with a host in it gets to nothing that its path alone would not', async () => {
    const answer = await sendRaw(firm.url, `GET http://evil.example/api/contacts HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(
      answer.statuses.filter((status) => status < 400),
      answer.text,
    ).toEqual([]);
  });

  test('many requests at once are answered in their order, and garbage behind them takes no answer away', async () => {
    const me = `GET /auth/me HTTP/1.1\r\n${signed}\r\n`;
    const none = 'GET /auth/me HTTP/1.1\r\nHost: a\r\n\r\n';
    const many = await sendRaw(firm.url, (me + none).repeat(50));
    expect(many.statuses).toEqual(Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? 200 : 401)));
    for (const garbage of ['GARBAGE\r\n\r\n', '\u0000\u0000\u0000\u0000', '{"name":"x"}', 'G'.repeat(100_000)]) {
      const answer = await sendRaw(firm.url, me + none + garbage);
      expect(answer.statuses, garbage.slice(0, 20)).toEqual([200, 401]);
      expect(answer.isClosed, garbage.slice(0, 20)).toBe(true);
    }
    const late = await sendRaw(firm.url, me, 'GARBAGE\r\n\r\n');
    expect([late.statuses, late.isClosed]).toEqual([[200, 400], true]);
  });
});
