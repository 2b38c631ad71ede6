/**
 * clients that send drop by drop, thousands that send nothing, bodies of another length than declared: others notice nothing, and the slow
 * ones give their place back. `npx tsx tests/drills/slow-clients.ts [--idle 5000] [--dripping 200]`
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createCaller } from './support/caller.ts';
import type { Caller } from './support/caller.ts';
import { install } from './support/installation.ts';
import { createReport, percentile, readOptions } from './support/report.ts';
import type { DrillServer } from './support/server.ts';

/** The headers must have come within 15 s, the whole request within 60 s; the server looks every second. */
const HEADERS = 15_000;
const REQUEST = 60_000;
const LOOKS = 5_000;
const AT_ONCE = 100;

const { idle, dripping } = readOptions({
  idle: { otherwise: 5000, most: 9000 },
  dripping: { otherwise: 200, most: 2000 },
});
const report = createReport(`${idle} idle connections, ${dripping} dripping ones`);
const installation = await install('sqlite');
const server = await installation.start();
const caller = createCaller({ url: server.url, key: installation.key });

/** A socket to the server, what came over it, and when it was closed. */
interface Line {
  readonly socket: Socket;
  readonly opened: number;
  said: string;
  closed: number | undefined;
}

function open(): Line {
  const socket = connect(installation.port, '127.0.0.1');
  const line: Line = { socket, opened: performance.now(), said: '', closed: undefined };
  socket.on('data', (chunk: Buffer) => (line.said = (line.said + chunk.toString()).slice(0, 2000)));
  socket.on('error', () => undefined);
  socket.on('close', () => (line.closed = performance.now()));
  return line;
}

/** Sends one character a second until the server has had enough. */
function drip(text: (index: number) => string, head = ''): Line {
  const line = open();
  line.socket.write(head);
  let index = 0;
  const timer = setInterval(() => {
    if (line.closed === undefined && line.socket.writable) line.socket.write(text(index++));
    else clearInterval(timer);
  }, 1000);
  timer.unref();
  return line;
}

/** Times of one normal user, one request after another. */
async function normalUser(milliseconds: number, ask: Caller): Promise<{ times: number[]; failed: string[] }> {
  const times: number[] = [];
  const failed: string[] = [];
  const end = performance.now() + milliseconds;
  for (let index = 0; performance.now() < end; index += 1) {
    const reply =
      index % 5 === 0
        ? await ask({ method: 'POST', path: '/api/products', body: { name: `n${index}` } })
        : await ask({ method: 'GET', path: '/api/products?limit=20' });
    times.push(reply.took);
    if (reply.status !== 200 && reply.status !== 201) failed.push(`${reply.status} ${reply.failure ?? ''}`);
    await pause(10);
  }
  return { times, failed };
}

const users = (milliseconds: number) => Promise.all(Array.from({ length: 4 }, () => normalUser(milliseconds, caller)));
const sum = (all: Awaited<ReturnType<typeof users>>) => ({
  times: all.flatMap(({ times }) => times),
  failed: all.flatMap(({ failed }) => failed),
});

/** How long each was let live, of those that are closed. */
function lives(lines: readonly Line[]): { closed: number; longest: number } {
  const ages = lines.flatMap(({ opened, closed }) => (closed === undefined ? [] : [closed - opened]));
  return { closed: ages.length, longest: Math.max(0, ...ages) };
}

