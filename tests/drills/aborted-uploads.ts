/**
 * uploads that break off in the middle leave no file and no handle. `npx tsx tests/drills/aborted-uploads.ts [--database …] [--uploads 500]`
 */
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { install } from './support/installation.ts';
import type { Dialect, Installation } from './support/installation.ts';
import type { DrillServer } from './support/server.ts';
import { createReport, readOptions } from './support/report.ts';

const AT_ONCE = 20;

const { dialects, uploads } = readOptions({ uploads: { otherwise: 500, most: 10_000 } });
const report = createReport(`${uploads} uploads broken off`);
for (const dialect of dialects) await drill(dialect);
report.end();

async function filesOf({ dataDir }: Installation): Promise<number> {
  const entries = await readdir(join(dataDir, 'files'), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).length;
}

/** Sockets come and go with the pool of the database and the callers. */
function handlesOf(server: DrillServer): number {
  return server.handles().filter((target) => !target.startsWith('socket:')).length;
}

/** Sends a part of a file and goes away: before the part begins, in its middle, before its end. */
function breakOff({ port, key }: Installation, index: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      const body = `--b\r\nContent-Disposition: form-data; name="file"; filename="note.txt"\r\nContent-Type: text/plain\r\n\r\n${'x'.repeat(200_000)}`;
      const head = `POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length + 1000}\r\n\r\n`;
      const sent = head + body.slice(0, [20, 70_000, 150_000, body.length][index % 4]);
      socket.write(sent, () =>
        setTimeout(() => (index % 2 === 0 ? socket.resetAndDestroy() : socket.destroy()), index % 30),
      );
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}

async function upload({ key }: Installation, url: string): Promise<number> {
  const form = new FormData();
  form.set('file', new Blob(['whole'], { type: 'text/plain' }), 'note.txt');
  const response = await fetch(`${url}/files`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${key}` },
  });
  await response.arrayBuffer();
  return response.status;
}

async function drill(dialect: Dialect): Promise<void> {
  const installation = await install(dialect);
  const server = await installation.start();
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => breakOff(installation, index)));
    await upload(installation, server.url);
    await pause(1000);
    const before = { handles: handlesOf(server), files: await filesOf(installation), memory: server.memory() };
    for (let done = 0; done < uploads; done += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => breakOff(installation, done + index)));
    // What is being cleaned up may take its time.
    for (let waited = 0; waited < 10_000 && handlesOf(server) > before.handles; waited += 100) await pause(100);
    await pause(500);
    if (process.env['DRILL_LOG']) report.note(server.handles().join('\n'));
    const after = { handles: handlesOf(server), files: await filesOf(installation), memory: server.memory() };
    report.figure(`${dialect}: handles, files, MiB before`, Object.values(before).join(', '));
    report.figure(`${dialect}: handles, files, MiB after`, Object.values(after).join(', '));
    report.promise(`${dialect}: no handle is left (R-35)`, after.handles <= before.handles);
    report.promise(`${dialect}: no file is left (R-35)`, after.files === before.files);
    report.promise(`${dialect}: an upload works`, (await upload(installation, server.url)) === 201);
  } finally {
    await server.kill();
    await installation.remove();
  }
}
