import { call, memoryOf, processorOf, startServer, stopServer } from './subject.ts';
import type { Subject } from './subject.ts';

const SERVER = new URL('reference-server.ts', import.meta.url).pathname;

export async function startReference(databaseUrl: string, rows: number): Promise<Subject> {
  const server = await startServer(
    ['--import', import.meta.resolve('tsx'), SERVER, databaseUrl, String(rows)],
    {},
    /^port (\d+)$/,
  );
  const url = `http://127.0.0.1:${server.found}`;
  const all = await call<string[]>(`${url}/ids?${rows}`);
  return {
    name: 'reference',
    url,
    headers: {},
    ids: all.filter((_, i) => i % 10 === 0),
    companies: [],
    memory: () => memoryOf(server),
    processor: () => processorOf(server),
    stop: () => stopServer(server),
  };
}
