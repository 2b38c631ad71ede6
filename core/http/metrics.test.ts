import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openEventStream } from '../../tests/support/event-stream.ts';
import { callerOf, startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp } from '../../tests/support/http-app.ts';
import { createPathTemplates } from './path-templates.ts';
import { prometheusText } from './prometheus.ts';

const SCRAPER = { name: 'scraper', title: 'Scraper', entities: {}, operations: ['metrics'] };

describe.each(DIALECTS)('/metrics on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let key: string;

  beforeAll(async () => {
    firm = await startHttpApp(dialect, { files: { 'schemas/roles/scraper.json': SCRAPER } });
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    await firm.addUser({ email: 'carl@example.com', roles: ['clerk'] });
    owner = await firm.login('olga@example.com');
    const made = await owner('POST', '/auth/keys', { name: 'Prometheus', roles: ['scraper'] });
    key = String(made.json['key']);
  });
  afterAll(async () => firm?.close());

  const scrape = () => callerOf(firm.url, { Authorization: `Bearer ${key}` })('GET', '/metrics');
  const valueOf = (text: string, name: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length + 1),
    );

  it('are for a key or a person with the right, and for nobody else', async () => {
    expect((await scrape()).status).toBe(200);
    expect((await owner('GET', '/metrics')).status).toBe(200);
    expect((await firm.stranger('GET', '/metrics')).status).toBe(401);
    expect((await (await firm.login('carl@example.com'))('GET', '/metrics')).status).toBe(403);
    expect((await owner('GET', '/metrics?x=1')).status).toBe(400);
    const scraper = callerOf(firm.url, { Authorization: `Bearer ${key}` });
    expect((await scraper('GET', '/api/contacts')).status).toBe(403);
  });

  it('are the text Prometheus reads: each line a sample of a metric that was announced', async () => {
    const { text, headers } = await scrape();
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const announced = new Map<string, string>();
    for (const line of text.trimEnd().split('\n')) {
      const [, name = '', type = ''] = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line) ?? [];
      if (name) announced.set(name, type);
      if (line.startsWith('#')) continue;
      expect(line).toMatch(/^[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? -?(\d+(\.\d+)?(e[-+]?\d+)?|\+Inf)$/);
      const sample = line.split(/[{ ]/)[0] ?? '';
      const metric = announced.get(sample) ? sample : sample.replace(/_(bucket|sum|count)$/, '');
      expect(announced.has(metric), line).toBe(true);
    }
    for (const name of ['casement_http_requests_total', 'casement_db_transaction_wait_seconds', 'casement_jobs'])
      expect([...announced.keys()]).toContain(name);
  });

  it('count requests by pattern, never by address', async () => {
    const contact = (await owner('POST', '/api/contacts', { name: 'Counted' })).json;
    const route = 'casement_http_requests_total{method="GET",route="/api/{plural}/{id}",status="200"}';
    await owner('GET', `/api/contacts/${String(contact['id'])}`);
    const before = valueOf((await scrape()).text, route);
    await owner('GET', `/api/contacts/${String(contact['id'])}`);
    await owner('GET', '/api/contacts/00000000-0000-7000-8000-000000000000');
    await owner('GET', '/secret-path-of-somebody?token=abc');
    const { text } = await scrape();
    expect(valueOf(text, route)).toBe(before + 1);
    expect(text).toContain('route="/api/{plural}/{id}",status="404"');
    expect(text).toContain('route="other",status="404"');
    for (const canary of [String(contact['id']), 'secret-path', 'abc', 'olga', 'contacts', key, 'Counted'])
      expect(text).not.toContain(canary);
  });

  it('count transactions, jobs and live screens', async () => {
    const stream = await openEventStream(firm.url, { Authorization: `Bearer ${key}` });
    const before = (await scrape()).text;
    const committed = 'casement_db_transactions_total{end="committed"}';
    const rolledBack = 'casement_db_transactions_total{end="rolled back"}';
    await owner('POST', '/api/contacts', { name: 'One more' });
    await owner('POST', '/api/contacts', { nmae: 'none' });
    const { text } = await scrape();
    expect(valueOf(text, committed)).toBeGreaterThan(valueOf(before, committed));
    expect(valueOf(text, rolledBack)).toBe(valueOf(before, rolledBack) + 1);
    expect(valueOf(text, 'casement_db_transaction_wait_seconds_count')).toBeGreaterThan(0);
    expect(valueOf(text, 'casement_live_streams')).toBe(1);
    expect(valueOf(text, 'casement_jobs{state="dead"}')).toBe(0);
    expect(valueOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(1e7);
    stream.cut();
  });
});

it('finds the pattern of an address', () => {
  const find = createPathTemplates(['/a/{b}', '/a/list', '/a/{b}/c', '/']);
  expect(['/a/x', '/a/list', '/a/x/c', '/a/', '/a/x/d', '/b', '/'].map(find)).toEqual([
    '/a/{b}',
    '/a/list',
    '/a/{b}/c',
    undefined,
    undefined,
    undefined,
    '/',
  ]);
});

it('escapes what stands in a label', () => {
  const samples = [{ labels: { a: 'x"y\\z\n' }, value: 1 }];
  expect(prometheusText([{ name: 'm', help: 'M.', type: 'gauge', samples }])).toBe(
    '# HELP m M.\n# TYPE m gauge\nm{a="x\\"y\\\\z\\n"} 1\n',
  );
});
