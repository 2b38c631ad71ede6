import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openTestDatabase } from './databases.ts';
import type { Dialect } from './databases.ts';
import { callerOf } from './http-app.ts';
import type { Caller } from './http-app.ts';

/** A server in a process of its own, over the base package and these files, with its only user logged in. */
export interface ServerProcess {
  readonly owner: Caller;
  stop(): Promise<void>;
}

const ADMIN = { email: 'olga@example.com', password: 'a long and honest password' };
const MAIN = new URL('../../core/cli/main.ts', import.meta.url).href;

export async function startServerProcess(
  dialect: Dialect,
  files: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const database = await openTestDatabase(dialect);
  await database.db.close();
  const dir = await mkdtemp(join(tmpdir(), 'casement-process-'));
  const project = { name: 'process', version: '1.0.0', casement: { title: 'Process', plugins: [] } };
  for (const [path, content] of Object.entries({ 'package.json': project, ...files })) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), JSON.stringify(content));
  }
  const run = join(dir, 'run.mts');
  await writeFile(run, `import { main } from ${JSON.stringify(MAIN)};\nawait main(process.argv.slice(2));\n`);
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), run, 'start', '--project', dir], {
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: '0',
      DATABASE_URL: database.url,
      CASEMENT_DATA: database.dir,
      CASEMENT_ADMIN: `${ADMIN.email}:${ADMIN.password}`,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => void child.on('exit', () => resolve()));
  const url = await addressOf(child);
  const reply = await callerOf(url, {})('POST', '/auth/login', ADMIN);
  const cookie = reply.headers.get('set-cookie')?.split(';')[0] ?? '';
  return {
    owner: callerOf(url, { Cookie: cookie, Origin: url }),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await database.remove();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The address the server prints once it listens. Throws with all it has said when it ends before. */
function addressOf(child: ReturnType<typeof spawn>): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: unknown) => {
      said += String(chunk);
      const [, port] = /http:\/\/[\w.]+:(\d+)/.exec(said) ?? [];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.on('exit', (code) => reject(new Error(`The server ended with ${String(code)}: ${said}`)));
  });
}
