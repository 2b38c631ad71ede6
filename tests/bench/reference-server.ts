import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { contactOf } from './dataset.ts';
import type { Contact } from './dataset.ts';
import { openPostgresStore } from './reference-postgres.ts';
import { openSqliteStore } from './reference-sqlite.ts';

/**
 * The reference as a process of its own: `node:http` and a store, nothing else. No log-in, no rights, no validation, no ledger: the limit of
 * the machine. `tsx reference-server.ts sqlite:FILE|postgres://… ROWS`; prints its port once the rows are in.
 */
const [url = '', rows = '0'] = process.argv.slice(2);
const store = url.startsWith('sqlite:') ? openSqliteStore(url.slice(7)) : await openPostgresStore(url);
for (let from = 0; from < Number(rows); from += 1000) {
  await store.insertMany(Array.from({ length: Math.min(1000, Number(rows) - from) }, (_, i) => contactOf(from + i)));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

async function answer(request: IncomingMessage): Promise<unknown> {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const id = path.slice('/contacts/'.length);
  if (request.method === 'PATCH') return store.update(id, ((await bodyOf(request)) as { city: string }).city);
  if (request.method === 'POST') {
    const body = (await bodyOf(request)) as Contact | readonly Contact[];
    return 'name' in body ? store.insert(body) : { data: await store.insertMany(body) };
  }
  if (path === '/ids') return store.ids(Number(query));
  if (path === '/aggregate') return { data: await store.aggregate() };
  if (path === '/search') return { data: await store.search(decodeURIComponent(query)) };
  if (path !== '/contacts') return store.read(id);
  const data = await store.list(query.includes('company'));
  return query.includes('total') ? { data, total: await store.count() } : { data };
}

const server = createServer((request, response) => {
  answer(request).then(
    (value) => {
      response.statusCode = request.method === 'POST' ? 201 : value === undefined ? 404 : 200;
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(value ?? null));
    },
    (error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    },
  );
});
server.listen(0, '127.0.0.1', () => console.log(`port ${(server.address() as AddressInfo).port}`));
process.on('SIGTERM', () => process.exit(0));