async function lengths({ isRunning }: DrillServer): Promise<void> {
  const head = (declared: number) =>
    `POST /api/products HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${installation.key}\r\nContent-Type: application/json\r\nContent-Length: ${declared}\r\n\r\n`;
  const longer = open();
  longer.socket.write(`${head(12)}{"name":"x"}${'garbage that was not declared'.repeat(1000)}`);
  const huge = open();
  huge.socket.write(`${head(10_000_000_000)}{"name":"`);
  const chunked = open();
  chunked.socket.write(
    `${head(0).replace('Content-Length: 0', 'Transfer-Encoding: chunked')}5\r\n{"nam\r\nFFFFFFFFFFFFFFFFFFFF\r\nx`,
  );
  const both = open();
  both.socket.write(head(5).replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'));
  await pause(3000);
  const first = ({ said }: Line) => said.split('\r\n')[0] ?? '';
  const extra = longer.said
    .split('HTTP/1.1 ')
    .slice(1)
    .map((part) => part.slice(0, 3));
  report.figure('longer than declared', extra.join(', '));
  report.promise('longer than declared: the rest is no request', extra.at(-1) === '400' && extra.length <= 2);
  report.promise('declared as 10 GB: refused before it comes', first(huge).includes('413'), first(huge));
  report.promise('a chunk of impossible length: refused', first(chunked).includes('400'), first(chunked));
  report.promise('two lengths at once: refused', first(both).includes('400'), first(both));
  report.promise('the process stays up', isRunning());
  for (const { socket } of [longer, huge, chunked, both]) socket.destroy();
}

try {
  await lengths(server);
  const before = sum(await users(10_000));
  const memory = server.memory();
  const still: Line[] = [];
  while (still.length < idle) {
    still.push(...Array.from({ length: Math.min(AT_ONCE, idle - still.length) }, open));
    // All at once they would overflow the queue of the kernel, and some would never be taken.
    await pause(30);
  }
  const headers = Array.from({ length: dripping }, () =>
    drip((index) => `X-Slow-${index}: a\r\n`, 'GET /health HTTP/1.1\r\nHost: x\r\n'),
  );
  const bodies = Array.from({ length: dripping }, () =>
    drip(
      () => ' ',
      `POST /api/products HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${installation.key}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n`,
    ),
  );
  await pause(2000);
  const during = sum(await users(15_000));
  report.figure(
    'open files of the server, memory MiB (before)',
    `${server.openFiles()}, ${server.memory()} (${memory})`,
  );
  await pause(REQUEST + LOOKS - 15_000);
  const [quiet, slow, slowest] = [still, headers, bodies].map((lines) => lives(lines)) as [
    ReturnType<typeof lives>,
    ReturnType<typeof lives>,
    ReturnType<typeof lives>,
  ];
  const p99 = { before: percentile(before.times, 0.99), during: percentile(during.times, 0.99) };
  report.figure(
    'normal users: p50, p99 ms before',
    `${percentile(before.times, 0.5).toFixed(1)}, ${p99.before.toFixed(1)}`,
  );
  report.figure(
    'normal users: p50, p99 ms meanwhile',
    `${percentile(during.times, 0.5).toFixed(1)}, ${p99.during.toFixed(1)}`,
  );
  report.figure(
    'idle: closed, after s at the latest',
    `${quiet.closed} of ${idle}, ${(quiet.longest / 1000).toFixed(1)}`,
  );
  report.figure(
    'dripping headers: closed, after s at the latest',
    `${slow.closed} of ${dripping}, ${(slow.longest / 1000).toFixed(1)}`,
  );
  report.figure(
    'dripping bodies: closed, after s at the latest',
    `${slowest.closed} of ${dripping}, ${(slowest.longest / 1000).toFixed(1)}`,
  );
  report.promise(
    'no request of a normal user fails (R-80)',
    before.failed.length + during.failed.length === 0,
    during.failed.slice(0, 5).join(),
  );
  report.promise('their p99 stays below twice what it was, or 100 ms', p99.during <= Math.max(2 * p99.before, 100));
  report.promise(
    'idle and dripping headers give their place back (R-80)',
    quiet.closed === idle && slow.closed === dripping && Math.max(quiet.longest, slow.longest) <= HEADERS + LOOKS,
  );
  report.promise(
    'dripping bodies give their place back (R-80)',
    slowest.closed === dripping && slowest.longest <= REQUEST + LOOKS,
  );
  report.promise('all files are closed again', server.openFiles() < 200, `${server.openFiles()}`);
  report.promise('the process stays up', server.isRunning());
} finally {
  caller.close();
  await server.kill();
  await installation.remove();
}
report.end();
