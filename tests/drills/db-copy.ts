/**
 * 100,000 records with a field of every type, SQLite → PostgreSQL → SQLite, with figures: `npx tsx tests/drills/db-copy.ts [RECORDS]`.
 * Ends with code 1 when counts or hashes differ anywhere.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import pg from 'pg';
import type { Log } from '../../core/context.ts';
import type { Database } from '../../core/storage/database.ts';
import { copyDatabase, digestDatabase, loadDump, writeDump } from '../../core/storage/dump/dump.ts';
import type { DumpSummary } from '../../core/storage/dump/format.ts';
import { openDatabase } from '../../core/storage/open-database.ts';
import { fillEverything, prepareEverything } from '../support/everything.ts';
import { startPostgres } from '../support/postgres-server.ts';

const RECORDS = Number(process.argv[2] ?? 100_000);
const MIB = 1_048_576;

const silent = () => undefined;
const log: Log = { debug: silent, info: silent, warn: silent, error: silent };

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs it and prints how long it took, the most memory seen and the longest the process did not answer. */
async function measure<T>(label: string, work: () => Promise<T>): Promise<T> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  let peak = 0;
  const timer = setInterval(() => void (peak = Math.max(peak, process.memoryUsage.rss())), 20);
  const begun = performance.now();
  delay.enable();
  const result = await work();
  delay.disable();
  clearInterval(timer);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  print(
    `${label.padEnd(28)} ${seconds.padStart(6)} s   peak ${Math.round(peak / MIB)} MiB   longest pause ${Math.round(delay.max / 1e6)} ms`,
  );
  return result;
}

async function openAll(
  dir: string,
  server: string,
): Promise<Record<'first' | 'second' | 'third' | 'fourth', Database>> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query('create database "drill" template template0');
  await client.end();
  const url = new URL(server);
  url.pathname = '/drill';
  const open = (address: string) => openDatabase({ url: address, projectDir: dir, log });
  return {
    first: await open('sqlite:first.db'),
    second: await open(url.href),
    third: await open('sqlite:third.db'),
    fourth: await open('sqlite:fourth.db'),
  };
}

async function drill(dir: string, server: string): Promise<boolean> {
  const { first, second, third, fourth } = await openAll(dir, server);
  await prepareEverything(first);
  await measure(`fill ${RECORDS} records`, () => fillEverything(first, { count: RECORDS }));
  globalThis.gc?.();
  print(
    `at rest: ${Math.round(process.memoryUsage.rss() / MIB)} MiB, file ${Math.round((await stat(join(dir, 'first.db'))).size / MIB)} MiB`,
  );
  const { source: there, target } = await measure('SQLite → PostgreSQL', () => copyDatabase(first, second));
  const back = await measure('PostgreSQL → SQLite', () => copyDatabase(second, third));
  const file = join(dir, 'dump.gz');
  const dumped = await measure('dump of PostgreSQL', () => writeDump(second, createWriteStream(file)));
  const loaded = await measure('load into SQLite', () => loadDump(fourth, createReadStream(file)));
  print(`dump: ${((await stat(file)).size / MIB).toFixed(1)} MiB`);
  const digests: DumpSummary[] = [there, target, back.source, back.target, dumped, loaded];
  for (const db of [first, second, third, fourth]) digests.push(await digestDatabase(db));
  await Promise.all([first, second, third, fourth].map((db) => db.close()));
  print(`${there.rows} rows in ${there.tables.size} tables; hashes:`);
  for (const { rows, sha256 } of digests) print(`  ${rows} ${sha256}`);
  return digests.every(({ rows, sha256 }) => rows === there.rows && sha256 === there.sha256);
}

const dir = await mkdtemp(join(tmpdir(), 'casement-drill-'));
const server = await startPostgres();
try {
  const equal = await drill(dir, server.url);
  print(equal ? 'All equal.' : 'NOT EQUAL.');
  process.exitCode = equal ? 0 : 1;
} finally {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
}
