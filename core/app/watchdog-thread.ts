import { writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import type { Debugger } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';

/** What the thread is told. */
export interface WatchData {
  /** One counter, which the main thread raises while it is alive. */
  readonly beats: SharedArrayBuffer;
  readonly tickMs: number;
  /** Ticks without a beat after which the main thread counts as blocked. Counted here, so that a machine that slept is no block. */
  readonly patience: number;
  /** Where packages lie, to name the one whose code is at fault. */
  readonly packages: readonly { readonly name: string; readonly dir: string }[];
}

/** How long the main thread is given to say where it is. */
const ANSWER_WITHIN = 3_000;

watch(workerData as WatchData);

function watch(data: WatchData): void {
  const beats = new Int32Array(data.beats);
  let [last, still] = [-1, 0];
  const timer = setInterval(() => {
    const now = Atomics.load(beats, 0);
    still = now === last ? still + 1 : 0;
    last = now;
    if (still < data.patience) return;
    clearInterval(timer);
    accuse(data);
  }, data.tickMs);
}

/** Asks the main thread, through the inspector, which function it is in; then ends the process, since nothing else can. */
function accuse(data: WatchData): void {
  const seconds = Math.round((data.patience * data.tickMs) / 1000);
  const end = (where: string) => {
    writeSync(
      2,
      `${JSON.stringify({ level: 60, time: new Date().toISOString(), msg: `Nothing else could run for ${seconds} s: ${where}. The process ends; started again it goes on where it was.` })}\n`,
    );
    process.kill(process.pid, 'SIGKILL');
  };
  setTimeout(() => end('it could not be found out in which function'), ANSWER_WITHIN);
  const files = new Map<string, string>();
  const session = new Session();
  session.connectToMainThread();
  session.on('Debugger.scriptParsed', ({ params }) => void files.set(params.scriptId, params.url));
  session.on('Debugger.paused', ({ params }) => end(describe(params.callFrames, files, data)));
  session.post('Debugger.enable', () => session.post('Debugger.pause'));
}

function describe(frames: readonly Debugger.CallFrame[], files: ReadonlyMap<string, string>, data: WatchData): string {
  const places = frames.map(({ functionName, location }) => ({
    name: functionName === '' ? 'a function without a name' : functionName,
    file: pathOf(files.get(location.scriptId) ?? ''),
    line: location.lineNumber + 1,
  }));
  const owners = places.map(({ file }) => data.packages.find(({ dir }) => file.startsWith(`${dir}/`))?.name);
  const owner = owners.find((name) => name !== undefined);
  const stack = places.slice(0, 4).map(({ name, file, line }) => `${name} (${file}:${line})`);
  return `${owner === undefined ? '' : `the plugin ${owner}, `}${stack.join(' < ')}`;
}

function pathOf(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}
