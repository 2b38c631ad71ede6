import { spawn } from 'node:child_process';

const BIN = new URL('../../../core/bin/casement.cjs', import.meta.url).pathname;
const LONGEST_START = 60_000;
const MOST_LOG = 200_000;

/** `casement worker` in a process of its own. */
export interface DrillWorker {
  readonly pid: number;
  isRunning(): boolean;
  /** What it has said on stderr, the last of it. */
  log(): string;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** SIGSTOP, as a machine that stands still. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  /** SIGTERM. Answers the milliseconds to the end and the exit code. */
  stop(): Promise<{ readonly took: number; readonly code: number | null }>;
}

/** Starts a worker and waits until it says that it runs jobs. Throws with all it has said when it ends before. */
export async function launchWorker(of: {
  readonly projectDir: string;
  readonly env: Readonly<Record<string, string>>;
}): Promise<DrillWorker> {
  const child = spawn(process.execPath, [BIN, 'worker', '--project', of.projectDir], {
    env: { PATH: process.env['PATH'] ?? '', CASEMENT_LOG: 'warn', ...of.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-MOST_LOG)));
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The worker was not ready in time:\n${said}`)), LONGEST_START);
    child.stdout.once('data', () => {
      clearTimeout(timer);
      resolve();
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`The worker ended with ${String(code)}:\n${said}`));
    });
  });
  return {
    pid: child.pid ?? 0,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    log: () => said,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async stop() {
      const asked = performance.now();
      child.kill('SIGTERM');
      const code = await ended;
      return { took: performance.now() - asked, code };
    },
  };
}
