import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const BIN = new URL('../../../core/bin/casement.cjs', import.meta.url).pathname;
const LONGEST_START = 60_000;
const MOST_LOG = 200_000;

/** The built product in a process of its own. */
export interface DrillServer {
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from the start of the process to the first healthy answer. */
  readonly readyIn: number;
  /** Processor time it took until then, in milliseconds: the same on a busy machine. */
  readonly readyCpu: number;
  isRunning(): boolean;
  /** What it has said on stderr, the last of it. */
  log(): string;
  /** Resident memory, MiB. */
  memory(): number;
  openFiles(): number;
  /** What its handles point to: paths, and `socket:[…]`. */
  handles(): readonly string[];
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** SIGTERM. Answers the milliseconds to the end and the exit code. */
  stop(): Promise<{ readonly took: number; readonly code: number | null }>;
}

export interface ServerChoice {
  readonly projectDir: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** A file descriptor for its log in place of a pipe. */
  readonly logTo?: number;
}

/** Starts the server and waits until it is healthy. Throws with all it has said when it ends before. */
export async function startServer({ projectDir, port, env, logTo }: ServerChoice): Promise<DrillServer> {
  const begun = performance.now();
  const child = spawn(process.execPath, [BIN, 'start', '--project', projectDir], {
    env: { PATH: process.env['PATH'] ?? '', PORT: String(port), CASEMENT_LOG: 'warn', ...env },
    stdio: ['ignore', 'ignore', logTo ?? 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-MOST_LOG)));
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  const url = `http://127.0.0.1:${port}`;
  await healthy(child, url, () => said);
  const read = (path: string) => readFileSync(`/proc/${child.pid}/${path}`, 'utf8');
  return {
    url,
    pid: child.pid ?? 0,
    readyIn: performance.now() - begun,
    readyCpu: processorTime(read('stat')),
    isRunning: () => child.exitCode === null && child.signalCode === null,
    log: () => said,
    memory: () => Math.round(Number(/VmRSS:\s+(\d+)/.exec(read('status'))?.[1] ?? 0) / 1024),
    openFiles: () => readdirSync(`/proc/${child.pid}/fd`).length,
    handles: () => readdirSync(`/proc/${child.pid}/fd`).flatMap((name) => linkOf(`/proc/${child.pid}/fd/${name}`)),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      const asked = performance.now();
      child.kill('SIGTERM');
      const code = await ended;
      return { took: performance.now() - asked, code };
    },
  };
}

/** Ticks of a hundredth, in user mode and in the kernel. */
function processorTime(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Nothing of a handle that was closed meanwhile. */
function linkOf(path: string): readonly string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}

async function healthy(child: ChildProcess, url: string, said: () => string): Promise<void> {
  const deadline = Date.now() + LONGEST_START;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}:\n${said()}`);
    if (await isHealthy(url)) return;
    await pause(10);
  }
  child.kill('SIGKILL');
  throw new Error(`The server was not ready after ${LONGEST_START} ms:\n${said()}`);
}

export async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2500) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Milliseconds until the server is healthy; undefined when it was not in time. */
export async function untilHealthy(url: string, most: number): Promise<number | undefined> {
  const begun = performance.now();
  while (performance.now() - begun < most) {
    if (await isHealthy(url)) return performance.now() - begun;
    await pause(20);
  }
  return undefined;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port was found.');
  return address.port;
}
