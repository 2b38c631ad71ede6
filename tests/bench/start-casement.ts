import { join } from 'node:path';
import { COMPANIES, companyName, contactOf } from './dataset.ts';
import type { Contact } from './dataset.ts';
import { call, memoryOf, processorOf, startServer, stopServer } from './subject.ts';
import type { ServerProcess, Subject } from './subject.ts';

const BIN = new URL('../../core/bin/casement.cjs', import.meta.url).pathname;
const PASSWORD = 'a bench of oak and iron';
const AT_ONCE = 1000;

export interface CasementOptions {
  readonly projectDir: string;
  readonly databaseUrl: string;
  readonly rows: number;
  report(text: string): void;
}

export interface CasementFigures {
  /** Milliseconds to the first 200, on an empty database and again on it. */
  readonly firstBoot: number;
  readonly boot: number;
  /** MiB after that second boot, before any load. */
  readonly idleMemory: number;
}

/** The product as installed (`core/dist`), signed in with an API key of the owner's role, every check on. */
export async function startCasement(options: CasementOptions): Promise<{ subject: Subject; figures: CasementFigures }> {
  const env = {
    DATABASE_URL: options.databaseUrl,
    CASEMENT_DATA: join(options.projectDir, 'data'),
    CASEMENT_ADMIN: `bench@example.com:${PASSWORD}`,
    CASEMENT_LOG: 'warn',
    PORT: '0',
  };
  const start = () => startServer([BIN, 'start', '--project', options.projectDir], env, /running at (http:\/\/\S+)/);
  const first = await start();
  await stopServer(first);
  const server = await start();
  await call(`${server.found}/health`);
  const idleMemory = memoryOf(server);
  const subject = await fill(options, server);
  return { subject, figures: { firstBoot: first.startedIn, boot: server.startedIn, idleMemory } };
}

async function fill(options: CasementOptions, server: ServerProcess): Promise<Subject> {
  const url = server.found;
  const headers = { Authorization: `Bearer ${await apiKey(url)}` };
  const post = (plural: string, rows: readonly unknown[]) =>
    call<{ data: { id: string }[] }>(`${url}/api/${plural}`, { method: 'POST', headers, body: rows });
  const names = Array.from({ length: COMPANIES }, (_, i) => ({ name: companyName(i) }));
  const companies = (await post('bench-companies', names)).data.map(({ id }) => id);
  const ids: string[] = [];
  const batch = async (from: number) => {
    const count = Math.min(AT_ONCE, options.rows - from);
    const rows = Array.from({ length: count }, (_, i) => casementRow(contactOf(from + i), companies));
    const { data } = await post('bench-contacts', rows);
    ids.push(...data.filter((_, i) => i % 10 === 0).map(({ id }) => id));
    if (from % 10_000 === 0) options.report(`filling Casement: ${from} of ${options.rows}`);
  };
  let next = 0;
  // While one waits for the database, the other is read and checked.
  const work = async () => {
    while (next < options.rows) await batch((next += AT_ONCE) - AT_ONCE);
  };
  await Promise.all([work(), work()]);
  const memory = () => memoryOf(server);
  const processor = () => processorOf(server);
  return { name: 'casement', url, headers, ids, companies, memory, processor, stop: () => stopServer(server) };
}

async function apiKey(url: string): Promise<string> {
  const login = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: 'bench@example.com', password: PASSWORD }),
  });
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  const body = { name: 'bench', roles: ['owner'], expiresAt };
  return (await call<{ key: string }>(`${url}/auth/keys`, { method: 'POST', headers: { Cookie: cookie }, body })).key;
}

export function casementRow(contact: Contact, companies: readonly string[]): object {
  return { ...contact, company: companies[contact.company] };
}
