import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { WatchData } from './watchdog-thread.ts';

export interface WatchdogOptions {
  readonly packages: WatchData['packages'];
  /** Milliseconds without a turn of the event loop after which it counts as blocked; default 30 s. */
  readonly patience?: number;
}

const BEAT = 500;
const PATIENCE = 30_000;

/**
 * A thread that sees when this process stands still in one function, which no timer inside can: it names the function and the plugin it belongs
 * to on stderr and ends the process, so that whatever keeps it running starts it anew and others take over its jobs. Answers how to stop it.
 */
export function startWatchdog({ packages, patience = PATIENCE }: WatchdogOptions): () => void {
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const counter = new Int32Array(beats);
  const tickMs = Math.min(1_000, patience / 5);
  const workerData: WatchData = { beats, tickMs, patience: Math.ceil(patience / tickMs), packages };
  const thread = startThread(workerData);
  thread.unref();
  // Without the thread there is nobody to tell.
  thread.on('error', () => undefined);
  const heart = setInterval(() => Atomics.add(counter, 0, 1), Math.min(BEAT, tickMs / 2));
  heart.unref();
  return () => {
    clearInterval(heart);
    void thread.terminate();
  };
}

/** Built, the thread is JavaScript beside this file; run from sources it needs the loader of TypeScript, which a development install has. */
function startThread(workerData: WatchData): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./watchdog-thread.js', import.meta.url), { workerData });
  const loader = createRequire(import.meta.url).resolve('tsx/cjs');
  const file = fileURLToPath(new URL('./watchdog-thread.ts', import.meta.url));
  return new Worker(`require(${JSON.stringify(loader)}); require(${JSON.stringify(file)});`, {
    workerData,
    eval: true,
  });
}
