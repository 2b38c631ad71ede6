import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let dir: string;
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), 'casement-watch-'))));
afterAll(() => rm(dir, { recursive: true, force: true }));

/** A process under the watchdog that does this; answers how it ended and what it said. */
async function run(body: string): Promise<{ signal: string | null; code: number | null; said: string }> {
  const script = join(dir, 'script.mts');
  const watchdog = new URL('./watchdog.ts', import.meta.url).pathname;
  const packages = JSON.stringify([{ name: 'guilty-plugin', dir }]);
  await writeFile(
    script,
    `import { startWatchdog } from ${JSON.stringify(watchdog)};
     const stop = startWatchdog({ packages: ${packages}, patience: 1500 });
     ${body}`,
  );
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    cwd: new URL('../..', import.meta.url).pathname,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve) => child.on('exit', (code, signal) => resolve({ signal, code, said })));
}

describe('the watchdog', () => {
  it(
    'ends a process whose loop is blocked, and names the function and the plugin (R-43)',
    { timeout: 60_000 },
    async () => {
      const { signal, said } = await run('setTimeout(function turnForEver() { for (;;) Math.random(); }, 4000);');
      expect(signal).toBe('SIGKILL');
      expect(said).toContain('the plugin guilty-plugin, turnForEver');
    },
  );

  it('names the function that waits for a regular expression', { timeout: 60_000 }, async () => {
    const { said } = await run(`setTimeout(function match() { /^(a+)+$/.test('a'.repeat(60) + 'b'); }, 4000);`);
    expect(said).toContain('match');
  });

  it('leaves a busy process alone, and does not keep an idle one', { timeout: 60_000 }, async () => {
    const busy = `for (const end = Date.now() + 4000; Date.now() < end; ) await new Promise((resolve) => setImmediate(resolve));`;
    expect(await run(busy)).toMatchObject({ signal: null, code: 0 });
  });
});
