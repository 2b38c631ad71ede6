import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../core/storage/sql.ts';
import { DIALECTS } from './support/databases.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp, Reply } from './support/http-app.ts';
import { LEAK } from './support/leak.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
).toString('latin1');

const part = (headers: string, content = PNG): string => `--b0\r\n${headers}\r\n\r\n${content}\r\n`;
const file = (name: string, type = 'image/png') =>
  `Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}`;
const END = '--b0--\r\n';

/** What no browser sends, byte by byte: `[what, body, media type]`. */
const REFUSED: readonly [what: string, body: string, type?: string][] = [
  ['nothing', ''],
  ['only an end', END],
  ['no end', part(file('a.png'))],
  ['half a part', `--b0\r\n${file('a.png')}\r\n\r\n${PNG.slice(0, 20)}`],
  ['half a header', '--b0\r\nContent-Disposition: form-da'],
  ['no boundary', part(file('a.png')) + END, 'multipart/form-data'],
  ['an empty boundary', part(file('a.png')) + END, 'multipart/form-data; boundary='],
  ['another boundary', part(file('a.png')) + END, 'multipart/form-data; boundary=zz'],
  ['a boundary as long as a book', part(file('a.png')) + END, `multipart/form-data; boundary=${'b'.repeat(10_000)}`],
  ['multipart of another kind', part(file('a.png')) + END, 'multipart/mixed; boundary=b0'],
  ['two files', part(file('a.png')) + part(file('b.png')) + END],
  ['a thousand files', part(file('a.png')).repeat(1000) + END],
  ['a thousand fields', part('Content-Disposition: form-data; name="x"', 'y').repeat(1000) + END],
  ['a field before the file', part('Content-Disposition: form-data; name="x"', 'y') + part(file('a.png')) + END],
  ['a field after the file', part(file('a.png')) + part('Content-Disposition: form-data; name="x"', 'y') + END],
  [
    'a field that reaches a prototype',
    part('Content-Disposition: form-data; name="__proto__"', '{"polluted":1}') + END,
  ],
  ['a file that reaches a prototype', part('Content-Disposition: form-data; name="__proto__"; filename="a.png"') + END],
  ['a field as long as a book', part('Content-Disposition: form-data; name="file"', 'x'.repeat(200_000)) + END],
  ['a part without a name', part('Content-Disposition: form-data; filename="a.png"') + END],
  ['a part without a header', part('') + END],
  ['a part with a book of headers', part(`X: ${'y'.repeat(100_000)}\r\n${file('a.png')}`) + END],
  ['line feeds alone', (part(file('a.png')) + END).replaceAll('\r\n', '\n')],
  [
    'a part inside a part',
    part(
      'Content-Disposition: form-data; name="file"\r\nContent-Type: multipart/mixed; boundary=b0',
      part(file('a.png')),
    ) + END,
  ],
  ['an empty file', part(file('a.png'), '') + END],
  ['no file name', part(file('')) + END],
  ['a name of dots', part(file('..')) + END],
  ['a page', part(file('a.html', 'text/html'), '<script>1</script>') + END],
  ['a page that says it is a picture', part(file('a.png'), '<script>1</script>') + END],
  ['a picture that says it is a page', part(file('a.html', 'text/html')) + END],
  ['a drawing with a script', part(file('a.svg', 'image/svg+xml'), '<svg onload="1"/>') + END],
  ['two endings', part(file('a.png.exe'), 'MZ') + END],
  ['a program', part(file('a.exe', 'application/octet-stream'), 'MZ') + END],
  [
    'an archive that says it is a sheet',
    part(file('a.xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'), 'PK\u0005\u0006') + END,
  ],
  ['text that is no text', part(file('a.csv', 'text/csv'), 'a,b\u0000\n\u00ff\u00fe') + END],
  ['JSON for a form', '{"file":"x"}', 'application/json'],
];

/** What is taken, and the name it gets. */
const TAKEN: readonly (readonly [string, string])[] = [
  ['../../etc/cron.d/x.png', 'x.png'],
  ['C:\\Windows\\x.png', 'x.png'],
  ['%2e%2e%2fx.png', '%2e%2e%2fx.png'],
];

describe.each(DIALECTS)('uploads on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    owner = await firm.login('olga@example.com');
  });
  afterAll(() => firm?.close());
  // A refused upload leaves no bytes, and every file there is has its row.
  afterEach(async () => {
    const [row] = await firm.app.db.read<{ n: number | string }>(sql`select count(*) as "n" from "_files"`);
    expect((await filesIn(join(firm.dataDir, 'files'))).length).toBe(Number(row?.n));
    expect((await firm.stranger('GET', '/health')).status).toBe(200);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  const upload = (body: string, type = 'multipart/form-data; boundary=b0'): Promise<Reply> => {
    const form = new Blob([new Uint8Array(Buffer.from(body, 'latin1'))]);
    return owner('POST', '/files', form, { 'Content-Type': type });
  };

  test.each(REFUSED)('%s is refused and leaves nothing (R-26, R-32, R-35)', async (_what, body, type) => {
    const reply = await upload(body, type);
    expect([400, 413, 415, 422], reply.text).toContain(reply.status);
    expect(reply.text).not.toMatch(LEAK);
  });

  test.each(TAKEN)('the name %j becomes %j (R-33)', async (given, kept) => {
    const reply = await upload(part(file(given)) + END);
    expect([reply.status, reply.json['name']], reply.text).toEqual([201, kept]);
  });

  test('more than is taken is refused before all of it is kept (R-35)', async () => {
    const reply = await upload(part(file('a.png'), PNG + 'x'.repeat(26 * 1_048_576)) + END);
    expect([reply.status, reply.json['code']]).toEqual([413, 'TOO_LARGE']);
  });
});

async function filesIn(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}
