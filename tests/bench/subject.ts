import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** One server being measured: Casement or a reference. */
export interface Subject {
  readonly name: 'casement' | 'reference';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Ids of some contacts, spread over the table. */
  readonly ids: readonly string[];
  /** Ids of companies; of the reference none: it takes their index. */
  readonly companies: readonly string[];
  /** Resident memory of the server, in MiB. */
  memory(): number;
  /** Processor time the server has used, in milliseconds: what a busy machine cannot falsify. */
  processor(): number;
  stop(): Promise<void>;
}

export interface ServerProcess {
  readonly child: ChildProcess;
  /** What the pattern's group held in the line that matched. */
  readonly found: string;
  /** Milliseconds from the start to that line. */
  readonly startedIn: number;
}

/** Starts a server and waits for the line of its output that says it is ready. */
export async function startServer(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  ready: RegExp,
): Promise<ServerProcess> {
  const start = performance.now();
  // Such as --cpu-prof --cpu-prof-dir=DIR, to see where the time goes.
  const flags = process.env['BENCH_NODE_FLAGS']?.split(' ') ?? [];
  const child = spawn(process.execPath, [...flags, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  for await (const line of createInterface({ input: child.stdout })) {
    const match = ready.exec(line);
    if (!match) continue;
    child.stdout.resume();
    return { child, found: match[1] ?? '', startedIn: performance.now() - start };
  }
  throw new Error(`The server ended before it was ready:\n${errors.join('')}`);
}

export async function stopServer({ child }: ServerProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** Linux only; elsewhere 0. */
export function memoryOf({ child }: ServerProcess): number {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}

const TICK = 10;

/** Linux only; elsewhere 0. */
export function processorOf({ child }: ServerProcess): number {
  try {
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK;
  } catch {
    return 0;
  }
}

export async function call<T>(
  url: string,
  init: { method?: string; headers?: Readonly<Record<string, string>>; body?: unknown } = {},
): Promise<T> {
  const { method = 'GET', headers = {}, body } = init;
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
