/**
 * G3: each acknowledged write has waited for the disk. Counts with strace what the server flushes while one client writes, one write after another.
 * `npx tsx tests/drills/durability.ts [--writes 100]`; needs strace (Debian: `apt-get install strace`), SQLite only.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createCaller } from './support/caller.ts';
import { install } from './support/installation.ts';
import { createReport, readOptions } from './support/report.ts';

const { writes } = readOptions({ writes: { otherwise: 100, most: 10_000 } });
const report = createReport(`flushes of ${writes} writes, one after another, on SQLite`);
const installation = await install('sqlite');
const server = await installation.start();
const caller = createCaller({ url: server.url, key: installation.key });
try {
  const trace = join(installation.dir, 'trace');
  const tracer = spawn('strace', ['-f', '-y', '-e', 'trace=fsync,fdatasync', '-o', trace, '-p', String(server.pid)]);
  await pause(1500);
  let made = 0;
  for (let index = 0; index < writes; index += 1) {
    const { status } = await caller({ method: 'POST', path: '/api/products', body: { name: `p${index}` } });
    if (status === 201) made += 1;
  }
  tracer.kill('SIGINT');
  await once(tracer, 'exit');
  const flushed = (await readFile(trace, 'utf8'))
    .split('\n')
    .filter((line) => /f(data)?sync\(.*drill\.db-wal/.test(line));
  report.figure('acknowledged writes', made);
  report.figure('flushes of the write-ahead log', flushed.length);
  report.promise('every write was acknowledged', made === writes);
  report.promise('each acknowledged write was flushed first (G3)', flushed.length >= made);
} finally {
  caller.close();
  await server.stop();
  await installation.remove();
}
report.end();
