import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findBaseDir } from '../../../core/definitions/base-dir.ts';
import { loadModel } from '../../../core/definitions/load-model.ts';
import { createFieldTypes } from '../../../core/fields/registry.ts';
import { verifyLedger } from '../../../core/records/verify-ledger.ts';
import type { LedgerReport } from '../../../core/records/verify-ledger.ts';
import type { Database } from '../../../core/storage/database.ts';
import { openDatabase } from '../../../core/storage/open-database.ts';
import { silentLog } from './silent-log.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import type { PostgresServer } from '../../support/postgres-server.ts';
import { createCaller } from './caller.ts';
import { writeProject } from './project.ts';
import { freePort, startServer } from './server.ts';
import type { DrillServer } from './server.ts';
import { launchWorker } from './worker.ts';
import type { DrillWorker } from './worker.ts';

export type Dialect = 'sqlite' | 'postgres';

/** One installation of the built product in a temporary folder, on a database of its own. */
export interface Installation {
  readonly dialect: Dialect;
  readonly dir: string;
  readonly projectDir: string;
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly env: Readonly<Record<string, string>>;
  /** Its PostgreSQL, which waits for the disk as one in use does; undefined on SQLite. */
  readonly postgres: PostgresServer | undefined;
  /** An API key of the owner's role; it outlives restarts. */
  readonly key: string;
  readonly port: number;
  /** Starts a server; `port` only for a second one. */
  start(options?: {
    readonly port?: number;
    readonly env?: Readonly<Record<string, string>>;
    readonly logTo?: number;
  }): Promise<DrillServer>;
  /** `casement worker`, which takes jobs once this resolves. */
  startWorker(env?: Readonly<Record<string, string>>): Promise<DrillWorker>;
  /** Opens the database beside the server, for looking only. */
  look<T>(work: (db: Database) => Promise<T>): Promise<T>;
  /** `casement …` of the built product, in this project. */
  command(
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<{ readonly code: number; readonly output: string }>;
  /** Every change, and every field of every record, against each other. */
  verifyLedger(): Promise<LedgerReport>;
  remove(): Promise<void>;
}

const ADMIN = { email: 'drill@example.com', password: 'a drill in the quiet hours' };
const BIN = new URL('../../../core/bin/casement.cjs', import.meta.url).pathname;

export interface InstallOptions {
  /** Folders in place of those in the temporary folder, such as a small file system. */
  readonly databaseDir?: string;
  readonly dataDir?: string;
  /** More files of the project, by path. */
  readonly files?: Readonly<Record<string, unknown>>;
}

/** Writes the project, makes the database, starts the server once and makes the key; then the server is stopped. */
export async function install(dialect: Dialect, options: InstallOptions = {}): Promise<Installation> {
  const dir = await mkdtemp(join(tmpdir(), 'casement-drill-'));
  const projectDir = join(dir, 'project');
  await mkdir(projectDir);
  await writeProject(projectDir, options.files);
  const postgres = dialect === 'postgres' ? await startPostgres({ durable: true }) : undefined;
  const databaseUrl = postgres
    ? await createDatabase(postgres.url)
    : `sqlite:${join(options.databaseDir ?? dir, 'drill.db')}`;
  const dataDir = options.dataDir ?? join(dir, 'data');
  const env = {
    DATABASE_URL: databaseUrl,
    CASEMENT_DATA: dataDir,
    CASEMENT_ADMIN: `${ADMIN.email}:${ADMIN.password}`,
  };
  const port = await freePort();
  const start: Installation['start'] = (choice = {}) =>
    startServer({
      projectDir,
      port: choice.port ?? port,
      env: { ...env, ...choice.env },
      ...(choice.logTo === undefined ? {} : { logTo: choice.logTo }),
    });
  const startWorker: Installation['startWorker'] = (more = {}) =>
    launchWorker({ projectDir, env: { ...env, ...more } });
  const remove = async () => {
    await postgres?.stop();
    await rm(dir, { recursive: true, force: true });
  };
  const look: Installation['look'] = async (work) => {
    const db = await openDatabase({ url: databaseUrl, projectDir, log: silentLog, exclusive: false, poolSize: 2 });
    return work(db).finally(() => db.close());
  };
  try {
    const first = await start();
    const key = await makeKey(first.url);
    await first.stop();
    return {
      dialect,
      dir,
      projectDir,
      dataDir,
      databaseUrl,
      env,
      postgres,
      key,
      port,
      start,
      startWorker,
      look,
      command: (args, more = {}) => runCommand(args, { projectDir, env: { ...env, ...more } }),
      verifyLedger: () => {
        const model = loadModel({ projectDir, baseDir: findBaseDir(), fieldTypes: createFieldTypes() });
        return look((db) => verifyLedger(db, model, { values: true }));
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function createDatabase(server: string): Promise<string> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query('create database "drill" template template0');
  await client.end();
  const url = new URL(server);
  url.pathname = '/drill';
  return url.href;
}

async function makeKey(url: string): Promise<string> {
  const stranger = createCaller({ url });
  const login = await stranger({ method: 'POST', path: '/auth/login', body: ADMIN });
  const cookie = String(login.headers['set-cookie']).split(';')[0] ?? '';
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  const made = await stranger({
    method: 'POST',
    path: '/auth/keys',
    body: { name: 'drill', roles: ['owner'], expiresAt },
    headers: { cookie },
  });
  stranger.close();
  if (typeof made.json['key'] !== 'string')
    throw new Error(`No key was made: ${made.status} ${JSON.stringify(made.json)}`);
  return made.json['key'];
}

async function runCommand(
  args: readonly string[],
  { projectDir, env }: { readonly projectDir: string; readonly env: Readonly<Record<string, string>> },
): Promise<{ code: number; output: string }> {
  const options = { env: { PATH: process.env['PATH'] ?? '', ...env }, maxBuffer: 64 * 1_048_576 };
  try {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [BIN, ...args, '--project', projectDir],
      options,
    );
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}
